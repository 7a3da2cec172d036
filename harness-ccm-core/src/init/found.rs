//! Derives the features of an account from its connector and role.

use std::collections::BTreeSet;

use crate::connector::ConnectorState;
use crate::feature::{
    AutoStopping, Billing, Commitment, CommitmentService, CurReport, Feature, FeatureSet, Governance,
    GovernanceAccess, Named, Optimization, ReportType, Word,
};
use crate::policy::Decision;
use crate::role::RoleState;

/// The features of a connector, with their options as it and its role have them. Options that this version does not know are left
/// out; the connector keeps them.
pub(super) fn features(connector: &ConnectorState, role: Option<&RoleState>) -> FeatureSet {
    let on = known(&connector.features);
    let mut features = FeatureSet::new();
    features.visibility = on.contains(&Feature::Visibility);
    features.cluster_orchestration = on.contains(&Feature::ClusterOrchestration);
    features.governance = on
        .contains(&Feature::Governance)
        .then(|| Governance::new().with_access(role.map(access).unwrap_or_default()));
    features.optimization = on.contains(&Feature::Optimization).then(|| optimization(connector));
    features.commitment = on.contains(&Feature::Commitment).then(|| {
        let services = known::<CommitmentService>(&connector.commitment);
        let commitment =
            if role.is_some_and(buys) { Commitment::new().with_purchase() } else { Commitment::new() };
        commitment.with_services(services)
    });
    features.billing = connector.report.as_ref().filter(|_| on.contains(&Feature::Billing)).map(|seen| {
        let report = CurReport::new(&seen.name, &seen.bucket);
        Billing::new(if seen.is_data_export() { report.with_type(ReportType::Cur2) } else { report })
    });
    features
}

fn known<T: Word + Ord>(words: &BTreeSet<Named<T>>) -> BTreeSet<T> {
    let known = |word: &Named<T>| if let Named::Known(word) = word { Some(*word) } else { None };
    words.iter().filter_map(known).collect()
}

/// An empty list of kinds is what the Terraform provider leaves; the default is all of them.
fn optimization(connector: &ConnectorState) -> Optimization {
    let kinds = known::<AutoStopping>(&connector.autostopping);
    if kinds.is_empty() || AutoStopping::ALL.iter().all(|kind| kinds.contains(kind)) {
        Optimization::default()
    } else {
        Optimization::new().with_kinds(kinds)
    }
}

fn access(role: &RoleState) -> GovernanceAccess {
    if role.attached.keys().any(|policy| policy.name() == "ReadOnlyAccess") {
        GovernanceAccess::ReadOnly
    } else {
        GovernanceAccess::ViewOnly
    }
}

/// Whether the role has any permission to buy.
fn buys(role: &RoleState) -> bool {
    let grants = role.grants();
    let actions = [
        "ec2:PurchaseReservedInstancesOffering",
        "savingsplans:CreateSavingsPlan",
        "rds:PurchaseReservedDBInstancesOffering",
        "elasticache:PurchaseReservedCacheNodesOffering",
    ];
    actions.iter().any(|action| grants.simulate(action, "*") == Decision::Allowed)
}
