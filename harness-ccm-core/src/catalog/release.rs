use std::fmt;

use serde::{Deserialize, Serialize};

use super::template::Contents;
use super::{current, module_0_1_4, module_1_0_1};

/// A release of the catalogue: which permissions belong to a feature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Release {
    /// What release 0.1.4 of the public Terraform module grants (October 2023): optimization only as a whole, with every
    /// right on EC2, load balancers, Auto Scaling and Lambda.
    #[serde(rename = "module-0.1.4")]
    Module0_1_4,
    /// What release 1.0.1 of the public Terraform module grants (May 2025): optimization by kind of resource.
    #[serde(rename = "module-1.0.1")]
    Module1_0_1,
    /// The module's latest statements with their defects fixed; for new estates.
    #[default]
    #[serde(rename = "current")]
    Current,
}

impl Release {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Module0_1_4, Self::Module1_0_1, Self::Current];

    /// The word in an intent file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Module0_1_4 => "module-0.1.4",
            Self::Module1_0_1 => "module-1.0.1",
            Self::Current => "current",
        }
    }

    pub(super) fn contents(self) -> &'static Contents {
        match self {
            Self::Module0_1_4 => &module_0_1_4::CONTENTS,
            Self::Module1_0_1 => &module_1_0_1::CONTENTS,
            Self::Current => &current::CONTENTS,
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
