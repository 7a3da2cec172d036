//! Derives the settings of an intent from connectors and roles.

use std::collections::BTreeMap;

use crate::cluster::Cluster;
use crate::connector::ConnectorState;
use crate::id::{AccountId, ConnectorId, ExternalId, OwnerId, RoleArn, RoleName};
use crate::intent::{Intent, Layout, RoleNaming};
use crate::listing::Listing;
use crate::naming::Naming;
use crate::observe::{Observed, Seen};
use crate::owner::OWNER_TAG;
use crate::role::RoleState;

/// The intent with the settings that `connectors` show before any role is read: owner, external id,
/// installation, names.
pub(super) fn from_connectors(start: &Intent, listing: &Listing, connectors: &[ConnectorState]) -> Intent {
    let mut intent = start.clone();
    intent.rules.clear();
    let owners = connectors.iter().filter_map(|connector| connector.tags.get(OWNER_TAG)?.parse().ok());
    intent.owner = most_frequent::<OwnerId>(owners).unwrap_or(intent.owner);
    let presented = connectors.iter().filter_map(|connector| connector.external_id.as_deref()?.parse().ok());
    if let Some(external_id) = most_frequent::<ExternalId>(presented) {
        if let Some(cluster) = cluster_of(&external_id, &intent.cluster) {
            intent.cluster = cluster;
        }
        intent.external_id = external_id;
    }
    let arns: Vec<RoleArn> =
        connectors.iter().filter_map(|connector| connector.role_arn.as_deref()?.parse().ok()).collect();
    name_roles(&mut intent, &arns);
    intent.naming = naming(&intent, listing, connectors);
    intent
}

fn most_frequent<T: Ord>(values: impl IntoIterator<Item = T>) -> Option<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(value, _)| value)
}

/// The installation whose AWS account is in an external id, if it is not the given one.
fn cluster_of(external_id: &ExternalId, given: &Cluster) -> Option<Cluster> {
    let named: AccountId = external_id.as_str().strip_prefix("harness:")?.split(':').next()?.parse().ok()?;
    if given.aws_account.as_ref() == Some(&named) {
        return None;
    }
    let preset = [Cluster::us(), Cluster::eu()]
        .into_iter()
        .find(|cluster| cluster.aws_account.as_ref() == Some(&named));
    Some(preset.unwrap_or_else(|| Cluster::self_managed(named)))
}

/// Sets one name and path if all roles share them; otherwise each connector keeps its own, and new ones get the most
/// frequent path.
fn name_roles(intent: &mut Intent, arns: &[RoleArn]) {
    let Some(path) = most_frequent(arns.iter().map(|arn| arn.path().clone())) else { return };
    intent.role.path = path;
    let prefix = intent.role.prefix.to_string();
    let without_prefix = |arn: &RoleArn| {
        arn.name().as_str().strip_prefix(&prefix).and_then(|name| name.parse::<RoleName>().ok())
    };
    let alike =
        |first: &RoleArn| arns.iter().all(|arn| arn.name() == first.name() && arn.path() == first.path());
    intent.role.name = match arns.first().filter(|first| alike(first)).and_then(without_prefix) {
        Some(name) => RoleNaming::Fixed(name),
        None => RoleNaming::from_connector(),
    };
}

/// The naming rule that gives most connectors the identifiers that they have; it applies to new connectors.
fn naming(intent: &Intent, listing: &Listing, connectors: &[ConnectorState]) -> Naming {
    let by_account: BTreeMap<_, &ConnectorId> = connectors
        .iter()
        .filter_map(|connector| Some((connector.account.as_ref()?, &connector.id)))
        .collect();
    let fitting = |naming: &Naming| {
        let identifiers = naming.identifiers(listing.accounts()).unwrap_or_default();
        by_account.iter().filter(|(account, id)| identifiers.get(**account) == Some(**id)).count()
    };
    let candidates = [intent.naming.clone(), Naming::Guide, Naming::AccountId];
    let best = candidates.into_iter().rev().max_by_key(fitting);
    best.unwrap_or_default()
}

/// The layout in which most roles store their permissions.
pub(super) fn layout(observed: &Observed) -> Layout {
    let roles = observed.roles.values().filter_map(|seen| match seen {
        Seen::Present(role) => Some(role),
        Seen::Absent | Seen::Gap(_) => None,
    });
    let own = |role: &RoleState| role.attached.values().any(Option::is_some);
    let (managed, all) = roles.fold((0, 0), |(managed, all), role| {
        (managed + usize::from(role.inline.is_empty() && own(role)), all + 1)
    });
    if managed * 2 > all { Layout::Managed } else { Layout::Inline }
}
