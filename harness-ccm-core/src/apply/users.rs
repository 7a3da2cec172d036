use futures_util::lock::Mutex;

use crate::backend::ConnectorClient;
use crate::connector::ConnectorState;
use crate::error::{Error, ErrorKind, Result};
use crate::plan::{Action, Step};
use crate::role::RoleState;

/// The connectors as they are when the first role is about to be removed: listed once for a whole run.
#[derive(Debug, Default)]
pub(super) struct RoleUsers(Mutex<Option<Vec<ConnectorState>>>);

impl RoleUsers {
    /// Refuses to remove a role that a connector names, other than one that the steps before in its account removed.
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
        let goes = |connector: &ConnectorState| {
            before
                .iter()
                .any(|step| matches!(&step.action, Action::RemoveConnector { id, .. } if *id == connector.id))
        };
        let user =
            listed.iter().find(|connector| connector.role_arn.as_ref() == Some(&arn) && !goes(connector));
        match user {
            None => Ok(()),
            Some(user) => Err(Error::new(
                ErrorKind::Conflict,
                "remove_role",
                format!("the connector {} names the role by now", user.id),
            )
            .with_subject(format!("role {} in account {}", role.arn.name(), role.arn.account()))
            .with_remedy("make a new plan: it keeps the role as long as that connector names it")),
        }
    }
}
