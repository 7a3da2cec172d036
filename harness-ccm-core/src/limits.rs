//! How much a plan may change before it is refused.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a plan may do before it is refused, as shares of what exists and is wanted or owned.
///
/// ```
/// use harness_ccm_core::limits::{Limits, Share};
///
/// let careful = Limits::default().with_max_updates(Share::percent(5)).with_max_removals(Share::NONE).with_always_allowed(0);
/// assert_eq!(careful.max_adoptions, Share::percent(50), "what is not said is as usual");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Limits {
    /// The share of existing roles and connectors of ours that may be changed. Finishing what an interrupted run of ours left is
    /// no change, and neither is what the permissions of a role become that no connector uses yet.
    pub max_updates: Share,
    /// The share of existing roles and connectors that may be adopted. Adoptions are no changes of what is ours, so they do not
    /// count as updates.
    pub max_adoptions: Share,
    /// The share of existing roles and connectors that may be removed.
    pub max_removals: Share,
    /// As many changes, as many adoptions and as many removals always pass: in a small organization one is a large share.
    pub always_allowed: u32,
    /// The share of accounts that may be missing from a listing by which things are removed: of the accounts that have a
    /// connector of ours, and of those of the accepted listing, if one is kept. A single account always passes unless it is 0.
    ///
    /// An account that is closed stays listed for 90 days, so accounts rarely go missing, and many at once are usually a listing
    /// that went wrong.
    pub max_missing: Share,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_updates: Share::percent(50),
            max_adoptions: Share::percent(50),
            max_removals: Share::percent(10),
            always_allowed: 10,
            max_missing: Share::percent(10),
        }
    }
}

impl Limits {
    /// No limit at all.
    pub fn none() -> Self {
        Self {
            max_updates: Share::ALL,
            max_adoptions: Share::ALL,
            max_removals: Share::ALL,
            always_allowed: u32::MAX,
            max_missing: Share::ALL,
        }
    }

    /// Sets the share of existing roles and connectors of ours that may be changed.
    #[must_use]
    pub fn with_max_updates(mut self, share: Share) -> Self {
        self.max_updates = share;
        self
    }

    /// Sets the share of existing roles and connectors that may be adopted.
    #[must_use]
    pub fn with_max_adoptions(mut self, share: Share) -> Self {
        self.max_adoptions = share;
        self
    }

    /// Sets the share of existing roles and connectors that may be removed.
    #[must_use]
    pub fn with_max_removals(mut self, share: Share) -> Self {
        self.max_removals = share;
        self
    }

    /// Sets how many changes, how many adoptions and how many removals always pass.
    #[must_use]
    pub fn with_always_allowed(mut self, count: u32) -> Self {
        self.always_allowed = count;
        self
    }

    /// Sets the share of accounts that may be missing from a listing by which things are removed.
    #[must_use]
    pub fn with_max_missing(mut self, share: Share) -> Self {
        self.max_missing = share;
        self
    }

    /// Whether so many always pass.
    pub(crate) fn always_allow(&self, count: usize) -> bool {
        u32::try_from(count).is_ok_and(|count| count <= self.always_allowed)
    }

    /// Whether so many of so many accounts may be missing from a listing by which things are removed, or which is accepted.
    pub(crate) fn tolerate_missing(&self, missing: usize, of: usize) -> bool {
        !self.max_missing.is_exceeded_by(missing, of) || missing <= 1 && self.max_missing > Share::NONE
    }
}

/// A share of what exists: from nothing, 0, to all of it, 1.
///
/// ```
/// use harness_ccm_core::limits::Share;
///
/// assert_eq!(Share::try_from(0.05)?, Share::percent(5));
/// assert!(Share::try_from(1.5).is_err());
/// # Ok::<(), harness_ccm_core::limits::InvalidShare>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("minimum" = 0, "maximum" = 1)))]
#[serde(try_from = "f64", into = "f64")]
pub struct Share(f64);

/// A number that is no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no share: it goes from 0.0 (none) to 1.0 (all)")]
pub struct InvalidShare(());

impl Share {
    /// Nothing.
    pub const NONE: Self = Self(0.0);

    /// All of it.
    pub const ALL: Self = Self(1.0);

    /// So many of a hundred; more than that are all.
    pub fn percent(percent: u32) -> Self {
        Self(f64::from(percent.min(100)) / 100.0)
    }

    /// The share as a number from 0 to 1.
    pub fn get(self) -> f64 {
        self.0
    }

    /// Whether `count` is a larger share of `all`.
    pub(crate) fn is_exceeded_by(self, count: usize, all: usize) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "counts of accounts are far below 2^52")]
        let (count, all) = (count as f64, all as f64);
        count > all * self.0
    }
}

impl TryFrom<f64> for Share {
    type Error = InvalidShare;

    fn try_from(share: f64) -> Result<Self, Self::Error> {
        // Zero has two signs, and one is enough.
        if (0.0..=1.0).contains(&share) { Ok(Self(share.abs())) } else { Err(InvalidShare(())) }
    }
}

impl From<Share> for f64 {
    fn from(share: Share) -> Self {
        share.0
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_share_is_refused() {
        for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Share::try_from(bad), Err(InvalidShare(())), "{bad}");
        }
        for (good, percent) in [(0.0, 0), (-0.0, 0), (0.1, 10), (1.0, 100), (1.0, 1_000)] {
            assert_eq!(Share::try_from(good), Ok(Share::percent(percent)), "{good}");
        }
    }
}
