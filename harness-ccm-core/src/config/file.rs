use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::harness_table::HarnessTable;
use super::listing_table::ListingTable;
use super::naming_table::NamingTable;
use super::organization_table::OrganizationTable;
use super::reach_table::ReachTable;
use super::reader::Reader;
use super::rule_table::{self, RuleTable};
use super::source_table::{self, SourceTable};
use super::{Config, InvalidConfig, Place};
use crate::connector::ConnectorSettings;
use crate::files::{Files, NoFiles};
use crate::id::{HarnessAccountId, OwnerId};
use crate::intent::{Intent, RoleSettings};
use crate::limits::Limits;
use crate::redact;
use crate::session::SessionSeconds;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    owner: OwnerId,
    #[serde(default)]
    harness: HarnessTable,
    #[serde(default)]
    organization: OrganizationTable,
    #[serde(default)]
    role: RoleSettings,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    regions: BTreeSet<String>,
    #[serde(default)]
    naming: NamingTable,
    #[serde(default)]
    connector: ConnectorTable,
    #[serde(default)]
    reach: ReachTable,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    sources: Vec<SourceTable>,
    #[serde(default)]
    listing: ListingTable,
    #[serde(default)]
    rules: Vec<RuleTable>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ConnectorTable {
    session_seconds: Option<SessionSeconds>,
    ignore_test: Option<bool>,
}

impl From<ConnectorTable> for ConnectorSettings {
    fn from(table: ConnectorTable) -> Self {
        let ConnectorTable { session_seconds, ignore_test } = table;
        Self { session: session_seconds, ignore_test }
    }
}

impl Config {
    /// Reads a configuration file (TOML).
    ///
    /// `harness_account` is taken where the file names none, such as from the environment. Lists of accounts in files of their
    /// own are refused; [`from_toml_with_files`](Self::from_toml_with_files) takes them.
    pub fn from_toml(text: &str, harness_account: Option<HarnessAccountId>) -> Result<Self, InvalidConfig> {
        Self::from_toml_with_files(text, harness_account, &NoFiles)
    }

    /// Reads a configuration file and the lists of accounts that it names.
    pub fn from_toml_with_files(
        text: &str,
        harness_account: Option<HarnessAccountId>,
        files: &dyn Files,
    ) -> Result<Self, InvalidConfig> {
        // Editors and shells of Windows put a byte order mark before it.
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
            // What is missing from the file as a whole has no place of its own.
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
}
