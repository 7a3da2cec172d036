use std::io;

use crate::error::{Error, ErrorKind};

/// An error in a list of accounts: what is wrong, and where.
#[derive(Debug, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
#[non_exhaustive]
pub struct InvalidAccounts {
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1: in CSV the field, as a spreadsheet counts them; in JSON the character.
    pub column: u64,
    /// What is wrong, and what to do.
    pub problem: String,
    /// The underlying error, if there is one.
    #[source]
    source: Option<io::Error>,
}

impl InvalidAccounts {
    pub(super) fn new(line: u64, column: u64, problem: impl Into<String>) -> Self {
        Self { line, column, problem: problem.into(), source: None }
    }

    pub(super) fn unreadable(line: u64, column: u64, error: io::Error) -> Self {
        let problem = match error.kind() {
            // Errors of the readers in this module.
            io::ErrorKind::FileTooLarge | io::ErrorKind::InvalidData => {
                return Self::new(line, column, error.to_string());
            }
            io::ErrorKind::IsADirectory => "this is a folder: name the file in it".into(),
            _ => "the rest of the file cannot be read".into(),
        };
        Self { line, column, problem, source: Some(error) }
    }

    /// Converts it to the error of an account source; `file` names the source.
    pub fn in_file(self, file: impl Into<String>) -> Error {
        Error::new(ErrorKind::Invalid, "accounts:read", self.to_string())
            .with_subject(file)
            .with_remedy("correct the file; nothing was changed")
    }
}

/// A line and a column in it.
pub(super) type Place = (u64, u64);

pub(super) fn wrong((line, column): Place, problem: impl Into<String>) -> InvalidAccounts {
    InvalidAccounts::new(line, column, problem)
}
