use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Step, describe};
use crate::error::Diagnosis;
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WithheldReason {
    /// It could not be read.
    Gap(Box<Diagnosis>),
    /// The account can not be served now.
    Account(String),
    /// It differs and carries no mark: adopting it would change it. With the differences in words.
    Unowned(Vec<String>),
    /// It carries another owner's mark.
    Foreign(String),
    /// It is no longer wanted, and only the mode that removes things would remove it.
    Mode,
    /// Something that it needs is itself withheld.
    Blocked(String),
    /// It can not be brought to what is wanted by any write.
    Impossible(String),
}

impl WithheldReason {
    pub(super) fn is_gap(&self) -> bool {
        matches!(self, Self::Gap(_))
    }
}

impl fmt::Display for WithheldReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap(diagnosis) => write!(f, "could not be read: {diagnosis}"),
            Self::Account(reason) | Self::Blocked(reason) | Self::Impossible(reason) => f.write_str(reason),
            Self::Unowned(changes) => {
                write!(
                    f,
                    "made by somebody else and differs; --adopt would change it: {}",
                    changes.join("; ")
                )
            }
            Self::Foreign(owner) => write!(f, "belongs to the owner {owner:?}"),
            Self::Mode => f.write_str("no longer wanted; --mode sync would remove it"),
        }
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
