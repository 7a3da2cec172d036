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

/// A configuration that was built in code and that no file can say.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UnwritableConfig {
    /// A file that says it would be refused; the place is one in that file.
    #[error("a configuration file that says this would be refused: {0}")]
    Refused(#[from] InvalidConfig),
    /// There is no key for something that stands in a part of it.
    #[error(
        "a configuration file has no key for everything that {part} holds here: it can only be kept in code"
    )]
    Lost {
        /// The table of the file that it would belong into.
        part: &'static str,
    },
    /// A value that TOML has no form for.
    #[error("TOML has no form for a value in it: {problem}")]
    Unsayable {
        /// What is wrong.
        problem: String,
    },
}
