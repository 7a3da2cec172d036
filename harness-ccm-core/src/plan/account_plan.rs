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

/// The part of a plan for one account. Each desired or owned resource of the account is in exactly one of these groups: steps
/// (a role may have two), in sync, or withheld.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct AccountPlan {
    /// The account as the source returns it, with its tags and unit if they were requested. `None` if the account is not listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// The rule that decides about the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The reason that the account is skipped. `None` if the account is not skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<SkipReason>,
    /// The desired features.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub features: BTreeSet<Feature>,
    /// The steps, in the order of execution. A failed step ends the work in the account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// The resources that are in sync.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub in_sync: Vec<Resource>,
    /// The resources of `in_sync` without our owner mark, because another tool or a person created them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_ours: Vec<Resource>,
    /// The withheld resources, with the reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<Withheld>,
    /// The observed cross-account role. `None` if nothing is desired in the account, or if the role does not exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<SeenRole>,
    /// The expected result of Harness' connection test after this plan is applied. `None` if the account then has no connector,
    /// or if a withheld resource prevents all steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_test: Option<ExpectedTest>,
    /// The findings. No step changes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// The part of a plan about an observed cross-account role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SeenRole {
    /// The release whose permissions the role grants, without regard to its permissions boundary. `None` if the permissions match
    /// no release.
    pub release: Option<Release>,
}

impl AccountPlan {
    /// Returns the account's name. `None` if the account is not listed.
    pub fn name(&self) -> Option<&str> {
        self.account.as_ref().map(|account| account.name.as_str())
    }

    /// Returns the value of a tag of the account. `None` if the account does not have the tag, or if the tags were not requested.
    /// To request tags, for example for a guard, build the pipeline with
    /// [`Pipeline::with_query`](crate::pipeline::Pipeline::with_query).
    pub fn tag(&self, key: &str) -> Option<&str> {
        Some(self.account.as_ref()?.tags.as_ref()?.get(key)?)
    }

    /// Whether a step writes a resource, or a reason withholds it.
    pub(super) fn decides_about(&self, resource: &Resource) -> bool {
        self.steps.iter().any(|step| step.action.resource() == *resource)
            || self.withheld.iter().any(|withheld| withheld.resource == *resource)
    }

    /// Returns whether a step adds this feature to the account's connector.
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

/// The expected result of Harness' connection test. The prediction uses the documents of the role's policies and
/// the connector, and makes no calls. The findings give the reasons for a
/// failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExpectedTest {
    /// The test passes, as far as the role and the connector determine the result.
    Passes,
    /// The test fails.
    Fails,
    /// The result cannot be predicted.
    Unknown,
}
