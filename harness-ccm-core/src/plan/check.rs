use super::marking::is_mark;
use super::{Action, Counts, Guard, Mode, Plan, PlanRejected, Step};
use crate::backend::Expect;
use crate::id::AccountId;
use crate::limits::{Limits, Share};
use crate::owner::Ownership;

/// A plan that passed [`Plan::check`] or [`Plan::check_with`]. [`apply_plan`](crate::apply::apply_plan) accepts no other plan.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// # futures_executor::block_on(async {
/// # let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
/// # let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors());
/// let approved = pipeline.plan().await?.check(&Limits::default())?;
/// for wave in approved.waves(&Waves::percent(10)) {
///     if !pipeline.apply(&wave).await.status().is_success() {
///         break;
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ApprovedPlan(Plan);

impl ApprovedPlan {
    /// Returns the plan.
    pub fn plan(&self) -> &Plan {
        &self.0
    }

    /// The plan, for removing steps from it.
    pub(super) fn into_plan(self) -> Plan {
        self.0
    }

    /// A part of a plan that passed the limits: it needs no separate check.
    pub(super) fn of_part(part: Plan) -> Self {
        Self(part)
    }
}

impl Plan {
    /// Checks the plan with `limits`, and returns the approved plan.
    ///
    /// **Errors.** The reason for the refusal, see [`judge`](Self::judge).
    pub fn check(self, limits: &Limits) -> Result<ApprovedPlan, PlanRejected> {
        self.judge(limits)?;
        Ok(ApprovedPlan(self))
    }

    /// Like [`check`](Self::check), but also calls every guard for each account that has steps.
    ///
    /// **Errors.** The reason for the refusal by the limits or by a guard.
    pub fn check_with(self, limits: &Limits, guards: &[&dyn Guard]) -> Result<ApprovedPlan, PlanRejected> {
        self.judge_with(limits, guards)?;
        Ok(ApprovedPlan(self))
    }

    /// Checks the plan as [`check_with`](Self::check_with) does, but does not consume the plan and returns no approved plan.
    ///
    /// **Errors.** The reason for the refusal by the limits or by a guard.
    pub fn judge_with(&self, limits: &Limits, guards: &[&dyn Guard]) -> Result<(), PlanRejected> {
        self.judge(limits)?;
        for (account, plan) in self.accounts.iter().filter(|(_, plan)| !plan.steps.is_empty()) {
            for guard in guards {
                guard.judge(account, plan).map_err(|message| PlanRejected::Guard {
                    guard: guard.name().to_owned(),
                    account: account.clone(),
                    message,
                })?;
            }
        }
        Ok(())
    }

    /// Checks the plan as [`check`](Self::check) does, but does not consume the plan and returns no approved plan.
    ///
    /// **Errors.** The reason for the refusal. All limits, including [`Limits::none`], refuse these steps:
    ///
    /// - a step that writes into an account other than the one under which the plan lists the step,
    /// - a step that writes another owner's mark, or that changes a resource with another owner's mark,
    /// - a step that changes an unmarked resource, unless the options of the plan permit this,
    /// - a step that removes a resource without the plan's owner mark,
    /// - a step in the wrong order, such as a role that is removed before its connector.
    ///
    /// All limits except [`Limits::none`] also refuse these plans:
    ///
    /// - a plan with removals, if its listing is old, if the accepted listing cannot be read, or if more accounts are missing
    ///   than the limits allow,
    /// - a plan that removes resources, creates and changes none, and leaves none in sync: everything would be removed,
    /// - a plan with more changes, adoptions or removals than the limits allow.
    pub fn judge(&self, limits: &Limits) -> Result<(), PlanRejected> {
        for (account, step) in self.steps() {
            if let Some(what) = self.is_amiss(account, &step.action) {
                let message =
                    format!("the step {} {} {what}", step.operation().symbol(), step.action.resource());
                return Err(PlanRejected::Edited { account: account.clone(), message });
            }
        }
        for (id, account) in &self.accounts {
            if let Some(step) = out_of_order(&account.steps) {
                let message = format!(
                    "the step {} {} comes too late",
                    step.operation().symbol(),
                    step.action.resource()
                );
                return Err(PlanRejected::Edited { account: id.clone(), message });
            }
        }
        if *limits == Limits::none() {
            return Ok(());
        }
        let Counts { create, update, adopt, mark, remove, in_sync, .. } = self.counts();
        let existing = update + adopt + mark + remove + in_sync;
        let exceeds =
            |count: usize, share: Share| !limits.always_allow(count) && share.is_exceeded_by(count, existing);
        if remove > 0 {
            self.basis.check(remove, limits)?;
            if create + update + adopt + mark + in_sync == 0 {
                return Err(PlanRejected::NothingWanted { removed: remove });
            }
        }
        if exceeds(update, limits.max_updates) {
            return Err(PlanRejected::Updates { changed: update, existing });
        }
        if exceeds(adopt, limits.max_adoptions) {
            return Err(PlanRejected::Adoptions { adopted: adopt, existing });
        }
        if exceeds(remove, limits.max_removals) {
            return Err(PlanRejected::Removals { removed: remove, existing });
        }
        Ok(())
    }
}

impl Plan {
    /// A write that a valid plan never contains, in any intent and state.
    fn is_amiss(&self, account: &AccountId, action: &Action) -> Option<&'static str> {
        let (place, owner, found) = match action {
            Action::PutRole { spec, expect } => {
                let found = expect.seen().map(|state| state.ownership(&self.owner));
                (Some(spec.address.account()), Some(&spec.owner), found)
            }
            Action::PutConnector { spec, expect } => {
                let found = expect.seen().map(|state| state.ownership(&self.owner));
                (Some(spec.account()), Some(&spec.owner), found)
            }
            Action::RemoveRole { address, expected } => {
                (Some(address.account()), None, Some(expected.ownership(&self.owner)))
            }
            Action::RemoveConnector { id: _, expected } => {
                (expected.account.as_ref(), None, Some(expected.ownership(&self.owner)))
            }
        };
        let may = match found {
            None | Some(Ownership::Ours) => true,
            Some(Ownership::Unmarked) if self.options.mode == Mode::Mark => is_mark(action, &self.owner),
            Some(Ownership::Unmarked) => self.options.adopt && owner.is_some(),
            Some(Ownership::Foreign(_)) => false,
        };
        match (place == Some(account), owner.is_none_or(|owner| *owner == self.owner), may) {
            (false, ..) => Some("is about another account"),
            (_, false, _) => Some("writes another owner's mark"),
            (.., false) => Some("is about a resource that does not carry the plan's mark"),
            (true, true, true) => None,
        }
    }
}

/// A step in the wrong order: a connector that is removed after its role, or a role that a connector will use and that is
/// created or widened after it.
fn out_of_order(steps: &[Step]) -> Option<&Step> {
    let mut after = steps.iter().skip_while(|step| !matches!(step.action, Action::RemoveRole { .. }));
    let orphaned = after.find(|step| matches!(step.action, Action::RemoveConnector { .. }));
    orphaned.or_else(|| {
        steps.iter().enumerate().find_map(|(at, step)| {
            let Action::PutConnector { spec, .. } = &step.action else { return None };
            steps[at + 1..].iter().find(|later| {
                matches!(&later.action, Action::PutRole { spec: role, expect } if role.address.arn == spec.role
                    && (*expect == Expect::Absent || !later.change().actions_added.is_empty()))
            })
        })
    })
}
