use std::collections::BTreeSet;

use super::{Action, Step};
use crate::backend::Expect;
use crate::connector::ConnectorState;
use crate::feature::{Feature, Named};
use crate::id::PolicyArn;
use crate::policy::{PolicyDocument, Principals};
use crate::role::RoleState;

/// The changes of one step, as data: for guards, tickets and dashboards.
///
/// They are computed from the write of the step and the state that it expects. A removal removes all that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Features that the connector gains.
    pub features_added: BTreeSet<Feature>,
    /// Features that the connector no longer has.
    pub features_removed: BTreeSet<Feature>,
    /// Actions that the role's own policies allow by name afterwards and did not before. Policies of AWS are
    /// [attachments](Self::attached), and statements that allow all actions except some name none.
    pub actions_added: BTreeSet<String>,
    /// Actions that they no longer name.
    pub actions_removed: BTreeSet<String>,
    /// Policies that are attached.
    pub attached: BTreeSet<PolicyArn>,
    /// Policies that are detached.
    pub detached: BTreeSet<PolicyArn>,
    /// The permissions boundary that the role gets.
    pub boundary_added: Option<PolicyArn>,
    /// The permissions boundary that is removed: the role may then do more.
    pub boundary_removed: Option<PolicyArn>,
    /// Principals that the role trusts afterwards and did not before.
    pub trusts_added: BTreeSet<String>,
    /// Principals that the role no longer trusts.
    pub trusts_removed: BTreeSet<String>,
}

impl Step {
    /// Returns its changes as data.
    pub fn change(&self) -> Change {
        match &self.action {
            Action::PutRole { spec, expect } => {
                let before = expect.seen();
                let after = match before {
                    Some(state) => spec.result_on(state),
                    None => spec.result_on(&RoleState::new(spec.address.arn.clone(), spec.trust.clone())),
                };
                Change::of_role(before, Some(&after))
            }
            Action::RemoveRole { expected, .. } => Change::of_role(Some(expected), None),
            Action::PutConnector { spec, expect } => {
                let before = match expect {
                    Expect::Absent => BTreeSet::new(),
                    Expect::Same(state) => features(state),
                };
                Change::of_features(&before, &spec.features.iter().copied().collect())
            }
            Action::RemoveConnector { expected, .. } => {
                Change::of_features(&features(expected), &BTreeSet::new())
            }
        }
    }
}

impl Change {
    /// Whether none of these changes: only names, tags or conditions do.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn of_features(before: &BTreeSet<Feature>, after: &BTreeSet<Feature>) -> Self {
        Self { features_added: after - before, features_removed: before - after, ..Self::default() }
    }

    fn of_role(before: Option<&RoleState>, after: Option<&RoleState>) -> Self {
        let [seen, wanted] = [before, after].map(|state| state.map(actions).unwrap_or_default());
        let [attached, attaching] = [before, after].map(|state| state.map(attachments).unwrap_or_default());
        let [trusted, trusting] =
            [before, after].map(|state| state.map(|state| principals(&state.trust)).unwrap_or_default());
        let [bound, binding] = [before, after].map(|state| state.and_then(|state| state.boundary.as_ref()));
        Self {
            boundary_added: binding.filter(|_| bound != binding).cloned(),
            boundary_removed: bound.filter(|_| bound != binding).cloned(),
            actions_added: &wanted - &seen,
            actions_removed: &seen - &wanted,
            attached: &attaching - &attached,
            detached: &attached - &attaching,
            trusts_added: &trusting - &trusted,
            trusts_removed: &trusted - &trusting,
            ..Self::default()
        }
    }
}

fn features(state: &ConnectorState) -> BTreeSet<Feature> {
    let known = |feature: &Named<Feature>| match feature {
        Named::Known(feature) => Some(*feature),
        Named::Other(_) => None,
    };
    state.features.iter().filter_map(known).collect()
}

fn actions(state: &RoleState) -> BTreeSet<String> {
    state.documents().flat_map(PolicyDocument::allowed_actions).map(ToString::to_string).collect()
}

fn attachments(state: &RoleState) -> BTreeSet<PolicyArn> {
    state.attached.keys().cloned().collect()
}

/// The principals that a trust policy names.
pub(super) fn principals(trust: &PolicyDocument) -> BTreeSet<String> {
    let named = trust.statements().iter().filter_map(|statement| statement.principals());
    named.flat_map(Principals::iter).map(ToString::to_string).collect()
}
