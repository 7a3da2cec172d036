//! What listing the organization taught, for those who explain why an account cannot be entered.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use harness_ccm_core::account::AccountState;
use harness_ccm_core::id::AccountId;

/// Shared by the account sources and the sessions of one backend. Decides nothing: it only makes explanations exact.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(Arc<Mutex<BTreeMap<AccountId, Member>>>);

/// What is known of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// The management account of its organization.
    pub(crate) management: AccountId,
    /// Where in its life it is.
    pub(crate) state: AccountState,
    /// Whether it was invited into the organization: then AWS made no role in it. Unknown if the listing did not say.
    pub(crate) invited: Option<bool>,
    /// When it joined the organization, if the listing says.
    pub(crate) joined: Option<SystemTime>,
}

/// So long AWS may still be setting up an account: its role, and STS in its regions.
const SETTING_UP: Duration = Duration::from_mins(30);

impl Member {
    /// How long before `now` it was made, if AWS may still be setting it up. Nothing is set up in accounts that were invited.
    pub(crate) fn new_for(&self, now: SystemTime) -> Option<Duration> {
        let age = now.duration_since(self.joined?).unwrap_or_default();
        (self.invited != Some(true) && self.state == AccountState::Active && age < SETTING_UP).then_some(age)
    }
}

impl Known {
    pub(crate) fn learn(&self, members: BTreeMap<AccountId, Member>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(members);
    }

    pub(crate) fn member(&self, account: &AccountId) -> Option<Member> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(account).cloned()
    }
}
