//! Settings as messages name them. The library knows neither how a file spells them nor the flags of a program.

use std::fmt;

macro_rules! settings {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Something that can be set, and that a message speaks about.
        ///
        /// Printed as ``the setting `max-updates` ``. A program that has a spelling of its own puts that in its place with
        /// [`spelled`](Self::spelled).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Setting {
            $($(#[$doc])* $variant,)*
        }

        impl Setting {
            /// All settings that messages speak about.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

settings! {
    /// Whether what somebody else made may be changed: [`PlanOptions::adopt`](crate::plan::PlanOptions::adopt).
    Adopt = "adopt",
    /// Whether what is no longer wanted is removed: [`Mode::Sync`](crate::plan::Mode::Sync).
    Sync = "sync",
    /// Whether roles are searched for among all that IAM lists: [`PlanOptions::search`](crate::plan::PlanOptions::search).
    Deep = "deep",
    /// Whether a plan's text says everything of every account: [`PlanText::full`](crate::render::PlanText::full).
    Full = "full",
    /// [`Limits::max_updates`](crate::limits::Limits::max_updates).
    MaxUpdates = "max-updates",
    /// [`Limits::max_adoptions`](crate::limits::Limits::max_adoptions).
    MaxAdoptions = "max-adoptions",
    /// [`Limits::max_removals`](crate::limits::Limits::max_removals).
    MaxRemovals = "max-removals",
    /// [`Limits::max_missing`](crate::limits::Limits::max_missing).
    MaxMissing = "max-missing",
    /// Where listings are kept: [`Keep`](crate::source::Keep).
    Keep = "keep",
    /// How old a kept listing may be: [`Kept::with_max_age`](crate::source::Kept::with_max_age).
    MaxAge = "max-age",
    /// [`Pin::organizations`](crate::intent::Pin::organizations).
    Organization = "organization",
    /// [`Pin::caller`](crate::intent::Pin::caller).
    Caller = "caller",
    /// [`Pin::payer`](crate::intent::Pin::payer).
    OrganizationPayer = "organization-payer",
    /// [`SourceSpec::payer`](crate::source::SourceSpec::payer).
    Payer = "payer",
    /// What a source is: [`SourceKind`](crate::source::SourceKind).
    SourceKind = "source-kind",
    /// [`ListOptions::pad_ids`](crate::source::ListOptions::pad_ids).
    PadIds = "pad-ids",
    /// [`RoleSettings::name`](crate::intent::RoleSettings::name).
    RoleName = "role-name",
    /// [`RoleSettings::path`](crate::intent::RoleSettings::path).
    RolePath = "role-path",
    /// [`RoleSettings::prefix`](crate::intent::RoleSettings::prefix).
    RolePrefix = "role-prefix",
    /// [`RoleSettings::layout`](crate::intent::RoleSettings::layout).
    RoleLayout = "role-layout",
    /// [`RoleSettings::release`](crate::intent::RoleSettings::release).
    RoleRelease = "role-release",
    /// [`RoleSettings::boundary`](crate::intent::RoleSettings::boundary).
    RoleBoundary = "role-boundary",
    /// [`RoleSettings::former_names`](crate::intent::RoleSettings::former_names).
    FormerNames = "former-names",
    /// [`RoleSettings::quotas`](crate::intent::RoleSettings::quotas).
    RoleQuotas = "role-quotas",
    /// [`Intent::tags`](crate::intent::Intent::tags), and those of roles alone.
    Tags = "tags",
    /// [`Naming`](crate::naming::Naming).
    NamingRule = "naming-rule",
    /// The template of [`Naming`](crate::naming::Naming).
    NamingTemplate = "naming-template",
    /// [`Cluster`](crate::cluster::Cluster).
    Cluster = "cluster",
    /// [`Cluster::trusted`](crate::cluster::Cluster::trusted).
    Trusted = "trusted",
    /// [`ConnectorSettings::session`](crate::connector::ConnectorSettings::session).
    Session = "session",
    /// [`CurReport::name`](crate::feature::CurReport::name).
    ReportName = "report-name",
    /// [`CurReport::report_type`](crate::feature::CurReport::report_type).
    ReportType = "report-type",
    /// [`CurReport::bucket`](crate::feature::CurReport::bucket).
    ReportBucket = "report-bucket",
    /// [`Intent::regions`](crate::intent::Intent::regions).
    Regions = "regions",
    /// [`Assume::roles`](crate::route::Assume::roles).
    BootstrapRoles = "bootstrap-roles",
    /// [`Assume::through`](crate::route::Assume::through).
    Through = "through",
    /// [`Reach::routes`](crate::intent::Reach::routes).
    Routes = "routes",
    /// [`SessionIdentity::name`](crate::route::SessionIdentity::name).
    SessionName = "session-name",
    /// [`SessionIdentity::source`](crate::route::SessionIdentity::source).
    SourceIdentity = "source-identity",
    /// [`SessionIdentity::tags`](crate::route::SessionIdentity::tags).
    SessionTags = "session-tags",
    /// [`Reach::restrict`](crate::intent::Reach::restrict).
    RestrictSession = "restrict-session",
}

impl Setting {
    /// A text in which settings are called as `spelling` says. Those of which it says nothing stay as they are.
    ///
    /// ```
    /// use harness_ccm_core::setting::Setting;
    ///
    /// let text = format!("more than {} allows", Setting::MaxUpdates);
    /// assert_eq!(text, "more than the setting `max-updates` allows");
    /// let spelling = |setting: Setting| (setting == Setting::MaxUpdates).then_some("MAX_UPDATES");
    /// assert_eq!(Setting::spelled(&text, spelling), "more than MAX_UPDATES allows");
    /// ```
    pub fn spelled(text: &str, spelling: impl Fn(Self) -> Option<&'static str>) -> String {
        let mut spelled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(BEFORE) {
            let (before, from) = rest.split_at(at);
            let name = from[BEFORE.len()..].split('`').next().unwrap_or_default();
            let setting = Self::ALL.iter().find(|setting| setting.name() == name);
            let whole = BEFORE.len() + name.len() + usize::from(setting.is_some());
            spelled.push_str(before);
            spelled.push_str(setting.and_then(|setting| spelling(*setting)).unwrap_or(&from[..whole]));
            rest = &from[whole..];
        }
        spelled + rest
    }
}

const BEFORE: &str = "the setting `";

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{BEFORE}{}`", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_spelled_wherever_they_stand_and_nothing_else_changes() {
        let all: Vec<_> = Setting::ALL.iter().map(ToString::to_string).collect();
        let text = format!("é {} x{}", all.join(""), all.join(" "));
        let spelled = Setting::spelled(&text, |setting| Some(setting.name()));
        let names: Vec<_> = Setting::ALL.iter().map(|setting| setting.name()).collect();
        assert_eq!(spelled, format!("é {} x{}", names.concat(), names.join(" ")));
        assert_eq!(Setting::spelled(&text, |_| None), text);
        for other in
            ["the setting `", "the setting `x", "the setting `x` y", "the setting `é`", "the setting ``"]
        {
            assert_eq!(Setting::spelled(other, |_| Some("?")), other);
        }
    }
}
