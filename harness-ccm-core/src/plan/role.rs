use std::collections::BTreeSet;

use super::oddities::oddities;
use super::policies::KnownPolicies;
use super::{Action, FindingKind, Obstacle, Reason, Shortfall, Step, WithheldReason, trust};
use crate::backend::Expect;
use crate::id::{HarnessAccountId, OwnerId, PolicyArn};
use crate::observe::Seen;
use crate::owner::{ADOPTED_AS_IT_IS, ADOPTED_TAG, ADOPTED_WITH_ALL, Ownership};
use crate::policy::{
    Grants, PolicyCoverage, PolicyDocument, Statement, Trusted, external_ids, is_attachment_given, trusted,
};
use crate::role::{Quotas, Retired, RetiredBoundary, RoleSpec, RoleState, Touches, is_tag_value};

/// The decision about one role.
pub(super) enum RoleJudgement {
    /// Steps write it.
    Put(Box<RoleSteps>),
    /// It is in sync, with findings.
    InSync {
        /// The observed role.
        state: Box<RoleState>,
        /// Its findings.
        findings: Vec<FindingKind>,
    },
    /// It is left unchanged.
    Withhold(WithheldReason),
}

/// The writes to one role, before and after the write of the connector.
pub(super) struct RoleSteps {
    /// Before the connector: everything that the role gains.
    pub(super) before: Option<Step>,
    /// After it: everything that the role loses.
    pub(super) after: Option<Step>,
    /// The role after both.
    pub(super) leaves: RoleState,
    /// Its findings.
    pub(super) findings: Vec<FindingKind>,
}

/// The properties of the account's connector that affect its roles.
#[derive(Clone, Copy)]
pub(super) struct Beside {
    /// Whether it is not in sync: it is written between the two phases, or it is withheld and so is the second phase.
    pub(super) differs: bool,
    /// Whether it presents another external id until then.
    pub(super) presents_another: bool,
    /// Whether connectors that are not visible may use the role.
    pub(super) unseen: bool,
}

pub(super) struct Judge<'a> {
    pub(super) adopt: bool,
    /// Whether another Harness account uses the role of ours: then a change may only make it serve both.
    pub(super) elsewhere: bool,
    pub(super) quotas: &'a Quotas,
    pub(super) policies: KnownPolicies<'a>,
    pub(super) beside: Beside,
}

impl Judge<'_> {
    pub(super) fn role(&self, spec: &RoleSpec, seen: Option<&Seen>) -> RoleJudgement {
        let state = match seen {
            // A role that was not looked for is not absent.
            None => return RoleJudgement::Withhold(WithheldReason::NotObserved),
            Some(Seen::Gap(diagnosis)) => {
                return RoleJudgement::Withhold(WithheldReason::Gap(Box::new(diagnosis.clone())));
            }
            Some(Seen::Absent) => return self.new_role(spec),
            Some(Seen::Present(state)) => state,
        };
        if spec.address.name() != state.arn.name() {
            return RoleJudgement::Withhold(WithheldReason::Impossible(Obstacle::OtherCase(
                state.arn.name().clone(),
            )));
        }
        if spec.address.arn.path() != state.arn.path() {
            return RoleJudgement::Withhold(WithheldReason::Impossible(Obstacle::OtherPath(
                state.arn.path().clone(),
            )));
        }
        match state.ownership(&spec.owner) {
            Ownership::Foreign(owner) => RoleJudgement::Withhold(WithheldReason::Foreign { name: owner }),
            Ownership::Ours if self.elsewhere => {
                self.change(spec, &adopting(spec, state), state, Reason::Adopt)
            }
            Ownership::Ours if state.is_adopted_as_it_is() && gaps(spec, state).is_empty() => {
                RoleJudgement::InSync { state: state.clone(), findings: oddities(spec, state) }
            }
            Ownership::Ours => {
                let adopted = state.tag(ADOPTED_TAG).is_some().then(|| adopting(spec, state));
                let wanted = adopted.as_ref().unwrap_or(spec);
                if wanted.differences(state).is_empty() {
                    RoleJudgement::InSync { state: state.clone(), findings: oddities(spec, state) }
                } else {
                    self.change(spec, wanted, state, Reason::Drift)
                }
            }
            Ownership::Unmarked => {
                let gaps = gaps(spec, state);
                if gaps.is_empty() {
                    RoleJudgement::InSync { state: state.clone(), findings: oddities(spec, state) }
                } else if self.adopt {
                    self.change(spec, &adopting(spec, state), state, Reason::Adopt)
                } else {
                    RoleJudgement::Withhold(WithheldReason::Unowned(gaps))
                }
            }
        }
    }

    fn new_role(&self, spec: &RoleSpec) -> RoleJudgement {
        if let Some(over) = spec.over_quota(None, self.quotas) {
            return RoleJudgement::Withhold(WithheldReason::Impossible(Obstacle::OverQuota(over)));
        }
        if let Some(obstacle) = self.policies.obstacle(spec, None) {
            return RoleJudgement::Withhold(WithheldReason::Impossible(obstacle));
        }
        let action = Action::PutRole { spec: Box::new(spec.clone()), expect: Expect::Absent };
        RoleJudgement::Put(Box::new(RoleSteps {
            before: Some(Step::new(action, Reason::Missing)),
            after: None,
            leaves: spec.result_on(&spec.created()),
            findings: self.policies.unknown(spec, None),
        }))
    }

    /// Plans a change in up to two phases: before the connector everything that the role gains, and after it everything that it
    /// loses. `pure` is the desired role if no one else relies on it.
    fn change(&self, pure: &RoleSpec, spec: &RoleSpec, state: &RoleState, reason: Reason) -> RoleJudgement {
        if let Some(reason) = self.obstacle(spec, state) {
            return RoleJudgement::Withhold(reason);
        }
        let mut wide = widened(spec, state, self.beside.presents_another);
        if self.beside.unseen {
            // A boundary may remove permissions from others.
            wide.boundary = None;
        }
        let between = wide.result_on(state);
        let gains = !wide.differences(state).is_empty();
        let loses = spec.differences(&between).iter().any(|rest| !rest.only_unbinds());
        // Removing a boundary removes no permission: the last step does it, whichever that is.
        let gains = gains || !loses;
        let apart = gains && loses && (self.beside.differs || moves_between_policies(spec, state));
        let over = if apart {
            wide.over_quota(Some(state), self.quotas)
                .map(Obstacle::OverQuotaBetween)
                .or_else(|| spec.over_quota(Some(&between), self.quotas).map(Obstacle::OverQuota))
        } else {
            spec.over_quota(Some(state), self.quotas).map(Obstacle::OverQuota)
        };
        if let Some(over) = over {
            return RoleJudgement::Withhold(WithheldReason::Impossible(over));
        }
        let put = |spec: &RoleSpec, state: &RoleState, reason| {
            let action =
                Action::PutRole { spec: Box::new(spec.clone()), expect: Expect::same(state.clone()) };
            Some(Step::new(action, reason))
        };
        let (before, after) = match (apart, gains) {
            (true, _) => (put(&wide, state, Reason::Bridge), put(spec, &between, reason)),
            (false, true) => (put(spec, state, reason), None),
            (false, false) => (None, put(spec, state, reason)),
        };
        let leaves = spec.result_on(state);
        let mut findings = oddities(pure, &leaves);
        findings.extend(self.policies.unknown(spec, Some(state)));
        RoleJudgement::Put(Box::new(RoleSteps { before, after, leaves, findings }))
    }

    /// The obstacle for the managed policies that we make, or for those of others that the role should have.
    fn obstacle(&self, spec: &RoleSpec, state: &RoleState) -> Option<WithheldReason> {
        if let Some(obstacle) = self.policies.obstacle(spec, Some(state)) {
            return Some(WithheldReason::Impossible(obstacle));
        }
        for arn in spec.managed.keys() {
            let name = arn.name();
            match state.managed.get(arn).map(|policy| policy.ownership(&spec.owner)) {
                None | Some(Ownership::Ours) => {}
                Some(Ownership::Unmarked) if self.adopt => {}
                Some(Ownership::Unmarked) => {
                    return Some(WithheldReason::Unowned(vec![Shortfall::UnmarkedPolicy(arn.clone())]));
                }
                Some(Ownership::Foreign(owner)) => return Some(WithheldReason::Foreign { name: owner }),
            }
            let taken =
                state.managed.keys().find(|other| *other != arn && other.name().eq_ignore_ascii_case(name));
            if let Some(other) = taken {
                return Some(WithheldReason::Impossible(Obstacle::PolicyNameTaken {
                    policy: arn.clone(),
                    by: other.clone(),
                }));
            }
        }
        None
    }
}

/// Marks changes that finish a resource which an earlier run of ours left half created. `served` is whether a connector of ours
/// uses the account's role.
pub(super) fn mark_unfinished(steps: &mut [Step], served: bool, owner: &OwnerId) {
    let finishes = |step: &Step| is_first(step, steps, owner) || !served && is_bare(step, owner);
    let unfinished: Vec<_> = steps.iter().map(finishes).collect();
    for (step, unfinished) in steps.iter_mut().zip(unfinished) {
        if unfinished {
            step.reason = Reason::Unfinished;
        }
    }
}

/// Whether a step, one of the steps of an account, finishes a half-created resource of an earlier run of ours: it takes
/// permissions from no one. Its stated reason counts only for a role that has none of its permissions.
pub(super) fn is_unfinished(step: &Step, steps: &[Step], owner: &OwnerId) -> bool {
    is_first(step, steps, owner) || step.reason == Reason::Unfinished && is_bare(step, owner)
}

/// Whether the role is not in use yet, because its connector is only created now.
fn is_first(step: &Step, steps: &[Step], owner: &OwnerId) -> bool {
    let new_connector =
        |step: &Step| matches!(&step.action, Action::PutConnector { expect: Expect::Absent, .. });
    // A role that another Harness account uses is in use.
    !adopts(step)
        && steps.iter().any(new_connector)
        && (only_adds(step, owner).is_some() || serves_nobody_yet(step, owner))
}

/// Whether only the permissions of a role that we created change, and it accepts one external id at most: no connector presents
/// that id yet. If the trust changes, the previous users of the role are unknown, and another external id belongs to another
/// Harness account.
fn serves_nobody_yet(step: &Step, owner: &OwnerId) -> bool {
    let Action::PutRole { spec, expect: Expect::Same(state) } = &step.action else { return false };
    state.ownership(owner) == Ownership::Ours
        && state.tag(ADOPTED_TAG).is_none()
        && external_ids(&state.trust).len() <= 1
        && !spec.differences(state).iter().any(|difference| difference.touches() == Touches::Trust)
}

/// Whether others rely on the role after the change.
pub(super) fn adopts(step: &Step) -> bool {
    let Action::PutRole { spec, expect: Expect::Same(state) } = &step.action else { return false };
    spec.adopted.is_some() && state.tag(ADOPTED_TAG).is_none()
}

/// Whether the role is unusable: the call that creates a role gives it no permissions.
fn is_bare(step: &Step, owner: &OwnerId) -> bool {
    let Action::PutRole { expect: Expect::Same(state), .. } = &step.action else { return false };
    let is_empty = state.has_no_policy()
        && state.ownership(owner) == Ownership::Ours
        && !state.tags.contains_key(ADOPTED_TAG);
    is_empty || only_adds(step, owner).is_some_and(|(spec, state)| is_without_permissions(spec, state))
}

/// Whether a role has none of its desired policies.
pub(super) fn is_without_permissions(spec: &RoleSpec, state: &RoleState) -> bool {
    spec.inline.keys().all(|name| !state.inline.contains_key(name))
        && spec.attachments().all(|policy| !state.attached.contains_key(policy))
}

/// The role of a step that changes one of ours without removing anything from it.
fn only_adds<'a>(step: &'a Step, owner: &OwnerId) -> Option<(&'a RoleSpec, &'a RoleState)> {
    let Action::PutRole { spec, expect: Expect::Same(state) } = &step.action else { return None };
    let own = state.ownership(owner) == Ownership::Ours && state.tag(ADOPTED_TAG).is_none();
    (own && spec.differences(&widened(spec, state, true).result_on(state)).is_empty())
        .then_some((spec, state))
}

/// The external ids of another Harness account that a role trusts instead of this one's. By the convention of Harness' own
/// clusters they end with the account's id.
pub(super) fn of_another_harness(
    state: &RoleState,
    presented: &str,
    account: &HarnessAccountId,
) -> Option<BTreeSet<String>> {
    let mut ids = external_ids(&state.trust);
    let is_ours = |id: &String| id.rsplit(':').next() == Some(account.as_str());
    if ids.iter().any(is_ours) || trusted(&state.trust, presented) != Trusted::No {
        return None;
    }
    ids.remove(presented);
    Some(ids).filter(|ids| !ids.is_empty())
}

/// The external ids of other Harness accounts that a role trusts in addition to this one's: these accounts use it, and their
/// connectors are not visible here.
pub(super) fn of_others_too(
    state: &RoleState,
    presented: &str,
    account: &HarnessAccountId,
) -> Option<BTreeSet<String>> {
    let mut ids = external_ids(&state.trust);
    ids.retain(|id| id != presented && id.rsplit(':').next() != Some(account.as_str()));
    Some(ids).filter(|ids| !ids.is_empty())
}

/// The shortfalls of a role that another tool or a person made, judged by its permissions and trust, not by its form.
fn gaps(spec: &RoleSpec, state: &RoleState) -> Vec<Shortfall> {
    let mut gaps = trust::shortfalls(&state.trust, &spec.trust);
    let grants = state.grants_without_boundary();
    let coverage: Vec<_> = spec.documents().map(|document| grants.cover(document).without_noise()).collect();
    let complete = coverage.iter().all(PolicyCoverage::is_complete);
    for PolicyCoverage { missing, unknown } in coverage {
        gaps.extend((!missing.is_empty()).then_some(Shortfall::NotGranted(missing)));
        gaps.extend((!unknown.is_empty()).then_some(Shortfall::PerhapsNotGranted(unknown)));
    }
    let attached = state.attached.keys().collect();
    let missing = spec.attached.iter().filter(|policy| !is_attachment_given(policy, &attached));
    gaps.extend(missing.map(|policy| Shortfall::NotAttached(policy.clone())));
    let longer = spec.max_session.filter(|wanted| wanted.get() > state.max_session);
    gaps.extend(
        longer.map(|wanted| Shortfall::MaxSession { allowed: state.max_session, asked: wanted.get() }),
    );
    match (&spec.boundary, &state.boundary) {
        (Some(wanted), seen) if seen.as_ref() != Some(wanted) => gaps.push(Shortfall::Boundary),
        // The desired boundary removes no permission that is needed.
        (Some(_), _) | (None, None) => {}
        (None, Some(_)) if spec.retired.boundary == RetiredBoundary::Any => gaps.push(Shortfall::Boundary),
        (None, Some(boundary)) => {
            let bounded = state.grants();
            let limits =
                !spec.documents().all(|document| bounded.cover(document).without_noise().is_complete());
            gaps.extend((complete && limits).then(|| Shortfall::BoundaryMayLimit(boundary.clone())));
        }
    }
    gaps
}

/// The desired role for a role that others rely on: it keeps everything that it has.
fn adopting(spec: &RoleSpec, state: &RoleState) -> RoleSpec {
    let mut spec = spec.clone();
    spec.trust = if trust::lets_in(&state.trust, &spec.trust) {
        trust::taken_over(&state.trust)
    } else {
        trust::joined(&spec.trust, &state.trust)
    };
    if let Some(kept) = state.tag(ADOPTED_TAG) {
        // It is changed now, and compared exactly in later runs.
        let kept = if kept == ADOPTED_AS_IT_IS { ADOPTED_WITH_ALL } else { kept };
        let stays = |policy: &PolicyArn| {
            kept == ADOPTED_WITH_ALL || kept.split(' ').any(|name| name == policy.name())
        };
        spec.retired.attached.retain(|policy| !stays(policy));
        spec.adopted = Some(kept.to_owned());
    } else {
        let there = spec.retired.attached.iter().filter(|policy| state.attached.contains_key(*policy));
        let names = there.map(PolicyArn::name).collect::<Vec<_>>().join(" ");
        spec.adopted = Some(if is_tag_value(&names) { names } else { ADOPTED_WITH_ALL.into() });
        spec.retired = Retired { boundary: spec.retired.boundary, ..Retired::default() };
    }
    spec
}

/// The spec with everything that the role has now and loses later.
fn widened(spec: &RoleSpec, state: &RoleState, keep_trust: bool) -> RoleSpec {
    let mut wide = spec.clone();
    wide.retired = Retired::default();
    if keep_trust {
        wide.trust = trust::joined(&spec.trust, &state.trust);
    }
    for (name, document) in &mut wide.inline {
        if let Some(seen) = state.inline.get(name) {
            *document = joined(document, seen);
        }
    }
    for (arn, policy) in &mut wide.managed {
        if let Some(Some(seen)) = state.attached.get(arn) {
            policy.document = joined(&policy.document, seen);
        }
    }
    wide
}

/// `wanted` with the statements of `seen` that it does not cover.
fn joined(wanted: &PolicyDocument, seen: &PolicyDocument) -> PolicyDocument {
    wanted.union(&PolicyDocument::new(lost(seen, wanted)))
}

/// The statements of `seen` that allow something that `wanted` does not.
fn lost(seen: &PolicyDocument, wanted: &PolicyDocument) -> Vec<Statement> {
    let grants = Grants::of([wanted]);
    let covered =
        |statement: &Statement| grants.cover(&PolicyDocument::new([statement.clone()])).is_complete();
    seen.statements().iter().filter(|statement| !covered(statement)).cloned().collect()
}

/// Whether one policy may lose a permission that another gains: they are written one after the other, so in between neither
/// would grant it. New policies are written before any other, so only policies with a changed text count.
fn moves_between_policies(spec: &RoleSpec, state: &RoleState) -> bool {
    let changed: Vec<(&PolicyDocument, &PolicyDocument)> = spec
        .differences(state)
        .iter()
        .filter_map(|difference| match difference.touches() {
            Touches::Policy(arn) => {
                Some((&spec.managed.get(arn)?.document, state.attached.get(arn)?.as_ref()?))
            }
            Touches::Inline(name) => Some((spec.inline.get(name)?, state.inline.get(name)?)),
            Touches::Trust
            | Touches::Attachments
            | Touches::Tags
            | Touches::PolicyTags(_)
            | Touches::Nothing => None,
        })
        .collect();
    changed.len() > 1 && changed.iter().any(|(wanted, seen)| !lost(seen, wanted).is_empty())
}
