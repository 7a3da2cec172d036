//! The table `[listing]`.

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::reader::Reader;
use super::{InvalidConfig, ListingSettings};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ListingTable {
    keep: Option<Spanned<String>>,
    max_age_minutes: Option<Spanned<u32>>,
}

impl ListingTable {
    pub(super) fn into_settings(self, reader: &Reader<'_>) -> Result<Option<ListingSettings>, InvalidConfig> {
        match (self.keep, self.max_age_minutes) {
            (None, None) => Ok(None),
            (None, Some(age)) => Err(reader.wrong(
                &age.span(),
                "an age makes sense only where listings are kept: set listing.keep to a file",
            )),
            (Some(file), age) => {
                let minutes = age.map_or(0, Spanned::into_inner);
                let max_age = Duration::from_secs(u64::from(minutes) * 60);
                Ok(Some(ListingSettings { file: file.into_inner(), max_age }))
            }
        }
    }
}
