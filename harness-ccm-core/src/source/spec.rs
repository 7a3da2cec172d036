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

/// One source that an intent file defines in `[[sources]]`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SourceSpec {
    /// Its name, for notes and errors.
    pub name: String,
    /// The kind of source.
    pub kind: SourceKind,
    /// The management account of its accounts, if a file or list does not name it.
    pub payer: Option<AccountId>,
}

/// The kind of a source, with its data.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SourceKind {
    /// An AWS organization.
    Organizations {
        /// The role that lists it; without one, the caller's own credentials.
        role: Option<Hop>,
    },
    /// A file of comma-separated values, see [`ListSource::from_csv`].
    Csv {
        /// Its path.
        file: String,
        /// The options for reading it.
        options: ListOptions,
    },
    /// A JSON file, see [`ListSource::from_json`].
    Json {
        /// Its path.
        file: String,
        /// The options for reading it.
        options: ListOptions,
    },
    /// A list in the intent file itself.
    List(Vec<Account>),
}

impl SourceSpec {
    /// A source with a name for people.
    pub fn new(name: impl Into<String>, kind: SourceKind) -> Self {
        Self { name: name.into(), kind, payer: None }
    }

    /// Sets the management account of its accounts, if a file or list does not name it.
    #[must_use]
    pub fn with_payer(mut self, payer: AccountId) -> Self {
        self.payer = Some(payer);
        self
    }

    /// The list, with the payer that the configuration sets for it.
    fn boxed(&self, list: ListSource) -> Result<Box<dyn AccountSource>> {
        Ok(Box::new(match &self.payer {
            Some(payer) => list.with_payer(payer).map_err(|error| error.with_subject(shown(&self.name)))?,
            None => list,
        }))
    }
}

/// Opens the sources that a configuration defines: the organization if there is none, the union if there are several.
///
/// Files are read now, so an error in one of them is reported before anything else happens. `organization` makes the
/// source for an organization, given the role that lists it, if one is set.
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
                spec.boxed(list.map_err(|error| error.in_file(shown(file)))?)?
            }
            SourceKind::Json { file, options } => {
                let list = ListSource::from_json(open_file(files, file)?, *options);
                spec.boxed(list.map_err(|error| error.in_file(shown(file)))?)?
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

/// A path for a message. A path that looks like a key is not shown.
fn shown(path: &str) -> &str {
    if looks_like_key(path) { "a file of the sources" } else { path }
}

fn open_file(files: &dyn Files, path: &str) -> Result<Box<dyn std::io::Read>> {
    files.open(path).map_err(|error| {
        Error::new(ErrorKind::NotFound, "accounts:read", "the file cannot be opened")
            .with_subject(shown(path))
            .with_remedy("paths in an intent file are relative to it")
            .with_source(error)
    })
}
