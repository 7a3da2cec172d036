use std::collections::BTreeMap;

/// Tags, by keys that are case-sensitive or not.
///
/// The IAM user guide ("Tagging IAM resources"): keys on roles and users are not case-sensitive, and a new spelling replaces the
/// old one; on other resources they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloudTags {
    exact: bool,
    /// By the key for comparison: the key in its spelling, and the value.
    tags: BTreeMap<String, (String, String)>,
}

impl CloudTags {
    /// Keys that differ only in case are different keys.
    pub(crate) fn exact() -> Self {
        Self { exact: true, ..Self::default() }
    }

    fn compared(&self, key: &str) -> String {
        if self.exact { key.to_owned() } else { key.to_lowercase() }
    }

    /// Sets one.
    pub fn put(&mut self, key: &str, value: &str) {
        self.tags.insert(self.compared(key), (key.to_owned(), value.to_owned()));
    }

    /// Removes one.
    pub fn remove(&mut self, key: &str) {
        self.tags.remove(&self.compared(key));
    }

    /// Returns the value of a key, in any case if keys are not case-sensitive.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.tags.get(&self.compared(key)).map(|(_, value)| value.as_str())
    }

    /// Returns the keys in their spelling, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tags.values().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Returns their number.
    pub fn len(&self) -> usize {
        self.tags.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }
}
