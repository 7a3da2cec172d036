use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Shortfall;
use crate::account::AccountState;
use crate::backend::{Conflict, ConnectorView, respelled};
use crate::connector::UnreadableConnector;
use crate::error::Diagnosis;
use crate::id::{ConnectorId, PolicyArn, RoleArn, RoleName, RolePath};
use crate::intent::Hold;
use crate::owner::ADOPTED_TAG;
use crate::resource::Resource;
use crate::role::{OverQuota, PolicyUse};
use crate::setting::Setting;
use crate::text::visible;

/// A resource that a plan does not change, although it is not as desired.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// # futures_executor::block_on(async {
/// # let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
/// # let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors());
/// world.make_unreachable(&"123456789012".parse()?);
/// let plan = pipeline.plan().await?;
/// for withheld in plan.accounts().values().flat_map(|account| &account.withheld) {
///     println!("{}: {}", withheld.resource, withheld.reason);
/// }
/// assert!(!plan.is_complete(), "what could not be read makes the plan incomplete");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Withheld {
    /// The resource.
    pub resource: Resource,
    /// The reason.
    pub reason: WithheldReason,
}

impl Withheld {
    pub(super) fn new(resource: impl Into<Resource>, reason: WithheldReason) -> Self {
        Self { resource: resource.into(), reason }
    }
}

/// The reason that a resource is withheld.
///
/// A reason either makes a run [incomplete](Self::is_incomplete), or is a choice of the user. In the second case, the resource is
/// held back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WithheldReason {
    /// The resource could not be read.
    Gap(Box<Diagnosis>),
    /// The resource was not looked for.
    NotObserved,
    /// A search among all roles of the account was requested, but not all roles could be read.
    NotSearched {
        /// The cause. `None` if the search did not run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        diagnosis: Option<Box<Diagnosis>>,
    },
    /// No decision about the account is possible, or the account cannot be onboarded now.
    Account(Hold),
    /// A rule names the account, and the listing does not contain it.
    NotListed {
        /// The rule.
        rule: String,
    },
    /// The listing does not contain the account. Its resources stay for the stated reason.
    Unlisted(UnlistedReason),
    /// The account has a state in which no session can be opened.
    OutOfReach(AccountState),
    /// The resource is unmarked and does not meet the desired state. Only adoption permits a change.
    Unowned(Vec<Shortfall>),
    /// The resource has our owner mark, but another Harness account uses it. The trust policy of the role names external ids of
    /// another Harness account. The role would be removed, or the role accepts no external id of ours and no visible connector
    /// names the role.
    ServesAnother {
        /// The external ids that the role accepts.
        external_ids: BTreeSet<String>,
    },
    /// The resource has another owner's mark.
    Foreign {
        /// The value of that owner mark.
        name: String,
    },
    /// The resource is no longer desired, and only the mode `sync` removes it.
    Mode,
    /// The resource differs or is missing, and this plan only marks resources that are in sync.
    OnlyMarking,
    /// The resource is no longer desired, but was adopted. Other tools may rely on it.
    Adopted,
    /// The role is no longer desired or loses permissions, but a connector still names this role.
    InUse {
        /// The connector.
        connector: ConnectorId,
    },
    /// A connector of the account is unreadable, or an unreadable connector may belong to any account.
    UnreadableConnector(Box<UnreadableConnector>),
    /// The caller may not see all connectors. A hidden connector may use the role, or may be the connector of the account.
    UnseenConnectors(ConnectorView),
    /// The connector of the account is withheld and cannot use this role, so nothing would use the role.
    ServesNobody {
        /// The connector.
        connector: ConnectorId,
        /// The role that the connector names. If it is this role, the connector presents an external id that the role would not
        /// accept.
        role: Option<RoleArn>,
    },
    /// Another resource is withheld on which this resource depends.
    WaitsFor {
        /// The other resource.
        resource: Resource,
        /// Whether the other resource makes the run incomplete.
        incomplete: bool,
    },
    /// No write can bring the resource to the desired state.
    Impossible(Obstacle),
    /// The write that is due now differs from the approved write. The state or the intent has changed, or the approved plan was
    /// edited.
    ChangedSince,
    /// The account is not part of the approved plan.
    NotApproved,
}

/// The reason that resources of an account stay although the account is not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UnlistedReason {
    /// The intent does not pin the listed organization, so the resources may belong to another organization.
    NotPinned,
    /// The owner is the default owner, so the resources may belong to another organization.
    DefaultOwner,
    /// Only listed accounts are offboarded.
    Offboarding,
}

/// An obstacle that no write can remove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Obstacle {
    /// A role with this name exists under another path. IAM cannot change the path of a role.
    OtherPath(RolePath),
    /// A role exists whose name differs only in upper and lower case. To IAM, both names are the same. A connector with the
    /// desired ARN would name no role.
    OtherCase(RoleName),
    /// The name of a managed policy to create belongs to another policy.
    PolicyNameTaken {
        /// The policy to create.
        policy: PolicyArn,
        /// The policy that has the name.
        by: PolicyArn,
    },
    /// A managed policy of others that the role should have does not exist.
    NoSuchPolicy {
        /// The policy.
        policy: PolicyArn,
        /// Its use on the role.
        used: PolicyUse,
    },
    /// A managed policy of others that the role should have is reserved by AWS for its own services.
    NotAttachable {
        /// The policy.
        policy: PolicyArn,
        /// Its use on the role.
        used: PolicyUse,
    },
    /// Every possible identifier of the connector belongs to another account's connector.
    IdentifierTaken,
    /// A quota of IAM is too small.
    OverQuota(OverQuota),
    /// A quota of IAM is too small while the role has both the permissions that it loses and those that it gains.
    OverQuotaBetween(OverQuota),
}

impl WithheldReason {
    /// The words for all kinds, in alphabetical order.
    pub const NAMES: [&str; 21] = [
        "account",
        "adopted",
        "changed-since",
        "foreign",
        "impossible",
        "in-use",
        "mode",
        "not-approved",
        "not-listed",
        "not-observed",
        "not-searched",
        "only-marking",
        "out-of-reach",
        "serves-another",
        "serves-nobody",
        "unlisted",
        "unowned",
        "unreadable",
        "unreadable-connector",
        "unseen-connectors",
        "waits",
    ];

    /// Returns the kind of the reason in one word, for grouping and filters.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Gap(_) => "unreadable",
            Self::NotObserved => "not-observed",
            Self::NotSearched { .. } => "not-searched",
            Self::Account(_) => "account",
            Self::NotListed { .. } => "not-listed",
            Self::Unlisted(_) => "unlisted",
            Self::OutOfReach(_) => "out-of-reach",
            Self::Unowned(_) => "unowned",
            Self::ServesAnother { .. } => "serves-another",
            Self::Foreign { .. } => "foreign",
            Self::Mode => "mode",
            Self::OnlyMarking => "only-marking",
            Self::Adopted => "adopted",
            Self::InUse { .. } => "in-use",
            Self::UnreadableConnector(_) => "unreadable-connector",
            Self::UnseenConnectors(_) => "unseen-connectors",
            Self::ServesNobody { .. } => "serves-nobody",
            Self::WaitsFor { .. } => "waits",
            Self::Impossible(_) => "impossible",
            Self::ChangedSince => "changed-since",
            Self::NotApproved => "not-approved",
        }
    }

    /// The reason for a terminal, with further lines indented by `indent`.
    pub(crate) fn shown(&self, indent: &str) -> String {
        match self {
            // Its line breaks are intended.
            Self::Gap(_) | Self::NotSearched { .. } => self.to_string().replace('\n', &format!("\n{indent}")),
            other => visible(&other.to_string()).into_owned(),
        }
    }

    /// Returns whether the reason makes the run incomplete: something could not be read, was not looked for, is unknown or
    /// impossible, or depends on such a resource. With all other reasons, the resource is held back.
    pub fn is_incomplete(&self) -> bool {
        match self {
            Self::Gap(_)
            | Self::NotObserved
            | Self::NotSearched { .. }
            | Self::NotListed { .. }
            | Self::Unlisted(UnlistedReason::Offboarding)
            | Self::UnreadableConnector(_)
            | Self::UnseenConnectors(_)
            | Self::Impossible(_)
            | Self::ChangedSince => true,
            Self::Account(hold) => hold.is_incomplete(),
            Self::WaitsFor { incomplete, .. } => *incomplete,
            Self::Unlisted(UnlistedReason::NotPinned | UnlistedReason::DefaultOwner)
            | Self::OutOfReach(_)
            | Self::Unowned(_)
            | Self::ServesAnother { .. }
            | Self::Foreign { .. }
            | Self::Mode
            | Self::OnlyMarking
            | Self::Adopted
            | Self::InUse { .. }
            | Self::ServesNobody { .. }
            | Self::NotApproved => false,
        }
    }
}

impl fmt::Display for WithheldReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap(diagnosis) => write!(f, "could not be read: {diagnosis}"),
            Self::NotObserved => f.write_str("it was not looked for"),
            Self::NotSearched { diagnosis: Some(diagnosis) } => {
                write!(f, "its roles could not be searched: {diagnosis}")
            }
            Self::NotSearched { diagnosis: None } => f.write_str("its roles were not searched"),
            Self::Account(hold) => hold.fmt(f),
            Self::NotListed { rule } => write!(
                f,
                "rule {rule:?} names the account, and the listing does not have it: check that the source lists the right organization, or remove the account from the rule"
            ),
            Self::Unlisted(reason) => reason.fmt(f),
            Self::OutOfReach(state) => {
                write!(
                    f,
                    "out of reach: the account is {state}, so it cannot be accessed; its resources are deleted with it"
                )
            }
            Self::Unowned(shortfalls) => {
                let words: Vec<_> = shortfalls.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "created by another tool or a person, and differs; {} would change it: {}",
                    Setting::Adopt,
                    words.join("; ")
                )
            }
            Self::ServesAnother { external_ids } => write!(
                f,
                "it carries our mark, but serves another Harness account: it trusts callers that present {}, whose connectors are not visible here; choose another owner for one of the two accounts, or let it serve both with {}",
                external_ids.iter().cloned().collect::<Vec<_>>().join(" or "),
                Setting::Adopt
            ),
            Self::Foreign { name } => write!(f, "belongs to the owner {name:?}"),
            Self::Mode => write!(f, "no longer desired; {} would remove it", Setting::Sync),
            Self::OnlyMarking => f.write_str("not as desired, and this plan only marks resources in sync"),
            Self::Adopted => write!(
                f,
                "no longer desired, but adopted: others may rely on it. Remove it by hand, or its tag {ADOPTED_TAG} to have it removed"
            ),
            Self::InUse { connector } => write!(
                f,
                "the connector {connector} names the role or may use it: change or remove that connector first"
            ),
            Self::UnreadableConnector(odd) if odd.account.is_none() => {
                write!(f, "{odd}; it may be of any account and use any role: correct or remove it in Harness")
            }
            Self::UnreadableConnector(odd) => {
                write!(f, "{odd}; it may be the account's connector: correct or remove it in Harness")
            }
            Self::UnseenConnectors(view) => write!(
                f,
                "a connector that is not seen may use the role: {view}; plan with a key that may view all of them"
            ),
            Self::ServesNobody { connector, role: Some(role) } => write!(
                f,
                "the connector {connector} is held back and cannot use the desired role: it names {role} with its current external id, so the role would be unused"
            ),
            Self::ServesNobody { connector, role: None } => {
                write!(f, "the connector {connector} is withheld: this role would be unused")
            }
            Self::WaitsFor { resource, .. } => write!(f, "it waits for the {resource}, which is withheld"),
            Self::Impossible(obstacle) => obstacle.fmt(f),
            Self::ChangedSince => f.write_str(
                "the steps due now are not the approved ones: the state or the intent changed since, or the plan was edited; make a new plan",
            ),
            Self::NotApproved => f.write_str("the approved plan does not contain it"),
        }
    }
}

impl fmt::Display for UnlistedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPinned => write!(
                f,
                "its account is not listed, and nothing is removed for that reason unless the listing is known to belong to the organization that {} names: set it, or remove it by hand",
                Setting::Organization
            ),
            Self::DefaultOwner => f.write_str(
                "its account is not listed, and with the default owner it may belong to another organization: choose your own owner, or remove it by hand",
            ),
            Self::Offboarding => write!(
                f,
                "its account is not listed, and only listed accounts are offboarded: check that the source lists the right organization; if the account left, remove it by hand or apply with {}",
                Setting::Sync
            ),
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherPath(path) => write!(
                f,
                "a role of that name exists under the path {path}, and IAM cannot move it: set {} to that, or change {}",
                Setting::RolePath,
                Setting::RoleName
            ),
            Self::OtherCase(name) => {
                write!(f, "{}; {}", Conflict::OtherCase { name: name.clone() }, respelled(name))
            }
            Self::PolicyNameTaken { policy, by } => write!(
                f,
                "the name of the managed policy {} is taken by {by}: set {}, or use the layout inline",
                policy.name(),
                Setting::RolePrefix
            ),
            Self::NoSuchPolicy { policy, used } if policy.is_aws_managed() => {
                write!(f, "{used} {policy} does not exist in AWS: correct {}", used.setting())
            }
            Self::NoSuchPolicy { policy, used } => write!(
                f,
                "{used} {} does not exist in the account: create it there first, or correct {}",
                policy.path_and_name(),
                used.setting()
            ),
            Self::NotAttachable { policy, used } => write!(
                f,
                "{used} {policy} is reserved for services of AWS: name another one in {}",
                used.setting()
            ),
            Self::IdentifierTaken => write!(
                f,
                "another account's connector has its identifier: give that connector another one, or change {}",
                Setting::NamingRule
            ),
            Self::OverQuota(over) => over.fmt(f),
            Self::OverQuotaBetween(over) => write!(
                f,
                "while the role has both the old and the new permissions, {over}; or remove features in one run and add others in the next"
            ),
        }
    }
}
