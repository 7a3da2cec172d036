//! Access to files. The core opens no file by itself: the caller determines what a path means.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Opens the files that an intent file names, such as lists of accounts.
pub trait Files: fmt::Debug {
    /// Opens a file. A relative `path` is usually relative to the folder of the intent file.
    fn open(&self, path: &str) -> io::Result<Box<dyn Read>>;
}

/// The kind of our own files, read from the beginning of a text: a JSON object whose first member is
/// `"kind"`.
///
/// Code that writes files checks this first, so that it replaces only our own files. A few hundred bytes are
/// enough.
pub fn kind_of(beginning: &[u8]) -> Option<&str> {
    // Editors and shells of Windows write a byte order mark.
    let mut rest = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    for token in ["{", "\"kind\"", ":", "\""] {
        rest = rest.trim_ascii_start().strip_prefix(token.as_bytes())?;
    }
    let end = rest.iter().position(|byte| *byte == b'"')?;
    std::str::from_utf8(&rest[..end]).ok()
}

/// Reads a whole file of at most `most` MiB, so that memory is bounded for any path.
///
/// **Errors.** `FileTooLarge`, with the expected kind of file `what`, such as `plan file`; those of reading.
pub fn read_bounded(file: File, most: u64, what: &str) -> io::Result<Vec<u8>> {
    // A long file is refused before it is read. A file that is not regular has no length.
    if file.metadata()?.len() > most << 20 {
        return Err(too_long(most, what));
    }
    read_at_most(file, most, what)
}

fn read_at_most(file: impl Read, most: u64, what: &str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take((most << 20) + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most << 20 { Err(too_long(most, what)) } else { Ok(bytes) }
}

fn too_long(most: u64, what: &str) -> io::Error {
    let problem = format!("the file has more than {most} MiB, which no {what} has");
    io::Error::new(io::ErrorKind::FileTooLarge, problem)
}

/// Reads a regular file in the same way: other files may have no end.
///
/// **Errors.** `InvalidInput` for a file that is not regular; those of [`read_bounded`].
pub fn read_regular(path: &Path, most: u64, what: &str) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is not a regular file"));
    }
    read_bounded(File::open(path)?, most, what)
}

/// No files: an intent file that names one is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn open(&self, _path: &str) -> io::Result<Box<dyn Read>> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "this program does not open files"))
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
    fn a_file_above_its_bound_is_refused_and_not_read_further() {
        let mut endless = io::repeat(b'x');
        assert_eq!(read_at_most(Read::take(&mut endless, 1 << 20), 1, "list").unwrap().len(), 1 << 20);
        let error = read_at_most(endless, 1, "list").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(error.to_string(), "the file has more than 1 MiB, which no list has");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(read_regular(folder, 1, "list").unwrap_err().to_string(), "this is not a regular file");
        assert!(read_regular(&folder.join("Cargo.toml"), 1, "list").unwrap().starts_with(b"[package]"));
    }

    #[test]
    fn our_files_are_recognized_by_their_beginning() {
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
