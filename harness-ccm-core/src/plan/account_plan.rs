use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Finding, FindingKind, Step, Withheld};
use crate::account::Account;
use crate::catalog::Release;
use crate::feature::Feature;
use crate::intent::SkipReason;
use crate::owner::Ownership;
use crate::predict::Prediction;
use crate::resource::Resource;

/// What is done and not done in one account. Everything desired or owned there stands in it once: as a step, as in sync, or as
/// withheld.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct AccountPlan {
    /// The account as the source has it, with its tags and unit as far as they were asked for; `None` if it is not listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// The rule that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Why the account is skipped, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<SkipReason>,
    /// The features that it shall have.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub features: BTreeSet<Feature>,
    /// What is done, in this order; a failure ends the account's turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// What is as desired.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_sync: Vec<Resource>,
    /// What of that somebody else made: it carries no mark.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_ours: Vec<Resource>,
    /// What is withheld, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Withheld>,
    /// The cross-account role as it was seen; `None` if nothing is desired of the account, or if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<SeenRole>,
    /// What Harness' connection test will say of the account's connector once this is applied; `None` if there is none, or if
    /// nothing is done because something is withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_test: Option<ExpectedTest>,
    /// What somebody should look at, and nothing is done about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// What a plan says of a cross-account role as it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SeenRole {
    /// The release whose permissions it grants, its boundary aside; `None` if it grants those of none.
    pub release: Option<Release>,
}

impl AccountPlan {
    /// The account's name, if it is listed.
    pub fn name(&self) -> Option<&str> {
        self.account.as_ref().map(|account| account.name.as_str())
    }

    /// Notes something that is as desired.
    pub(super) fn note_in_sync(&mut self, what: impl Into<Resource>, ownership: &Ownership) {
        let what = what.into();
        if *ownership != Ownership::Ours {
            self.not_ours.push(what.clone());
        }
        self.in_sync.push(what);
    }

    /// Notes what the connection test of a connector will say.
    pub(super) fn expect(&mut self, connector: impl Into<Resource>, prediction: Option<Prediction>) {
        let (test, finding) = match prediction {
            None => return,
            Some(Prediction::Passes) => (ExpectedTest::Passes, None),
            Some(Prediction::Fails(failure)) => (ExpectedTest::Fails, Some(FindingKind::TestFails(failure))),
            Some(Prediction::Unknown(note)) => {
                (ExpectedTest::Unknown, Some(FindingKind::TestUnknown { note }))
            }
        };
        self.connection_test = Some(test);
        self.findings.extend(finding.map(|kind| Finding::new(connector, kind)));
    }
}

/// What is expected of Harness' connection test, from documents alone; the findings say why it will not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExpectedTest {
    /// It passes, as far as role and connector decide it.
    Passes,
    /// It fails.
    Fails,
    /// It cannot be told.
    Unknown,
}
