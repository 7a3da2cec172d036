use futures_util::lock::Mutex;

use crate::backend::{ConnectorClient, ConnectorListing};
use crate::connector::ConnectorState;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Action, Step};
use crate::role::RoleState;
use crate::secret::shown;

/// The connectors right before the first removal of a role: listed once per run.
#[derive(Debug, Default)]
pub(super) struct RoleUsers(Mutex<Option<ConnectorListing>>);

impl RoleUsers {
    /// Refuses to remove a role that a connector names, except a connector that earlier steps of its account removed, or wrote
    /// with another role: the list may be older than these steps.
    pub(super) async fn check(
        &self,
        connectors: &dyn ConnectorClient,
        role: &RoleState,
        before: &[Step],
    ) -> Result<()> {
        let mut listed = self.0.lock().await;
        let listed = match &mut *listed {
            Some(listed) => listed,
            empty => empty.insert(connectors.list_connectors().await?),
        };
        let arn = role.arn.to_string();
        let is_past = |connector: &ConnectorState| {
            before.iter().any(|step| match &step.action {
                Action::RemoveConnector { id, .. } => *id == connector.id,
                Action::PutConnector { spec, .. } => spec.id == connector.id && spec.role != role.arn,
                Action::PutRole { .. } | Action::RemoveRole { .. } => false,
            })
        };
        let names = |role_arn: &Option<String>| role_arn.as_ref() == Some(&arn);
        let readable = listed.connectors.iter().filter(|connector| names(&connector.role_arn));
        let readable =
            readable.filter(|connector| !is_past(connector)).map(|connector| connector.id.to_string());
        let unreadable = listed.unreadable.iter().filter(|connector| names(&connector.role_arn));
        match readable.chain(unreadable.map(|connector| shown(&connector.name))).next() {
            None => Ok(()),
            Some(user) => Err(Error::new(
                ErrorKind::Conflict,
                "remove_role",
                format!("the connector {user} now names the role"),
            )
            .with_subject(format!("role {} in account {}", role.arn.name(), role.arn.account()))
            .with_remedy("make a new plan: it keeps the role as long as that connector names it")),
        }
    }
}
