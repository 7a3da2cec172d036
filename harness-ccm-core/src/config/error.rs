use super::Place;
use crate::id::InvalidId;
use crate::intent::InvalidIntent;

/// A configuration file that cannot be understood. Says what is wrong, where, and what to do.
///
/// It names keys and places, never values: a value may be a key of Harness or AWS that somebody put in.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidConfig {
    /// The file is not TOML, or holds what it may not.
    #[error("TOML parse error at {place}\n{problem}")]
    Syntax {
        /// Where.
        place: Place,
        /// What is wrong.
        problem: String,
    },
    /// A value is well formed, but makes no sense, or contradicts another one.
    #[error("intent error at {place}\n{problem}")]
    Value {
        /// Where it stands.
        place: Place,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// Something that is needed is not given.
    #[error("{what} is missing: {remedy}")]
    Missing {
        /// What.
        what: &'static str,
        /// How to give it.
        remedy: &'static str,
    },
    /// An identifier that follows from the file is not valid.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// What the file says can be understood, and makes no valid intent.
    #[error(transparent)]
    Intent(#[from] InvalidIntent),
}
