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
//! use harness_ccm_core::apply::{ApplyOptions, Status, apply_plan};
//! use harness_ccm_core::backend::AccountSource as _;
//! use harness_ccm_core::config::Config;
//! use harness_ccm_core::memory::World;
//! use harness_ccm_core::observe::{ObserveOptions, observe_accounts};
//! use harness_ccm_core::plan::{PlanOptions, make_plan};
//! use harness_ccm_core::event::NoEvents;
//!
//! # futures_executor::block_on(async {
//! let world = World::new([Account::new("123456789012".parse()?, "prod")]);
//! let (roles, connectors) = (world.roles(), world.connectors());
//! let Config { intent, limits, .. } = Config::from_toml(
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
//! let observed = observe_accounts(&desired, &roles, &connectors, ObserveOptions::default(), &NoEvents).await?;
//! let plan = make_plan(&desired, &observed, PlanOptions::default());
//! let approved = plan.check(&limits)?;
//! let report = apply_plan(&approved, &roles, &connectors, &ApplyOptions::default(), &NoEvents).await;
//! assert_eq!(report.status(), Status::Applied);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Modules
//!
//! Each module stands on a floor. It uses lower floors, and others on its own floor where that makes no circle of files.
//!
//! 1. `error` `files` `id` `redact` `secret` `setting` `text` `timestamp`: what everything else is made of
//! 2. `account` `feature` `limits` `owner` `policy` `resource` `session`: values that stand for themselves
//! 3. `cluster` `connector` `listing` `role` `route`: roles and connectors, and where they are
//! 4. `backend` `catalog` `event` `naming` `selector`: the traits to implement; the permissions of features; names and conditions
//! 5. `memory` `middleware` `predict` `testing`: backends in memory and around backends; what Harness' connection test will say
//! 6. `intent` `source`: what is wanted, and of which accounts
//! 7. `apply` `observe` `plan` `verify`: the stages
//! 8. `config` `init` `render` `report` `schema`: the configuration file; plans and decisions shown to people; the JSON Schema of what is
//!    written
//! 9. `pipeline` `prelude`: all stages in a row; what most programs need

pub mod account;
pub mod apply;
pub mod backend;
pub mod catalog;
pub mod cluster;
pub mod config;
pub mod connector;
pub mod error;
pub mod event;
pub mod feature;
pub mod files;
pub mod id;
pub mod init;
pub mod intent;
pub mod limits;
pub mod listing;
pub mod memory;
pub mod middleware;
pub mod naming;
pub mod observe;
pub mod owner;
pub mod pipeline;
pub mod plan;
pub mod policy;
pub mod predict;
pub mod prelude;
mod redact;
pub mod render;
pub mod report;
pub mod resource;
pub mod role;
pub mod route;
#[cfg(feature = "schema")]
pub mod schema;
pub mod secret;
pub mod selector;
pub mod session;
pub mod setting;
pub mod source;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
pub mod timestamp;
pub mod verify;

pub use error::{Diagnosis, Effect, Error, ErrorKind, Result, Retry};
