use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Boundary;
use crate::catalog::Release;
use crate::id::{ExternalId, NamePrefix, RoleName, RolePath};
use crate::role::QuotaSource;

/// How the roles are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct RoleSettings {
    /// How the permissions are kept.
    pub layout: Layout,
    /// The release of the permissions.
    pub release: Release,
    /// What the names of roles and managed policies begin with, the role's own name included.
    #[serde(skip_serializing_if = "is_default")]
    pub prefix: NamePrefix,
    /// The name of the cross-account role, without the prefix.
    pub name: RoleName,
    /// The path of the cross-account role.
    #[serde(skip_serializing_if = "is_default")]
    pub path: RolePath,
    /// The permissions boundary. Where it is not set, one that we put there is removed, and any other stays.
    #[serde(skip_serializing_if = "is_default")]
    pub boundary: Option<Boundary>,
    /// External ids that are let in beside that of the connectors, such as those of a second Harness account.
    #[serde(skip_serializing_if = "is_default")]
    pub additional_external_ids: BTreeSet<ExternalId>,
    /// Tags of roles and managed policies alone, beside those of everything.
    #[serde(skip_serializing_if = "is_default")]
    pub tags: BTreeMap<String, String>,
    /// Where it is known from what IAM allows in an account.
    #[serde(skip_serializing_if = "is_default")]
    pub quotas: QuotaSource,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Default for RoleSettings {
    fn default() -> Self {
        Self {
            layout: Layout::default(),
            release: Release::default(),
            prefix: NamePrefix::default(),
            name: RoleName::cross_account(),
            path: RolePath::root(),
            boundary: None,
            additional_external_ids: BTreeSet::new(),
            tags: BTreeMap::new(),
            quotas: QuotaSource::default(),
        }
    }
}

/// How the permissions of a role are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// One inline policy: the fewest calls, and no attachment slot is used.
    #[default]
    Inline,
    /// Managed policies under the names and descriptions of the public Terraform module, in a path of ours.
    Managed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_being_written_and_read() {
        let mut settings = RoleSettings::default();
        assert_eq!(serde_json::to_value(&settings).unwrap()["layout"], "inline");
        settings.layout = Layout::Managed;
        settings.release = Release::Module1_0_1;
        settings.prefix = "acme-".parse().unwrap();
        settings.boundary = Some("arn:${partition}:iam::${account}:policy/Boundary".parse().unwrap());
        settings.additional_external_ids.insert("second".parse().unwrap());
        settings.tags.insert("team".into(), "finops".into());
        settings.quotas = QuotaSource::Account;
        let json = serde_json::to_value(&settings).unwrap();
        assert_eq!(serde_json::from_value::<RoleSettings>(json).unwrap(), settings);
        settings.boundary = Some(Boundary::None);
        let json = serde_json::to_value(&settings).unwrap();
        assert_eq!(json["boundary"], "none");
        assert_eq!(serde_json::from_value::<RoleSettings>(json).unwrap(), settings);
    }
}
