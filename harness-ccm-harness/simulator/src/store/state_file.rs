use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::Value;

use crate::lock::lock;

/// The most that is read of a file: about 5 KiB for each of 50,000 connectors.
const MAX_FILE: u64 = 256 << 20;
/// How many links lead on from one another at the most.
const MAX_LINKS: usize = 40;

/// The file that the connectors are kept in.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    versions: Mutex<Versions>,
}

/// Versions of the store.
#[derive(Debug, Default)]
struct Versions {
    /// The one that the file holds.
    written: u64,
    /// The last one that could not be written.
    failed: u64,
}

impl StateFile {
    /// The records in it, if it is there, and the file to keep them in.
    ///
    /// **Errors.** If something else is there, which is not replaced, or if there is no folder for it.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, Vec<Value>)> {
        let refuse = |problem: &str| Err(named(path, &io::Error::new(io::ErrorKind::InvalidInput, problem)));
        let records = match std::fs::metadata(path) {
            Ok(found) if !found.is_file() => {
                return refuse("it is no regular file: the state file must be one");
            }
            Ok(found) if found.permissions().readonly() => {
                return refuse("it is read-only: load it, and use another state file");
            }
            Ok(found) if found.len() == 0 => Vec::new(),
            Ok(_) => read(path)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(named(path, &error)),
        };
        if !records.iter().all(is_connector) {
            return refuse(
                "it contains something else than connectors, and is not replaced: use another file",
            );
        }
        if !folder_of(&without_links(path)?).is_dir() {
            return refuse("its folder does not exist");
        }
        Ok((Self { path: path.to_owned(), versions: Mutex::default() }, records))
    }

    /// Brings the file up to date: whole or not at all, so that a program that is killed leaves a file that can be read.
    ///
    /// `newer_than` is asked for the version and the text to write, and has none if the version is the one that it is given.
    pub(crate) fn write(&self, newer_than: impl FnOnce(u64) -> Option<(u64, String)>) {
        let mut versions = lock(&self.versions);
        let Some((version, text)) = newer_than(versions.written) else { return };
        match replace(&self.path, &text) {
            Ok(()) => versions.written = version,
            Err(error) => {
                // Writing is repeated until it succeeds: reported once for each version.
                if versions.failed != version {
                    versions.failed = version;
                    tracing::warn!(file = %self.path.display(), %error, "the state cannot be saved");
                }
            }
        }
    }
}

/// Writes beside the file and renames that, so that there is the old text or the new one. Keeps the file's permissions, and a link
/// stays a link.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let target = without_links(path)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".state-").suffix(".new");
    // Readable as other new files are: the umask is taken off.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut beside = builder.tempfile_in(folder_of(&target))?;
    match std::fs::metadata(&target) {
        Ok(found) => beside.as_file().set_permissions(found.permissions())?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    beside.write_all(text.as_bytes())?;
    beside.as_file().sync_all()?;
    beside.persist(&target).map(drop).map_err(|error| error.error)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// What the path leads to, whether that exists or not.
fn without_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match std::fs::read_link(&path) {
            Ok(to) => path = folder_of(&path).join(to),
            // No link, or nothing there.
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("the chain of symbolic links is too long"))
}

/// A connector, or a whole record of one.
fn is_connector(record: &Value) -> bool {
    let connector = record.get("connector").unwrap_or(record);
    ["identifier", "type"].iter().all(|field| connector.get(field).is_some_and(Value::is_string))
}

/// The records in a file: a JSON array.
pub(crate) fn read(path: &Path) -> io::Result<Vec<Value>> {
    let read = || {
        let too_long = || {
            let problem =
                format!("it has more than {} MiB, the maximum of a file of connectors", MAX_FILE >> 20);
            io::Error::new(io::ErrorKind::FileTooLarge, problem)
        };
        let file = File::open(path)?;
        if file.metadata()?.len() > MAX_FILE {
            return Err(too_long());
        }
        let mut text = Vec::new();
        file.take(MAX_FILE + 1).read_to_end(&mut text)?;
        if text.len() as u64 > MAX_FILE {
            return Err(too_long());
        }
        Ok(serde_json::from_slice(&text)?)
    };
    read().map_err(|error| named(path, &error))
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
