use std::collections::BTreeSet;

use super::note::Note;
use super::{ListOptions, ListSource, Union, units};
use crate::account::Account;
use crate::backend::AccountSource;
use crate::error::{Error, ErrorKind, Result};
use crate::files::Files;
use crate::id::AccountId;
use crate::listing::Listing;
use crate::route::Hop;
use crate::secret::looks_like_key;

/// One source that an intent file names in `[[sources]]`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SourceSpec {
    /// Its name, for notes and errors.
    pub name: String,
    /// What it is.
    pub kind: SourceKind,
    /// The management account of its accounts, where a file or a list does not name theirs.
    pub payer: Option<AccountId>,
}

/// What a source is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SourceKind {
    /// An organization of AWS.
    Organizations {
        /// The role through which it is listed; without one as whoever calls.
        role: Option<Hop>,
    },
    /// A file of comma-separated values, see [`ListSource::from_csv`].
    Csv {
        /// Its path.
        file: String,
        /// How it is read.
        options: ListOptions,
    },
    /// A JSON file, see [`ListSource::from_json`].
    Json {
        /// Its path.
        file: String,
        /// How it is read.
        options: ListOptions,
    },
    /// A list in the intent file itself.
    List(Vec<Account>),
}

impl SourceSpec {
    /// A source under a name for people.
    pub fn new(name: impl Into<String>, kind: SourceKind) -> Self {
        Self { name: name.into(), kind, payer: None }
    }

    /// Sets the management account of its accounts, where a file or a list does not name theirs.
    #[must_use]
    pub fn with_payer(mut self, payer: AccountId) -> Self {
        self.payer = Some(payer);
        self
    }

    /// A list with the payer that its source names.
    fn boxed(&self, list: ListSource) -> Result<Box<dyn AccountSource>> {
        Ok(Box::new(match &self.payer {
            Some(payer) => list.with_payer(payer).map_err(|error| error.with_subject(told(&self.name)))?,
            None => list,
        }))
    }
}

/// Opens the sources that a configuration names: the organization if it names none, the union of several.
///
/// Files are read now, so what is wrong with one of them is told before anything else is done. `organization` makes the
/// source for an organization, given the role to list it through, if one is named.
pub fn open(
    sources: &[SourceSpec],
    files: &dyn Files,
    mut organization: impl FnMut(Option<&Hop>) -> Result<Box<dyn AccountSource>>,
) -> Result<Box<dyn AccountSource>> {
    let mut open = |spec: &SourceSpec| -> Result<Box<dyn AccountSource>> {
        Ok(match &spec.kind {
            SourceKind::Organizations { role } => organization(role.as_ref())?,
            SourceKind::Csv { file, options } => {
                let reader = open_file(files, file)?;
                let list = ListSource::from_csv(reader, *options);
                spec.boxed(list.map_err(|error| error.in_file(told(file)))?)?
            }
            SourceKind::Json { file, options } => {
                let list = ListSource::from_json(open_file(files, file)?, *options);
                spec.boxed(list.map_err(|error| error.in_file(told(file)))?)?
            }
            SourceKind::List(accounts) => {
                let mut accounts = accounts.clone();
                let notes = Note::of_units(units::settle(&mut accounts, &BTreeSet::new()));
                let listing = Listing::complete(accounts).with_notes(notes.map(|note| note.to_string()));
                spec.boxed(ListSource::new(listing))?
            }
        })
    };
    match sources {
        [] => organization(None),
        [one] => open(one),
        several => several
            .iter()
            .try_fold(Union::new(), |union, spec| Ok(union.with(&spec.name, open(spec)?)))
            .map(|union| -> Box<dyn AccountSource> { Box::new(union) }),
    }
}

/// A path for a message, unless it is a key in the wrong place.
fn told(path: &str) -> &str {
    if looks_like_key(path) { "a file of the sources" } else { path }
}

fn open_file(files: &dyn Files, path: &str) -> Result<Box<dyn std::io::Read>> {
    files.open(path).map_err(|error| {
        Error::new(ErrorKind::NotFound, "accounts:read", "the file cannot be opened")
            .with_subject(told(path))
            .with_remedy("paths in an intent file are relative to it")
            .with_source(error)
    })
}
