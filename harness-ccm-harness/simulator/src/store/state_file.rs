use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::Value;

use crate::lock::lock;

/// The maximum size of a file in bytes: about 5 KiB for each of 50,000 connectors.
const MAX_FILE: u64 = 256 << 20;
/// The maximum length of a chain of symbolic links.
const MAX_LINKS: usize = 40;

/// The file that stores the connectors.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    versions: Mutex<Versions>,
}

/// Versions of the store.
#[derive(Debug, Default)]
struct Versions {
    /// The version in the file.
    written: u64,
    /// The last version that could not be written.
    failed: u64,
}

impl StateFile {
    /// Returns the state file, and the records in it if it exists.
    ///
    /// **Errors.** The file cannot be read, is read-only, is not a regular file or contains something other than connectors, or
    /// its folder does not exist.
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

    /// Writes the current version. The write is atomic, so that a killed program leaves a readable file.
    ///
    /// `newer_than` receives the version in the file, and returns the current version and its text; `None` if they are equal.
    pub(crate) fn write(&self, newer_than: impl FnOnce(u64) -> Option<(u64, String)>) {
        let mut versions = lock(&self.versions);
        let Some((version, text)) = newer_than(versions.written) else { return };
        match replace(&self.path, &text) {
            Ok(()) => versions.written = version,
            Err(error) => {
                // The write is repeated until it succeeds, and reported once for each version.
                if versions.failed != version {
                    versions.failed = version;
                    tracing::warn!(file = %self.path.display(), %error, "the state cannot be saved");
                }
            }
        }
    }
}

/// Writes a temporary file in the same folder and renames it, so that the file has either the old or the new text. The
/// permissions stay, and a symbolic link stays a link.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let target = without_links(path)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".state-").suffix(".new");
    // The permissions of other new files: the umask applies to this mode.
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

/// Follows the symbolic links of a path. Their target need not exist.
fn without_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match std::fs::read_link(&path) {
            Ok(to) => path = folder_of(&path).join(to),
            // The path is not a link, or does not exist.
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("the chain of symbolic links is too long"))
}

/// Whether a value is a connector, or the record of one.
fn is_connector(record: &Value) -> bool {
    let connector = record.get("connector").unwrap_or(record);
    ["identifier", "type"].iter().all(|field| connector.get(field).is_some_and(Value::is_string))
}

/// Returns the records of a file, which is a JSON array.
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
