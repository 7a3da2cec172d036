use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use harness_ccm_core::files::Files;
use harness_ccm_core::plan::Plan;
use harness_ccm_core::source::{KEPT_LISTING_KIND, Keep, Record};
use harness_ccm_core::timestamp::{InvalidTimestamp, Timestamp};

use crate::read::{Bound, open};
use crate::replace::OwnFile;

/// The folder from which an intent file names other files.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The folder of the intent file; without one, the current folder.
    pub(crate) fn of(config: Option<&Path>) -> Self {
        Self(config.and_then(Path::parent).map(Path::to_owned).unwrap_or_default())
    }

    /// Returns the files for storing listings.
    ///
    /// **Errors.** Another file exists there: files of other programs are not replaced.
    pub(crate) fn keep(&self, path: &str) -> io::Result<KeptFiles> {
        if path.ends_with(std::path::is_separator) {
            let problem = format!("{path}: this is the name of a folder: name a file in listing.keep");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        }
        KeptFiles::new(self.0.join(path))
    }
}

impl Files for Folder {
    fn open(&self, path: &str) -> io::Result<Box<dyn Read>> {
        Ok(Box::new(open(&self.0.join(path))?))
    }
}

/// The two files in which listings are stored between runs: `accounts.json` for the latest, `accounts.accepted.json` for the
/// accepted one. They are separate so that of two concurrent runs, the one that plans cannot undo the acceptance of the other
/// one.
#[derive(Clone, Debug)]
pub(crate) struct KeptFiles {
    latest: OwnFile,
    accepted: OwnFile,
}

impl KeptFiles {
    fn new(path: PathBuf) -> io::Result<Self> {
        let mut name = OsString::from(path.file_stem().unwrap_or_default());
        name.push(".accepted");
        if let Some(extension) = path.extension() {
            name.push(".");
            name.push(extension);
        }
        let accepted = path.with_file_name(name);
        let latest = OwnFile::new(path, KEPT_LISTING_KIND, "a kept listing")
            .or_else_do("name another file in listing.keep, or delete this one")
            .if_not_regular("name a regular file in listing.keep");
        let accepted = latest.clone().at(accepted);
        if latest.destination()? == accepted.destination()? {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                format!(
                    "{} and {} are one file, and every listing would count as accepted: delete the link, or name another file in listing.keep",
                    latest.path().display(),
                    accepted.path().display()
                ),
            ));
        }
        Ok(Self { latest, accepted })
    }

    fn file(&self, record: Record) -> &OwnFile {
        match record {
            Record::Latest => &self.latest,
            Record::Accepted => &self.accepted,
        }
    }
}

impl Keep for KeptFiles {
    fn load(&self, record: Record) -> io::Result<Option<String>> {
        match Bound::KEPT.read_regular(self.file(record).path()) {
            // A user may name an empty file for the first run; this program wrote the accepted listing.
            Ok(text) if text.is_empty() && record == Record::Latest => Ok(None),
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.file(record).named(error)),
        }
    }

    fn save(&self, record: Record, text: &str) -> io::Result<()> {
        self.file(record).write(text)
    }
}

/// Returns the file to which a plan will be written.
///
/// **Errors.** It could not be written now: the user learns that before anything is listed.
pub(crate) fn plan_file(path: &Path) -> io::Result<OwnFile> {
    let file = OwnFile::new(path.to_owned(), Plan::KIND, "a plan")
        .or_else_do("name another file in --out, or delete this one")
        .if_not_regular("name a regular file in --out; --json prints the plan");
    file.check_writable()?;
    Ok(file)
}

/// The time. The core reads no clock.
pub(crate) fn now() -> Result<Timestamp, InvalidTimestamp> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_seconds(i64::try_from(since.as_secs()).unwrap_or_default())
}
