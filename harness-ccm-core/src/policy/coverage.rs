//! Does what is there grant at least what is wanted? Asked of roles that somebody else made.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Actions, Effect, PolicyDocument, Resources, Statement, pattern};

/// What the policies of a role say about one action on one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// Allowed whatever the circumstances.
    Allowed,
    /// Depends on conditions, on part of the resources, or on a policy that could not be read.
    Unknown,
    /// Not allowed.
    Denied,
}

/// One action on one resource, either of which may hold wildcards.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Permission {
    /// The action, such as `ec2:DescribeInstances`.
    pub action: String,
    /// The resource, `*` for all.
    pub resource: String,
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, resource } = self;
        if resource == "*" { f.write_str(action) } else { write!(f, "{action} on {resource}") }
    }
}

/// What of the wanted permissions is not granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Certainly not granted.
    pub missing: BTreeSet<Permission>,
    /// Can not be told.
    pub unknown: BTreeSet<Permission>,
}

impl Coverage {
    /// Whether everything wanted is certainly granted.
    pub fn is_complete(&self) -> bool {
        let Self { missing, unknown } = self;
        missing.is_empty() && unknown.is_empty()
    }
}

/// Everything that the policies of one role say.
#[derive(Clone, Debug, Default)]
pub struct Grants<'a> {
    documents: Vec<&'a PolicyDocument>,
    opaque: bool,
}

impl<'a> Grants<'a> {
    /// What these documents say together.
    pub fn of(documents: impl IntoIterator<Item = &'a PolicyDocument>) -> Self {
        Self { documents: documents.into_iter().collect(), opaque: false }
    }

    /// Adds a policy whose text is not known: what the others do not settle is then unknown.
    #[must_use]
    pub fn with_opaque_policy(mut self) -> Self {
        self.opaque = true;
        self
    }

    /// What they say about `permission` in a request that fulfils exactly the conditions of `context`.
    fn decide_within(&self, permission: &Permission, context: &super::Conditions) -> Decision {
        let mut best = if self.opaque { Decision::Unknown } else { Decision::Denied };
        let mut denied = Decision::Allowed;
        for statement in self.documents.iter().flat_map(|document| document.statements()) {
            match statement.effect() {
                Effect::Allow => best = best.min(allows(statement, permission, context)),
                Effect::Deny => denied = denied.max(denies(statement, permission)),
            }
        }
        best.max(denied)
    }

    /// What they say about `permission`, whatever the circumstances of the request.
    pub fn decide(&self, permission: &Permission) -> Decision {
        self.decide_within(permission, &super::Conditions::new())
    }

    /// What of `wanted` they do not grant. Only what `wanted` allows is asked for.
    pub fn cover(&self, wanted: &PolicyDocument) -> Coverage {
        let mut coverage = Coverage::default();
        for statement in wanted.statements() {
            let (Effect::Allow, Actions::Only(actions), Resources::Only(resources)) =
                (statement.effect(), statement.actions(), statement.resources())
            else {
                continue;
            };
            for action in actions {
                for resource in resources {
                    let permission =
                        Permission { action: action.as_str().into(), resource: resource.clone() };
                    match self.decide_within(&permission, statement.conditions()) {
                        Decision::Allowed => {}
                        Decision::Unknown => drop(coverage.unknown.insert(permission)),
                        Decision::Denied => drop(coverage.missing.insert(permission)),
                    }
                }
            }
        }
        coverage
    }
}

fn action_covers(wide: &str, narrow: &str) -> bool {
    pattern::covers(&wide.to_ascii_lowercase(), &narrow.to_ascii_lowercase())
}

fn action_overlaps(a: &str, b: &str) -> bool {
    pattern::overlap(&a.to_ascii_lowercase(), &b.to_ascii_lowercase())
}

/// How far a statement reaches over a permission: all of it, part of it, nothing of it.
fn reach(statement: &Statement, permission: &Permission) -> Decision {
    let Permission { action, resource } = permission;
    let by_action = match statement.actions() {
        Actions::Only(patterns) => extent(
            patterns.iter().any(|p| action_covers(p.as_str(), action)),
            patterns.iter().any(|p| action_overlaps(p.as_str(), action)),
        ),
        Actions::Except(patterns) => extent(
            !patterns.iter().any(|p| action_overlaps(p.as_str(), action)),
            !patterns.iter().any(|p| action_covers(p.as_str(), action)),
        ),
    };
    let by_resource = match statement.resources() {
        Resources::Itself => Decision::Denied,
        Resources::Only(patterns) => extent(
            patterns.iter().any(|p| pattern::covers(p, resource)),
            patterns.iter().any(|p| pattern::overlap(p, resource)),
        ),
        Resources::Except(patterns) => extent(
            !patterns.iter().any(|p| pattern::overlap(p, resource)),
            !patterns.iter().any(|p| pattern::covers(p, resource)),
        ),
    };
    by_action.max(by_resource)
}

fn extent(whole: bool, part: bool) -> Decision {
    match (whole, part) {
        (true, _) => Decision::Allowed,
        (false, true) => Decision::Unknown,
        (false, false) => Decision::Denied,
    }
}

fn allows(statement: &Statement, permission: &Permission, context: &super::Conditions) -> Decision {
    match reach(statement, permission) {
        // Granting a part of what is asked, such as one bucket of all, is not granting it, but it is not nothing either.
        partial @ (Decision::Denied | Decision::Unknown) => partial,
        Decision::Allowed => {
            let conditions = statement.conditions();
            if conditions.is_empty() || conditions == context { Decision::Allowed } else { Decision::Unknown }
        }
    }
}

fn denies(statement: &Statement, permission: &Permission) -> Decision {
    match reach(statement, permission) {
        Decision::Denied => Decision::Allowed,
        Decision::Allowed if statement.conditions().is_empty() => Decision::Denied,
        Decision::Allowed | Decision::Unknown => Decision::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> PolicyDocument {
        PolicyDocument::parse(json).unwrap()
    }

    fn permission(action: &str, resource: &str) -> Permission {
        Permission { action: action.into(), resource: resource.into() }
    }

    fn document(statement: &str) -> PolicyDocument {
        parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#))
    }

    #[test]
    fn a_wildcard_grants_what_it_matches() {
        let wide = document(r#"{"Effect":"Allow","Action":"ec2:*","Resource":"*"}"#);
        let grants = Grants::of([&wide]);
        assert_eq!(grants.decide(&permission("EC2:DescribeInstances*", "*")), Decision::Allowed);
        assert_eq!(grants.decide(&permission("rds:DescribeDBInstances", "*")), Decision::Denied);
    }

    #[test]
    fn part_of_the_resources_is_unknown_not_yes() {
        let one = document(r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}"#);
        let grants = Grants::of([&one]);
        assert_eq!(grants.decide(&permission("s3:GetObject", "*")), Decision::Unknown);
        assert_eq!(grants.decide(&permission("s3:GetObject", "arn:aws:s3:::a/x*")), Decision::Allowed);
    }

    #[test]
    fn a_deny_wins_and_a_conditional_one_leaves_doubt() {
        let allow = document(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
        let deny = document(r#"{"Effect":"Deny","Action":"ec2:*","Resource":"*"}"#);
        let maybe = document(
            r#"{"Effect":"Deny","Action":"rds:*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"x"}}}"#,
        );
        let grants = Grants::of([&allow, &deny, &maybe]);
        assert_eq!(grants.decide(&permission("ec2:RunInstances", "*")), Decision::Denied);
        assert_eq!(grants.decide(&permission("rds:StartDBCluster", "*")), Decision::Unknown);
        assert_eq!(grants.decide(&permission("s3:GetObject", "*")), Decision::Allowed);
    }

    #[test]
    fn not_action_grants_all_but() {
        let all_but = document(r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#);
        let grants = Grants::of([&all_but]);
        assert_eq!(grants.decide(&permission("ec2:RunInstances", "*")), Decision::Allowed);
        assert_eq!(grants.decide(&permission("iam:PassRole", "*")), Decision::Denied);
        assert_eq!(grants.decide(&permission("*", "*")), Decision::Unknown);
    }

    #[test]
    fn an_unread_policy_leaves_doubt() {
        let grants = Grants::of([]).with_opaque_policy();
        assert_eq!(grants.decide(&permission("ec2:RunInstances", "*")), Decision::Unknown);
    }

    #[test]
    fn a_document_covers_itself_with_its_own_conditions() {
        let kms = document(
            r#"{"Effect":"Allow","Action":["kms:Decrypt","kms:ReEncrypt*"],"Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/x":"true"}}}"#,
        );
        assert!(Grants::of([&kms]).cover(&kms).is_complete());
        let plain = document(r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}"#);
        let coverage = Grants::of([&kms]).cover(&plain);
        assert_eq!(coverage.unknown.len(), 1);
        assert!(coverage.missing.is_empty());
    }
}
