//! Fields that an update by Terraform's provider removes: it sends a connector whole, without the fields that it does not know.

use crate::connector::ConnectorState;
use crate::feature::{Feature, Named};
use crate::id::{ConnectorId, Partition, RoleArn};
use crate::intent::{Desired, Diagnostic, LeftOut};

/// Returns a diagnostic for each field that is missing from connectors in the way that Terraform's provider causes, with these
/// connectors.
pub(super) fn left_out(desired: &Desired, connectors: &[ConnectorState]) -> Vec<Diagnostic> {
    let listed = |connector: &&ConnectorState| {
        connector.account.as_ref().is_some_and(|account| desired.accounts().contains_key(account))
    };
    let traced: Vec<_> = connectors.iter().filter(listed).filter(|connector| has_trace(connector)).collect();
    let found = LeftOut::ALL.iter().map(|field| {
        let lacking = traced.iter().filter(|connector| lacks(connector, *field));
        let mut connectors: Vec<ConnectorId> = lacking.map(|connector| connector.id.clone()).collect();
        connectors.sort();
        Diagnostic::LeftOutByTerraform { field: *field, connectors }
    });
    found
        .filter(|found| {
            matches!(found, Diagnostic::LeftOutByTerraform { connectors, .. } if !connectors.is_empty())
        })
        .collect()
}

/// Whether a connector has values that only the provider writes: a report of two empty texts, or AutoStopping without a kind.
fn has_trace(connector: &ConnectorState) -> bool {
    is_report_empty(connector) || lacks(connector, LeftOut::AutoStopping)
}

fn is_report_empty(connector: &ConnectorState) -> bool {
    connector.report.as_ref().is_some_and(|report| report.name.is_empty() && report.bucket.is_empty())
}

/// Whether a field is missing that the connector's features or its account require.
fn lacks(connector: &ConnectorState, field: LeftOut) -> bool {
    let on = |feature| connector.features.contains(&Named::Known(feature));
    let role = || connector.role_arn.as_deref()?.parse::<RoleArn>().ok();
    match field {
        LeftOut::Report => is_report_empty(connector),
        LeftOut::AutoStopping => on(Feature::Optimization) && connector.autostopping.is_empty(),
        LeftOut::Commitment => on(Feature::Commitment) && connector.commitment.is_empty(),
        LeftOut::ReportType => {
            on(Feature::Billing)
                && connector.report.as_ref().is_some_and(|report| report.report_type.is_none())
        }
        LeftOut::GovCloud => {
            !connector.gov_cloud && role().is_some_and(|role| role.partition() == Partition::UsGov)
        }
    }
}
