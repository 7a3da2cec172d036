//! The three traits that a backend implements, with their inputs and outputs.
//!
//! All are object-safe and take `&self`; `Arc<T>` and `Box<T>` of a backend are backends too. The core calls nothing else: these
//! traits are sufficient for another source of accounts, another way to create roles, or another server.
//!
//! The decision whether a write may go ahead is the same for every backend: [`admit_role`], [`admit_connector`],
//! [`admit_role_removal`] and [`admit_connector_removal`] compare the state that a backend just read with the caller's
//! expectation, and return what to do or a [`Conflict`]. A backend of roles that implements the single writes of [`RoleWrites`]
//! gets the rest from [`put_role_through`] and [`remove_role_through`]: reading, the decision, the order of writes, and the
//! effect of errors.
//!
//! # Mocks
//!
//! The feature `mock` has a mock of each trait, made by mockall: `MockAccountSource`, `MockRoleProvisioner` and
//! `MockConnectorClient`. A mock panics at a call that it does not expect, so a test sets up the calls of its stage:
//!
//! | stage | calls |
//! |---|---|
//! | [`Pipeline::plan`](crate::pipeline::Pipeline::plan) | `list_accounts` once; then `list_connectors` and `view` once; `find_role` for each role; `quotas` if the intent [asks for them](crate::role::QuotaSource); `find_policy` for each managed policy that a role would newly have and that this project does not know |
//! | [`Pipeline::apply`](crate::pipeline::Pipeline::apply) | `put_role`, `put_connector`, `remove_role` and `remove_connector`, one for each step; before the first removal of a role, `list_connectors` once |
//! | [`Pipeline::verify`](crate::pipeline::Pipeline::verify) | `list_accounts` and `list_connectors` once; `test_connector` for each connector |

mod account_source;
mod admission;
mod conflict;
mod connector_client;
mod connector_listing;
mod connector_view;
mod outcome;
mod pause;
mod policy_presence;
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
pub use connector_listing::ConnectorListing;
pub use connector_view::ConnectorView;
pub use outcome::{Expect, Removed, Written};
pub use pause::{NoPause, Pause};
pub use policy_presence::PolicyPresence;
pub use reconcile::{RoleWrites, put_role_through, reconcile, remove_role_through};
pub use role_provisioner::RoleProvisioner;
pub use test_cause::TestCause;

#[cfg(feature = "mock")]
pub use {
    account_source::MockAccountSource, connector_client::MockConnectorClient,
    role_provisioner::MockRoleProvisioner,
};
