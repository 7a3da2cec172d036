use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::policy::SavePolicy;

/// The settings that can change while the simulator runs.
///
/// Durations are in milliseconds. The JSON of `/_control/settings` has the same field names, with `-` instead of `_`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Settings {
    /// The number of requests that a key may send within the window; 400 by default, as Harness documents for external
    /// requests, `None` for no limit.
    pub rate_limit: Option<u32>,
    /// The length of that window; 60 seconds by default.
    pub window_ms: u64,
    /// The kind of the window.
    pub window: Window,
    /// The delay before every response; 0 by default.
    pub latency_ms: u64,
    /// The time between the checks and the commit of a create or update; 0 by default. A longer time provokes races.
    pub write_ms: u64,
    /// The time between the creation of a connector and its automatic first test; 100 milliseconds by default.
    pub first_test_ms: u64,
    /// The duration of a connection test, without its calls to AWS; 0 by default.
    pub test_ms: u64,
    /// Whether an update during the first test is refused with `OPTIMISTIC_LOCKING_EXCEPTION`, as on a server where update and
    /// test write the same record; `true` by default.
    pub stale_during_test: bool,
    /// The version of the status codes and the schema.
    pub era: Era,
    /// The handling of `listV2` pages of more than 100 connectors.
    pub large_pages: LargePages,
    /// Whether the account allows `forceDelete`; `false` by default, as in Harness.
    pub force_delete: bool,
    /// The number of connectors that the plan of the account allows; `None`, the default, for no limit.
    pub connector_limit: Option<usize>,
    /// Whether a create or update adds the fields of the schema of 2026 that neither the schema of 2023 nor the request has;
    /// `false` by default.
    pub newer_fields: bool,
    /// The time after the removal of a connector in which a read of it returns 500 `UNKNOWN_ERROR`, as on some servers before
    /// May 2026; 0 (never) by default.
    pub gone_is_error_ms: u64,
    /// The expiry of keys that the validation of a key returns, in milliseconds since 1970; 0 (never) by default. `None`
    /// simulates a disabled service account.
    pub key_valid_to: Option<i64>,
    /// The existing organizations (`org`) and projects (`org/project`).
    pub scopes: BTreeSet<String>,
    /// The policies (OPA) that check every create and update.
    pub policies: Vec<SavePolicy>,
    /// The reports (CUR) that exist in AWS. A connector with BILLING gets region and prefix from its report.
    pub reports: Vec<StoredReport>,
    /// The maximum number of requests in the log; 100,000 by default. The oldest are dropped first.
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
    /// Checks the settings.
    ///
    /// **Errors.** A policy has an invalid regular expression; the message contains the name of the policy and the cause.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.policies.iter().try_for_each(SavePolicy::check)
    }
}

/// The window of the rate limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Window {
    /// No time span of the window's length has more requests than the limit: the strictest interpretation.
    #[default]
    Sliding,
    /// A window starts with the first request after the end of the previous window.
    Fixed,
}

/// The behaviour of the server where it has changed or is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Era {
    /// As at the end of 2023: a read of a missing connector returns 400 `RESOURCE_NOT_FOUND_EXCEPTION`, and fields that were
    /// added later are ignored.
    Y2023,
    /// As today, as far as it is known: a read of a missing connector returns 404 `ENTITY_NOT_FOUND`. An update, removal or
    /// test of one returns 400, as in 2023.
    #[default]
    Today,
    /// Every operation on a missing connector returns 404 `ENTITY_NOT_FOUND`, as on a fully migrated server.
    NotFoundEverywhere,
}

/// The handling of `listV2` pages of more than 100 connectors. Harness documents this maximum, but did not enforce it at the
/// end of 2023.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LargePages {
    /// The page has the requested size.
    #[default]
    Allow,
    /// The page has at most 100 connectors.
    Cap,
    /// The request is refused.
    Reject,
}

/// A Cost and Usage Report that exists in AWS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct StoredReport {
    /// The name of the report.
    pub name: String,
    /// The name of the bucket.
    pub bucket: String,
    /// The region of the bucket.
    pub region: String,
    /// The prefix of the report in the bucket.
    pub prefix: String,
}

impl StoredReport {
    /// Returns the report with this name, in this bucket of this region, under this prefix.
    pub fn new(
        name: impl Into<String>,
        bucket: impl Into<String>,
        region: impl Into<String>,
        prefix: impl Into<String>,
    ) -> Self {
        Self { name: name.into(), bucket: bucket.into(), region: region.into(), prefix: prefix.into() }
    }
}
