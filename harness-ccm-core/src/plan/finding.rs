use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::account::AccountState;
use crate::backend::TestFailure;
use crate::catalog::Release;
use crate::feature::AutoStopping;
use crate::id::PolicyArn;
use crate::policy::{EmptyField, Permission, TrustFinding, counted};
use crate::resource::Resource;
use crate::role::{PolicyPlace, PolicyUse};
use crate::setting::Setting;
use crate::text::{first_of, shortened};
use crate::timestamp::Timestamp;

/// An observation that deserves attention. No step changes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Finding {
    /// The severity of the finding.
    pub severity: Severity,
    /// The resource that the finding concerns.
    pub resource: Resource,
    /// The kind of the finding.
    pub kind: FindingKind,
}

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Severity {
    /// A principal has more permissions than desired.
    Risk,
    /// Something does not work, or will not work.
    Problem,
    /// A resource exists that no rule requires.
    Note,
}

impl Severity {
    /// Returns the name of the severity.
    pub fn name(self) -> &'static str {
        match self {
            Self::Risk => "risk",
            Self::Problem => "problem",
            Self::Note => "note",
        }
    }
}

/// The kind of a finding, with its details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// The connector is an additional connector of its account.
    DuplicateConnector,
    /// The resource is no longer desired, but does not have our owner mark, so no step removes it.
    NotOurs {
        /// The owner whose mark the resource has. `None` if the resource is unmarked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<String>,
    },
    /// The connector names this role until the plan is applied. After that, no setting and no connector names the role.
    LeftBehind,
    /// The connector of an account that is not listed names this role. No session can be opened in that account.
    OfUnlistedAccount,
    /// The trust policy of the role differs from the desired trust policy.
    Trust(TrustFinding),
    /// The role trusts a principal of Harness' own account for non-production systems.
    NonProductionHarness {
        /// The principal, as in the trust policy.
        principal: String,
    },
    /// The role grants all actions of a service, or passing any role, on all resources.
    Dangerous {
        /// The action, as in the policy.
        action: String,
    },
    /// The role grants more permissions than desired.
    Excess(BTreeSet<Permission>),
    /// Policies are attached to the role that are not desired and that were not read.
    UnreadPolicies(BTreeSet<PolicyArn>),
    /// The account of the connector is suspended, closed or not listed. Harness cannot use the connector.
    OrphanConnector {
        /// The state of the account. `None` if the account is not listed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<AccountState>,
    },
    /// No connector names the role, and the role is not desired.
    OrphanRole {
        /// Whether the role has our owner mark. Otherwise the role is unmarked and accepts our external id.
        ours: bool,
    },
    /// The role grants the permissions of an older release than the requested release.
    OlderRelease {
        /// The release that the role matches.
        matches: Release,
        /// The requested release.
        wanted: Release,
    },
    /// Some fields of the connector have values that the intent does not set. These values stay. The names are those in Harness'
    /// API, separated by dots.
    UnmanagedFields(BTreeSet<String>),
    /// The connector failed its last connection test at Harness, and the plan does not change the connector.
    TestFailed {
        /// The time of the last passed test, if there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        passed_at: Option<Timestamp>,
        /// Harness' message.
        summary: String,
    },
    /// A kind of `AutoStopping` has no effect without one of these others.
    NoPartner {
        /// The kind.
        kind: AutoStopping,
        /// The kinds of which it needs one.
        partners: BTreeSet<AutoStopping>,
    },
    /// Commitment orchestration is desired for the connector of an account that is not the payer. Harness ignores that.
    CommitmentOutsidePayer,
    /// A statement of one of its policies grants and denies nothing, because a list in it is empty.
    EmptyList {
        /// The policy.
        policy: PolicyPlace,
        /// The position of the statement in it, counted from 1.
        statement: usize,
        /// The name of the statement.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sid: Option<String>,
        /// The field with the empty list.
        field: EmptyField,
    },
    /// The role would newly have a managed policy that this crate does not manage, and it is unknown whether this policy exists.
    PolicyUnknown {
        /// The policy.
        policy: PolicyArn,
        /// Its use on the role.
        used: PolicyUse,
        /// The reason, if a call failed.
        note: String,
    },
    /// Harness' connection test will fail.
    TestFails(TestFailure),
    /// It is unknown whether Harness' connection test will pass.
    TestUnknown {
        /// The reason.
        note: String,
    },
}

impl FindingKind {
    /// The words for all kinds, in alphabetical order.
    pub const NAMES: [&str; 21] = [
        "commitment-outside-payer",
        "dangerous-permissions",
        "duplicate-connector",
        "empty-list",
        "excess-permissions",
        "left-behind",
        "no-partner",
        "non-production-harness",
        "not-ours",
        "older-release",
        "orphan-connector",
        "orphan-role",
        "policy-unknown",
        "test-failed",
        "test-unknown",
        "test-will-fail",
        "trust",
        "unlisted-account",
        "unmanaged-fields",
        "unread-policies",
        "wider-trust",
    ];

    /// Returns the kind of the finding in one word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::DuplicateConnector => "duplicate-connector",
            Self::NotOurs { .. } => "not-ours",
            Self::LeftBehind => "left-behind",
            Self::OfUnlistedAccount => "unlisted-account",
            Self::Trust(finding) if finding.is_wider() => "wider-trust",
            Self::Trust(_) => "trust",
            Self::NonProductionHarness { .. } => "non-production-harness",
            Self::Dangerous { .. } => "dangerous-permissions",
            Self::Excess(_) => "excess-permissions",
            Self::UnreadPolicies(_) => "unread-policies",
            Self::OrphanConnector { .. } => "orphan-connector",
            Self::OrphanRole { .. } => "orphan-role",
            Self::OlderRelease { .. } => "older-release",
            Self::UnmanagedFields(_) => "unmanaged-fields",
            Self::TestFailed { .. } => "test-failed",
            Self::NoPartner { .. } => "no-partner",
            Self::CommitmentOutsidePayer => "commitment-outside-payer",
            Self::EmptyList { .. } => "empty-list",
            Self::PolicyUnknown { .. } => "policy-unknown",
            Self::TestFails(_) => "test-will-fail",
            Self::TestUnknown { .. } => "test-unknown",
        }
    }

    /// Returns the severity of the finding.
    pub fn severity(&self) -> Severity {
        match self {
            Self::Trust(finding) if finding.is_wider() => Severity::Risk,
            Self::NonProductionHarness { .. } | Self::Dangerous { .. } => Severity::Risk,
            Self::Trust(_)
            | Self::NoPartner { .. }
            | Self::CommitmentOutsidePayer
            | Self::EmptyList { .. }
            | Self::PolicyUnknown { .. }
            | Self::TestFailed { .. }
            | Self::TestFails(_)
            | Self::TestUnknown { .. } => Severity::Problem,
            Self::DuplicateConnector
            | Self::OrphanConnector { .. }
            | Self::OrphanRole { .. }
            | Self::OlderRelease { .. }
            | Self::UnmanagedFields(_)
            | Self::NotOurs { .. }
            | Self::LeftBehind
            | Self::OfUnlistedAccount
            | Self::Excess(_)
            | Self::UnreadPolicies(_) => Severity::Note,
        }
    }
}

impl Finding {
    pub(super) fn new(resource: impl Into<Resource>, kind: FindingKind) -> Self {
        Self { severity: kind.severity(), resource: resource.into(), kind }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateConnector => f.write_str("another connector for the same account: left alone"),
            Self::NotOurs { owner: Some(owner) } => write!(f, "it belongs to the owner {owner:?}: left alone"),
            Self::NotOurs { owner: None } => f.write_str("it is not ours: left alone"),
            Self::LeftBehind => write!(
                f,
                "the connector named it until now, and no setting names it: left alone; add its name to {}, or remove it by hand once nothing uses it",
                Setting::FormerNames
            ),
            Self::OfUnlistedAccount => f.write_str(
                "its account is not listed, so it cannot be accessed: if the role still exists, it stays",
            ),
            Self::Trust(finding) => finding.fmt(f),
            Self::NonProductionHarness { principal } => write!(
                f,
                "trusts {principal} of Harness' own account for non-production systems: remove it from the trust policy"
            ),
            Self::Dangerous { action } => write!(f, "grants {action} on everything, which is not desired"),
            Self::Excess(permissions) => write!(f, "grants more than is desired: {}", counted(permissions)),
            Self::UnreadPolicies(policies) => {
                let names: Vec<_> = policies.iter().map(|policy| policy.name().to_owned()).collect();
                write!(f, "has policies attached that are not desired and were not read: {}", shortened(&names))
            }
            Self::OrphanConnector { state: Some(state) } => {
                write!(f, "its account is {state}: Harness cannot use it")
            }
            Self::OrphanConnector { state: None } => f.write_str("its account is not listed any more"),
            Self::OrphanRole { ours: true } => {
                f.write_str("no connector names it, and no rule requires it: it is ours, and left over")
            }
            Self::OrphanRole { ours: false } => f.write_str(
                "accepts our external id, but no connector names it and no rule requires it: it is not ours, so remove it by hand once nothing uses it",
            ),
            Self::OlderRelease { matches, wanted } => {
                write!(f, "grants the permissions of release {matches}; the desired release is {wanted}")
            }
            Self::UnmanagedFields(fields) => {
                let names: Vec<_> = fields.iter().map(|name| cut(name)).collect();
                write!(f, "fields that the intent does not manage have values, which stay: {}", first_of(8, names))
            }
            Self::TestFailed { passed_at, summary } => {
                write!(f, "failed Harness' connection test: {summary}")?;
                match passed_at {
                    Some(at) => write!(f, " (last passed {at})"),
                    None => f.write_str(" (never passed)"),
                }
            }
            Self::NoPartner { kind, partners } => {
                let partners: Vec<_> = partners.iter().map(|partner| partner.as_str()).collect();
                write!(f, "AutoStopping of {kind} stops nothing without {}", partners.join(" or "))
            }
            Self::CommitmentOutsidePayer => f.write_str(
                "only the payer's connector orchestrates commitments: give this account a rule without the feature, and its role no such permissions",
            ),
            Self::EmptyList { policy, statement, sid, field } => {
                let sid = sid.as_ref().map(|sid| format!(" ({sid})")).unwrap_or_default();
                write!(
                    f,
                    "{policy}, statement {statement}{sid}: {field} is an empty list, so the statement grants and denies nothing"
                )
            }
            Self::PolicyUnknown { policy, used, note } => write!(
                f,
                "whether {used} {} exists is unknown, so the write may fail ({note})",
                policy.path_and_name()
            ),
            Self::TestFails(failure) => write!(
                f,
                "Harness' connection test will fail: {}: {}",
                failure.summary,
                shortened(&failure.reasons)
            ),
            Self::TestUnknown { note } => {
                write!(f, "it is unknown whether Harness' connection test will pass: {note}")
            }
        }
    }
}

/// A name, shortened: it comes from outside.
fn cut(name: &str) -> &str {
    const MOST: usize = 80;
    name.char_indices().nth(MOST).map_or(name, |(end, _)| &name[..end])
}
