//! The intent file: an [`Intent`](crate::intent::Intent), and the settings of a run.
//!
//! This is a layer above the intent: nothing else in the core reads TOML or knows the names of keys.

mod connector_table;
mod error;
mod file;
mod harness_table;
mod key;
mod listing_table;
mod naming_table;
mod organization_table;
mod place;
mod placed;
mod reach_table;
mod reader;
mod rule_table;
mod selector_table;
mod settings;
mod source_table;
mod spelling;

pub use error::{InvalidConfig, UnwritableConfig};
pub use key::Key;
pub use place::Place;
pub use settings::{Config, ListingSettings};
pub use spelling::key;

#[cfg(feature = "schema")]
pub(crate) use file::File as IntentFile;
