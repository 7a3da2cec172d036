//! Trust policies of roles that others rely on.

use super::Shortfall;
use crate::policy::{
    Actions, Folded, PolicyDocument, Principal, Principals, Statement, StatementEffect, Trusted,
    trust_findings, trusted,
};

/// Whether `trust` lets in everybody whom `wanted` lets in, with every external id that `wanted` accepts.
pub(super) fn lets_in(trust: &PolicyDocument, wanted: &PolicyDocument) -> bool {
    wanted.statements().iter().filter(|statement| statement.effect() == StatementEffect::Allow).all(
        |statement| {
            let ids = values(statement, "StringEquals", "sts:ExternalId");
            let ids = if ids.is_empty() { vec![""] } else { ids };
            let by_id = |caller: &Principal| {
                let about = about(trust, caller);
                ids.iter().all(|id| trusted(&about, id) == Trusted::Yes)
            };
            callers(statement).iter().all(by_id) && services_are_let_in(trust, statement)
        },
    )
}

/// Whether what is no principal of AWS, such as the service that runs a function, is let in as `wanted` does.
fn services_are_let_in(trust: &PolicyDocument, wanted: &Statement) -> bool {
    let services = wanted.principals().into_iter().flat_map(|who| &who.0).filter(|(kind, _)| *kind != "AWS");
    services.into_iter().all(|(kind, principals)| {
        principals.iter().all(|principal| {
            trust.statements().iter().any(|statement| {
                statement.effect() == StatementEffect::Allow
                    && statement
                        .principals()
                        .and_then(|who| who.0.get(kind))
                        .is_some_and(|principals| principals.contains(principal))
                    && statement.actions() == wanted.actions()
                    && statement.conditions() == wanted.conditions()
            })
        })
    })
}

/// Whom a statement is about: those whom a condition narrows it to, else its principals.
fn callers(statement: &Statement) -> Vec<Principal> {
    let narrowed = values(statement, "ArnEquals", "aws:PrincipalArn");
    if narrowed.is_empty() {
        statement.principals().into_iter().flat_map(Principals::aws_principals).cloned().collect()
    } else {
        narrowed.into_iter().map(Principal::from).collect()
    }
}

fn values<'a>(statement: &'a Statement, operator: &str, key: &str) -> Vec<&'a str> {
    let keys = statement.conditions().get(&Folded::from(operator));
    keys.and_then(|keys| keys.get(&Folded::from(key))).into_iter().flatten().map(String::as_str).collect()
}

/// What of `trust` has to do with `caller`: all that denies, and what allows it by name, by its account, or everybody.
fn about(trust: &PolicyDocument, caller: &Principal) -> PolicyDocument {
    let is_meant = |principal: &Principal| {
        principal == caller
            || principal.as_str() == "*"
            || principal.whole_account().is_some_and(|account| caller.account() == Some(account))
    };
    // Under whatever operator: patterns that would take the caller in are not looked into, and count for others.
    let narrowed_to_others = |statement: &Statement| {
        statement
            .conditions()
            .values()
            .filter_map(|keys| keys.get(&Folded::from("aws:PrincipalArn")))
            .any(|named| !named.iter().any(|named| named == caller.as_str()))
    };
    let statements = trust.statements().iter().filter(|statement| {
        statement.effect() == StatementEffect::Deny
            || statement.principals().is_some_and(|who| who.iter().any(is_meant))
                && !narrowed_to_others(statement)
    });
    PolicyDocument::new(statements.cloned())
}

/// Why `trust` does not let in everybody whom `wanted` does.
pub(super) fn shortfalls(trust: &PolicyDocument, wanted: &PolicyDocument) -> Vec<Shortfall> {
    if lets_in(trust, wanted) {
        return Vec::new();
    }
    let short = trust_findings(wanted, trust).into_iter().filter(|finding| !finding.is_wider());
    let shortfalls: Vec<_> = short.map(Shortfall::Trust).collect();
    if shortfalls.is_empty() { vec![Shortfall::TrustDiffers] } else { shortfalls }
}

/// `wanted` with everything of `trust` that can be written again: IAM refuses principals that were deleted.
pub(super) fn joined(wanted: &PolicyDocument, trust: &PolicyDocument) -> PolicyDocument {
    wanted.union(&PolicyDocument::new(trust.statements().iter().filter_map(living)))
}

fn living(statement: &Statement) -> Option<Statement> {
    let Some(principals) = statement.principals() else { return Some(statement.clone()) };
    if !principals.iter().any(Principal::is_orphaned) {
        return Some(statement.clone());
    }
    let mut left = principals.clone();
    for principals in left.0.values_mut() {
        principals.retain(|principal| !principal.is_orphaned());
    }
    left.0.retain(|_, principals| !principals.is_empty());
    if left.0.is_empty() {
        return None;
    }
    let Actions::Only(actions) = statement.actions() else { return None };
    let mut living = Statement::trust(left, actions.iter().cloned()).ok()?;
    for (operator, keys) in statement.conditions() {
        for (key, values) in keys {
            living = living.with_condition(operator.as_str(), key.as_str(), values.iter().cloned());
        }
    }
    Some(living)
}
