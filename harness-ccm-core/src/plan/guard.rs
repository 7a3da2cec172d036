use super::AccountPlan;
use crate::id::AccountId;

/// A rule of your own that a plan must pass before its first write. [`Pipeline::with_guard`](crate::pipeline::Pipeline::with_guard)
/// and [`Plan::check_with`](super::Plan::check_with) take guards; [`guard`] makes one from a closure.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// # let world = World::new([]);
/// # let pipeline = Pipeline::new(Intent::us("my-account".parse()?), world.accounts(), world.roles(), world.connectors());
/// let by_production = guard("no optimization in production", |_, plan| {
///     let refused = plan.tag("env") == Some("prod") && plan.gains(Feature::Optimization);
///     if refused { Err("production decides for itself".into()) } else { Ok(()) }
/// });
/// // Tags are read only if they are requested: without the query, this guard would see none.
/// let pipeline = pipeline.with_guard(by_production).with_query(AccountQuery::new().with_tags());
/// # let _ = pipeline;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Guard: Send + Sync {
    /// Returns the name of the guard, for the error message.
    fn name(&self) -> &str;

    /// Checks the steps of one account. This method is called only for accounts that have steps.
    ///
    /// **Errors.** The reason to refuse the whole plan.
    fn judge(&self, account: &AccountId, plan: &AccountPlan) -> Result<(), String>;
}

/// Makes a guard from a closure.
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
