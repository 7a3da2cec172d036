use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Boundary, RoleNaming};
use crate::catalog::ReleaseChoice;
use crate::id::{ExternalId, NamePrefix, RoleName, RolePath};
use crate::role::QuotaSource;

/// The settings of roles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct RoleSettings {
    /// How the permissions are stored.
    pub layout: Layout,
    /// The release of the permissions.
    pub release: ReleaseChoice,
    /// The prefix of the names of roles and managed policies, including the cross-account role.
    #[serde(skip_serializing_if = "is_default")]
    pub prefix: NamePrefix,
    /// The name of the cross-account role, without the prefix.
    pub name: RoleNaming,
    /// The path of the cross-account role.
    #[serde(skip_serializing_if = "is_default")]
    pub path: RolePath,
    /// The permissions boundary. If it is not set, a boundary that we set earlier is removed, and any other
    /// stays.
    #[serde(skip_serializing_if = "is_default")]
    pub boundary: Option<Boundary>,
    /// Trusted external ids in addition to that of the connectors, such as those of a second Harness account.
    #[serde(skip_serializing_if = "is_default")]
    pub additional_external_ids: BTreeSet<ExternalId>,
    /// Names of cross-account roles of earlier settings, including prefixes. Our roles with these names are searched whenever
    /// something is removed, and are removed if nothing uses them.
    #[serde(skip_serializing_if = "is_default")]
    pub former_names: BTreeSet<RoleName>,
    /// Tags of roles and managed policies only, in addition to the common tags.
    #[serde(skip_serializing_if = "is_default")]
    pub tags: BTreeMap<String, String>,
    /// The source of an account's IAM quotas.
    #[serde(skip_serializing_if = "is_default")]
    pub quotas: QuotaSource,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl RoleSettings {
    /// The default settings: the start of a `with_` chain.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how the permissions are stored.
    #[must_use]
    pub fn with_layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// Sets the release of the permissions.
    #[must_use]
    pub fn with_release(mut self, release: impl Into<ReleaseChoice>) -> Self {
        self.release = release.into();
        self
    }

    /// Sets the prefix of the names of roles and managed policies.
    #[must_use]
    pub fn with_prefix(mut self, prefix: NamePrefix) -> Self {
        self.prefix = prefix;
        self
    }

    /// Sets the name of the cross-account role, without the prefix: a fixed one, or [the one in its
    /// connector](RoleNaming::FromConnector).
    #[must_use]
    pub fn with_name(mut self, name: impl Into<RoleNaming>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the path of the cross-account role.
    #[must_use]
    pub fn with_path(mut self, path: RolePath) -> Self {
        self.path = path;
        self
    }

    /// Sets the permissions boundary, or that there is none.
    #[must_use]
    pub fn with_boundary(mut self, boundary: Boundary) -> Self {
        self.boundary = Some(boundary);
        self
    }

    /// Also searches our roles with these names, including prefixes.
    #[must_use]
    pub fn with_former_names(mut self, names: impl IntoIterator<Item = RoleName>) -> Self {
        self.former_names.extend(names);
        self
    }

    /// Also trusts these external ids.
    #[must_use]
    pub fn with_additional_external_ids(mut self, ids: impl IntoIterator<Item = ExternalId>) -> Self {
        self.additional_external_ids.extend(ids);
        self
    }

    /// Adds a tag of roles and managed policies only.
    #[must_use]
    pub fn with_tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// Sets the source of an account's IAM quotas.
    #[must_use]
    pub fn with_quotas(mut self, quotas: QuotaSource) -> Self {
        self.quotas = quotas;
        self
    }
}

/// How the permissions of a role are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Layout {
    /// One inline policy: the fewest calls, and no attachment slot is used.
    #[default]
    Inline,
    /// Managed policies with the names and descriptions of the public Terraform module, in our own path.
    Managed,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Release;

    #[test]
    fn written_settings_are_read_unchanged() {
        let mut settings = RoleSettings::default();
        assert_eq!(serde_json::to_value(&settings).unwrap()["layout"], "inline");
        settings.layout = Layout::Managed;
        settings.release = Release::Module1_0_1.into();
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
