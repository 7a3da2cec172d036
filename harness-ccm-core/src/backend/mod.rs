//! The three traits that a backend implements, and what goes in and out of them.
//!
//! All are object-safe and take `&self`; `Arc<T>` and `Box<T>` of a backend are backends too. The core calls nothing else: what
//! you implement here is all that there is to plugging in another source of accounts, another way to make roles, another server.
//!
//! Whether a write may go ahead is decided once, for every backend: [`admit_role`], [`admit_connector`], [`admit_role_removal`] and
//! [`admit_connector_removal`] compare what a backend just read with what the caller expected, and answer what to do or a
//! [`Conflict`].

mod account_source;
mod admission;
mod conflict;
mod connector_client;
mod digest;
mod listing;
mod outcome;
mod pause;
mod role_provisioner;

pub use account_source::{AccountQuery, AccountSource};
pub use admission::{
    Admission, RemovalAdmission, admit_connector, admit_connector_removal, admit_role, admit_role_removal,
};
pub use conflict::Conflict;
pub use connector_client::{ConnectionTest, ConnectorClient, TestFailure};
pub use digest::ListingDigest;
pub use listing::{Listing, Previous};
pub use outcome::{Expect, Removed, Written};
pub use pause::{NoPause, Pause};
pub use role_provisioner::RoleProvisioner;

#[cfg(feature = "mock")]
pub use {
    account_source::MockAccountSource, connector_client::MockConnectorClient,
    role_provisioner::MockRoleProvisioner,
};
