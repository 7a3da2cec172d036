//! Files that an intent names. The core opens none by itself: the caller says what a path means.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};

/// Opens the files that an intent file names, such as lists of accounts.
pub trait Files: fmt::Debug {
    /// Opens a file. A relative `path` is usually relative to the folder of the intent file.
    fn open(&self, path: &str) -> io::Result<Box<dyn Read>>;
}

/// Which kind of file of ours a text is, by its beginning: a JSON object whose first member is `"kind"`.
///
/// What writes files asks this first, so that it replaces none but its own. A few hundred bytes are enough.
pub fn kind_of(beginning: &[u8]) -> Option<&str> {
    let mut rest = beginning;
    for token in ["{", "\"kind\"", ":", "\""] {
        rest = rest.trim_ascii_start().strip_prefix(token.as_bytes())?;
    }
    let end = rest.iter().position(|byte| *byte == b'"')?;
    std::str::from_utf8(&rest[..end]).ok()
}

/// No files at all: an intent that names one is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn open(&self, _path: &str) -> io::Result<Box<dyn Read>> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "there are no files here"))
    }
}

/// Files in memory, by path.
impl Files for BTreeMap<String, Vec<u8>> {
    fn open(&self, path: &str) -> io::Result<Box<dyn Read>> {
        match self.get(path) {
            Some(bytes) => Ok(Box::new(io::Cursor::new(bytes.clone()))),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_ours_is_told_by_its_beginning() {
        for ours in [
            &b"{\"kind\":\"ours\",\"x\":1}"[..],
            b" {\n  \"kind\": \"ours\",\n  \"cut o",
            b"{\"kind\":\"ours\"",
        ] {
            assert_eq!(kind_of(ours), Some("ours"), "{}", ours.escape_ascii());
        }
        for other in [
            &b""[..],
            b"{}",
            b"id,name\n",
            b"{\"kind\":\"our",
            b"{\"kind\":1}",
            b"{\"x\":1,\"kind\":\"ours\"}",
            b"[{\"kind\":\"ours\"}]",
            b"kind = \"ours\"",
            b"{\"kind\":\"\xff\"}",
        ] {
            assert_eq!(kind_of(other), None, "{}", other.escape_ascii());
        }
    }
}
