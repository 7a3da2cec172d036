use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use super::Plan;
use crate::catalog::Release;

/// The number of accounts whose cross-account role matches a release of the permissions, before the plan is applied.
///
/// ```
/// use harness_ccm_core::catalog::Release;
/// use harness_ccm_core::plan::Plan;
///
/// fn are_all_new(plan: &Plan) -> bool {
///     plan.releases().iter().all(|(release, _)| release == Some(Release::NEWEST))
/// }
/// # let _ = are_all_new;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseCounts(BTreeMap<Option<Release>, usize>);

impl ReleaseCounts {
    /// Each release that a role matches, from the newest, with the number of accounts; those that match none come last.
    pub fn iter(&self) -> impl Iterator<Item = (Option<Release>, usize)> {
        self.0.iter().rev().map(|(release, accounts)| (*release, *accounts))
    }

    /// Whether no role was observed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The counts as an object: the names of releases, and `none`.
impl Serialize for ReleaseCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = |release: Option<Release>| release.map_or("none", Release::as_str);
        serializer.collect_map(self.iter().map(|(release, accounts)| (name(release), accounts)))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for ReleaseCounts {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ReleaseCounts".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        BTreeMap::<String, usize>::json_schema(generator)
    }
}

/// `2026-11 in 3, module-1.0.1 in 2, none in 1`.
impl fmt::Display for ReleaseCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (release, accounts)) in self.iter().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            match release {
                Some(release) => write!(f, "{comma}{release} in {accounts}")?,
                None => write!(f, "{comma}none in {accounts}")?,
            }
        }
        Ok(())
    }
}

impl Plan {
    /// Returns, for each release, the number of accounts whose cross-account role matches it now, before the plan is applied.
    pub fn releases(&self) -> ReleaseCounts {
        let mut counts = BTreeMap::new();
        for matched in self.accounts.values().filter_map(|account| account.role.as_ref()) {
            *counts.entry(matched.release).or_default() += 1;
        }
        ReleaseCounts(counts)
    }
}
