use crate::catalog::{AccountRefusal, Release};
use crate::feature::ReportType;
use crate::id::InvalidId;
use crate::policy::InvalidPolicy;
use crate::setting::Setting;

/// The reason why an account cannot have these features: partition, Harness installation, features and release do not fit
/// together. Says what is wrong, and [what to do](Self::remedy). An invalid value is stored but not shown: it may be a key in the
/// wrong place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The reason applies to this account; another one of the same rule may have the features.
    #[error(transparent)]
    Account(#[from] AccountRefusal),
    /// A value that the role should trust is not a principal that it may trust.
    #[error("{} contains a principal that cannot be trusted: {rule}", Setting::Trusted)]
    Principal {
        /// The value.
        principal: String,
        /// The requirement.
        rule: &'static str,
    },
    /// Harness' schema contains this format of reports, but no other part of Harness is known to support it.
    #[error("connectors with a report of the format {report_type} are not documented")]
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
    /// The bucket of the report is an ARN.
    #[error("the report's bucket is an ARN, not a name")]
    BucketArn {
        /// The value.
        bucket: String,
    },
    /// The bucket of the report is not a bucket name.
    #[error("the report's bucket is not a bucket name")]
    BucketName {
        /// The value.
        bucket: String,
    },
    /// Keys of encrypted volumes are granted per region, and no region is set.
    #[error("encrypted volumes need the regions in which they are, and none is set")]
    NoRegions,
    /// A value is not a region.
    #[error("one of the regions is not a region")]
    Region {
        /// The value.
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
    /// A resulting name is not valid.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// A resulting policy is not valid.
    #[error(transparent)]
    Policy(#[from] InvalidPolicy),
}

impl Refusal {
    /// The remedy.
    pub fn remedy(&self) -> String {
        match self {
            Self::Account(refusal) => refusal.remedy(),
            Self::Principal { .. } => format!("correct {}", Setting::Trusted),
            Self::ReportType { .. } => {
                format!("remove {}, or set it to CUR1.0 or CUR2.0", Setting::ReportType)
            }
            Self::ReportWithoutName => {
                format!("set {} to the report's name in AWS Billing", Setting::ReportName)
            }
            Self::ReportWithoutBucket => {
                format!("set {} to the bucket that the report is written to", Setting::ReportBucket)
            }
            Self::BucketArn { .. } => {
                format!("set {} to the part after arn:aws:s3:::", Setting::ReportBucket)
            }
            Self::BucketName { .. } => {
                format!(
                    "set {} to the bucket's name alone: no path, no scheme, no wildcard",
                    Setting::ReportBucket
                )
            }
            Self::NoRegions => format!(
                "set {} to those in use, such as [\"us-east-1\"], or remove encrypted-volumes",
                Setting::Regions
            ),
            Self::Region { .. } => "write regions as in us-east-1".into(),
            Self::NotInRelease { .. } => {
                format!("remove it, or set {} to {}", Setting::RoleRelease, Release::NEWEST)
            }
            Self::OnlyAsAWhole { .. } => {
                format!("remove kinds, or set {} to {}", Setting::RoleRelease, Release::NEWEST)
            }
            Self::Id(_) | Self::Policy(_) => "correct the value that the message names".into(),
        }
    }
}
