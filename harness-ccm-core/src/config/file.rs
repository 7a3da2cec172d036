use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::connector_table::ConnectorTable;
use super::harness_table::HarnessTable;
use super::listing_table::ListingTable;
use super::naming_table::NamingTable;
use super::organization_table::OrganizationTable;
use super::reach_table::ReachTable;
use super::reader::Reader;
use super::rule_table::{self, RuleTable};
use super::source_table::{self, SourceTable};
use super::{Config, InvalidConfig, Place, UnwritableConfig};
use crate::files::{Files, NoFiles};
use crate::id::{HarnessAccountId, OwnerId};
use crate::intent::{Intent, RoleSettings};
use crate::limits::Limits;
use crate::redact;

/// The keys outside of tables, and the tables, each with its equivalent in code.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("owner", "Intent::with_owner"),
    ("harness", "Intent::with_cluster"),
    ("organization", "Intent::with_pin"),
    ("role", "Intent::with_role"),
    ("tags", "Intent::with_tag"),
    ("regions", "Intent::with_regions"),
    ("naming", "Intent::with_naming"),
    ("connector", "Intent::with_connector"),
    ("reach", "Intent::with_reach"),
    ("limits", "Config::with_limits"),
    ("sources", "Config::with_source"),
    ("listing", "Config::with_listing"),
    ("rules", "Intent::with_rule"),
];

/// The keys of `[role]`.
pub(super) const ROLE_KEYS: &[(&str, &str)] = &[
    ("layout", "RoleSettings::with_layout"),
    ("release", "RoleSettings::with_release"),
    ("prefix", "RoleSettings::with_prefix"),
    ("name", "RoleSettings::with_name"),
    ("path", "RoleSettings::with_path"),
    ("boundary", "RoleSettings::with_boundary"),
    ("former-names", "RoleSettings::with_former_names"),
    ("additional-external-ids", "RoleSettings::with_additional_external_ids"),
    ("tags", "RoleSettings::with_tag"),
    ("quotas", "RoleSettings::with_quotas"),
];

/// The keys of `[limits]`.
pub(super) const LIMIT_KEYS: &[(&str, &str)] = &[
    ("max-updates", "Limits::with_max_updates"),
    ("max-adoptions", "Limits::with_max_adoptions"),
    ("max-removals", "Limits::with_max_removals"),
    ("always-allowed", "Limits::with_always_allowed"),
    ("max-missing", "Limits::with_max_missing"),
];

/// The intent file of harness-ccm: which accounts of an AWS organization are brought into Harness Cloud Cost Management,
/// and how.
#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct File {
    /// The owner mark of everything that is created. Only marked resources are changed or removed, unless adoption
    /// is requested.
    #[serde(default)]
    owner: OwnerId,
    #[serde(default)]
    harness: HarnessTable,
    #[serde(default, skip_serializing_if = "is_empty")]
    organization: OrganizationTable,
    #[serde(default)]
    role: RoleSettings,
    /// Tags of both roles and connectors, in addition to the owner mark.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
    /// The regions in use, for permissions that name regions.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    regions: BTreeSet<String>,
    #[serde(default)]
    naming: NamingTable,
    #[serde(default, skip_serializing_if = "is_empty")]
    connector: ConnectorTable,
    #[serde(default)]
    reach: ReachTable,
    #[serde(default)]
    limits: Limits,
    /// The sources of accounts; without them, the organization of the caller. Several are combined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sources: Vec<SourceTable>,
    #[serde(default, skip_serializing_if = "is_empty")]
    listing: ListingTable,
    /// The rules, in order: the first that matches an account decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rules: Vec<RuleTable>,
}

/// Whether a table has only default values.
fn is_empty<T: Default + PartialEq>(table: &T) -> bool {
    *table == T::default()
}

impl From<&Config> for File {
    fn from(Config { intent, limits, sources, listing }: &Config) -> Self {
        Self {
            owner: intent.owner.clone(),
            harness: intent.into(),
            organization: (&intent.pin).into(),
            role: intent.role.clone(),
            tags: intent.tags.clone(),
            regions: intent.regions.clone(),
            naming: intent.into(),
            connector: (&intent.connector).into(),
            reach: (&intent.reach).into(),
            limits: *limits,
            sources: sources.iter().map(SourceTable::from).collect(),
            listing: listing.as_ref().map(ListingTable::from).unwrap_or_default(),
            rules: intent.rules.iter().map(RuleTable::from).collect(),
        }
    }
}

impl Config {
    /// Reads an intent file (TOML).
    ///
    /// `harness_account` is used if the file does not name one, for example from the environment. Lists of accounts in
    /// separate files are errors; use [`from_toml_with_files`](Self::from_toml_with_files) for them.
    pub fn from_toml(text: &str, harness_account: Option<HarnessAccountId>) -> Result<Self, InvalidConfig> {
        Self::from_toml_with_files(text, harness_account, &NoFiles)
    }

    /// Reads an intent file and the lists of accounts that it names.
    pub fn from_toml_with_files(
        text: &str,
        harness_account: Option<HarnessAccountId>,
        files: &dyn Files,
    ) -> Result<Self, InvalidConfig> {
        // Editors and shells of Windows write a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let File {
            owner,
            harness,
            organization,
            role,
            tags,
            regions,
            naming,
            connector,
            reach,
            limits,
            sources,
            listing,
            rules,
        } = toml::from_str(text).map_err(|error| InvalidConfig::Syntax {
            // A missing table has no place of its own in the file.
            place: Place::of(text, &error.span().unwrap_or_default()),
            problem: redact::problem(error.message()),
        })?;
        let reader = Reader { text, files };
        let account = harness.account_id().cloned().or(harness_account).ok_or(InvalidConfig::Missing {
            what: "the Harness account id",
            remedy: "set harness.account-id in the intent file, or HARNESS_ACCOUNT_ID in the environment",
        })?;
        let (cluster, external_id) = harness.cluster(&account, &reader)?;
        let mut intent = Intent::new(account, cluster, external_id);
        intent.owner = owner;
        intent.pin = organization.into();
        intent.role = role;
        intent.tags = tags;
        intent.regions = regions;
        intent.display_name = naming.display_name();
        intent.naming = naming.into_naming(&reader)?;
        intent.connector = connector.into();
        intent.reach = reach.into_reach(&reader)?;
        intent.rules = rule_table::rules(rules, &reader)?;
        Ok(Self {
            intent,
            limits,
            sources: source_table::sources(sources, &reader)?,
            listing: listing.into_settings(&reader)?,
        })
    }

    /// Writes the configuration as a file, which reads as a value equal to this one.
    ///
    /// The file includes default values. Accounts from a separate file (`accounts-file`) are written into the text itself.
    ///
    /// ```
    /// use harness_ccm_core::prelude::*;
    ///
    /// let intent = Intent::us("my-harness-account".parse()?)
    ///     .with_owner("finops".parse()?)
    ///     .with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
    /// let config = Config::new(intent).with_limits(Limits::default().with_always_allowed(5));
    /// let text = config.to_toml()?;
    /// assert!(text.contains("owner = \"finops\""));
    /// assert_eq!(Config::from_toml(&text, None)?, config);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// **Errors.** [`UnwritableConfig`] for what a file cannot express, such as rules without features.
    pub fn to_toml(&self) -> Result<String, UnwritableConfig> {
        let text = toml::to_string_pretty(&File::from(self))
            .map_err(|error| UnwritableConfig::Unsayable { problem: error.to_string() })?;
        let read = Self::from_toml(&text, None)?;
        match self.first_difference(&read) {
            None => Ok(text),
            Some(part) => Err(UnwritableConfig::Lost { part }),
        }
    }

    /// The first table of the file in which `other` differs.
    fn first_difference(&self, other: &Self) -> Option<&'static str> {
        let (ours, theirs) = (&self.intent, &other.intent);
        let tables = [
            ("harness", ours.cluster == theirs.cluster && ours.external_id == theirs.external_id),
            ("reach", ours.reach == theirs.reach),
            ("rules", ours.rules == theirs.rules),
            ("sources", self.sources == other.sources),
            ("listing", self.listing == other.listing),
        ];
        let found = tables.into_iter().find(|(_, is_equal)| !is_equal).map(|(table, _)| table);
        found.or((self != other).then_some("the rest"))
    }
}
