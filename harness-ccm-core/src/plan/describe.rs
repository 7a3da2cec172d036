//! Differences in words. For people only: no decision uses them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Step};
use crate::backend::Expect;
use crate::connector::ConnectorSpec;
use crate::id::{PolicyArn, RoleName};
use crate::policy::{Actions, Folded, PolicyDocument, StatementEffect, trust_findings};
use crate::role::{RoleDifference, RoleSpec, RoleState, find_tag};
use crate::session::SessionSeconds;
use crate::text::{number_of, shortened};

impl Step {
    /// Returns its changes in words, computed from its write.
    pub fn describe(&self) -> Vec<String> {
        Describing::default().step(self)
    }
}

/// Describes many steps. Thousands of roles are alike, so it caches the number of actions of the last ones.
#[derive(Debug, Default)]
pub(crate) struct Describing<'a> {
    counted: BTreeMap<&'a RoleName, (&'a RoleSpec, usize)>,
}

impl<'a> Describing<'a> {
    /// Returns the changes of a step in words.
    pub(crate) fn step(&mut self, step: &'a Step) -> Vec<String> {
        match &step.action {
            Action::PutRole { spec, expect: Expect::Absent } => new_role(spec, self.actions(spec)),
            Action::PutRole { spec, expect: Expect::Same(state) } => {
                role(spec, state, &spec.differences(state))
            }
            Action::PutConnector { spec, expect: Expect::Absent } => new_connector(spec),
            Action::PutConnector { spec, expect: Expect::Same(state) } => {
                spec.differences(state).iter().map(ToString::to_string).collect()
            }
            Action::RemoveConnector { .. } | Action::RemoveRole { .. } => Vec::new(),
        }
    }

    /// The number of actions that the policies of a new role allow.
    fn actions(&mut self, spec: &'a RoleSpec) -> usize {
        let name = spec.address.name();
        match self.counted.get(name) {
            Some((last, count)) if allow_the_same(spec, last) => *count,
            _ => {
                let actions: BTreeSet<&Folded> =
                    spec.documents().flat_map(PolicyDocument::allowed_actions).collect();
                self.counted.insert(name, (spec, actions.len()));
                actions.len()
            }
        }
    }
}

/// Whether both have the same effects and actions, statement by statement.
fn allow_the_same(one: &RoleSpec, other: &RoleSpec) -> bool {
    fn statements(spec: &RoleSpec) -> impl Iterator<Item = (StatementEffect, &Actions)> {
        let statements = spec.documents().flat_map(PolicyDocument::statements);
        statements.map(|statement| (statement.effect(), statement.actions()))
    }
    statements(one).eq(statements(other))
}

fn new_role(spec: &RoleSpec, actions: usize) -> Vec<String> {
    let mut lines = vec![format!("{}, trusts {}", number_of(actions, "action"), principals(&spec.trust))];
    lines.extend(
        spec.boundary.as_ref().map(|policy| format!("within the permissions boundary {}", policy.name())),
    );
    lines.extend(spec.max_session.map(|seconds| format!("allows sessions of up to {seconds} seconds")));
    lines.extend(spec.managed.keys().map(|policy| format!("creates the policy {}", policy.name())));
    lines.extend(spec.attached.iter().map(|policy| format!("attaches {}", policy.name())));
    lines
}

fn new_connector(spec: &ConnectorSpec) -> Vec<String> {
    let features: Vec<_> = spec.features.iter().map(|feature| feature.as_str()).collect();
    vec![format!("{} for {}", features.join(", "), spec.role)]
}

fn role(spec: &RoleSpec, state: &RoleState, differences: &[RoleDifference]) -> Vec<String> {
    differences.iter().flat_map(|difference| role_difference(spec, state, difference)).collect()
}

/// One difference in words; `None` if another difference already includes it.
fn role_difference(spec: &RoleSpec, state: &RoleState, difference: &RoleDifference) -> Vec<String> {
    use RoleDifference as D;
    let words = match difference {
        D::Path => format!("path: {} -> {}", state.arn.path(), spec.address.arn.path()),
        D::Trust => trust(spec, state),
        D::Boundary => {
            let name = |boundary: &Option<PolicyArn>| {
                boundary.as_ref().map_or_else(|| "(none)".to_owned(), |arn| arn.name().to_owned())
            };
            format!("permissions boundary: {} -> {}", name(&state.boundary), name(&spec.boundary))
        }
        D::ExcessBoundary => {
            let name = state.boundary.as_ref().map_or("", PolicyArn::name);
            format!("removes the permissions boundary {name}")
        }
        D::MaxSession => {
            let wanted = spec.max_session.map_or(state.max_session, SessionSeconds::get);
            format!("maximum session duration: {} -> {wanted} seconds", state.max_session)
        }
        D::Policy(arn) => match (spec.managed.get(arn), state.attached.get(arn)) {
            (Some(wanted), Some(Some(seen))) => {
                format!("policy {}: {}", arn.name(), actions(&wanted.document, seen))
            }
            _ => difference.to_string(),
        },
        D::Attachment(arn) if spec.managed.contains_key(arn) => return Vec::new(),
        D::Inline(name) => match (spec.inline.get(name), state.inline.get(name)) {
            (Some(wanted), Some(seen)) => format!("policy {name}: {}", actions(wanted, seen)),
            _ => difference.to_string(),
        },
        D::Tags(keys) => {
            let tag = |(key, value): (&String, &String)| match find_tag(&state.tags, key) {
                Some((spelled, seen)) if spelled != key => {
                    format!("tag {key}, spelled {spelled}: {seen} -> {value}")
                }
                Some((_, seen)) => format!("tag {key}: {seen} -> {value}"),
                None => format!("tag {key}: (none) -> {value}"),
            };
            return spec.tags_of(keys).iter().map(tag).collect();
        }
        D::ExcessAttachment(arn) if spec.address.arn.holds(arn) => return Vec::new(),
        other => other.to_string(),
    };
    vec![words]
}

fn trust(spec: &RoleSpec, state: &RoleState) -> String {
    let (seen, wanted) = (principals(&state.trust), principals(&spec.trust));
    if seen == wanted {
        let findings = trust_findings(&spec.trust, &state.trust);
        let words: Vec<_> = findings.iter().map(ToString::to_string).collect();
        format!("trust: {}", words.join(", "))
    } else {
        format!("trust: {seen} -> {wanted}")
    }
}

fn actions(wanted: &PolicyDocument, seen: &PolicyDocument) -> String {
    let (wanted, seen) = (wanted.allowed_actions(), seen.allowed_actions());
    let added: Vec<_> = wanted.difference(&seen).map(ToString::to_string).collect();
    let removed: Vec<_> = seen.difference(&wanted).map(ToString::to_string).collect();
    match (added.is_empty(), removed.is_empty()) {
        (true, true) => "the same actions on other resources or under other conditions".into(),
        (false, true) => format!("+{}", counted(&added)),
        (true, false) => format!("-{}", counted(&removed)),
        (false, false) => format!("+{}, -{}", counted(&added), counted(&removed)),
    }
}

fn counted(names: &[String]) -> String {
    format!("{} ({})", number_of(names.len(), "action"), shortened(names))
}

fn principals(document: &PolicyDocument) -> String {
    let names = super::change::principals(document);
    if names.is_empty() { "no principal".into() } else { names.into_iter().collect::<Vec<_>>().join(", ") }
}
