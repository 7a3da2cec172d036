//! For the crates and tests of this workspace. It is not part of the public interface, and changes without
//! notice.

use std::collections::BTreeMap;

use crate::id::AccountId;
use crate::plan::{AccountPlan, Plan};

pub use crate::policy::managed::{Known, known};
pub use crate::policy::trust::{Trusted, trusted};
pub use crate::predict::checks;
pub use crate::transport::{BodyForm, CertificateFault, ForeignAnswer, Peer, Sent, Stage, TransportFault};

/// The accounts of a plan, for editing: for tests of edited plans.
pub fn accounts_mut(plan: &mut Plan) -> &mut BTreeMap<AccountId, AccountPlan> {
    &mut plan.accounts
}
