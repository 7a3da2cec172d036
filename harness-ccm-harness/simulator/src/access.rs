use std::collections::BTreeSet;

use harness_ccm_core::secret::Secret;
use serde_json::json;

use super::answer::Answer;
use super::incoming::Incoming;

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

    pub(super) fn holds(&self, identifier: &str) -> bool {
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

/// Who asks, once that is proven.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) account: String,
    pub(super) permissions: Permissions,
    principal: &'static str,
}

/// The three permissions by their names in Harness.
#[derive(Clone, Copy, Debug)]
pub(super) enum Permission {
    View,
    Edit,
    Delete,
}

/// Finds the account of a request and proves its token: header `Harness-Account`, then the query.
pub(super) fn authenticate(
    account: Option<&str>,
    keys: &[(Secret, Permissions)],
    incoming: &Incoming,
) -> Result<Caller, Answer> {
    let token = incoming.header("x-api-key").ok_or_else(Answer::foreign_token)?;
    let asked = incoming
        .header("Harness-Account")
        .or_else(|| incoming.param("account"))
        .or_else(|| incoming.param("accountIdentifier"))
        .ok_or_else(|| Answer::invalid("Account detail is not present in the request"))?;
    let parts: Vec<_> = token.split('.').collect();
    let kind = match parts[..] {
        [kind, named, _, _] if named == asked => kind,
        [kind, _, _] => kind,
        _ => return Err(Answer::foreign_token()),
    };
    let principal = match kind {
        "pat" => "USER",
        "sat" => "SERVICE_ACCOUNT",
        _ => return Err(Answer::foreign_token()),
    };
    if account.is_some_and(|own| own != asked) {
        return Err(Answer::foreign_token());
    }
    let permissions = match keys.iter().find(|(key, _)| key.expose() == token) {
        Some((_, permissions)) => permissions.clone(),
        None if keys.is_empty() => Permissions::all(),
        None => return Err(Answer::foreign_token()),
    };
    Ok(Caller { account: asked.to_owned(), permissions, principal })
}

impl Caller {
    /// Insists on a permission: on one connector, or on all with `None`.
    pub(super) fn may(
        &self,
        permission: Permission,
        incoming: &Incoming,
        identifier: Option<&str>,
    ) -> Result<(), Answer> {
        let (name, reach) = match permission {
            Permission::View => ("core_connector_view", &self.permissions.view),
            Permission::Edit => ("core_connector_edit", &self.permissions.edit),
            Permission::Delete => ("core_connector_delete", &self.permissions.delete),
        };
        if identifier.map_or(*reach == Reach::All, |identifier| reach.holds(identifier)) {
            return Ok(());
        }
        let (kind, on) = (self.principal, identifier.map(|id| format!(" with identifier {id}")));
        let message = format!(
            "Principal of type {kind} with identifier simulated : Missing permission {name} on connector{}",
            on.unwrap_or_default()
        );
        let scope = |name| incoming.param(name);
        let failed = json!([{
            "resourceScope": {"accountIdentifier": self.account, "orgIdentifier": scope("orgIdentifier"),
                "projectIdentifier": scope("projectIdentifier")},
            "resourceType": "CONNECTOR", "resourceIdentifier": identifier, "permission": name
        }]);
        Err(Answer::denied(&message, failed))
    }
}
