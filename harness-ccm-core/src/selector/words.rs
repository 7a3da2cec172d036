use std::fmt;

/// A path of organizational units for people: `Workloads/Prod`, the root as `/`.
pub(crate) struct OuPath<'a>(pub(crate) &'a [String]);

impl fmt::Display for OuPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.pad("/") } else { f.pad(&self.0.join("/")) }
    }
}

pub(super) fn list<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

pub(super) fn quoted<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| format!("{:?}", item.to_string())).collect::<Vec<_>>().join(" or ")
}
