use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::TestFailure;

/// The cause of a failed connection test, as far as Harness' texts show it (Harness documentation and the public copy of its
/// server).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TestCause {
    /// The role cannot be assumed.
    NotAssumed,
    /// The report does not exist under its name, or the role may not read it.
    ReportNotFound,
    /// The report is not compressed with GZIP.
    ReportCompression,
    /// The report is not hourly.
    ReportGranularity,
    /// The report has no resource ids.
    ReportWithoutResourceIds,
    /// The report is not set up as Harness requires, without details.
    ReportSettings,
    /// No file of the report exists yet, or none under its prefix.
    ReportNotDelivered,
    /// Harness checks all of optimization, although the connector lists kinds of `AutoStopping`.
    ClassicOptimization,
    /// The role does not permit what the features need.
    MissingPermissions,
    /// Harness does not support the features in this account.
    UnsupportedFeatures,
}

/// Texts of Harness in lower case, with their causes.
const TEXTS: [(&str, TestCause); 12] = [
    ("sts:assumerole", TestCause::NotAssumed),
    ("cur report setting is not found", TestCause::ReportNotFound),
    ("compression is not gzip", TestCause::ReportCompression),
    ("time granularity is not hourly", TestCause::ReportGranularity),
    ("include resource ids is not enabled", TestCause::ReportWithoutResourceIds),
    ("cur report settings validation failed", TestCause::ReportSettings),
    ("no cur file found", TestCause::ReportNotDelivered),
    ("cur report file presence check failed", TestCause::ReportNotDelivered),
    ("action: ec2:* not allowed", TestCause::ClassicOptimization),
    ("action: elasticloadbalancing:* not allowed", TestCause::ClassicOptimization),
    ("missing aws access permissions", TestCause::MissingPermissions),
    ("features are not supported currently", TestCause::UnsupportedFeatures),
];

impl TestFailure {
    /// Returns the causes of the failure, as far as its texts show them.
    ///
    /// ```
    /// use harness_ccm_core::backend::{TestCause, TestFailure};
    ///
    /// let failure = TestFailure::new("CUR report settings validation failed", ["Compression is not GZIP"]);
    /// assert!(failure.causes().contains(&TestCause::ReportCompression));
    /// ```
    pub fn causes(&self) -> BTreeSet<TestCause> {
        let texts: Vec<_> =
            [&self.summary].into_iter().chain(&self.reasons).map(|text| text.to_lowercase()).collect();
        let is_said = |said: &str| texts.iter().any(|text| text.contains(said));
        let mut causes: BTreeSet<_> =
            TEXTS.iter().filter(|(text, _)| is_said(text)).map(|(_, cause)| *cause).collect();
        // The general cause adds nothing to a specific one.
        let particular =
            [TestCause::ReportCompression, TestCause::ReportGranularity, TestCause::ReportWithoutResourceIds];
        if particular.iter().any(|cause| causes.contains(cause)) {
            causes.remove(&TestCause::ReportSettings);
        }
        causes
    }
}

impl TestCause {
    /// The remedy.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::NotAssumed => {
                "plan again: the plan says what is wrong with the role's trust policy and external id; a new role takes up to a minute"
            }
            Self::ReportNotFound => {
                "compare the report's name, including its case, with AWS Billing in this account, and allow the role to read reports"
            }
            Self::ReportCompression => "set the report's compression to GZIP in AWS Billing",
            Self::ReportGranularity => "set the report's time granularity to hourly in AWS Billing",
            Self::ReportWithoutResourceIds => {
                "include resource ids in the report: AWS allows that only for a new report"
            }
            Self::ReportSettings => {
                "the report must be hourly, compressed with GZIP, with resource ids, refreshed automatically, and overwritten"
            }
            Self::ReportNotDelivered => {
                "AWS takes up to 24 hours to write a new report: verify again then; if it still fails, compare the report's prefix"
            }
            Self::ClassicOptimization => {
                "this Harness still requires every permission on EC2 and load balancers: use the release module-0.1.4 of the permissions for these accounts, or ask Harness Support for the check by kind"
            }
            Self::MissingPermissions => "plan and apply again: the role gets what its features need",
            Self::UnsupportedFeatures => "add a rule for GovCloud accounts without billing and visibility",
        }
    }
}

/// Prints the remedy.
impl fmt::Display for TestCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.remedy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harness_texts_have_their_causes() {
        let table = [
            ("CUR report setting is not found", "", TestCause::ReportNotFound),
            (
                "CUR report settings validation failed",
                "Compression is not GZIP",
                TestCause::ReportCompression,
            ),
            (
                "CUR report settings validation failed",
                "Time Granularity is not Hourly",
                TestCause::ReportGranularity,
            ),
            (
                "CUR report settings validation failed",
                "Include resource IDs is not enabled",
                TestCause::ReportWithoutResourceIds,
            ),
            ("CUR report settings validation failed", "", TestCause::ReportSettings),
            ("CUR report file presence check failed", "No CUR file found", TestCause::ReportNotDelivered),
            ("CUR report file presence check failed", "", TestCause::ReportNotDelivered),
            (
                "User: arn:aws:iam::1:user/x is not authorized to perform: sts:AssumeRole on resource: r",
                "",
                TestCause::NotAssumed,
            ),
            ("Some of the selected features are not supported currently", "", TestCause::UnsupportedFeatures),
            (
                "Missing AWS access permissions",
                "Action: ec2:DescribeVolumes not allowed on Resource: *",
                TestCause::MissingPermissions,
            ),
        ];
        for (summary, reason, cause) in table {
            assert_eq!(TestFailure::new(summary, [reason]).causes(), [cause].into(), "{summary} {reason}");
        }
        let classic =
            ["Action: ec2:* not allowed on Resource: *", "Action: lambda:* not allowed on Resource: *"];
        let classic = TestFailure::new("Missing AWS access permissions", classic);
        assert!(classic.causes().contains(&TestCause::ClassicOptimization));
        assert!(TestFailure::new("Error with processing data", [""]).causes().is_empty());
    }
}
