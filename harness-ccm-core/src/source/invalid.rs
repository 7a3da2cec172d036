use std::io;

use crate::error::{Error, ErrorKind};

/// A text that is no list of accounts: what is wrong with it, and where.
#[derive(Debug, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
#[non_exhaustive]
pub struct InvalidAccounts {
    /// The line, from 1.
    pub line: u64,
    /// In CSV the field, from 1, as a spreadsheet counts columns; in JSON the character.
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
            // Told by the readers of this module.
            io::ErrorKind::FileTooLarge | io::ErrorKind::InvalidData => {
                return Self::new(line, column, error.to_string());
            }
            io::ErrorKind::IsADirectory => "it is a folder: name the file in it".into(),
            _ => "it cannot be read on".into(),
        };
        Self { line, column, problem, source: Some(error) }
    }

    /// As the error of an account source; `file` says which one it is about.
    pub fn in_file(self, file: impl Into<String>) -> Error {
        Error::new(ErrorKind::Invalid, "accounts:read", self.to_string())
            .with_subject(file)
            .with_remedy("correct the file; nothing was done")
    }
}

/// A line, and the column in it.
pub(super) type Place = (u64, u64);

pub(super) fn wrong((line, column): Place, problem: impl Into<String>) -> InvalidAccounts {
    InvalidAccounts::new(line, column, problem)
}
