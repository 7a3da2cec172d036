use std::time::Duration;

use crate::intent::Intent;
use crate::limits::Limits;
use crate::source::SourceSpec;

/// All settings of an intent file.
///
/// [`from_toml`](Self::from_toml) reads it, [`to_toml`](Self::to_toml) writes it; every setting of a file can be made
/// in code too.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// let config = Config::from_toml(
///     r#"
///     harness = { account-id = "my-harness-account" }
///     [[rules]]
///     name = "all"
///     features = ["visibility"]
///     "#,
///     None,
/// )?;
/// let rule = Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility());
/// let built = Config::new(Intent::us("my-harness-account".parse()?).with_rule(rule));
/// assert_eq!(config, built);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// The desired roles and connectors.
    pub intent: Intent,
    /// The limits above which a plan is refused.
    pub limits: Limits,
    /// The sources of accounts; if empty, the organization of the caller. [`open`](crate::source::open) opens them.
    pub sources: Vec<SourceSpec>,
    /// Where listings are stored between runs, if they are.
    pub listing: Option<ListingSettings>,
}

/// Where listings of accounts are stored between runs, see [`Kept`](crate::source::Kept).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListingSettings {
    /// The path of the file.
    pub file: String,
    /// The maximum age at which a kept listing replaces a new one; zero for never.
    pub max_age: Duration,
}

impl Config {
    /// A configuration of this intent, with default limits, the organization of the caller, and no kept
    /// listings.
    pub fn new(intent: Intent) -> Self {
        Self { intent, limits: Limits::default(), sources: Vec::new(), listing: None }
    }

    /// Sets the limits above which a plan is refused.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Adds a source of accounts.
    #[must_use]
    pub fn with_source(mut self, source: SourceSpec) -> Self {
        self.sources.push(source);
        self
    }

    /// Sets where listings are stored between runs.
    #[must_use]
    pub fn with_listing(mut self, listing: ListingSettings) -> Self {
        self.listing = Some(listing);
        self
    }
}

impl ListingSettings {
    /// Stores listings in this file, and lists again in each run.
    pub fn new(file: impl Into<String>) -> Self {
        Self { file: file.into(), max_age: Duration::ZERO }
    }

    /// Lets a kept listing that is not older than this replace a new one.
    #[must_use]
    pub fn with_max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }
}
