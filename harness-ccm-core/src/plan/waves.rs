use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroUsize;

use super::{AccountPlan, ApprovedPlan, Plan};
use crate::id::AccountId;

/// A division of an approved plan into waves, which are applied one after the other.
///
/// ```
/// use harness_ccm_core::plan::Waves;
///
/// let carefully = Waves::percent(10);
/// let by_stage = Waves::by_tag("stage");
/// let own = Waves::by(|_, plan| plan.name().map(|name| name.starts_with("prod").to_string()));
/// # let _ = (carefully, by_stage, own);
/// ```
///
/// [`Pipeline::verify_wave`](crate::pipeline::Pipeline::verify_wave) tests the connectors of a wave before the next wave. Waves
/// by tag or by unit need details that the source returns only on request, see
/// [`Pipeline::with_query`](crate::pipeline::Pipeline::with_query).
pub struct Waves(Cut);

enum Cut {
    Percent(u32),
    Accounts(NonZeroUsize),
    By(Key),
}

type Key = Box<dyn Fn(&AccountId, &AccountPlan) -> Option<String> + Send + Sync>;

impl Waves {
    /// Makes waves of this percentage of the accounts that have steps. A percentage outside 1 to 100 counts as the nearest of the
    /// two. Each wave has at least one account.
    pub fn percent(percent: u32) -> Self {
        Self(Cut::Percent(percent.clamp(1, 100)))
    }

    /// Makes waves of this number of accounts that have steps.
    pub fn accounts(accounts: NonZeroUsize) -> Self {
        Self(Cut::Accounts(accounts))
    }

    /// Makes one wave for each organizational unit, in the order of the unit paths. Accounts whose unit is unknown form the last
    /// wave.
    pub fn by_unit() -> Self {
        Self::by(|_, plan| plan.account.as_ref()?.ou_path.as_ref().map(|path| path.join("/")))
    }

    /// Makes one wave for each value of the tag `key`, in the order of the values. Accounts without this tag, or with unknown
    /// tags, form the last wave.
    pub fn by_tag(key: impl Into<String>) -> Self {
        let key = key.into();
        Self::by(move |_, plan| plan.account.as_ref()?.tags.as_ref()?.get(&key).cloned())
    }

    /// Makes one wave for each value that `key` returns, in the order of the values. Accounts for which `key` returns `None` form
    /// the last wave.
    pub fn by(key: impl Fn(&AccountId, &AccountPlan) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Cut::By(Box::new(key)))
    }

    /// Divides the accounts that have steps into waves.
    fn cut(&self, plan: &Plan) -> Vec<BTreeSet<AccountId>> {
        let at_work = || plan.accounts.iter().filter(|(_, account)| !account.steps.is_empty());
        let size = match &self.0 {
            Cut::Percent(percent) => (at_work().count() * *percent as usize).div_ceil(100).max(1),
            Cut::Accounts(accounts) => accounts.get(),
            Cut::By(key) => {
                let mut waves: BTreeMap<(bool, Option<String>), BTreeSet<AccountId>> = BTreeMap::new();
                for (id, account) in at_work() {
                    let key = key(id, account);
                    waves.entry((key.is_none(), key)).or_default().insert(id.clone());
                }
                return waves.into_values().collect();
            }
        };
        let ids: Vec<_> = at_work().map(|(id, _)| id.clone()).collect();
        ids.chunks(size).map(|wave| wave.iter().cloned().collect()).collect()
    }
}

impl fmt::Debug for Waves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cut::Percent(percent) => write!(f, "Waves::percent({percent})"),
            Cut::Accounts(accounts) => write!(f, "Waves::accounts({accounts})"),
            Cut::By(_) => f.write_str("Waves::by(..)"),
        }
    }
}

impl ApprovedPlan {
    /// Returns the part of the plan for these accounts. The part is approved because the whole plan is.
    #[must_use]
    pub fn only(&self, accounts: &BTreeSet<AccountId>) -> Self {
        let mut part = self.plan().clone();
        part.accounts.retain(|id, _| accounts.contains(id));
        Self::of_part(part)
    }

    /// Divides the plan into one or more waves. Each account is in exactly one wave, with all its steps in order. Accounts
    /// without steps are in the last wave, so the report of the last wave contains their incomplete resources.
    pub fn waves(&self, waves: &Waves) -> Vec<Self> {
        let mut cut = waves.cut(self.plan());
        let idle = self.plan().accounts.iter().filter(|(_, account)| account.steps.is_empty());
        let idle: BTreeSet<AccountId> = idle.map(|(id, _)| id.clone()).collect();
        match cut.last_mut() {
            Some(last) => last.extend(idle),
            None => cut.push(idle),
        }
        cut.iter().map(|accounts| self.only(accounts)).collect()
    }
}
