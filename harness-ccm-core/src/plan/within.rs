use super::{Action, ApprovedPlan, Plan, Reason, Step, Withheld, WithheldReason};
use crate::backend::Expect;
use crate::id::AccountId;
use crate::observe::{Observed, Seen};
use crate::role::{RoleSpec, RoleState};

impl ApprovedPlan {
    /// Returns the part of this new and checked plan that an earlier approved plan also contains.
    ///
    /// The earlier plan may be old, and its file may have been edited. The earlier plan therefore only restricts what is written.
    /// All steps of the result are steps of this plan, which was checked as a whole. Dividing an earlier plan into parts does not
    /// bypass the limits.
    ///
    /// - A step remains if the earlier plan contains the same write in the same account, for the same observed state. If an
    ///   interrupted run of the earlier plan made a part of this write, the step still remains.
    /// - If anything else differs in an account that the earlier plan contains, no step remains in that account. All steps of
    ///   both plans in that account are [withheld](WithheldReason::ChangedSince), and the run is incomplete. Completed writes are
    ///   not a difference.
    /// - In an account that the earlier plan does not contain, all steps are [held back](WithheldReason::NotApproved).
    ///
    /// `observed` is the state on which this plan is based.
    #[must_use]
    pub fn within(self, approved: &Plan, observed: &Observed) -> Self {
        let mut plan = self.into_plan();
        for (id, account) in &mut plan.accounts {
            let Some(earlier) = approved.accounts.get(id) else {
                let due = std::mem::take(&mut account.steps);
                withhold(&mut account.withheld, due.iter(), &WithheldReason::NotApproved);
                continue;
            };
            let steps = &earlier.steps;
            let known = account.steps.iter().all(|step| steps.iter().any(|other| is_same(step, other)));
            let is_due = |other: &Step| account.steps.iter().any(|step| is_same(step, other));
            if !known || !last_of_each(steps).all(|other| is_due(other) || is_done(other, observed)) {
                let due = std::mem::take(&mut account.steps);
                withhold(&mut account.withheld, due.iter().chain(steps), &WithheldReason::ChangedSince);
            }
        }
        let gone: Vec<AccountId> =
            approved.accounts.keys().filter(|id| !plan.accounts.contains_key(*id)).cloned().collect();
        for id in gone {
            let Some(earlier) = approved.accounts.get(&id) else { continue };
            let open = last_of_each(&earlier.steps).filter(|step| !is_done(step, observed));
            let mut withheld = Vec::new();
            withhold(&mut withheld, open, &WithheldReason::ChangedSince);
            if !withheld.is_empty() {
                let account = plan.accounts.entry(id).or_default();
                account.account.clone_from(&earlier.account);
                account.withheld = withheld;
            }
        }
        Self::of_part(plan)
    }
}

/// The last step about each resource: for a role that is widened and narrowed again, the narrowing.
fn last_of_each(steps: &[Step]) -> impl Iterator<Item = &Step> {
    steps.iter().enumerate().filter_map(|(at, step)| {
        let later = steps.iter().skip(at + 1);
        let resource = step.action.resource();
        later.map(|other| other.action.resource()).all(|other| other != resource).then_some(step)
    })
}

/// Withholds the resources of steps, each once.
fn withhold<'a>(withheld: &mut Vec<Withheld>, steps: impl Iterator<Item = &'a Step>, why: &WithheldReason) {
    for step in steps {
        let resource = step.action.resource();
        if !withheld.iter().any(|known| known.resource == resource) {
            withheld.push(Withheld::new(resource, why.clone()));
        }
    }
}

/// Whether a step of the new plan is an approved one.
fn is_same(step: &Step, approved: &Step) -> bool {
    match (&step.action, &approved.action) {
        (
            Action::PutRole { spec, expect: Expect::Same(state) },
            Action::PutRole { spec: other, expect: Expect::Same(then) },
        ) => spec == other && is_on_the_way(spec, state, then),
        (
            Action::PutRole { spec, expect: Expect::Same(_) },
            Action::PutRole { spec: other, expect: Expect::Absent },
        ) => spec == other && step.reason == Reason::Unfinished,
        (
            Action::PutRole { spec, expect: Expect::Absent },
            Action::PutRole { spec: other, expect: Expect::Absent },
        ) => spec == other,
        (
            Action::PutConnector { spec, expect: Expect::Same(state) },
            Action::PutConnector { spec: other, expect: Expect::Same(then) },
        ) => spec == other && state.same_as(then),
        (
            Action::PutConnector { spec, expect: Expect::Absent },
            Action::PutConnector { spec: other, expect: Expect::Absent },
        ) => spec == other,
        (Action::RemoveConnector { id, expected }, Action::RemoveConnector { id: other, expected: then }) => {
            id == other && expected.same_as(then)
        }
        (Action::RemoveRole { address, expected }, Action::RemoveRole { address: other, expected: then }) => {
            address == other && is_what_is_left(expected, then)
        }
        _ => false,
    }
}

/// Whether a role is as it was, or as an interrupted write of `spec` leaves it: there is no new difference, and the result of
/// the write is the same.
fn is_on_the_way(spec: &RoleSpec, state: &RoleState, then: &RoleState) -> bool {
    let before = spec.differences(then);
    state.same_as(then)
        || spec.differences(state).iter().all(|difference| before.contains(difference))
            && spec.result_on(state).same_as(&spec.result_on(then))
}

/// Whether a role is as it was, or as an interrupted removal leaves it: policies are missing, everything else is unchanged.
fn is_what_is_left(state: &RoleState, then: &RoleState) -> bool {
    let mut emptied = then.clone();
    emptied.inline.retain(|name, _| state.inline.contains_key(name));
    emptied.attached.retain(|policy, _| state.attached.contains_key(policy));
    emptied.managed.clone_from(&state.managed);
    emptied.boundary.clone_from(&state.boundary);
    state.same_as(&emptied) && (state.boundary.is_none() || state.boundary == then.boundary)
}

/// Whether the result of a step exists already.
fn is_done(step: &Step, observed: &Observed) -> bool {
    match &step.action {
        Action::PutRole { spec, .. } => match observed.roles.get(&spec.address.arn) {
            Some(Seen::Present(state)) => spec.differences(state).is_empty(),
            Some(Seen::Absent | Seen::Gap(_)) | None => false,
        },
        Action::PutConnector { spec, .. } => {
            let found = observed.connectors.iter().find(|connector| connector.id == spec.id);
            found.is_some_and(|state| spec.differences(state).is_empty())
        }
        Action::RemoveConnector { id, .. } => {
            !observed.connectors.iter().any(|connector| connector.id == *id)
        }
        Action::RemoveRole { address, .. } => {
            matches!(observed.roles.get(&address.arn), Some(Seen::Absent))
        }
    }
}
