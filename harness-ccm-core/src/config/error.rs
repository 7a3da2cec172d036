use super::Place;
use crate::id::InvalidId;
use crate::intent::InvalidIntent;

/// An error in an intent file: what is wrong, where, and what to do.
///
/// It names keys and places, never values: a value may be a secret key of Harness or AWS.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidConfig {
    /// The file is not TOML, or contains an unknown key or a value of the wrong type.
    #[error("TOML parse error at {place}\n{problem}")]
    Syntax {
        /// The place of the error.
        place: Place,
        /// What is wrong.
        problem: String,
    },
    /// A value is well formed, but not allowed, or contradicts another one.
    #[error("intent error at {place}\n{problem}")]
    Value {
        /// The place of the value.
        place: Place,
        /// What is wrong with the value, and what to do.
        problem: String,
    },
    /// A required setting is missing.
    #[error("{what} is missing: {remedy}")]
    Missing {
        /// The name of the setting.
        what: &'static str,
        /// How to set it.
        remedy: &'static str,
    },
    /// An identifier derived from the file is not valid.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// The settings of the file do not give a valid intent.
    #[error(transparent)]
    Intent(#[from] InvalidIntent),
}

/// The error of a configuration that was built in code and that no file can express.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UnwritableConfig {
    /// The resulting file would be invalid; the place is one in that file.
    #[error("the intent file would be invalid: {0}")]
    Refused(#[from] InvalidConfig),
    /// A part of the configuration has no key.
    #[error("an intent file has no key for some values of {part}: set them in code")]
    Lost {
        /// The table of the file that it would belong to.
        part: &'static str,
    },
    /// TOML cannot express a value.
    #[error("TOML cannot express a value of the configuration: {problem}")]
    Unsayable {
        /// What is wrong.
        problem: String,
    },
}
