use harness_ccm_core::secret::Secret;
use serde_json::json;

use crate::answer::Answer;
use crate::incoming::Incoming;
use crate::permissions::{KeyPermissions, KeyReach};

/// The authenticated caller of a request.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) account: String,
    pub(crate) permissions: KeyPermissions,
    principal: &'static str,
}

/// The permissions on connectors.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Permission {
    View,
    Edit,
    Delete,
}

/// Checks the token of a request, and returns its caller. The account is in the header `Harness-Account`, otherwise in the
/// query.
pub(crate) fn authenticate(
    account: Option<&str>,
    keys: &[(Secret, KeyPermissions)],
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
        None if keys.is_empty() => KeyPermissions::all(),
        None => return Err(Answer::foreign_token()),
    };
    Ok(Caller { account: asked.to_owned(), permissions, principal })
}

impl Caller {
    /// Returns an error response if the caller does not have a permission: on one connector, or on all with `None`.
    pub(crate) fn may(
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
        if identifier.map_or(*reach == KeyReach::All, |identifier| reach.holds(identifier)) {
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
