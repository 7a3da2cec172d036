//! Limits for the changes of a plan.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The limits of a plan. A plan that exceeds a limit is refused. The limits of changes, adoptions and removals are shares of a
/// total: the number of existing roles and connectors that the plan changes, adopts, marks or removes, or that are in sync.
/// Withheld resources are not in the total.
///
/// ```
/// use harness_ccm_core::limits::{Limits, Share};
///
/// let careful = Limits::default().with_max_updates(Share::percent(5)).with_max_removals(Share::NONE).with_always_allowed(0);
/// assert_eq!(careful.max_adoptions, Share::percent(50), "other limits keep their defaults");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Limits {
    /// The share of the existing roles and connectors that may be changed. A change that completes the work of an interrupted run
    /// does not count. A change of the permissions of a role that no connector uses yet does not count either.
    pub max_updates: Share,
    /// The share of the existing roles and connectors that may be adopted. Adoptions do not count as changes.
    pub max_adoptions: Share,
    /// The share of the existing roles and connectors that may be removed.
    pub max_removals: Share,
    /// The number of changes that is always allowed, whatever their share. The same number applies separately to adoptions and to
    /// removals. In a small organization, a single change is a large share.
    pub always_allowed: u32,
    /// The share of accounts that may be missing from the listing of a plan that removes anything. Two sets of accounts are
    /// compared with the listing, each on its own: the accounts that have our connector and, if there is an accepted listing, its
    /// accounts. The same limit applies when a program [accepts](crate::apply::accept) the listing of a plan: the program does not
    /// accept it if a larger share of the accounts of the accepted listing is missing from it. One missing account is always allowed unless the limit is 0.
    ///
    /// A closed account stays listed for 90 days, so accounts rarely go missing. Many missing accounts usually mean a faulty
    /// listing.
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
    /// Returns limits that allow any number of changes, adoptions, removals and missing accounts. With these limits, a plan may
    /// remove resources even if its listing is [old](crate::listing::Listing::with_taken), or if the accepted listing cannot be read.
    pub fn none() -> Self {
        Self {
            max_updates: Share::ALL,
            max_adoptions: Share::ALL,
            max_removals: Share::ALL,
            always_allowed: u32::MAX,
            max_missing: Share::ALL,
        }
    }

    /// Sets the share of the existing roles and connectors that may be changed.
    #[must_use]
    pub fn with_max_updates(mut self, share: Share) -> Self {
        self.max_updates = share;
        self
    }

    /// Sets the share of the existing roles and connectors that may be adopted.
    #[must_use]
    pub fn with_max_adoptions(mut self, share: Share) -> Self {
        self.max_adoptions = share;
        self
    }

    /// Sets the share of the existing roles and connectors that may be removed.
    #[must_use]
    pub fn with_max_removals(mut self, share: Share) -> Self {
        self.max_removals = share;
        self
    }

    /// Sets the number of changes, the number of adoptions and the number of removals that are always allowed.
    #[must_use]
    pub fn with_always_allowed(mut self, count: u32) -> Self {
        self.always_allowed = count;
        self
    }

    /// Sets the share of accounts that may be missing from the listing of a plan that removes anything.
    #[must_use]
    pub fn with_max_missing(mut self, share: Share) -> Self {
        self.max_missing = share;
        self
    }

    /// Whether this many are always allowed.
    pub(crate) fn always_allow(&self, count: usize) -> bool {
        u32::try_from(count).is_ok_and(|count| count <= self.always_allowed)
    }

    /// Whether this many of `of` accounts may be missing from a listing that causes removals, or that is to be accepted.
    pub(crate) fn tolerate_missing(&self, missing: usize, of: usize) -> bool {
        !self.max_missing.is_exceeded_by(missing, of) || missing <= 1 && self.max_missing > Share::NONE
    }
}

/// A share, from 0 (none) to 1 (all).
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

/// The error for a number that is not a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a share: a share is between 0.0 (none) and 1.0 (all)")]
pub struct InvalidShare(());

impl Share {
    /// The share 0.
    pub const NONE: Self = Self(0.0);

    /// The share 1.
    pub const ALL: Self = Self(1.0);

    /// Makes a share from a percentage. A percentage above 100 counts as 100.
    pub fn percent(percent: u32) -> Self {
        Self(f64::from(percent.min(100)) / 100.0)
    }

    /// Returns the share as a number from 0 to 1.
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
        // Zero has two signs; only the positive one is kept.
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
    fn a_number_that_is_not_a_share_is_refused() {
        for bad in [-0.1, 1.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Share::try_from(bad), Err(InvalidShare(())), "{bad}");
        }
        for (good, percent) in [(0.0, 0), (-0.0, 0), (0.1, 10), (1.0, 100), (1.0, 1_000)] {
            assert_eq!(Share::try_from(good), Ok(Share::percent(percent)), "{good}");
            assert_eq!(f64::from(Share::percent(percent)).to_string(), good.abs().to_string());
            assert_eq!(Share::percent(percent).get().to_string(), Share::percent(percent).to_string());
        }
    }
}
