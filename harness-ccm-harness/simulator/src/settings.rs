use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::policy::SavePolicy;

/// What can be changed while the simulator runs.
///
/// Durations are in milliseconds, so that names are the same in Rust and in the JSON of `/_control/settings`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Settings {
    /// How many requests a key may send within the window; 400 by default, as Harness documents for external requests, `None`
    /// for no limit.
    pub rate_limit: Option<u32>,
    /// The length of that window; 60 seconds by default.
    pub window_ms: u64,
    /// Whether the window slides or starts anew.
    pub window: Window,
    /// How long every answer takes.
    pub latency_ms: u64,
    /// How long a create or update takes between its checks and its commit: room for races.
    pub write_ms: u64,
    /// How long after its creation a connector is tested by itself; 100 milliseconds by default.
    pub first_test_ms: u64,
    /// How long a connection test takes, apart from looking at AWS.
    pub test_ms: u64,
    /// Whether an update that comes while that first test runs is refused (`OPTIMISTIC_LOCKING_EXCEPTION`), as happens where
    /// both write the same record; on by default.
    pub stale_during_test: bool,
    /// The status codes and the schema.
    pub era: Era,
    /// What becomes of `listV2` pages of more than 100.
    pub large_pages: LargePages,
    /// Whether the account allows `forceDelete`; Harness' default is no.
    pub force_delete: bool,
    /// How many connectors the plan of the account allows; `None` for no limit.
    pub connector_limit: Option<usize>,
    /// Whether connectors are answered with the fields that the schema of 2026 has and that of 2023 had not, asked for or not.
    pub newer_fields: bool,
    /// How long after its removal reading a connector is answered with 500 `UNKNOWN_ERROR`, as some servers did before May 2026; 0,
    /// never, by default.
    pub gone_is_error_ms: u64,
    /// When keys expire, in milliseconds since 1970, as the validation of a key reports it; 0 (never) by default. `None` for a
    /// service account that is disabled.
    pub key_valid_to: Option<i64>,
    /// The organizations (`org`) and projects (`org/project`) that exist.
    pub scopes: BTreeSet<String>,
    /// The policies (OPA) that judge every save.
    pub policies: Vec<SavePolicy>,
    /// The reports (CUR) that are there in AWS; a connector with BILLING gets region and prefix from its own.
    pub reports: Vec<StoredReport>,
    /// How many requests the log keeps, 100,000 by default; the oldest go first.
    pub log_limit: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rate_limit: Some(400),
            window_ms: 60_000,
            window: Window::default(),
            latency_ms: 0,
            write_ms: 0,
            first_test_ms: 100,
            test_ms: 0,
            stale_during_test: true,
            era: Era::default(),
            large_pages: LargePages::default(),
            force_delete: false,
            connector_limit: None,
            newer_fields: false,
            gone_is_error_ms: 0,
            key_valid_to: Some(0),
            scopes: BTreeSet::new(),
            policies: Vec::new(),
            reports: Vec::new(),
            log_limit: 100_000,
        }
    }
}

impl Settings {
    /// Refuses what cannot be carried out.
    ///
    /// **Errors.** Says which setting it is, and why.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.policies.iter().try_for_each(SavePolicy::check)
    }
}

/// How the limiter counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Window {
    /// In no stretch of the window's length more than the limit: the strictest reading.
    #[default]
    Sliding,
    /// A window starts with the first request after the one before has ended.
    Fixed,
}

/// How the server answers where its ways changed or are not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Era {
    /// As at the end of 2023: reading a missing connector is 400 `RESOURCE_NOT_FOUND_EXCEPTION`, and fields that came later are
    /// ignored.
    Y2023,
    /// As of today as far as it is known: reading a missing connector is 404 `ENTITY_NOT_FOUND`; writing, removing and testing
    /// one is 400 as before.
    #[default]
    Today,
    /// 404 `ENTITY_NOT_FOUND` for a missing connector on every operation, as a fully migrated server would.
    NotFoundEverywhere,
}

/// Pages of `listV2` of more than 100, which Harness documents as the largest but did not enforce at the end of 2023.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LargePages {
    /// They are given.
    #[default]
    Allow,
    /// They hold 100.
    Cap,
    /// They are refused.
    Reject,
}

/// A Cost and Usage Report that is there in AWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct StoredReport {
    /// Its name.
    pub name: String,
    /// Its bucket.
    pub bucket: String,
    /// The region of the bucket.
    pub region: String,
    /// The prefix in the bucket.
    pub prefix: String,
}

impl StoredReport {
    /// A report of this name in this bucket, which is in this region, under this prefix.
    pub fn new(
        name: impl Into<String>,
        bucket: impl Into<String>,
        region: impl Into<String>,
        prefix: impl Into<String>,
    ) -> Self {
        Self { name: name.into(), bucket: bucket.into(), region: region.into(), prefix: prefix.into() }
    }
}
