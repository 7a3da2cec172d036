//! The AWS backend of harness-ccm: accounts from AWS Organizations, roles through IAM in every account.
//!
//! Member accounts are entered by assuming a bootstrap role; the account to which the credentials belong is entered with them.
//! One client per service serves all accounts: credentials are set per call, so the number of clients does not grow with the
//! number of accounts.
//!
//! **Runtime.** tokio, with its I/O and time drivers (`enable_all`): without a runtime the SDK panics at its first call. Any
//! flavour works.
//!
//! ```no_run
//! use harness_ccm_aws::AwsBackend;
//! use harness_ccm_core::account::AccountQuery;
//! use harness_ccm_core::backend::AccountSource as _;
//!
//! # async fn example() -> harness_ccm_core::Result<()> {
//! let aws = AwsBackend::from_env().await?;
//! let accounts = aws.accounts().list_accounts(&AccountQuery::new()).await?;
//! let roles = aws.roles();
//! # let _ = (accounts, roles);
//! # Ok(())
//! # }
//! ```

mod backend;
mod bodies;
mod ca_bundle;
mod call;
mod caller;
mod circumstances;
mod clock;
mod codes;
mod credentials;
mod denial;
mod environment;
mod error;
mod iam;
#[doc(hidden)]
pub mod internal;
mod known;
mod note;
mod organizations;
mod pacing;
mod page_guard;
mod pages;
mod refusal;
mod region;
mod retry;
mod run;
mod session;
mod session_policy;
mod sessions;

pub use backend::AwsBackend;
pub use caller::Caller;
pub use iam::IamRoles;
pub use note::Note;
pub use organizations::{OrganizationAccount, OrganizationsSource};
pub use pacing::Pacing;
