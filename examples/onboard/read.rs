use std::fs::File;
use std::io;
use std::path::Path;

use harness_ccm_core::files::read_bounded;

use crate::Failure;
use crate::output;
use crate::replace::describe;

/// The maximum length of a file, which limits memory for any path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    mib: u64,
    what: &'static str,
}

impl Bound {
    /// A rule takes a few hundred bytes; even one for each of 50,000 accounts is below the limit.
    pub(crate) const INTENT: Self = Self { mib: 16, what: "intent file" };
    /// About 10 KiB for each of 50,000 accounts, the most that an organization has (AWS Organizations quotas).
    pub(crate) const PLAN: Self = Self { mib: 512, what: "plan file" };
    /// About 1.3 KiB for each of 50,000 accounts.
    pub(crate) const KEPT: Self = Self { mib: 64, what: "kept listing" };

    fn read(self, path: &Path) -> io::Result<String> {
        let bytes = read_bounded(File::open(path)?, self.mib, self.what)?;
        String::from_utf8(bytes).map_err(|error| {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = before.split(|byte| *byte == b'\n').count();
            io::Error::new(io::ErrorKind::InvalidData, format!("line {line}: it is not UTF-8 text"))
        })
    }

    /// Reads only a regular file.
    pub(crate) fn read_regular(self, path: &Path) -> io::Result<String> {
        let found = std::fs::metadata(path)?;
        if found.is_file() {
            self.read(path)
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {}", describe(&found))))
        }
    }
}

/// Reads the intent file. It may be a pipe, as in `--config <(...)`, or any other input with an end.
pub(crate) fn read_intent(path: &Path) -> Result<String, Failure> {
    announce(path);
    Bound::INTENT.read(path).map_err(|error| in_path(path, &error))
}

/// Reads a plan file: a regular one or a pipe. A device would be read up to the limit before any output.
pub(crate) fn read_plan(path: &Path) -> Result<String, Failure> {
    let found = std::fs::metadata(path).map_err(|error| in_path(path, &error))?;
    if matches!(describe(&found), "a device" | "a folder") && !found.is_file() {
        return Err(Failure(format!(
            "{}: it is {}: name a file that plan --out wrote",
            path.display(),
            describe(&found)
        )));
    }
    announce(path);
    Bound::PLAN.read(path).map_err(|error| in_path(path, &error))
}

/// Opens a file that the intent names. Its reader has its own limits.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    announce(path);
    File::open(path)
}

/// Prints that it reads an input that may keep a reader waiting. A regular file never does.
fn announce(path: &Path) {
    if let Ok(found) = std::fs::metadata(path)
        && !found.is_file()
        && !found.is_dir()
    {
        output::note(&format_args!(
            "note: {} is {}: waiting for its content",
            path.display(),
            describe(&found)
        ));
    }
}

fn in_path(path: &Path, error: &io::Error) -> Failure {
    Failure(format!("{}: {error}", path.display()))
}
