//! Files that an intent names. The core opens none by itself: the caller says what a path means.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};

/// Opens the files that an intent file names, such as lists of accounts.
pub trait Files: fmt::Debug {
    /// Opens a file. A relative `path` is as a rule meant from the folder of the intent file.
    fn open(&self, path: &str) -> io::Result<Box<dyn Read>>;
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
