//! Fills in what an intent does not set and an existing connector has: the role must permit the connector's features, and may
//! have the name in the connector.

use std::borrow::Cow;

use super::{Choice, Desired, DesiredAccount, Wanted};
use crate::connector::{ConnectorState, ReportState, sort_by_claim};
use crate::feature::{FeatureSet, Named, ReportType};

impl Desired {
    /// The desired resources of an account, given its existing connectors. Options that the intent does not set stay in the
    /// connector, so its role permits them.
    pub(crate) fn beside<'a>(
        &self,
        account: &'a DesiredAccount,
        connectors: &[&ConnectorState],
    ) -> Cow<'a, DesiredAccount> {
        let settled = || {
            let Choice::Onboard(wanted) = &account.choice else { return None };
            let mut connectors = connectors.to_vec();
            sort_by_claim(&mut connectors, &self.owner, &wanted.connector.id);
            self.settled(account, wanted, connectors.first()?)
        };
        settled().map_or(Cow::Borrowed(account), Cow::Owned)
    }

    /// The account with the roles that `connector` needs, under the name in the connector, if they differ.
    fn settled(
        &self,
        account: &DesiredAccount,
        wanted: &Wanted,
        connector: &ConnectorState,
    ) -> Option<DesiredAccount> {
        let arn = self.recipe.role_of(&account.account, connector);
        let arn = arn.as_ref().unwrap_or(&wanted.connector.role);
        let mut features = wanted.features.clone();
        for option in [with_report_type, with_services] {
            // An option without permissions in the release gets none.
            let next = option(features.clone(), connector).filter(|next| self.recipe.permits(next, arn));
            features = next.unwrap_or(features);
        }
        if features == wanted.features && *arn == wanted.connector.role {
            return None;
        }
        let rule = account.rule.as_deref().unwrap_or_default();
        let roles = self.recipe.roles(&account.account, rule, &features, arn).ok()?.ok()?;
        let addresses = self.recipe.addresses(&account.account, arn).ok()?;
        let mut wanted = Wanted { roles, ..wanted.clone() };
        wanted.connector.role = arn.clone();
        Some(DesiredAccount { choice: Choice::Onboard(Box::new(wanted)), addresses, ..account.clone() })
    }
}

/// Adds the connector's report format, if the intent sets none and the format needs permissions of its own.
fn with_report_type(mut features: FeatureSet, connector: &ConnectorState) -> Option<FeatureSet> {
    let report = &mut features.billing.as_mut()?.report;
    let is_open = report.report_type.is_none();
    let exported = connector.report.as_ref().is_some_and(ReportState::is_data_export);
    report.report_type = Some(ReportType::Cur2);
    (is_open && exported).then_some(features)
}

/// Adds the connector's services of commitments to the default ones, if the intent sets none.
fn with_services(mut features: FeatureSet, connector: &ConnectorState) -> Option<FeatureSet> {
    let commitment = features.commitment.as_mut().filter(|commitment| commitment.services.is_empty())?;
    let mut services = commitment.services();
    services.extend(connector.commitment.iter().filter_map(|service| match service {
        Named::Known(service) => Some(*service),
        Named::Other(_) => None,
    }));
    commitment.services = services;
    Some(features)
}
