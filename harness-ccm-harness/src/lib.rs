//! Harness Cloud Cost Management as a backend of `harness-ccm-core`: [`HarnessConnectors`] lists, writes, removes and tests
//! the AWS connectors (type `CEAws`, account scope) of one Harness account over its `NextGen` REST API.
//!
//! **Runtime.** tokio, with its I/O and time drivers (`enable_all`): without a runtime the HTTP client panics at its first
//! call. Any flavour works.
//!
//! The crate `harness-ccm-simulator` is an HTTP server that behaves like that API: tests against it use the real HTTP client.
//!
//! ```
//! use harness_ccm_core::secret::Secret;
//! use harness_ccm_harness::HarnessConnectors;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let account = "AbCdEfGhIjKlMnOpQrStUv".parse()?;
//! let connectors = HarnessConnectors::builder(account, Secret::new("sat.AbCdEfGhIjKlMnOpQrStUv.token.secret"))
//!     .endpoint("https://app.harness.io/gateway")
//!     .calls_per_minute(300)
//!     .build()?;
//! assert!(!format!("{connectors:?}").contains("secret"));
//!
//! // A token of another account is refused before any call.
//! let account = "another_account".parse()?;
//! let mixed_up = HarnessConnectors::builder(account, Secret::new("sat.AbCdEfGhIjKlMnOpQrStUv.token.secret")).build();
//! assert!(mixed_up.is_err());
//! # Ok(())
//! # }
//! ```
mod account_connection;
mod api;
mod builder;
mod client;
mod codes;
mod connection_test;
mod convert;
mod error;
mod governance;
mod http;
#[doc(hidden)]
pub mod internal;
mod key;
mod listing;
mod merge;
mod pacing;
mod read;
mod remove;
mod retry;
mod settings;
mod situation;
mod token;
mod tokio_pause;
mod unmodelled;
mod wire;
mod write;

pub use account_connection::{AccountConnection, ConnectionDifference};
pub use builder::HarnessConnectorsBuilder;
pub use client::HarnessConnectors;
pub use key::KeyOwner;
pub use tokio_pause::TokioPause;

/// The programs in this crate's README, which must compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
