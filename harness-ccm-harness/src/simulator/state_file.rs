use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::Value;

use super::server::lock;
use super::store::Store;

/// The file that the connectors are kept in.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    /// The version of the store that the file holds.
    written: Mutex<u64>,
}

impl StateFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, written: Mutex::default() }
    }

    /// Brings the file up to date: whole or not at all, so that a program that is killed leaves a file that can be read.
    pub(super) fn write(&self, store: &Mutex<Store>) {
        let mut written = lock(&self.written);
        let (version, text) = {
            let store = lock(store);
            if store.version() == *written {
                return;
            }
            (store.version(), store.dump())
        };
        let beside = self.path.with_extension("new");
        if std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, &self.path)).is_ok() {
            *written = version;
        }
    }
}

/// The records in a file: a JSON array.
pub(super) fn read(path: &Path) -> io::Result<Vec<Value>> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let text = std::fs::read(path).map_err(named)?;
    serde_json::from_slice(&text).map_err(|error| named(error.into()))
}
