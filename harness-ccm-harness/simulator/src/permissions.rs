use std::collections::BTreeSet;

/// What a key may do with connectors.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct Permissions {
    /// `core_connector_view`.
    pub view: Reach,
    /// `core_connector_edit`; creating needs it for all connectors.
    pub edit: Reach,
    /// `core_connector_delete`.
    pub delete: Reach,
}

/// Which connectors a permission reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All of the scope.
    All,
    /// Those with these identifiers.
    Only(BTreeSet<String>),
}

impl Reach {
    /// No connector.
    pub fn nothing() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// These connectors.
    pub fn only<I: Into<String>>(identifiers: impl IntoIterator<Item = I>) -> Self {
        Self::Only(identifiers.into_iter().map(Into::into).collect())
    }

    pub(crate) fn holds(&self, identifier: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(identifiers) => identifiers.contains(identifier),
        }
    }
}

impl Permissions {
    /// Everything.
    pub fn all() -> Self {
        Self { view: Reach::All, edit: Reach::All, delete: Reach::All }
    }

    /// Looking only.
    pub fn view_only() -> Self {
        Self { edit: Reach::nothing(), delete: Reach::nothing(), ..Self::all() }
    }

    /// Looking at these.
    pub fn view(mut self, reach: Reach) -> Self {
        self.view = reach;
        self
    }

    /// Editing these.
    pub fn edit(mut self, reach: Reach) -> Self {
        self.edit = reach;
        self
    }

    /// Removing these.
    pub fn delete(mut self, reach: Reach) -> Self {
        self.delete = reach;
        self
    }
}
