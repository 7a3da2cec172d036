//! Options of features that have no effect as they are set.

use std::collections::BTreeSet;

use super::{Finding, FindingKind};
use crate::account::Account;
use crate::connector::ConnectorState;
use crate::feature::{AutoStopping, Named};
use crate::id::ConnectorId;
use crate::intent::Wanted;

/// Finds desired options without an effect: kinds of `AutoStopping` that need another kind, and commitments outside the payer.
/// `stays` is the connector if it is not written.
pub(super) fn findings(
    account: &Account,
    wanted: &Wanted,
    id: &ConnectorId,
    stays: Option<&ConnectorState>,
) -> Vec<Finding> {
    let outside = wanted.features.commitment.is_some() && account.management == Some(false);
    let kinds = stays.map_or_else(|| wanted.connector.autostopping.clone().unwrap_or_default(), kinds_of);
    let alone = alone_among(&kinds);
    let outside = outside.then_some(FindingKind::CommitmentOutsidePayer);
    alone.into_iter().chain(outside).map(|kind| Finding::new(id.clone(), kind)).collect()
}

fn kinds_of(connector: &ConnectorState) -> BTreeSet<AutoStopping> {
    let known = |kind: &Named<_>| if let Named::Known(kind) = kind { Some(*kind) } else { None };
    connector.autostopping.iter().filter_map(known).collect()
}

/// The kinds that need another kind which is not among them.
fn alone_among(kinds: &BTreeSet<AutoStopping>) -> Vec<FindingKind> {
    let is_alone = |kind: &&AutoStopping| !kind.partners().iter().any(|partner| kinds.contains(partner));
    let finding = |kind: &AutoStopping| FindingKind::NoPartner {
        kind: *kind,
        partners: kind.partners().iter().copied().collect(),
    };
    kinds.iter().filter(is_alone).map(finding).collect()
}
