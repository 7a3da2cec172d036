use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Step, describe};
use crate::account::AccountState;
use crate::error::Diagnosis;
use crate::id::ConnectorId;
use crate::intent::Hold;
use crate::owner::ADOPTED_TAG;
use crate::predict::Prediction;

/// What is done and not done in one account. Everything wanted or owned there stands in it once: as a step, as in sync, or as
/// withheld.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountPlan {
    /// The account's name; empty if the source does not know the account.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The rule that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Why the account is left out, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// What is done, in this order; a failure ends the account's turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// What is as wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_sync: Vec<String>,
    /// What is held back, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Withheld>,
    /// What Harness' connection test will say of the account's connector once this is applied; `None` if there is none, or if
    /// nothing is done because something is withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_test: Option<ExpectedTest>,
    /// What somebody should look at, and nothing is done about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

impl AccountPlan {
    /// Notes what the connection test of the connector `target` will say.
    pub(super) fn expect(&mut self, target: &str, prediction: Option<Prediction>) {
        let (test, finding) = match prediction {
            None => return,
            Some(Prediction::Passes) => (ExpectedTest::Passes, None),
            Some(Prediction::Fails(failure)) => (ExpectedTest::Fails, Some(describe::failing_test(&failure))),
            Some(Prediction::Unknown(why)) => (
                ExpectedTest::Unknown,
                Some(format!("whether Harness' connection test will pass can not be told: {why}")),
            ),
        };
        self.connection_test = Some(test);
        self.findings.extend(finding.map(|text| Finding::new(target, text)));
    }
}

/// Something that a plan does not touch, though it is not as wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Withheld {
    /// What, such as `role HarnessCERole`.
    pub target: String,
    /// Why.
    pub reason: WithheldReason,
}

impl Withheld {
    pub(super) fn new(target: impl Into<String>, reason: WithheldReason) -> Self {
        Self { target: target.into(), reason }
    }
}

/// Why something is withheld.
///
/// A reason makes a run [incomplete](Self::is_incomplete), or it is a choice of whoever runs it: then the thing is held back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WithheldReason {
    /// It could not be read.
    Gap(Box<Diagnosis>),
    /// It was not looked for.
    NotObserved,
    /// The account is not served now.
    Account(Hold),
    /// A rule names the account, and the listing does not have it.
    NotListed {
        /// The rule.
        rule: String,
    },
    /// The listing does not have the account, and its things are not removed because of that.
    Unlisted(UnlistedReason),
    /// Nobody can enter an account in this state.
    OutOfReach(AccountState),
    /// It carries no mark and differs: adopting it would change it. With the differences in words.
    Unowned(Vec<String>),
    /// It carries another owner's mark.
    Foreign(String),
    /// It is no longer wanted, and only the mode that removes things would remove it.
    Mode,
    /// It is no longer wanted, but was adopted: others may rely on it.
    Adopted,
    /// It is no longer wanted, or loses something, and a connector still names it.
    InUse {
        /// The connector.
        connector: ConnectorId,
    },
    /// The account's connector is held back and names another role: this one would serve nobody.
    ServesNobody {
        /// The connector.
        connector: ConnectorId,
        /// The role that it names, as it stands there.
        role: Option<String>,
    },
    /// Something that it builds on is itself withheld.
    WaitsFor {
        /// What it waits for, such as `role HarnessCERole`.
        target: String,
        /// Whether that makes the run incomplete.
        incomplete: bool,
    },
    /// It can not be brought to what is wanted by any write.
    Impossible(String),
}

/// Why things of an account that is not listed stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UnlistedReason {
    /// The listing is not known to be of the organization that they belong to.
    NotPinned,
    /// The owner is the one that everybody has by default: they may be another organization's.
    DefaultOwner,
    /// Only listed accounts are offboarded.
    Offboarding,
}

impl WithheldReason {
    /// Whether it makes the run incomplete: something could not be read, was not looked for, is unknown or impossible, or waits
    /// for such a thing. All other reasons are choices of whoever runs it.
    pub fn is_incomplete(&self) -> bool {
        match self {
            Self::Gap(_)
            | Self::NotObserved
            | Self::NotListed { .. }
            | Self::Unlisted(UnlistedReason::Offboarding)
            | Self::Impossible(_) => true,
            Self::Account(hold) => hold.is_incomplete(),
            Self::WaitsFor { incomplete, .. } => *incomplete,
            Self::Unlisted(UnlistedReason::NotPinned | UnlistedReason::DefaultOwner)
            | Self::OutOfReach(_)
            | Self::Unowned(_)
            | Self::Foreign(_)
            | Self::Mode
            | Self::Adopted
            | Self::InUse { .. }
            | Self::ServesNobody { .. } => false,
        }
    }
}

impl fmt::Display for WithheldReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap(diagnosis) => write!(f, "could not be read: {diagnosis}"),
            Self::NotObserved => f.write_str("it was not looked for"),
            Self::Account(hold) => hold.fmt(f),
            Self::NotListed { rule } => write!(
                f,
                "rule {rule:?} names the account, and the listing does not have it: check that the source lists the right organization, or take the account out of the rule"
            ),
            Self::Unlisted(reason) => reason.fmt(f),
            Self::OutOfReach(state) => {
                write!(
                    f,
                    "out of reach: the account is {state}, so nobody can enter it; what is in it ends with it"
                )
            }
            Self::Unowned(changes) => {
                write!(
                    f,
                    "made by somebody else and differs; --adopt would change it: {}",
                    changes.join("; ")
                )
            }
            Self::Foreign(owner) => write!(f, "belongs to the owner {owner:?}"),
            Self::Mode => f.write_str("no longer wanted; --mode sync would remove it"),
            Self::Adopted => write!(
                f,
                "no longer wanted, but adopted: others may rely on it. Remove it by hand, or its tag {ADOPTED_TAG} to have it removed"
            ),
            Self::InUse { connector } => write!(
                f,
                "the connector {connector} still names the role and may use it: change or remove that connector first"
            ),
            Self::ServesNobody { connector, role: Some(role) } => write!(
                f,
                "the connector {connector} is held back and uses the role {role}: this one would serve nobody"
            ),
            Self::ServesNobody { connector, role: None } => {
                write!(f, "the connector {connector} is withheld: this role would serve nobody")
            }
            Self::WaitsFor { target, .. } => write!(f, "it waits for the {target}, which is withheld"),
            Self::Impossible(reason) => f.write_str(reason),
        }
    }
}

impl fmt::Display for UnlistedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotPinned => {
                "its account is not listed, and nothing is removed because of that unless the intent pins the organization that is listed: set organization.id, or remove it by hand"
            }
            Self::DefaultOwner => {
                "its account is not listed, and with the owner that everybody has by default it may be another organization's: choose an owner of your own, or remove it by hand"
            }
            Self::Offboarding => {
                "its account is not listed, and only listed accounts are offboarded: check that the source lists the right organization; if the account left, remove it by hand or by apply --mode sync"
            }
        })
    }
}

/// What is expected of Harness' connection test, from documents alone; the findings say why it will not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExpectedTest {
    /// It passes, as far as role and connector decide it.
    Passes,
    /// It fails.
    Fails,
    /// It can not be told.
    Unknown,
}

/// Something that somebody should look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// What, such as `role HarnessCERole`.
    pub target: String,
    /// What about it.
    pub text: String,
}

impl Finding {
    pub(super) fn new(target: impl Into<String>, text: impl Into<String>) -> Self {
        Self { target: target.into(), text: text.into() }
    }
}
