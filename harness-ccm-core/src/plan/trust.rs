//! Trust policies of roles that others rely on.

use super::Shortfall;
use crate::cluster::Cluster;
use crate::policy::{
    Folded, PolicyDocument, Principal, Principals, Statement, StatementEffect, Trusted, trust_findings,
    trusted,
};

/// Whether `trust` accepts all principals that `wanted` accepts, with every external id that `wanted` accepts.
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

/// Whether principals outside AWS accounts, such as the service that runs a function, are accepted as in `wanted`.
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

/// The principals of a statement: those to which a condition restricts it, otherwise its principals.
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

/// The statements of `trust` that affect `caller`: all that deny, and those that allow it by name, by its account, or every
/// principal.
fn about(trust: &PolicyDocument, caller: &Principal) -> PolicyDocument {
    let is_meant = |principal: &Principal| {
        principal == caller
            || principal.as_str() == "*"
            || principal.whole_account().is_some_and(|account| caller.account() == Some(account))
    };
    // With any operator: patterns that would include the caller are not evaluated, and count for others.
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

/// Returns the ways in which `trust` does not accept all principals of `wanted`.
pub(super) fn shortfalls(trust: &PolicyDocument, wanted: &PolicyDocument) -> Vec<Shortfall> {
    if lets_in(trust, wanted) {
        return Vec::new();
    }
    let short = trust_findings(wanted, trust).into_iter().filter(|finding| !finding.is_wider());
    let shortfalls: Vec<_> = short.map(Shortfall::Trust).collect();
    if shortfalls.is_empty() { vec![Shortfall::TrustDiffers] } else { shortfalls }
}

/// Returns `trust` without Harness' own account for non-production systems.
pub(super) fn taken_over(trust: &PolicyDocument) -> PolicyDocument {
    let principals = trust.statements().iter().filter_map(Statement::principals);
    let mut principals = principals.flat_map(Principals::aws_principals);
    if principals.any(Cluster::is_non_production) {
        PolicyDocument::new(trust.statements().iter().filter_map(living))
    } else {
        trust.clone()
    }
}

/// Returns `wanted` with everything of `trust` that can be written again: IAM refuses principals that were deleted, and
/// Harness' own account for non-production systems should never be trusted.
pub(super) fn joined(wanted: &PolicyDocument, trust: &PolicyDocument) -> PolicyDocument {
    wanted.union(&PolicyDocument::new(trust.statements().iter().filter_map(living)))
}

fn living(statement: &Statement) -> Option<Statement> {
    let Some(principals) = statement.principals() else { return Some(statement.clone()) };
    let denies = statement.effect() == StatementEffect::Deny;
    let stays = |principal: &Principal| {
        !principal.is_orphaned() && (denies || !Cluster::is_non_production(principal))
    };
    if principals.iter().all(stays) {
        return Some(statement.clone());
    }
    let mut left = principals.clone();
    for principals in left.0.values_mut() {
        principals.retain(stays);
    }
    left.0.retain(|_, principals| !principals.is_empty());
    (!left.0.is_empty()).then(|| statement.clone().with_principals(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_stays_a_denial_without_a_deleted_principal_and_denies_non_production_principals() {
        let statement = |effect: &str, who: &str| {
            format!(r#"{{"Effect":"{effect}","Action":"sts:AssumeRole","Principal":{{"AWS":[{who}]}}}}"#)
        };
        let document = |statements: &[String]| {
            let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
            PolicyDocument::parse(&text).unwrap()
        };
        let (deleted, other) = (r#""AIDACKCEVSQ6C2EXAMPLE""#, r#""arn:aws:iam::123456789012:user/x""#);
        let test = r#""arn:aws:iam::108817434118:root""#;
        let seen = [
            statement("Deny", &format!("{deleted},{other},{test}")),
            statement("Allow", &format!("{deleted},{other},{test}")),
            statement("Allow", test),
        ];
        let left = [statement("Deny", &format!("{other},{test}")), statement("Allow", other)];
        assert!(taken_over(&document(&seen)).equivalent(&document(&left)));
        assert!(joined(&PolicyDocument::new([]), &document(&seen)).equivalent(&document(&left)));
    }
}
