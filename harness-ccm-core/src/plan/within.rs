use super::{Action, Plan, Reason, Step, Withheld, WithheldReason};
use crate::backend::Expect;
use crate::id::AccountId;
use crate::observe::{Observed, Seen};
use crate::resource::Resource;

impl Plan {
    /// What of this plan, made just now, was approved as a part of an earlier one.
    ///
    /// An approved plan may be old by the time it is applied, and a file with it may have been edited. So it never says what is
    /// written: it only says what may be. The steps that remain are steps of this plan, with the limits and the listing of this plan.
    ///
    /// - A step remains if the earlier plan has the same write of the same account, for the same observed state. Finishing what an
    ///   interrupted run left of an approved creation is the same write.
    /// - In an account in which anything differs, nothing is done: everything there that is due now or was approved is
    ///   [withheld](WithheldReason::ChangedSince), and the run is incomplete. What is done already is no difference.
    /// - In an account of which the earlier plan has no step, everything is [held back](WithheldReason::NotApproved).
    ///
    /// `observed` is what this plan was made on.
    #[must_use]
    pub fn within(mut self, approved: &Self, observed: &Observed) -> Self {
        for (id, account) in &mut self.accounts {
            let steps = approved.accounts.get(id).map_or(&[][..], |account| &account.steps);
            if steps.is_empty() {
                let due = std::mem::take(&mut account.steps);
                withhold(&mut account.withheld, due.iter(), &WithheldReason::NotApproved);
                continue;
            }
            let known = account.steps.iter().all(|step| steps.iter().any(|other| is_same(step, other)));
            let is_due = |other: &&Step| account.steps.iter().any(|step| is_same(step, other));
            let done = |other: &&Step| is_done(other, &account.in_sync, observed);
            if !known || !steps.iter().all(|other| is_due(&other) || done(&other)) {
                let due = std::mem::take(&mut account.steps);
                withhold(&mut account.withheld, due.iter().chain(steps), &WithheldReason::ChangedSince);
            }
        }
        let gone: Vec<AccountId> =
            approved.accounts.keys().filter(|id| !self.accounts.contains_key(*id)).cloned().collect();
        for id in gone {
            let Some(earlier) = approved.accounts.get(&id) else { continue };
            let open = earlier.steps.iter().filter(|step| !is_done(step, &[], observed));
            let mut withheld = Vec::new();
            withhold(&mut withheld, open, &WithheldReason::ChangedSince);
            if !withheld.is_empty() {
                let account = self.accounts.entry(id).or_default();
                account.name.clone_from(&earlier.name);
                account.withheld = withheld;
            }
        }
        self
    }
}

/// Withholds what steps are about, each once.
fn withhold<'a>(withheld: &mut Vec<Withheld>, steps: impl Iterator<Item = &'a Step>, why: &WithheldReason) {
    for step in steps {
        let resource = step.action.resource();
        if !withheld.iter().any(|known| known.resource == resource) {
            withheld.push(Withheld::new(resource, why.clone()));
        }
    }
}

/// Whether a step of today is one that was approved.
fn is_same(step: &Step, approved: &Step) -> bool {
    match (&step.action, &approved.action) {
        (
            Action::PutRole { spec, expect: Expect::Same(state) },
            Action::PutRole { spec: other, expect: Expect::Same(then) },
        ) => spec == other && state.same_as(then),
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
            address == other && expected.same_as(then)
        }
        _ => false,
    }
}

/// Whether what a step was to bring about is there already.
fn is_done(step: &Step, in_sync: &[Resource], observed: &Observed) -> bool {
    match &step.action {
        Action::PutRole { .. } | Action::PutConnector { .. } => in_sync.contains(&step.action.resource()),
        Action::RemoveConnector { id, .. } => {
            !observed.connectors.iter().any(|connector| connector.id == *id)
        }
        Action::RemoveRole { address, .. } => {
            matches!(observed.roles.get(&address.arn), Some(Seen::Absent))
        }
    }
}
