//! The table `[organization]`.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::id::{AccountId, OrganizationId};
use crate::intent::Pin;

/// The table `[organization]`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct OrganizationTable {
    id: Option<Ids>,
    caller: Option<AccountId>,
    payer: Option<AccountId>,
}

/// One id, or several where accounts come from several organizations.
#[derive(Deserialize)]
#[serde(untagged, expecting = "an organization's id, such as o-a1b2c3d4e5, or a list of them")]
enum Ids {
    One(OrganizationId),
    Several(BTreeSet<OrganizationId>),
}

impl From<OrganizationTable> for Pin {
    fn from(OrganizationTable { id, caller, payer }: OrganizationTable) -> Self {
        let organizations = match id {
            None => BTreeSet::new(),
            Some(Ids::One(id)) => [id].into(),
            Some(Ids::Several(ids)) => ids,
        };
        let pin = organizations.into_iter().fold(Self::default(), Self::with_organization);
        let pin = caller.into_iter().fold(pin, Self::with_caller);
        payer.into_iter().fold(pin, Self::with_payer)
    }
}
