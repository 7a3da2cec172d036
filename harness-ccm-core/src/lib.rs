//! Brings every account of an AWS organization into Harness Cloud Cost Management (CCM) by comparing the desired with the
//! observed state, and applying only the difference.
//!
//! Data flows in one direction, and every stage can be called separately:
//!
//! ```text
//! AccountSource -> Intent::resolve -> Desired -> observe -> Observed -> plan -> check -> apply -> Report
//!                  (pure)             (reads only)          (pure)    (pure)   (writes)
//! ```
//!
//! ```
//! use harness_ccm_core::prelude::*;
//!
//! # futures_executor::block_on(async {
//! let world = World::new([Account::new("123456789012".parse()?, "prod")]);
//! let intent = Intent::us("my-harness-account".parse()?)
//!     .with_rule(Rule::onboard("everybody", Selector::all(), FeatureSet::new().with_visibility()));
//!
//! let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors());
//! let plan = pipeline.plan().await?;
//! println!("{}", plan.render());
//! let report = pipeline.apply(&pipeline.check(plan)?).await;
//! assert_eq!(report.status(), Status::Applied);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Terms and their types
//!
//! | term | type |
//! |---|---|
//! | intent file | [`Config`](config::Config), read and written; [`KEYS`](config::KEYS) has the builder for each of its keys |
//! | intent | [`Intent`](intent::Intent): [`Rule`](intent::Rule)s, settings of roles and connectors, routes into accounts |
//! | condition of a rule | [`Selector`](selector::Selector), [`TagCondition`](selector::TagCondition) |
//! | features | [`FeatureSet`](feature::FeatureSet), with the options of each in [`feature`] |
//! | source of accounts | [`AccountSource`](backend::AccountSource); lists and unions in [`source`] |
//! | listing, complete or partial | [`Listing`](listing::Listing) |
//! | desired state | [`Desired`](intent::Desired), by [`Intent::resolve`](intent::Intent::resolve) |
//! | observed state | [`Observed`](observe::Observed), by [`observe_accounts`](observe::observe_accounts) |
//! | plan, step, withheld | [`Plan`](plan::Plan), [`Step`](plan::Step), [`Withheld`](plan::Withheld), by [`make_plan`](plan::make_plan) |
//! | limits, guards | [`Limits`](limits::Limits), [`Guard`](plan::Guard), applied by [`Plan::check_with`](plan::Plan::check_with) |
//! | approved plan, waves | [`ApprovedPlan`](plan::ApprovedPlan), [`Waves`](plan::Waves) |
//! | report | [`Report`](apply::Report), by [`apply_plan`](apply::apply_plan); [`Status`](apply::Status) is the summary |
//! | connection test | [`Verification`](verify::Verification), by [`verify_accounts`](verify::verify_accounts) |
//! | error, and what to do about it | [`Error`], [`ErrorKind`] with a guide, [`Retry`] |
//! | progress | [`Event`](event::Event), received by an [`EventSink`](event::EventSink) |
//! | backend of your own | [`RoleProvisioner`](backend::RoleProvisioner), [`ConnectorClient`](backend::ConnectorClient) |
//!
//! # Features
//!
//! No feature is enabled by default.
//!
//! | feature | adds |
//! |---|---|
//! | `mock` | `MockAccountSource`, `MockRoleProvisioner` and `MockConnectorClient` in [`backend`], by mockall |
//! | `schema` | `schema`: the JSON Schema of plans, reports and the intent file |
//! | `testing` | `testing`: the suites that every backend must pass. Not covered by semver |
//! | `tracing` | a span for each account in each stage, and for each step, which contains the events of the backends |
//!
//! # Runtime
//!
//! Any runtime works, including a single-threaded one: the crate starts no task, and uses no timer, clock or network. Every
//! future is `Send`. The backends for AWS and Harness need tokio.
//!
//! # Modules
//!
//! Modules are arranged in floors. Each module uses lower floors, and modules of its own floor if no circle of files
//! results.
//!
//! 1. `error` `files` `id` `redact` `secret` `setting` `text` `timestamp` `transport`: the foundation of all others
//! 2. `account` `feature` `limits` `owner` `policy` `resource` `session`: independent values
//! 3. `cluster` `connector` `listing` `role` `route`: roles and connectors, and where they are
//! 4. `backend` `catalog` `event` `naming` `selector` `spans`: the traits to implement; the permissions of features; names and conditions
//! 5. `memory` `middleware` `predict` `testing`: backends in memory and wrappers of backends; the prediction of Harness' connection test
//! 6. `intent` `source`: the desired state, and the sources of accounts
//! 7. `apply` `observe` `plan` `verify`: the stages
//! 8. `config` `init` `render` `report` `schema`: the intent file; plans and decisions for people; the JSON Schema of all
//!    output
//! 9. `internal` `pipeline` `prelude`: for the crates of this workspace; all stages in sequence; the imports that most programs need

#![cfg_attr(docsrs, feature(doc_cfg))]

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
#[doc(hidden)]
pub mod internal;
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
mod spans;
#[cfg(feature = "testing")]
pub mod testing;
pub mod text;
pub mod timestamp;
mod transport;
pub mod verify;

pub use error::{Diagnosis, Effect, Error, ErrorKind, Result, Retry};
