use std::collections::BTreeMap;

use crate::policy::PolicyDocument;
use crate::role::{ManagedPolicy, ManagedState};

/// A customer-managed policy in a [`World`](super::World).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemoryPolicy {
    /// Its description.
    pub description: String,
    /// All tags.
    pub tags: BTreeMap<String, String>,
    /// The texts, by version number.
    pub versions: BTreeMap<u32, PolicyDocument>,
    /// The default version.
    pub default: u32,
}

impl MemoryPolicy {
    pub(super) fn new(policy: ManagedPolicy, tags: BTreeMap<String, String>) -> Self {
        let ManagedPolicy { description, document } = policy;
        Self { description, tags, versions: [(1, document)].into(), default: 1 }
    }

    /// The text of the default version.
    pub fn document(&self) -> Option<&PolicyDocument> {
        self.versions.get(&self.default)
    }

    pub(super) fn known(&self) -> ManagedState {
        ManagedState { description: self.description.clone(), tags: self.tags.clone() }
    }
}
