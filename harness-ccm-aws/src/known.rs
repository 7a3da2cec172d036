//! Facts from listing the organization, for explaining why an account cannot be entered.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use harness_ccm_core::account::AccountState;
use harness_ccm_core::id::AccountId;

/// The account sources and the sessions of one backend share it. No decision uses it: it only makes explanations precise.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(Arc<Mutex<BTreeMap<AccountId, Member>>>);

/// The known facts about one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// The management account of its organization.
    pub(crate) management: AccountId,
    /// Its state.
    pub(crate) state: AccountState,
    /// Whether it was invited into the organization: then AWS created no role in it. Unknown if the listing did not contain
    /// that.
    pub(crate) invited: Option<bool>,
    /// The time at which it joined the organization, if the listing contains it.
    pub(crate) joined: Option<SystemTime>,
}

/// The time during which AWS may still be setting up an account: its role, and STS in its regions.
const SETTING_UP: Duration = Duration::from_mins(30);

impl Member {
    /// Returns the age of the account at `now`, if AWS may still be setting it up. Nothing is set up in invited accounts.
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
