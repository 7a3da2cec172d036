use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CommitmentService, ReportType};

/// A feature flag of a Harness account, which Harness Support enables (Harness documentation, feature flags of CCM, 2026). The
/// behaviour of a connector whose flag is disabled is not documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum HarnessFlag {
    /// Reports in the format CUR 2.0.
    #[serde(rename = "CCM_AWS_NEW_CUR")]
    NewCur,
    /// Commitments of RDS.
    #[serde(rename = "CCM_COMMORCH_RDS")]
    CommitmentRds,
    /// Commitments of `ElastiCache`.
    #[serde(rename = "CCM_COMMORCH_ELASTICACHE")]
    CommitmentElastiCache,
}

impl HarnessFlag {
    /// Its name in Harness.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NewCur => "CCM_AWS_NEW_CUR",
            Self::CommitmentRds => "CCM_COMMORCH_RDS",
            Self::CommitmentElastiCache => "CCM_COMMORCH_ELASTICACHE",
        }
    }

    /// The flags that a connector with this report and these services needs.
    pub fn of(
        report_type: Option<ReportType>,
        services: impl IntoIterator<Item = CommitmentService>,
    ) -> BTreeSet<Self> {
        let report = (report_type == Some(ReportType::Cur2)).then_some(Self::NewCur);
        let services = services.into_iter().filter_map(|service| match service {
            CommitmentService::Ec2 => None,
            CommitmentService::Rds => Some(Self::CommitmentRds),
            CommitmentService::ElastiCache => Some(Self::CommitmentElastiCache),
        });
        services.chain(report).collect()
    }
}

impl fmt::Display for HarnessFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
