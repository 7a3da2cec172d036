//! What an account gets, once a rule has decided: its roles and its connector, made of the settings of an intent.

use super::roles::{Attachable, Ingredients};
use super::{Intent, InvalidIntent};
use crate::account::Account;
use crate::catalog::{Permissions, Refusal, Release, lambda_role_prefix};
use crate::connector::{ConnectorSpec, ConnectorState};
use crate::feature::{FeatureSet, Optimization};
use crate::id::{ConnectorId, Partition, RoleArn};
use crate::role::{RoleAddress, RoleSpec};

/// What roles and connectors are made of, without the rules, which have decided by then.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recipe {
    intent: Intent,
    attachable: Attachable,
}

impl Recipe {
    pub(super) fn new(intent: &Intent) -> Self {
        let attachable = intent.attachable();
        Self { intent: Intent { rules: Vec::new(), ..intent.clone() }, attachable }
    }

    /// The cross-account role of an account.
    pub(super) fn role_arn(&self, account: &Account) -> Result<RoleArn, InvalidIntent> {
        self.intent.role_arn(account)
    }

    /// The cross-account role of an account that has this connector, if the connector decides and names one that can be it.
    pub(super) fn role_of(&self, account: &Account, connector: &ConnectorState) -> Option<RoleArn> {
        let named = connector.role_arn.as_deref().filter(|_| self.intent.role.name.is_from_connector())?;
        let can_be = |arn: &RoleArn| {
            arn.account() == &account.id
                && arn.partition() == account.partition
                && lambda_role_prefix(arn.name()).is_none()
        };
        named.parse().ok().filter(can_be)
    }

    /// The connector of an account.
    pub(super) fn connector(
        &self,
        account: &Account,
        features: &FeatureSet,
        identifier: &ConnectorId,
        arn: RoleArn,
    ) -> Result<ConnectorSpec, InvalidIntent> {
        let intent = &self.intent;
        let mut connector = ConnectorSpec::new(
            identifier.clone(),
            intent.display_name.of(account, &intent.naming)?,
            arn,
            intent.external_id.clone(),
            features.names(),
            intent.owner.clone(),
        );
        connector.autostopping = features.optimization.as_ref().map(Optimization::kinds);
        connector.commitment = features
            .commitment
            .as_ref()
            .map(|commitment| commitment.services.clone())
            .filter(|services| !services.is_empty());
        connector.report = features.billing.as_ref().map(|billing| billing.report.clone());
        connector.gov_cloud = account.partition == Partition::UsGov;
        connector.settings.clone_from(&intent.connector);
        connector.tags.clone_from(&intent.tags);
        Ok(connector)
    }

    /// The roles with which `features` work in the account, or why the catalogue has none for them.
    pub(super) fn roles(
        &self,
        account: &Account,
        rule: &str,
        features: &FeatureSet,
        arn: &RoleArn,
    ) -> Result<Result<Vec<RoleSpec>, Refusal>, InvalidIntent> {
        let permissions = match self.intent.request(features, arn).permissions() {
            Ok(permissions) => permissions,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let roles = self.intent.roles(Ingredients {
            account,
            arn,
            permissions: &permissions,
            attachable: self.attachable.within(account),
        })?;
        for role in &roles {
            if let Some(over) = role.over_quota(None, &self.intent.role.quotas.ceiling()) {
                return Err(InvalidIntent::rule(rule, format!("{}: {over}", role.address.name())));
            }
        }
        Ok(Ok(roles))
    }

    /// What the cross-account role is granted for these features in a release, if that has permissions for them.
    pub(super) fn permissions_of(
        &self,
        release: Release,
        features: &FeatureSet,
        arn: &RoleArn,
    ) -> Option<Permissions> {
        self.intent.request(features, arn).with_release(release).permissions().ok()
    }

    /// Where our roles are or would be in an account.
    pub(super) fn addresses(
        &self,
        account: &Account,
        arn: &RoleArn,
    ) -> Result<Vec<RoleAddress>, InvalidIntent> {
        self.intent.addresses(account, arn)
    }

    /// Whether the catalogue has permissions for these features.
    pub(super) fn permits(&self, features: &FeatureSet, arn: &RoleArn) -> bool {
        self.intent.request(features, arn).refusals().is_empty()
    }
}
