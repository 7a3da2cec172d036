use std::collections::BTreeMap;

/// Tags, by keys of which the case counts or does not.
///
/// The IAM user guide ("Tagging IAM resources"): keys on roles and users are not case-sensitive, and a new spelling replaces the
/// old one; on other resources they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloudTags {
    exact: bool,
    /// By the key as it is compared: the key as it is spelled, and the value.
    tags: BTreeMap<String, (String, String)>,
}

impl CloudTags {
    /// Keys in one case are another key than in the other.
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

    /// Takes one away.
    pub fn remove(&mut self, key: &str) {
        self.tags.remove(&self.compared(key));
    }

    /// The value under a key, whatever its case where that does not count.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.tags.get(&self.compared(key)).map(|(_, value)| value.as_str())
    }

    /// Keys as they are spelled, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tags.values().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.tags.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }
}
