use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use super::InvalidId;

/// An AWS partition: a separate world of accounts, principals and ARNs.
///
/// Organizations, credentials and managed-policy ARNs never cross a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("format" = "AWS partition")))]
#[serde(into = "String")]
#[non_exhaustive]
pub enum Partition {
    /// The commercial regions, `aws`.
    #[default]
    Aws,
    /// GovCloud (US), `aws-us-gov`.
    UsGov,
    /// China, `aws-cn`.
    China,
}

impl Partition {
    /// The name as it stands in an ARN.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::UsGov => "aws-us-gov",
            Self::China => "aws-cn",
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Partition {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        [Self::Aws, Self::UsGov, Self::China]
            .into_iter()
            .find(|partition| partition.as_str() == text)
            .ok_or_else(|| InvalidId::new("AWS partition", text, "it is one of aws, aws-us-gov, aws-cn"))
    }
}

impl<'de> Deserialize<'de> for Partition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::parsed(deserializer)
    }
}

impl TryFrom<String> for Partition {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<Partition> for String {
    fn from(partition: Partition) -> Self {
        partition.as_str().into()
    }
}
