//! How much a plan may change before it is refused.

use serde::{Deserialize, Deserializer, Serialize};

/// What a plan may do before it is refused, as shares of what exists and is wanted or owned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Limits {
    /// The share of existing roles and connectors of ours that may be changed, 0 to 1. Finishing what an interrupted run of ours
    /// left is no change.
    #[serde(deserialize_with = "share")]
    pub max_updates: f64,
    /// The share of existing roles and connectors that may be adopted, 0 to 1. Adoptions are no changes of what is ours, so they
    /// do not count against `max_updates`.
    #[serde(deserialize_with = "share")]
    pub max_adoptions: f64,
    /// The share of existing roles and connectors that may be removed, 0 to 1.
    #[serde(deserialize_with = "share")]
    pub max_removals: f64,
    /// As many changes, as many adoptions and as many removals always pass: in a small organization one is a large share.
    pub always_allowed: usize,
    /// The share of accounts that may be missing from a listing by which things are removed: of the accounts that have a
    /// connector of ours, and of those of the accepted listing, if one is kept. 0 to 1; a single account always passes unless it is 0.
    ///
    /// An account that is closed stays listed for 90 days, so accounts rarely go missing, and many at once are usually a listing
    /// that went wrong.
    #[serde(deserialize_with = "share")]
    pub max_missing: f64,
}

fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(deserializer)?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err(serde::de::Error::custom("this is no share: it goes from 0.0 (none) to 1.0 (all)"))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_updates: 0.5, max_adoptions: 0.5, max_removals: 0.1, always_allowed: 10, max_missing: 0.1 }
    }
}

impl Limits {
    /// No limit at all.
    pub fn none() -> Self {
        Self {
            max_updates: 1.0,
            max_adoptions: 1.0,
            max_removals: 1.0,
            always_allowed: usize::MAX,
            max_missing: 1.0,
        }
    }

    /// Whether so many of so many accounts may be missing from a listing by which things are removed, or which is accepted.
    pub(crate) fn tolerate_missing(&self, missing: usize, of: usize) -> bool {
        !is_more_than(missing, self.max_missing, of) || missing <= 1 && self.max_missing > 0.0
    }
}

pub(crate) fn is_more_than(count: usize, share: f64, all: usize) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "counts of accounts are far below 2^52")]
    let (count, all) = (count as f64, all as f64);
    count > all * share
}
