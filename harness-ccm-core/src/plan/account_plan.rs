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

/// The part of a plan for one account. It contains each desired or owned resource of the account once: as a step, as in sync,
/// or as withheld.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct AccountPlan {
    /// The account as the source returns it, with its tags and unit if they were requested; `None` if it is not listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// The rule that decides about the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The reason for which the account is skipped, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<SkipReason>,
    /// The desired features.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub features: BTreeSet<Feature>,
    /// The steps in their order; a failed step ends the work in the account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// The resources that are in sync.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_sync: Vec<Resource>,
    /// Those of `in_sync` that another tool or a person made: they carry no mark.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_ours: Vec<Resource>,
    /// The withheld resources, with the reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Withheld>,
    /// The cross-account role as it was observed; `None` if nothing is desired in the account, or if there is no such role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<SeenRole>,
    /// The expected result of Harness' connection test of the account's connector after this plan is applied; `None` if there
    /// is no connector, or if nothing is done because something is withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_test: Option<ExpectedTest>,
    /// The findings: no step changes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// The part of a plan about an observed cross-account role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SeenRole {
    /// The release whose permissions it grants, apart from its boundary; `None` if they match no release.
    pub release: Option<Release>,
}

impl AccountPlan {
    /// The account's name, if it is listed.
    pub fn name(&self) -> Option<&str> {
        self.account.as_ref().map(|account| account.name.as_str())
    }

    /// The value of a tag of the account. `None` also if the tags were not requested: a guard requests them with
    /// [`Pipeline::with_query`](crate::pipeline::Pipeline::with_query).
    pub fn tag(&self, key: &str) -> Option<&str> {
        Some(self.account.as_ref()?.tags.as_ref()?.get(key)?)
    }

    /// Whether a step adds this feature to the account's connector.
    pub fn gains(&self, feature: Feature) -> bool {
        self.steps.iter().any(|step| step.change().features_added.contains(&feature))
    }

    /// Adds a resource that is in sync.
    pub(super) fn note_in_sync(&mut self, what: impl Into<Resource>, ownership: &Ownership) {
        let what = what.into();
        if *ownership != Ownership::Ours {
            self.not_ours.push(what.clone());
        }
        self.in_sync.push(what);
    }

    /// Sets the expected result of the connection test.
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

/// The expected result of Harness' connection test, from documents alone; the findings give the reasons for a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExpectedTest {
    /// It passes, as far as role and connector determine it.
    Passes,
    /// It fails.
    Fails,
    /// It cannot be predicted.
    Unknown,
}
