//! The three traits that a backend implements, and what goes in and out of them.
//!
//! All are object-safe and take `&self`; `Arc<T>` and `Box<T>` of a backend are backends too. The core calls nothing else: what
//! you implement here is all that there is to plugging in another source of accounts, another way to make roles, another server.
//!
//! Whether a write may go ahead is decided once, for every backend: [`admit_role`], [`admit_connector`], [`admit_role_removal`] and
//! [`admit_connector_removal`] compare what a backend just read with what the caller expected, and answer what to do or a
//! [`Conflict`]. A backend of roles that implements the single writes of [`RoleWrites`] gets the rest from [`put_role_through`]
//! and [`remove_role_through`]: reading, the decision, the order of writes, and what an error may have changed.
//!
//! # Mocks
//!
//! The feature `mock` has a mock of each trait, made by mockall: `MockAccountSource`, `MockRoleProvisioner` and
//! `MockConnectorClient`. A mock panics at a call that it does not expect, so a test sets up what its stage calls:
//!
//! | stage | calls |
//! |---|---|
//! | [`Pipeline::plan`](crate::pipeline::Pipeline::plan) | `list_accounts` once; then `list_connectors` and `view` once; `find_role` for each role, and `quotas` if the intent [asks for them](crate::role::QuotaSource) |
//! | [`Pipeline::apply`](crate::pipeline::Pipeline::apply) | `put_role`, `put_connector`, `remove_role` and `remove_connector`, one for each step; before the first removal of a role, `list_connectors` once |
//! | [`Pipeline::verify`](crate::pipeline::Pipeline::verify) | `list_accounts` and `list_connectors` once; `test_connector` for each connector |

mod account_source;
mod admission;
mod conflict;
mod connector_client;
mod connector_view;
mod outcome;
mod pause;
mod reconcile;
mod role_provisioner;
mod test_cause;

pub use account_source::AccountSource;
pub use admission::{
    Admission, RemovalAdmission, admit_connector, admit_connector_removal, admit_role, admit_role_removal,
};
pub use conflict::Conflict;
pub(crate) use conflict::respelled;
pub use connector_client::{ConnectionTest, ConnectorClient, TestFailure};
pub use connector_view::ConnectorView;
pub use outcome::{Expect, Removed, Written};
pub use pause::{NoPause, Pause};
pub use reconcile::{RoleWrites, put_role_through, reconcile, remove_role_through};
pub use role_provisioner::RoleProvisioner;
pub use test_cause::TestCause;

#[cfg(feature = "mock")]
pub use {
    account_source::MockAccountSource, connector_client::MockConnectorClient,
    role_provisioner::MockRoleProvisioner,
};
