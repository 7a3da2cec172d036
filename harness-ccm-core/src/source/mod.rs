//! Account sources that need no network: lists, CSV and JSON files, and sources that wrap other sources.
//!
//! Each is an [`AccountSource`](crate::backend::AccountSource), so they can be combined: for example, the union of two
//! organizations, each kept in a file, restricted to some accounts.
//!
//! ```
//! use harness_ccm_core::account::{Account, AccountQuery};
//! use harness_ccm_core::backend::AccountSource as _;
//! use harness_ccm_core::listing::Listing;
//! use harness_ccm_core::source::{ListOptions, ListSource, Union};
//!
//! # futures_executor::block_on(async {
//! let export = "Linked account,Linked account name\n98765432109,Shop\n123456789012,Data\n";
//! let export = ListSource::from_csv(export.as_bytes(), ListOptions::default().with_pad_ids())?;
//! let lab = ListSource::new(Listing::complete([Account::new("210987654321".parse()?, "Lab")]));
//! let both = Union::new().with("export", export).with("lab", lab);
//!
//! let listing = both.list_accounts(&AccountQuery::new()).await?;
//! assert_eq!(listing.accounts().len(), 3);
//! assert!(listing.notes()[0].contains("098765432109"), "notes the zero that a spreadsheet removed");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```

mod account_ids;
mod bounded;
mod cells;
mod cloud;
mod csv;
mod field;
mod foreign;
mod gathered;
mod input;
mod invalid;
mod json;
mod keep;
mod kept;
pub(crate) mod kept_form;
mod legible;
mod list;
pub(crate) mod listed;
mod note;
mod options;
mod org_path;
mod record;
mod remark;
mod restricted;
mod spec;
mod tag_fields;
mod tags;
mod times;
mod union;
mod unit_fields;
mod units;
mod value;

/// The error of a list without any account.
const NO_ACCOUNT: &str =
    "the list has no account: an organization has at least one, so the file was cut off, or is another file";

pub use invalid::InvalidAccounts;
pub use keep::{Keep, Record};
pub use kept::{Kept, is_kept_for_another};
pub use kept_form::KEPT_LISTING_KIND;
pub use list::ListSource;
pub use options::ListOptions;
pub use org_path::OrgPath;
pub use restricted::Restricted;
pub use spec::{SourceKind, SourceSpec, open};
pub use union::Union;
