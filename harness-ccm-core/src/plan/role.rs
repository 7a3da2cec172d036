use super::{Action, Reason, Step, WithheldReason, describe};
use crate::backend::Expect;
use crate::observe::Seen;
use crate::owner::Ownership;
use crate::policy::Grants;
use crate::role::{RoleDifference, RoleSpec, RoleState};

/// What is to become of one role.
pub(super) enum RoleJudgement {
    /// It is written.
    Put(Step),
    /// It is as wanted, with what somebody should look at.
    InSync(Vec<String>),
    /// It is left as it is.
    Withhold(WithheldReason),
}

pub(super) fn judge(spec: &RoleSpec, seen: Option<&Seen>, adopt: bool) -> RoleJudgement {
    let state = match seen {
        // Not looked for is not absent.
        None => return RoleJudgement::Withhold(WithheldReason::Blocked("it was not looked for".into())),
        Some(Seen::Gap(diagnosis)) => {
            return RoleJudgement::Withhold(WithheldReason::Gap(Box::new(diagnosis.clone())));
        }
        Some(Seen::Absent) => {
            let action = Action::PutRole { spec: Box::new(spec.clone()), expect: Expect::Absent };
            return RoleJudgement::Put(Step::new(action, Reason::Missing, describe::new_role(spec)));
        }
        Some(Seen::Present(state)) => state,
    };
    let differences = spec.differences(state);
    if differences.contains(&RoleDifference::Path) {
        return RoleJudgement::Withhold(WithheldReason::Impossible(format!(
            "a role of that name exists under the path {}, and IAM can not move it: set role.path to that, or take another role.name",
            state.arn.path()
        )));
    }
    let put = |reason| {
        let action =
            Action::PutRole { spec: Box::new(spec.clone()), expect: Expect::same((**state).clone()) };
        RoleJudgement::Put(Step::new(action, reason, describe::role(spec, state, &differences)))
    };
    match state.ownership(&spec.owner) {
        Ownership::Foreign(owner) => RoleJudgement::Withhold(WithheldReason::Foreign(owner)),
        Ownership::Ours if differences.is_empty() => RoleJudgement::InSync(describe::oddities(spec, state)),
        Ownership::Ours => put(Reason::Drift),
        Ownership::Unmarked => {
            let gaps = gaps(spec, state);
            if gaps.is_empty() {
                RoleJudgement::InSync(describe::oddities(spec, state))
            } else if adopt {
                put(Reason::Adopt)
            } else {
                RoleJudgement::Withhold(WithheldReason::Unowned(gaps))
            }
        }
    }
}

/// In what a role that somebody else made falls short, judged by what it grants and whom it trusts, not by how it is made.
fn gaps(spec: &RoleSpec, state: &RoleState) -> Vec<String> {
    let mut gaps = Vec::new();
    if !spec.trust.equivalent(&state.trust) {
        gaps.push(describe::trust(spec, state));
    }
    let documents = state.inline.values().chain(state.attached.values().flatten());
    let unread = state.attached.values().any(Option::is_none);
    let mut grants = Grants::of(documents);
    // What AWS itself maintains is told apart by name below; anything else that was not read leaves doubt.
    if unread && state.attached.iter().any(|(policy, text)| text.is_none() && !policy.is_aws_managed()) {
        grants = grants.with_opaque_policy();
    }
    for document in spec.inline.values() {
        gaps.extend(describe::coverage(&grants.cover(document)));
    }
    let missing = spec.attached.iter().filter(|policy| !state.attached.contains_key(policy));
    gaps.extend(missing.map(|policy| format!("{} is not attached", policy.name())));
    if spec.boundary.is_some() && spec.boundary != state.boundary {
        gaps.push("the permissions boundary differs".into());
    }
    gaps
}

/// A change of a role in two: first the union of what is there and what is wanted, later what is wanted.
pub(super) fn bridge(step: &Step) -> Option<(Step, Step)> {
    let Action::PutRole { spec, expect: Expect::Same(state) } = &step.action else { return None };
    let mut wide = spec.clone();
    for (name, document) in &mut wide.inline {
        if let Some(seen) = state.inline.get(name) {
            *document = document.union(seen);
        }
    }
    let between = after(&wide, state);
    let first = Step::new(
        Action::PutRole { spec: wide, expect: Expect::Same(state.clone()) },
        Reason::Bridge,
        step.changes.clone(),
    );
    let last = Step::new(
        Action::PutRole { spec: spec.clone(), expect: Expect::same(between) },
        step.reason,
        step.changes.clone(),
    );
    Some((first, last))
}

/// The state that a write leaves.
fn after(spec: &RoleSpec, state: &RoleState) -> RoleState {
    let mut after = state.clone();
    after.trust = spec.trust.clone();
    after.inline.extend(spec.inline.iter().map(|(name, document)| (name.clone(), document.clone())));
    for policy in &spec.attached {
        after.attached.entry(policy.clone()).or_default();
    }
    if spec.boundary.is_some() {
        after.boundary.clone_from(&spec.boundary);
    }
    after.tags.extend(spec.all_tags());
    after
}
