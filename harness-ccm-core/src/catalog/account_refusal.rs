use serde::{Deserialize, Serialize};

use crate::feature::Feature;
use crate::id::{Partition, PolicyArn, SecretArn};
use crate::setting::Setting;

/// The reason why one account cannot have features that other accounts of the same rule may have. Says what is
/// wrong, and [what to do](Self::remedy).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AccountRefusal {
    /// Harness does not accept these features for GovCloud accounts.
    #[error("Harness refuses {} for GovCloud accounts", in_words(features))]
    GovCloud {
        /// The requested features that Harness does not accept.
        features: Vec<Feature>,
    },
    /// A principal of another partition cannot be trusted: IAM refuses the trust policy.
    #[error("the account is in the partition {partition}, where {principal} does not exist")]
    ForeignPrincipal {
        /// The principal that the role should trust.
        principal: String,
        /// The partition of the account.
        partition: Partition,
    },
    /// A customer-managed policy can only be attached in its own account.
    #[error("the policy {policy} belongs to another account or partition, and cannot be attached here")]
    ForeignPolicy {
        /// The policy.
        policy: PolicyArn,
    },
    /// A secret in another partition cannot be accessed.
    #[error("the secret {secret} is in another partition")]
    ForeignSecret {
        /// The secret.
        secret: SecretArn,
    },
}

fn in_words(features: &[Feature]) -> String {
    features.iter().map(|feature| feature.as_str()).collect::<Vec<_>>().join(" and ")
}

impl AccountRefusal {
    /// The remedy.
    pub fn remedy(&self) -> String {
        match self {
            Self::GovCloud { .. } => {
                "add a rule for GovCloud accounts without billing and visibility".into()
            }
            Self::ForeignPrincipal { partition: Partition::China, .. } => {
                "skip accounts in China, unless your Harness is self-managed there: a Harness outside China cannot assume a role in \
                 them, and a connector's test can never pass. For their costs, copy the report's objects into a bucket of \
                 the partition aws"
                    .into()
            }
            Self::ForeignPrincipal { partition: Partition::EuSovereign, .. } => format!(
                "skip accounts in the European Sovereign Cloud, unless your Harness is self-managed there: then set {} to its \
                 principals",
                Setting::Trusted
            ),
            Self::ForeignPrincipal { partition: Partition::UsGov, .. } => format!(
                "ask Harness which principals it uses in GovCloud and set {} to them, or skip the account",
                Setting::Trusted
            ),
            Self::ForeignPrincipal { .. } => {
                format!("set {} to principals of the account's partition, or skip the account", Setting::Trusted)
            }
            Self::ForeignPolicy { .. } => {
                "write ${account} and ${partition} in the policy's ARN, and have the policy in every account".into()
            }
            Self::ForeignSecret { .. } => {
                "write ${partition} in the secret's ARN, or add a rule for the account".into()
            }
        }
    }
}
