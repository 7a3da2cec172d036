//! A plan as a file: versioned JSON.

use serde::{Deserialize, Serialize};

use super::Plan;

/// The version of the form below. A file of another version is refused, not guessed at. 3: reasons as data.
const FORMAT_VERSION: u32 = 3;

#[derive(Serialize)]
struct Writing<'a> {
    format_version: u32,
    /// For who reads it: nothing is decided by it.
    complete: bool,
    #[serde(flatten)]
    plan: &'a Plan,
}

#[derive(Deserialize)]
struct Version {
    format_version: Option<u32>,
}

/// A text that is not a plan that this version can apply.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPlanFile {
    /// It is no JSON, or not a plan.
    #[error("not a plan file")]
    Syntax(#[source] serde_json::Error),
    /// It was written by a version with another form of plans.
    #[error("the plan has format version {found}, this version applies {FORMAT_VERSION}: make the plan anew")]
    Version {
        /// The version in the file.
        found: u32,
    },
}

impl Plan {
    /// The plan as JSON with its `format_version`, and whether it is [complete](Self::is_complete). Holds no secret.
    pub fn to_json(&self) -> serde_json::Value {
        let writing = Writing { format_version: FORMAT_VERSION, complete: self.is_complete(), plan: self };
        serde_json::to_value(writing).unwrap_or_default()
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    pub fn from_json(text: &str) -> Result<Self, InvalidPlanFile> {
        let version: Version = serde_json::from_str(text).map_err(InvalidPlanFile::Syntax)?;
        let found = version.format_version.unwrap_or_default();
        if found != FORMAT_VERSION {
            return Err(InvalidPlanFile::Version { found });
        }
        serde_json::from_str(text).map_err(InvalidPlanFile::Syntax)
    }
}
