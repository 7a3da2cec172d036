use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::Release;
use super::template::{Contents, Holder, Template};

/// The differences between two releases of the permissions: in parts for programs, as text for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ReleaseDiff {
    /// The old release.
    pub from: Release,
    /// The new release.
    pub to: Release,
    /// The permissions that roles gain.
    pub added: BTreeSet<Permitted>,
    /// The permissions that roles lose.
    pub removed: BTreeSet<Permitted>,
    /// The new managed policies: names and descriptions. Roles with an inline policy have none.
    pub policies_added: BTreeMap<&'static str, &'static str>,
    /// The managed policies that are no longer used.
    pub policies_removed: BTreeMap<&'static str, &'static str>,
}

/// One action on one resource that a release grants for a feature, or an AWS-managed policy that it attaches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Permitted {
    /// The feature, with its option if only the option needs it; `always` for permissions of every role.
    pub feature: String,
    /// The role that gets it.
    pub role: PermittedRole,
    /// The action, or the name of the attached AWS-managed policy.
    pub action: String,
    /// The resource, with placeholders for values of the account; empty for a policy.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub resource: String,
    /// The conditions: operator, key and values of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<String>,
}

/// The role that has a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PermittedRole {
    /// The role that Harness assumes.
    CrossAccount,
    /// The execution role of the Lambda function behind `AutoStopping` load balancers.
    Lambda,
}

impl Release {
    /// Returns what changes if `other` replaces this release. Statement names are ignored: they grant nothing.
    ///
    /// ```
    /// use harness_ccm_core::catalog::Release;
    ///
    /// let diff = Release::Module1_0_1.diff(Release::NEWEST);
    /// assert!(diff.added.iter().any(|added| added.action == "bcm-data-exports:GetExport"));
    /// assert!(Release::NEWEST.diff(Release::NEWEST).is_empty());
    /// ```
    pub fn diff(self, other: Self) -> ReleaseDiff {
        let [before, after] = [self, other].map(|release| permitted(release.contents()));
        let [policies_before, policies_after] = [self, other].map(|release| policies(release.contents()));
        let beyond = |these: &BTreeMap<&'static str, &'static str>, those: &BTreeMap<_, _>| {
            let beyond = these.iter().filter(|(name, description)| those.get(*name) != Some(*description));
            beyond.map(|(name, description)| (*name, *description)).collect()
        };
        ReleaseDiff {
            from: self,
            to: other,
            added: after.difference(&before).cloned().collect(),
            removed: before.difference(&after).cloned().collect(),
            policies_added: beyond(&policies_after, &policies_before),
            policies_removed: beyond(&policies_before, &policies_after),
        }
    }
}

fn policies(contents: &Contents) -> BTreeMap<&'static str, &'static str> {
    contents.policies.iter().map(|policy| (policy.name, policy.description)).collect()
}

fn permitted(contents: &Contents) -> BTreeSet<Permitted> {
    let of_policies = contents.policies.iter().flat_map(|policy| {
        let role = match policy.holder {
            Holder::CrossAccount => PermittedRole::CrossAccount,
            Holder::Lambda => PermittedRole::Lambda,
        };
        policy.statements.iter().flat_map(move |statement| of_statement(statement, role))
    });
    let attached =
        [("governance view-only", contents.view_only), ("governance read-only", contents.read_only)];
    let attached = attached.into_iter().flat_map(|(feature, names)| {
        names.iter().map(move |name| Permitted {
            feature: feature.into(),
            role: PermittedRole::CrossAccount,
            action: (*name).into(),
            resource: String::new(),
            conditions: Vec::new(),
        })
    });
    of_policies.chain(attached).collect()
}

fn of_statement(statement: &'static Template, role: PermittedRole) -> impl Iterator<Item = Permitted> {
    let conditions = statement.conditions.iter();
    let conditions: Vec<_> =
        conditions.map(|(operator, key, values)| format!("{operator} {key} {}", values.join(", "))).collect();
    let actions =
        statement.actions.iter().flat_map(|(when, actions)| actions.iter().map(move |action| (when, action)));
    actions.flat_map(move |(when, action)| {
        let conditions = conditions.clone();
        statement.resources.iter().map(move |resource| Permitted {
            feature: when.to_string(),
            role,
            action: (*action).into(),
            resource: (*resource).into(),
            conditions: conditions.clone(),
        })
    })
}

impl ReleaseDiff {
    /// Whether the releases grant the same.
    pub fn is_empty(&self) -> bool {
        let Self { from: _, to: _, added, removed, policies_added, policies_removed } = self;
        added.is_empty() && removed.is_empty() && policies_added.is_empty() && policies_removed.is_empty()
    }
}

/// Prints one line per change, grouped by feature.
impl fmt::Display for ReleaseDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, added, removed, policies_added, policies_removed } = self;
        writeln!(f, "Permissions: {from} -> {to}")?;
        let changes =
            added.iter().map(|added| (added, '+')).chain(removed.iter().map(|removed| (removed, '-')));
        let mut by_feature: BTreeMap<&str, BTreeSet<(&Permitted, char)>> = BTreeMap::new();
        for (permitted, sign) in changes {
            by_feature.entry(&permitted.feature).or_default().insert((permitted, sign));
        }
        for (feature, changes) in by_feature {
            writeln!(f, "{feature}:")?;
            for (permitted, sign) in changes {
                writeln!(f, "  {sign} {permitted}")?;
            }
        }
        if !(policies_added.is_empty() && policies_removed.is_empty()) {
            writeln!(f, "managed policies:")?;
        }
        for (sign, policies) in [('+', policies_added), ('-', policies_removed)] {
            for (name, description) in policies {
                writeln!(f, "  {sign} {name} ({description})")?;
            }
        }
        writeln!(f, "{} permissions are added, {} removed.", added.len(), removed.len())
    }
}

impl fmt::Display for Permitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { feature: _, role, action, resource, conditions } = self;
        match resource.as_str() {
            "" => write!(f, "the AWS-managed policy {action}")?,
            resource => write!(f, "{action} on {resource}")?,
        }
        if !conditions.is_empty() {
            write!(f, " if {}", conditions.join(" and "))?;
        }
        match role {
            PermittedRole::CrossAccount => Ok(()),
            PermittedRole::Lambda => f.write_str(", in the role of the Lambda function"),
        }
    }
}
