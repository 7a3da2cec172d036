use super::AccountPlan;
use crate::id::AccountId;

/// A rule of your own that a plan must pass before its first write: see [`Plan::check_with`](super::Plan::check_with).
///
/// ```
/// use harness_ccm_core::feature::Feature;
/// use harness_ccm_core::plan::guard;
///
/// let guard = guard("no optimization in production", |_, plan| {
///     let account = plan.account.as_ref();
///     let tag = account.and_then(|account| account.tags.as_ref()?.get("env"));
///     let gains = plan.steps.iter().any(|step| step.change().features_added.contains(&Feature::Optimization));
///     if gains && tag.is_some_and(|env| env == "prod") { Err("production decides for itself".into()) } else { Ok(()) }
/// });
/// # let _ = guard;
/// ```
pub trait Guard: Send + Sync {
    /// Its name, for the refusal.
    fn name(&self) -> &str;

    /// Judges what is done in one account. Asked only of accounts in which something is done.
    ///
    /// **Errors.** The reason why the whole plan is refused.
    fn judge(&self, account: &AccountId, plan: &AccountPlan) -> Result<(), String>;
}

/// A guard that judges by a closure.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// let frozen = guard("freeze", |account, _| Err(format!("nothing is changed in {account} this week")));
/// assert_eq!(frozen.name(), "freeze");
/// ```
pub fn guard<F>(name: impl Into<String>, judge: F) -> impl Guard
where
    F: Fn(&AccountId, &AccountPlan) -> Result<(), String> + Send + Sync,
{
    ByClosure { name: name.into(), judge }
}

struct ByClosure<F> {
    name: String,
    judge: F,
}

impl<F: Fn(&AccountId, &AccountPlan) -> Result<(), String> + Send + Sync> Guard for ByClosure<F> {
    fn name(&self) -> &str {
        &self.name
    }

    fn judge(&self, account: &AccountId, plan: &AccountPlan) -> Result<(), String> {
        (self.judge)(account, plan)
    }
}
