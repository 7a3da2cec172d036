//! For the crates and tests of this workspace. No part of the interface: it changes without notice.

use std::collections::BTreeMap;

use crate::id::AccountId;
use crate::plan::{AccountPlan, Plan};

pub use crate::policy::managed::{Known, known};
pub use crate::policy::trust::{Trusted, trusted};
pub use crate::predict::checks;

/// The accounts of a plan, to be edited: for tests of what becomes of an edited plan.
pub fn accounts_mut(plan: &mut Plan) -> &mut BTreeMap<AccountId, AccountPlan> {
    &mut plan.accounts
}
