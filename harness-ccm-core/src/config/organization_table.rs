//! The table `[organization]`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, OrganizationId};
use crate::intent::Pin;

/// The keys, each with its equivalent in code.
pub(super) const KEYS: &[(&str, &str)] =
    &[("id", "Pin::with_organization"), ("caller", "Pin::with_caller"), ("payer", "Pin::with_payer")];

/// The organization and the caller that the file is meant for.
#[derive(Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct OrganizationTable {
    /// The organization of the accounts, or a list of organizations. A run changes nothing in any other organization. Without
    /// this key, no account is removed because it is missing from a listing.
    id: Option<Ids>,
    /// The account that the AWS credentials must belong to.
    caller: Option<AccountId>,
    /// The management account of the organization.
    payer: Option<AccountId>,
}

/// One id, or several if accounts come from several organizations.
#[derive(Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
#[serde(untagged, expecting = "an organization's id, such as o-a1b2c3d4e5, or a list of them")]
enum Ids {
    One(OrganizationId),
    Several(BTreeSet<OrganizationId>),
}

impl From<&Pin> for OrganizationTable {
    fn from(Pin { organizations, caller, payer }: &Pin) -> Self {
        let id = match organizations.first() {
            None => None,
            Some(one) if organizations.len() == 1 => Some(Ids::One(one.clone())),
            Some(_) => Some(Ids::Several(organizations.clone())),
        };
        Self { id, caller: caller.clone(), payer: payer.clone() }
    }
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
