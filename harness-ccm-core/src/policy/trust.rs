//! Trust policies: whom they let in, and how that differs from whom they should let in.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::condition::hold_for_caller;
use super::pattern::{self, Case};
use super::{Actions, Folded, PolicyDocument, Principal, Statement, StatementEffect};

/// Whether a role lets in somebody who presents an external id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trusted {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It depends, on this.
    Unknown(String),
}

/// Whether `trust` lets in somebody who presents `external_id`, whoever that is.
///
/// A principal that was deleted (`AIDA...`) is nobody. A condition on `aws:PrincipalArn` is taken to be met by one of those
/// whom it names.
pub fn trusted(trust: &PolicyDocument, external_id: &str) -> Trusted {
    let mut allowed = Trusted::No;
    for statement in trust.statements().iter().filter(|statement| is_about_assuming(statement)) {
        let somebody = statement.not_principals().is_none()
            && statement
                .principals()
                .is_some_and(|who| who.aws_principals().any(|principal| !principal.is_orphaned()));
        let holds = hold_for_caller(statement.conditions(), external_id);
        match statement.effect() {
            _ if holds == Some(false) => {}
            StatementEffect::Allow if !somebody => {}
            StatementEffect::Allow if holds == Some(true) => allowed = Trusted::Yes,
            StatementEffect::Allow if allowed == Trusted::No => {
                allowed = Trusted::Unknown("its trust policy has further conditions".into());
            }
            StatementEffect::Allow => {}
            StatementEffect::Deny if holds == Some(true) && denies_everybody(statement) => {
                return Trusted::No;
            }
            StatementEffect::Deny => {
                return Trusted::Unknown(
                    "its trust policy denies somebody, or under further conditions".into(),
                );
            }
        }
    }
    allowed
}

fn denies_everybody(statement: &Statement) -> bool {
    statement.principals().is_some_and(|who| who.aws_principals().any(|principal| principal.as_str() == "*"))
}

fn is_about_assuming(statement: &Statement) -> bool {
    let named = |patterns: &BTreeSet<Folded>| {
        patterns.iter().any(|pattern| pattern::matches(pattern.as_str(), "sts:AssumeRole", Case::Blind))
    };
    match statement.actions() {
        Actions::Only(patterns) => named(patterns),
        Actions::Except(patterns) => !named(patterns),
    }
}

/// One thing in which a role trusts otherwise than it should.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TrustFinding {
    /// It trusts everybody.
    Everybody,
    /// It trusts whoever has the right in this account, where only some of it are wanted.
    WholeAccount {
        /// The account's id.
        account: String,
    },
    /// It trusts somebody who is not wanted.
    Additional(String),
    /// It does not trust somebody who is wanted.
    Missing(String),
    /// It trusts the unique id of a principal that was deleted, and nobody by that name any more.
    Deleted(String),
    /// It does not ask for an external id, so that whoever Harness serves could use the role.
    NoExternalId,
    /// It accepts these external ids, which are not wanted.
    FurtherExternalIds(BTreeSet<String>),
    /// It does not accept these external ids, which are wanted.
    MissingExternalIds(BTreeSet<String>),
    /// It differs in something else: actions, other conditions, denials, the version.
    Otherwise,
}

impl TrustFinding {
    /// Whether somebody gets in who should not. The others are about who does not.
    pub fn is_wider(&self) -> bool {
        matches!(
            self,
            Self::Everybody
                | Self::WholeAccount { .. }
                | Self::Additional(_)
                | Self::NoExternalId
                | Self::FurtherExternalIds(_)
        )
    }
}

impl fmt::Display for TrustFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |ids: &BTreeSet<String>| ids.iter().cloned().collect::<Vec<_>>().join(", ");
        match self {
            Self::Everybody => f.write_str("trusts everybody"),
            Self::WholeAccount { account } => {
                write!(f, "trusts the whole account {account} where only some of its users are wanted")
            }
            Self::Additional(principal) => write!(f, "also trusts {principal}"),
            Self::Missing(principal) => write!(f, "does not trust {principal}"),
            Self::Deleted(id) => {
                write!(f, "trusts {id}, which was deleted: whoever has its name now is not trusted")
            }
            Self::NoExternalId => f.write_str("does not ask for an external id"),
            Self::FurtherExternalIds(ids) => write!(f, "also accepts the external id {}", list(ids)),
            Self::MissingExternalIds(ids) => write!(f, "does not accept the external id {}", list(ids)),
            Self::Otherwise => f.write_str("trusts under other conditions"),
        }
    }
}

/// In what `seen` differs from the `wanted` trust policy; empty if they mean the same.
pub(crate) fn trust_findings(wanted: &PolicyDocument, seen: &PolicyDocument) -> BTreeSet<TrustFinding> {
    let mut findings = BTreeSet::new();
    if wanted.equivalent(seen) {
        return findings;
    }
    let (want, have) = (Summary::of(wanted), Summary::of(seen));
    let partly_wanted = |account: &str| want.principals.iter().any(|other| other.account() == Some(account));
    for principal in have.principals.difference(&want.principals) {
        findings.insert(match principal.whole_account() {
            _ if principal.as_str() == "*" => TrustFinding::Everybody,
            _ if principal.is_orphaned() => TrustFinding::Deleted(principal.to_string()),
            Some(account) if partly_wanted(account) => TrustFinding::WholeAccount { account: account.into() },
            _ => TrustFinding::Additional(principal.to_string()),
        });
    }
    for principal in want.principals.difference(&have.principals) {
        // Who trusts the whole account trusts this one too.
        let within =
            principal.account().is_some_and(|account| have.principals.contains(&Principal::from(account)));
        if !within && !have.principals.contains(&Principal::from("*")) {
            findings.insert(TrustFinding::Missing(principal.to_string()));
        }
    }
    if !want.external_ids.is_empty() && have.without_external_id {
        findings.insert(TrustFinding::NoExternalId);
    } else {
        let further: BTreeSet<_> = have.external_ids.difference(&want.external_ids).cloned().collect();
        let missing: BTreeSet<_> = want.external_ids.difference(&have.external_ids).cloned().collect();
        findings.extend((!further.is_empty()).then_some(TrustFinding::FurtherExternalIds(further)));
        findings.extend((!missing.is_empty()).then_some(TrustFinding::MissingExternalIds(missing)));
    }
    if findings.is_empty() || have.rest != want.rest {
        findings.insert(TrustFinding::Otherwise);
    }
    findings
}

/// The external ids that a trust policy accepts.
pub(crate) fn external_ids(trust: &PolicyDocument) -> BTreeSet<String> {
    Summary::of(trust).external_ids
}

/// A trust policy taken apart, for people.
#[derive(Default)]
struct Summary {
    principals: BTreeSet<Principal>,
    external_ids: BTreeSet<String>,
    /// Whether some statement lets in without one.
    without_external_id: bool,
    /// Everything else, to be compared as a whole.
    rest: BTreeSet<String>,
}

impl Summary {
    fn of(trust: &PolicyDocument) -> Self {
        let mut summary = Self::default();
        summary.rest.insert(format!("version {}", trust.version()));
        for statement in trust.statements() {
            if statement.effect() == StatementEffect::Deny || statement.not_principals().is_some() {
                summary.rest.insert(format!("{:?}", statement.meaning()));
                continue;
            }
            summary
                .principals
                .extend(statement.principals().into_iter().flat_map(super::Principals::iter).cloned());
            summary.rest.insert(format!("{:?}", statement.actions()).to_ascii_lowercase());
            let mut ids = 0;
            for (operator, keys) in statement.conditions() {
                for (key, values) in keys {
                    if *key == Folded::from("sts:ExternalId") && *operator == Folded::from("StringEquals") {
                        ids += values.len();
                        summary.external_ids.extend(values.iter().cloned());
                    } else {
                        summary.rest.insert(format!("{operator} {key} {values:?}"));
                    }
                }
            }
            summary.without_external_id |= ids == 0;
        }
        summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str = r#""arn:aws:iam::123456789012:user/a","arn:aws:iam::123456789012:user/b""#;

    fn trust(principals: &str, conditions: &str) -> PolicyDocument {
        PolicyDocument::parse(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":[{principals}]}},"Condition":{conditions}}}]}}"#
        ))
        .unwrap()
    }

    fn external(ids: &str) -> String {
        format!(r#"{{"StringEquals":{{"sts:ExternalId":[{ids}]}}}}"#)
    }

    fn findings(principals: &str, conditions: &str) -> Vec<String> {
        let wanted = trust(USERS, &external(r#""one""#));
        trust_findings(&wanted, &trust(principals, conditions)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn differences_are_told_by_what_they_mean() {
        let one = external(r#""one""#);
        assert!(findings(USERS, &one).is_empty());
        assert_eq!(
            findings(r#""123456789012""#, &one),
            ["trusts the whole account 123456789012 where only some of its users are wanted"]
        );
        assert_eq!(findings(r#""*""#, &one), ["trusts everybody"]);
        assert_eq!(
            findings(r#""arn:aws:iam::123456789012:user/a","AIDACKCEVSQ6C2EXAMPLE""#, &one),
            [
                "does not trust arn:aws:iam::123456789012:user/b",
                "trusts AIDACKCEVSQ6C2EXAMPLE, which was deleted: whoever has its name now is not trusted"
            ]
        );
        assert_eq!(
            findings(&format!(r#"{USERS},"arn:aws:iam::210987654321:root""#), &one),
            ["also trusts arn:aws:iam::210987654321:root"]
        );
        assert_eq!(findings(USERS, "{}"), ["does not ask for an external id"]);
        assert_eq!(
            findings(USERS, &external(r#""two""#)),
            ["also accepts the external id two", "does not accept the external id one"]
        );
        assert_eq!(
            findings(
                USERS,
                r#"{"StringEquals":{"sts:ExternalId":"one"},"Bool":{"aws:MultiFactorAuthPresent":true}}"#
            ),
            ["trusts under other conditions"]
        );
    }

    #[test]
    fn only_some_findings_let_more_people_in() {
        let wanted = trust(USERS, &external(r#""one""#));
        let wider = trust_findings(&wanted, &trust(r#""123456789012""#, "{}"));
        assert!(wider.iter().all(TrustFinding::is_wider), "{wider:?}");
        let narrower =
            trust_findings(&wanted, &trust(r#""arn:aws:iam::123456789012:user/a""#, &external(r#""one""#)));
        assert!(!narrower.iter().any(TrustFinding::is_wider), "{narrower:?}");
    }

    #[test]
    fn who_is_let_in() {
        let of = |principals: &str, conditions: &str| trusted(&trust(principals, conditions), "one");
        let one = external(r#""one""#);
        assert_eq!(of(USERS, &one), Trusted::Yes);
        assert_eq!(of(USERS, "{}"), Trusted::Yes);
        assert_eq!(of(USERS, &external(r#""two""#)), Trusted::No);
        assert_eq!(of(r#""AIDACKCEVSQ6C2EXAMPLE""#, &one), Trusted::No);
        let narrowed = format!(
            r#"{{"ArnEquals":{{"aws:PrincipalArn":[{USERS}]}},"StringEquals":{{"sts:ExternalId":"one"}}}}"#
        );
        assert_eq!(of(r#""123456789012""#, &narrowed), Trusted::Yes);
        assert!(matches!(of(USERS, r#"{"Bool":{"aws:SecureTransport":true}}"#), Trusted::Unknown(_)));
        let denied = PolicyDocument::parse(
            r#"{"Version":"2012-10-17","Statement":[
                {"Effect":"Allow","Action":"sts:*","Principal":"*"},
                {"Effect":"Deny","Action":"sts:AssumeRole","Principal":"*","Condition":{"StringNotEquals":{"sts:ExternalId":"one"}}}]}"#,
        )
        .unwrap();
        assert_eq!(trusted(&denied, "one"), Trusted::Yes);
        assert_eq!(trusted(&denied, "two"), Trusted::No);
    }
}
