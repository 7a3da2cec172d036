use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use super::InvalidId;

/// An AWS partition: a separate set of accounts, principals and ARNs.
///
/// Organizations, credentials and managed-policy ARNs never cross a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(try_from = "String", extend("format" = "AWS partition")))]
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
    /// The European Sovereign Cloud, `aws-eusc`.
    EuSovereign,
    /// A partition that this version does not know. Its accounts are listed, and nothing is done in them.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    Other(PartitionName),
}

/// The name of a partition that this version does not know, as in an ARN.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionName {
    text: [u8; LONGEST],
    length: u8,
}

/// The maximum length of a partition name. The names of today have up to ten characters.
const LONGEST: usize = 24;

impl Partition {
    /// All partitions that this version knows.
    pub const KNOWN: [Self; 4] = [Self::Aws, Self::UsGov, Self::China, Self::EuSovereign];

    /// The name as in an ARN.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Aws => "aws",
            Self::UsGov => "aws-us-gov",
            Self::China => "aws-cn",
            Self::EuSovereign => "aws-eusc",
            Self::Other(name) => name.as_str(),
        }
    }

    /// Whether this version knows the details of the partition: its regions, and the domain of its service names.
    pub fn is_known(self) -> bool {
        !matches!(self, Self::Other(_))
    }

    /// The partition of a region, from the prefix of its name, as in the endpoint rules of the AWS SDKs.
    ///
    /// ```
    /// use harness_ccm_core::id::Partition;
    ///
    /// assert_eq!(Partition::of_region("us-gov-west-1"), Partition::UsGov);
    /// assert_eq!(Partition::of_region("eu-central-1"), Partition::Aws);
    /// ```
    pub fn of_region(region: &str) -> Self {
        match region.split('-').collect::<Vec<_>>()[..] {
            ["us", "gov", ..] => Self::UsGov,
            ["cn", ..] => Self::China,
            ["eusc", ..] => Self::EuSovereign,
            _ => Self::Aws,
        }
    }

    /// The region that is always enabled and has the IAM endpoints; `None` if this version does not know it.
    pub fn home_region(self) -> Option<&'static str> {
        match self {
            Self::Aws => Some("us-east-1"),
            Self::UsGov => Some("us-gov-west-1"),
            Self::China => Some("cn-north-1"),
            Self::EuSovereign => Some("eusc-de-east-1"),
            Self::Other(_) => None,
        }
    }

    /// Whether a Harness outside of the partition can assume roles in it: credentials of the partition `aws` are not valid in
    /// another one, and Harness supports only GovCloud in another way.
    pub fn is_reached_from_outside(self) -> bool {
        matches!(self, Self::Aws | Self::UsGov)
    }
}

impl PartitionName {
    fn as_str(&self) -> &str {
        // The bytes were copied from ASCII.
        std::str::from_utf8(&self.text[..self.length.into()]).unwrap_or_default()
    }
}

impl fmt::Debug for PartitionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl FromStr for PartitionName {
    type Err = InvalidId;

    fn from_str(name: &str) -> Result<Self, InvalidId> {
        let mut words = name.split('-');
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let mut text = [0; LONGEST];
        match (text.get_mut(..name.len()), u8::try_from(name.len())) {
            (Some(place), Ok(length)) if words.next() == Some("aws") && words.all(is_word) => {
                place.copy_from_slice(name.as_bytes());
                Ok(Self { text, length })
            }
            _ => Err(InvalidId::new("AWS partition", name, "it is aws, or a name that begins with aws-")),
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
        match Self::KNOWN.into_iter().find(|partition| partition.as_str() == text) {
            Some(known) => Ok(known),
            None => text.parse().map(Self::Other),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_partition_keeps_its_name() {
        for name in ["aws-iso", "aws-iso-b", "aws-mars-2", "aws-abcdefghijklmnopqrst"] {
            let partition: Partition = name.parse().unwrap();
            assert_eq!((partition.to_string().as_str(), partition.is_known()), (name, false));
            assert_eq!(serde_json::to_string(&partition).unwrap(), format!("{name:?}"));
        }
        for name in ["aws", "aws-us-gov", "aws-cn", "aws-eusc"] {
            assert!(name.parse::<Partition>().unwrap().is_known(), "{name}");
        }
    }

    #[test]
    fn other_words_are_not_a_partition() {
        for name in
            ["", "mars", "aws-", "aws--x", "AWS", "aws-US", "aws gov", "awsx", "aws-abcdefghijklmnopqrstu"]
        {
            assert!(name.parse::<Partition>().is_err(), "{name}");
        }
    }

    #[test]
    fn the_home_region_of_a_partition_is_in_it() {
        for partition in Partition::KNOWN {
            assert_eq!(Partition::of_region(partition.home_region().unwrap()), partition);
        }
    }
}
