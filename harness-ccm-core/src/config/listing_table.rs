//! The table `[listing]`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::placed::Placed;
use super::reader::Reader;
use super::{InvalidConfig, ListingSettings};

/// The keys, each with its equivalent in code.
pub(super) const KEYS: &[(&str, &str)] =
    &[("keep", "ListingSettings::new"), ("max-age-minutes", "ListingSettings::with_max_age")];

/// Where listings of accounts are stored between runs.
#[derive(Default, Deserialize, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ListingTable {
    /// The file of the latest listing; the accepted listing is next to it.
    keep: Option<Placed<String>>,
    /// The maximum age, in minutes, at which a kept listing replaces a new one; 0 for never.
    #[cfg_attr(feature = "schema", schemars(extend("default" = 0)))]
    max_age_minutes: Option<Placed<u32>>,
}

impl From<&ListingSettings> for ListingTable {
    fn from(listing: &ListingSettings) -> Self {
        let minutes = u32::try_from(listing.max_age.as_secs() / 60).unwrap_or(u32::MAX);
        Self { keep: Some(listing.file.clone().into()), max_age_minutes: Some(minutes.into()) }
    }
}

impl ListingTable {
    pub(super) fn into_settings(self, reader: &Reader<'_>) -> Result<Option<ListingSettings>, InvalidConfig> {
        match (self.keep, self.max_age_minutes) {
            (None, None) => Ok(None),
            (None, Some(age)) => {
                Err(reader.wrong(&age.span(), "an age needs kept listings: set listing.keep to a file"))
            }
            (Some(file), age) => {
                let minutes = age.map_or(0, Placed::into_inner);
                let max_age = Duration::from_secs(u64::from(minutes) * 60);
                Ok(Some(ListingSettings { file: file.into_inner(), max_age }))
            }
        }
    }
}
