use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Boundary, RoleNaming};
use crate::catalog::ReleaseChoice;
use crate::id::{ExternalId, NamePrefix, RoleName, RolePath};
use crate::role::QuotaSource;

/// How the roles are made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct RoleSettings {
    /// How the permissions are kept.
    pub layout: Layout,
    /// The release of the permissions.
    pub release: ReleaseChoice,
    /// What the names of roles and managed policies begin with, the role's own name included.
    #[serde(skip_serializing_if = "is_default")]
    pub prefix: NamePrefix,
    /// The name of the cross-account role, without the prefix.
    pub name: RoleNaming,
    /// The path of the cross-account role.
    #[serde(skip_serializing_if = "is_default")]
    pub path: RolePath,
    /// The permissions boundary. Where it is not set, one that we put there is removed, and any other stays.
    #[serde(skip_serializing_if = "is_default")]
    pub boundary: Option<Boundary>,
    /// External ids that are let in beside that of the connectors, such as those of a second Harness account.
    #[serde(skip_serializing_if = "is_default")]
    pub additional_external_ids: BTreeSet<ExternalId>,
    /// Names of cross-account roles under earlier settings, prefixes included. Roles of ours by these names are looked for wherever
    /// something is removed, and go if nothing uses them.
    #[serde(skip_serializing_if = "is_default")]
    pub former_names: BTreeSet<RoleName>,
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

impl RoleSettings {
    /// As most want them: the start of a `with_` chain.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how the permissions are kept.
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

    /// Sets what the names of roles and managed policies begin with.
    #[must_use]
    pub fn with_prefix(mut self, prefix: NamePrefix) -> Self {
        self.prefix = prefix;
        self
    }

    /// Sets the name of the cross-account role, without the prefix: a fixed one, or [as its connector has it](RoleNaming::FromConnector).
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

    /// Sets the permissions boundary, or says that there shall be none.
    #[must_use]
    pub fn with_boundary(mut self, boundary: Boundary) -> Self {
        self.boundary = Some(boundary);
        self
    }

    /// Looks for roles of ours by these names, prefixes included, too.
    #[must_use]
    pub fn with_former_names(mut self, names: impl IntoIterator<Item = RoleName>) -> Self {
        self.former_names.extend(names);
        self
    }

    /// Lets these external ids in too.
    #[must_use]
    pub fn with_additional_external_ids(mut self, ids: impl IntoIterator<Item = ExternalId>) -> Self {
        self.additional_external_ids.extend(ids);
        self
    }

    /// Adds a tag of roles and managed policies alone.
    #[must_use]
    pub fn with_tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// Sets where it is known from what IAM allows in an account.
    #[must_use]
    pub fn with_quotas(mut self, quotas: QuotaSource) -> Self {
        self.quotas = quotas;
        self
    }
}

/// How the permissions of a role are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
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
    use crate::catalog::Release;

    #[test]
    fn settings_survive_being_written_and_read() {
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
