use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::template::Contents;
use super::{module_0_1_4, module_1_0_1, release_2026_11};

/// A release of the catalogue: the permissions of each feature. A published release never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Release {
    /// The permissions of release 0.1.4 of the public Terraform module (October 2023): optimization only as a whole,
    /// with all permissions on EC2, load balancers, Auto Scaling and Lambda.
    #[serde(rename = "module-0.1.4")]
    Module0_1_4,
    /// The permissions of release 1.0.1 of the public Terraform module (May 2025): optimization by kind of
    /// resource.
    #[serde(rename = "module-1.0.1")]
    Module1_0_1,
    /// November 2026: the latest statements of the module with their defects fixed, reports in the format CUR 2.0, and
    /// commitments by service.
    #[serde(rename = "2026-11")]
    V2026_11,
}

impl Release {
    /// All releases, from the oldest to the newest.
    pub const ALL: [Self; 3] = [Self::Module0_1_4, Self::Module1_0_1, Self::V2026_11];

    /// The newest release, for new organizations.
    pub const NEWEST: Self = Self::V2026_11;

    /// Its name in an intent file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Module0_1_4 => "module-0.1.4",
            Self::Module1_0_1 => "module-1.0.1",
            Self::V2026_11 => "2026-11",
        }
    }

    pub(super) fn contents(self) -> &'static Contents {
        match self {
            Self::Module0_1_4 => &module_0_1_4::CONTENTS,
            Self::Module1_0_1 => &module_1_0_1::CONTENTS,
            Self::V2026_11 => &release_2026_11::CONTENTS,
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The error for an unknown release name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no release of the permissions has this name: use one of {}, or a newer version of this program",
    all()
)]
#[non_exhaustive]
pub struct UnknownRelease;

fn all() -> String {
    Release::ALL.map(Release::as_str).join(", ")
}

impl FromStr for Release {
    type Err = UnknownRelease;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|release| release.as_str() == name).ok_or(UnknownRelease)
    }
}

/// The release that an intent uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub enum ReleaseChoice {
    /// This release, even if there are newer ones.
    Pinned(Release),
    /// The newest release that the program knows when it plans, `current` in an intent file: another version of the program
    /// may change every role.
    Current,
}

impl ReleaseChoice {
    /// The name of the newest release in an intent file.
    pub const CURRENT: &'static str = "current";

    /// Returns the release to use.
    pub fn release(self) -> Release {
        match self {
            Self::Pinned(release) => release,
            Self::Current => Release::NEWEST,
        }
    }

    /// Its name in an intent file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pinned(release) => release.as_str(),
            Self::Current => Self::CURRENT,
        }
    }
}

/// The first release with a date. It stays the default of all later versions, so that an intent without a release keeps its
/// permissions.
impl Default for ReleaseChoice {
    fn default() -> Self {
        Self::Pinned(Release::V2026_11)
    }
}

impl From<Release> for ReleaseChoice {
    fn from(release: Release) -> Self {
        Self::Pinned(release)
    }
}

impl From<ReleaseChoice> for String {
    fn from(choice: ReleaseChoice) -> Self {
        choice.as_str().into()
    }
}

impl TryFrom<String> for ReleaseChoice {
    type Error = UnknownRelease;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        if name == Self::CURRENT { Ok(Self::Current) } else { name.parse().map(Self::Pinned) }
    }
}
