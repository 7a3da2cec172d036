use std::collections::BTreeMap;

use serde_json::Value;

use crate::state::iam::CloudIam;
use crate::state::past::Past;

/// One AWS account.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CloudAccount {
    /// Its parent: the root or a unit; none outside of the organization.
    pub parent: Option<String>,
    /// Its tags in the organization.
    pub tags: BTreeMap<String, String>,
    /// Merged into its JSON in responses of Organizations; null removes a field.
    pub fields: BTreeMap<String, Value>,
    /// Its roles and policies.
    pub iam: CloudIam,
    pub(crate) past: Past,
}

impl CloudAccount {
    /// An account under a root or unit.
    pub(crate) fn under(parent: &str) -> Self {
        Self { parent: Some(parent.to_owned()), ..Self::default() }
    }

    /// Whether an account in such a state accepts sessions.
    pub(crate) fn is_open(&self) -> bool {
        ["State", "Status"].iter().all(|field| {
            self.fields.get(*field).is_none_or(|state| state.is_null() || state.as_str() == Some("ACTIVE"))
        })
    }
}
