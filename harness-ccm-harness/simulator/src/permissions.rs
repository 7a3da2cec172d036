use std::collections::BTreeSet;

/// What a key may do with connectors.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct KeyPermissions {
    /// `core_connector_view`.
    pub view: KeyReach,
    /// `core_connector_edit`; creating needs it for all connectors.
    pub edit: KeyReach,
    /// `core_connector_delete`.
    pub delete: KeyReach,
}

/// Which connectors a permission reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyReach {
    /// All of the scope.
    All,
    /// Those with these identifiers.
    Only(BTreeSet<String>),
}

impl KeyReach {
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

impl KeyPermissions {
    /// Everything.
    pub fn all() -> Self {
        Self { view: KeyReach::All, edit: KeyReach::All, delete: KeyReach::All }
    }

    /// Looking only.
    pub fn view_only() -> Self {
        Self { edit: KeyReach::nothing(), delete: KeyReach::nothing(), ..Self::all() }
    }

    /// Looking at these.
    pub fn view(mut self, reach: KeyReach) -> Self {
        self.view = reach;
        self
    }

    /// Editing these.
    pub fn edit(mut self, reach: KeyReach) -> Self {
        self.edit = reach;
        self
    }

    /// Removing these.
    pub fn delete(mut self, reach: KeyReach) -> Self {
        self.delete = reach;
        self
    }
}
