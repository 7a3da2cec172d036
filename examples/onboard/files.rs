use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use harness_ccm_core::files::Files;
use harness_ccm_core::source::Keep;
use harness_ccm_core::timestamp::{InvalidTimestamp, Timestamp};

/// The folder from which an intent file names other files.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The folder of the intent file; without one, the current folder.
    pub(crate) fn of(config: Option<&Path>) -> Self {
        Self(config.and_then(Path::parent).map(Path::to_owned).unwrap_or_default())
    }

    pub(crate) fn keep(&self, path: &str) -> KeptFile {
        KeptFile(self.0.join(path))
    }
}

impl Files for Folder {
    fn open(&self, path: &str) -> io::Result<Box<dyn Read>> {
        Ok(Box::new(std::fs::File::open(self.0.join(path))?))
    }
}

/// A file in which a listing is kept between runs.
#[derive(Debug)]
pub(crate) struct KeptFile(PathBuf);

impl Keep for KeptFile {
    fn load(&self) -> io::Result<Option<String>> {
        match std::fs::read_to_string(&self.0) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn save(&self, text: &str) -> io::Result<()> {
        // All or nothing: a run that is cut off leaves the old one.
        let mut next = self.0.clone().into_os_string();
        next.push(".new");
        std::fs::write(&next, text)?;
        std::fs::rename(next, &self.0)
    }
}

/// The time. The core reads no clock.
pub(crate) fn now() -> Result<Timestamp, InvalidTimestamp> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_seconds(i64::try_from(since.as_secs()).unwrap_or_default())
}
