use crate::setting::Setting;

/// The key of a setting in a configuration file; `None` for what is no part of it.
///
/// ```
/// use harness_ccm_core::config::key;
/// use harness_ccm_core::setting::Setting;
///
/// assert_eq!(key(Setting::MaxUpdates), Some("limits.max-updates"));
/// assert_eq!(key(Setting::Adopt), None, "each run is told anew");
/// ```
pub fn key(setting: Setting) -> Option<&'static str> {
    Some(match setting {
        Setting::Adopt | Setting::Sync | Setting::Full | Setting::Deep => return None,
        Setting::MaxUpdates => "limits.max-updates",
        Setting::MaxAdoptions => "limits.max-adoptions",
        Setting::MaxRemovals => "limits.max-removals",
        Setting::MaxMissing => "limits.max-missing",
        Setting::Keep => "listing.keep",
        Setting::MaxAge => "listing.max-age-minutes",
        Setting::Organization => "organization.id",
        Setting::Caller => "organization.caller",
        Setting::OrganizationPayer => "organization.payer",
        Setting::Payer => "sources.payer",
        Setting::SourceKind => "sources.kind",
        Setting::PadIds => "sources.pad-ids",
        Setting::RoleName => "role.name",
        Setting::RolePath => "role.path",
        Setting::RolePrefix => "role.prefix",
        Setting::RoleLayout => "role.layout",
        Setting::RoleRelease => "role.release",
        Setting::RoleBoundary => "role.boundary",
        Setting::FormerNames => "role.former-names",
        Setting::RoleQuotas => "role.quotas",
        Setting::Tags => "tags",
        Setting::NamingRule => "naming.rule",
        Setting::NamingTemplate => "naming.template",
        Setting::Cluster => "harness.cluster",
        Setting::Trusted => "harness.trusted",
        Setting::Session => "connector.session-seconds",
        Setting::ReportName => "rules.billing.report.name",
        Setting::ReportType => "rules.billing.report.type",
        Setting::ReportBucket => "rules.billing.report.bucket",
        Setting::Regions => "regions",
        Setting::BootstrapRoles => "reach.bootstrap-roles",
        Setting::Through => "reach.through",
        Setting::Routes => "reach.routes",
        Setting::SessionName => "reach.session-name",
        Setting::SourceIdentity => "reach.source-identity",
        Setting::SessionTags => "reach.session-tags",
        Setting::RestrictSession => "reach.restrict-session",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    /// A table with an empty value under the key: a key that the parser does not know is told as such, one that it knows is not.
    #[test]
    fn every_key_is_one_of_the_file() {
        for setting in Setting::ALL {
            let Some(key) = key(*setting) else { continue };
            let text = |key: &str| match key.split_once('.') {
                Some(("sources", "kind")) => "sources = [{ kind = {} }]".into(),
                Some(("sources", last)) => format!("sources = [{{ kind = \"csv\", {last} = {{}} }}]"),
                Some(("rules", rest)) => format!("rules = [{{ name = \"r\", {rest} = {{}} }}]"),
                _ => format!("{key} = {{}}"),
            };
            let told = |key: &str| Config::from_toml(&text(key), None).unwrap_err().to_string();
            assert!(!told(key).contains("unknown field"), "{key}: {}", told(key));
            assert!(
                told(&format!("{key}x")).contains("unknown field"),
                "{key}: {}",
                told(&format!("{key}x"))
            );
        }
    }
}
