//! Kept listings without files.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use harness_ccm_core::source::{Keep, Record};

/// Two records in memory; clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slate(Arc<Mutex<Records>>);

#[derive(Debug, Default)]
struct Records {
    texts: BTreeMap<Record, String>,
    broken: Option<Record>,
}

impl Slate {
    pub(crate) fn text(&self, record: Record) -> Option<String> {
        self.0.lock().unwrap().texts.get(&record).cloned()
    }

    pub(crate) fn write(&self, record: Record, text: &str) {
        self.0.lock().unwrap().texts.insert(record, text.into());
    }

    /// From now on, this record can neither be loaded nor saved.
    pub(crate) fn break_down(&self, record: Record) {
        self.0.lock().unwrap().broken = Some(record);
    }

    fn usable(&self, record: Record) -> io::Result<()> {
        match self.0.lock().unwrap().broken {
            Some(broken) if broken == record => Err(io::ErrorKind::PermissionDenied.into()),
            _ => Ok(()),
        }
    }
}

impl Keep for Slate {
    fn load(&self, record: Record) -> io::Result<Option<String>> {
        self.usable(record)?;
        Ok(self.text(record))
    }

    fn save(&self, record: Record, text: &str) -> io::Result<()> {
        self.usable(record)?;
        self.write(record, text);
        Ok(())
    }
}
