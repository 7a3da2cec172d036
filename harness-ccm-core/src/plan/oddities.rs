use std::collections::BTreeSet;

use super::FindingKind;
use crate::cluster::Cluster;
use crate::id::PolicyArn;
use crate::observe::Seen;
use crate::policy::{
    Grants, Permission, Principal, Principals, Statement, StatementEffect, known, trust_findings,
};
use crate::role::{RoleSpec, RoleState};

/// The differences of a role beyond the desired state: they are not changed, but reported.
pub(super) fn oddities(spec: &RoleSpec, state: &RoleState) -> Vec<FindingKind> {
    let mut findings: Vec<_> =
        trust_findings(&spec.trust, &state.trust).into_iter().map(FindingKind::Trust).collect();
    // Most roles are unchanged since we wrote them, and need no search.
    let as_made = spec.attachments().collect::<BTreeSet<_>>().into_iter().eq(state.attached.keys())
        && spec.inline.keys().eq(state.inline.keys());
    if as_made && spec.differences(state).is_empty() {
        return findings;
    }
    // An attachment that is desired is no excess, whatever its text: of the spec only bounds of that text are known.
    let beside = state.attached.iter().filter(|(policy, _)| !spec.attached.contains(*policy));
    let own = Grants::of(state.inline.values());
    let grants = beside.fold(own, |grants, (policy, text)| grants.with_attached(policy, text.as_ref()));
    let (dangerous, excess): (BTreeSet<_>, BTreeSet<_>) =
        grants.excess(&spec.grants_without_boundary()).into_iter().partition(is_dangerous);
    findings
        .extend(dangerous.into_iter().map(|permission| FindingKind::Dangerous { action: permission.action }));
    let unread: BTreeSet<PolicyArn> = state
        .attached
        .iter()
        .filter(|(policy, text)| text.is_none() && known(policy).is_none())
        .filter(|(policy, _)| !spec.attachments().any(|wanted| wanted == *policy))
        .map(|(policy, _)| policy.clone())
        .collect();
    if !unread.is_empty() {
        findings.push(FindingKind::UnreadPolicies(unread));
    }
    if !excess.is_empty() {
        findings.push(FindingKind::Excess(excess));
    }
    findings
}

/// Principals of Harness' own account for non-production systems that a role trusts, whatever the plan does with the role.
pub(super) fn non_production(state: &RoleState) -> impl Iterator<Item = FindingKind> {
    let statements = state.trust.statements().iter();
    let allowing = statements.filter(|statement| statement.effect() == StatementEffect::Allow);
    let principals = allowing.filter_map(Statement::principals).flat_map(Principals::aws_principals);
    let found: BTreeSet<_> = principals.filter(|principal| Cluster::is_non_production(principal)).collect();
    let finding =
        |principal: &Principal| FindingKind::NonProductionHarness { principal: principal.to_string() };
    found.into_iter().map(finding).collect::<Vec<_>>().into_iter()
}

/// The statements of its policies without an effect. They are reported whatever the plan does with the role.
pub(super) fn empty_lists(seen: Option<&Seen>) -> impl Iterator<Item = FindingKind> {
    let state = seen.and_then(|seen| match seen {
        Seen::Present(state) => Some(state),
        Seen::Absent | Seen::Gap(_) => None,
    });
    state.into_iter().flat_map(|state| state.empty_statements()).map(|(policy, empty)| {
        FindingKind::EmptyList {
            policy,
            statement: empty.number(),
            sid: empty.sid().map(str::to_owned),
            field: empty.field(),
        }
    })
}

/// Whether a permission is too broad to be granted by accident: a whole service, or passing any role to any service.
fn is_dangerous(permission: &Permission) -> bool {
    let action = permission.action.to_ascii_lowercase();
    permission.resource == "*" && (action == "*" || action.ends_with(":*") || action == "iam:passrole")
}
