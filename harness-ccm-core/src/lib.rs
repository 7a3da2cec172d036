//! Brings every account of an AWS organization into Harness Cloud Cost Management (CCM) by comparing what is wanted with what is
//! there, and applying only the difference.
//!
//! Data flows in one direction, and every stage can be called alone:
//!
//! ```text
//! AccountSource -> Intent::resolve -> Desired -> observe -> Observed -> plan -> check -> apply -> Report
//!                  (pure)             (reads only)          (pure)    (pure)   (writes)
//! ```
//!
//! ```
//! use harness_ccm_core::account::Account;
//! use harness_ccm_core::apply::{ApplyOptions, Status, apply};
//! use harness_ccm_core::backend::AccountSource as _;
//! use harness_ccm_core::intent::Intent;
//! use harness_ccm_core::memory::World;
//! use harness_ccm_core::observe::{ObserveOptions, observe};
//! use harness_ccm_core::plan::{PlanOptions, plan};
//! use harness_ccm_core::event::NoEvents;
//!
//! # futures_executor::block_on(async {
//! let world = World::new([Account::new("123456789012".parse()?, "prod")]);
//! let (roles, connectors) = (world.roles(), world.connectors());
//! let intent = Intent::from_toml(
//!     r#"
//!     harness = { account-id = "my-harness-account" }
//!     [[rules]]
//!     name = "everybody"
//!     features = ["visibility", "governance"]
//!     "#,
//!     None,
//! )?;
//!
//! let desired = intent.resolve(world.accounts().list_accounts(&intent.query()).await?)?;
//! let observed = observe(&desired, &roles, &connectors, ObserveOptions::default(), &NoEvents).await?;
//! let plan = plan(&desired, &observed, PlanOptions::default());
//! let approved = plan.check(&intent.limits)?;
//! let report = apply(&approved, &roles, &connectors, &ApplyOptions::default(), &NoEvents).await;
//! assert_eq!(report.status(), Status::Applied);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```

pub mod account;
pub mod apply;
pub mod backend;
pub mod catalog;
pub mod cluster;
pub mod connector;
pub mod error;
pub mod event;
pub mod feature;
pub mod files;
pub mod id;
pub mod intent;
pub mod memory;
pub mod observe;
pub mod owner;
pub mod plan;
pub mod policy;
pub mod predict;
mod redact;
pub mod resource;
pub mod role;
pub mod route;
pub mod secret;
pub mod session;
pub mod source;
#[cfg(feature = "testing")]
pub mod testing;
pub mod timestamp;
pub mod verify;
pub mod wrap;

pub use error::{Diagnosis, Effect, Error, ErrorKind, Result, Retry};
