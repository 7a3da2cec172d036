use crate::catalog::{AccountRefusal, Release};
use crate::feature::ReportType;
use crate::id::InvalidId;
use crate::policy::InvalidPolicy;
use crate::setting::Setting;

/// Why these features cannot be given to an account: between partition, Harness installation, features and release something
/// does not fit. Says what, and [what to do](Self::remedy). A value that can be none of its kind is kept and not told: it may be a
/// key in the wrong place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It does not fit this account; in another of the same rule it may.
    #[error(transparent)]
    Account(#[from] AccountRefusal),
    /// What the role should trust is nobody that it may trust.
    #[error("{} names somebody who cannot be trusted: {rule}", Setting::Trusted)]
    Principal {
        /// Whom the role should trust.
        principal: String,
        /// What is expected.
        rule: &'static str,
    },
    /// Harness' schema has the format of the report, and nothing else of Harness does.
    #[error("nothing is known of connectors whose report has the format {report_type}")]
    ReportType {
        /// The format.
        report_type: ReportType,
    },
    /// The report has no name.
    #[error("billing has a report without a name")]
    ReportWithoutName,
    /// The report has no bucket.
    #[error("billing has a report without a bucket")]
    ReportWithoutBucket,
    /// The report's bucket is given by its ARN.
    #[error("the report's bucket is given by its ARN")]
    BucketArn {
        /// What was given.
        bucket: String,
    },
    /// The report's bucket is no bucket name.
    #[error("the report's bucket is no bucket name")]
    BucketName {
        /// What was given.
        bucket: String,
    },
    /// Keys of encrypted volumes are granted by region, and there is none.
    #[error("encrypted volumes need the regions in which there are some, and none is given")]
    NoRegions,
    /// A region that cannot be one.
    #[error("one of the regions is none")]
    Region {
        /// What was given.
        region: String,
    },
    /// The release has no permissions for a feature.
    #[error("the permissions {release} have nothing for {what}")]
    NotInRelease {
        /// The release.
        release: Release,
        /// The feature or option.
        what: String,
    },
    /// The release grants a feature only as a whole.
    #[error("the permissions {release} grant optimization only as a whole, not by kind")]
    OnlyAsAWhole {
        /// The release.
        release: Release,
    },
    /// A name that follows from what is asked is not valid.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// A policy that follows from what is asked is not valid.
    #[error(transparent)]
    Policy(#[from] InvalidPolicy),
}

impl Refusal {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Account(refusal) => refusal.remedy(),
            Self::Principal { .. } => format!("correct {}", Setting::Trusted),
            Self::ReportType { .. } => {
                format!("leave {} out, or set it to CUR1.0 or CUR2.0", Setting::ReportType)
            }
            Self::ReportWithoutName => {
                format!("set {} to the report's name in AWS Billing", Setting::ReportName)
            }
            Self::ReportWithoutBucket => {
                format!("set {} to the bucket that the report is written to", Setting::ReportBucket)
            }
            Self::BucketArn { .. } => {
                format!("set {} to the part behind arn:aws:s3:::", Setting::ReportBucket)
            }
            Self::BucketName { .. } => {
                format!(
                    "set {} to the bucket's name alone: no path, no scheme, no wildcard",
                    Setting::ReportBucket
                )
            }
            Self::NoRegions => format!(
                "set {} to those in use, such as [\"us-east-1\"], or leave encrypted-volumes out",
                Setting::Regions
            ),
            Self::Region { .. } => "write regions as in us-east-1".into(),
            Self::NotInRelease { .. } => {
                format!("leave it out, or set {} to {}", Setting::RoleRelease, Release::NEWEST)
            }
            Self::OnlyAsAWhole { .. } => {
                format!("leave kinds out, or set {} to {}", Setting::RoleRelease, Release::NEWEST)
            }
            Self::Id(_) | Self::Policy(_) => "correct what the message names".into(),
        }
    }
}
