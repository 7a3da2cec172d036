use futures_util::lock::Mutex;

use crate::backend::ConnectorClient;
use crate::connector::ConnectorState;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Action, Step};
use crate::role::RoleState;

/// The connectors right before the first removal of a role: listed once per run.
#[derive(Debug, Default)]
pub(super) struct RoleUsers(Mutex<Option<Vec<ConnectorState>>>);

impl RoleUsers {
    /// Refuses to remove a role that a connector names, except a connector that earlier steps of its account
    /// removed.
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
        let is_removed = |connector: &ConnectorState| {
            before
                .iter()
                .any(|step| matches!(&step.action, Action::RemoveConnector { id, .. } if *id == connector.id))
        };
        let user = listed
            .iter()
            .find(|connector| connector.role_arn.as_ref() == Some(&arn) && !is_removed(connector));
        match user {
            None => Ok(()),
            Some(user) => Err(Error::new(
                ErrorKind::Conflict,
                "remove_role",
                format!("the connector {} now names the role", user.id),
            )
            .with_subject(format!("role {} in account {}", role.arn.name(), role.arn.account()))
            .with_remedy("make a new plan: it keeps the role as long as that connector names it")),
        }
    }
}
