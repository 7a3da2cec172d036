use std::collections::BTreeSet;

/// The permissions of a key on connectors.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct KeyPermissions {
    /// The reach of `core_connector_view`.
    pub view: KeyReach,
    /// The reach of `core_connector_edit`. A create needs it on all connectors.
    pub edit: KeyReach,
    /// The reach of `core_connector_delete`.
    pub delete: KeyReach,
}

/// The connectors that a permission covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyReach {
    /// All connectors.
    All,
    /// The connectors with these identifiers.
    Only(BTreeSet<String>),
}

impl KeyReach {
    /// No connector.
    pub fn nothing() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// The connectors with these identifiers, in every scope.
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

impl KeyPermissions {
    /// All permissions on all connectors.
    pub fn all() -> Self {
        Self { view: KeyReach::All, edit: KeyReach::All, delete: KeyReach::All }
    }

    /// The permission to view all connectors, and no other.
    pub fn view_only() -> Self {
        Self { edit: KeyReach::nothing(), delete: KeyReach::nothing(), ..Self::all() }
    }

    /// Sets the connectors that the key may view.
    pub fn view(mut self, reach: KeyReach) -> Self {
        self.view = reach;
        self
    }

    /// Sets the connectors that the key may edit.
    pub fn edit(mut self, reach: KeyReach) -> Self {
        self.edit = reach;
        self
    }

    /// Sets the connectors that the key may remove.
    pub fn delete(mut self, reach: KeyReach) -> Self {
        self.delete = reach;
        self
    }
}
