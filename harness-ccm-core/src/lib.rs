//! Brings every account of an AWS organization into Harness Cloud Cost Management (CCM). Compares the desired with the observed
//! state, and applies only the difference.
//!
//! Data flows in one direction. A program can call each stage separately:
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
//! | term | meaning and type |
//! |---|---|
//! | intent | all settings and rules of a user, [`Intent`](intent::Intent): [`Rule`](intent::Rule)s, settings of roles and connectors, routes into accounts |
//! | intent file | the file form of an intent, [`Config`](config::Config). [`Key::all`](config::Key::all) lists every key of the file, with its equivalent in code |
//! | condition | what a rule requires of an account, [`Selector`](selector::Selector) and [`TagCondition`](selector::TagCondition) |
//! | to decide | the first rule that selects an account decides about the account |
//! | to resolve | to compute the desired state from an intent and a listing, [`Intent::resolve`](intent::Intent::resolve) |
//! | to judge | to check a plan with limits and guards, [`Plan::judge_with`](plan::Plan::judge_with) |
//! | features | the features of CCM, [`FeatureSet`](feature::FeatureSet), with the options of each feature in [`feature`] |
//! | release | one version of the permissions of the features, [`catalog::Release`]. A release never changes |
//! | source of accounts | [`AccountSource`](backend::AccountSource). The module [`source`] has lists and unions |
//! | listing | the accounts that a source returns, [`Listing`](listing::Listing). In a *complete* listing, a missing account has left the organization. A *partial* listing is any other |
//! | accepted listing, baseline | the complete listing of an approved plan that [`apply::accept`] accepted last. New listings are compared with it |
//! | route | how a backend opens a session in an account, [`route::Route`]: with the credentials of the caller, or by assuming roles |
//! | owner mark | a tag with the id of the owner, on every role, policy and connector that this crate creates or adopts, [`owner::OWNER_TAG`] |
//! | owned, ours | with the owner mark of the intent, [`owner::Ownership`]. *Foreign*: with another owner mark. *Unmarked*: without an owner mark |
//! | to adopt | to change an unmarked resource, and to put the owner mark on it, [`PlanOptions::adopt`](plan::PlanOptions::adopt) |
//! | desired state | [`Desired`](intent::Desired), the result of resolving an intent |
//! | observed state | [`Observed`](observe::Observed), the result of [`observe_accounts`](observe::observe_accounts) |
//! | in sync | the observed state of a resource is the desired state, so nothing is written |
//! | plan, step | [`Plan`](plan::Plan), the result of [`make_plan`](plan::make_plan). A [`Step`](plan::Step) is the write of one resource |
//! | withheld | not as desired and not changed by the plan, for a stated reason, [`Withheld`](plan::Withheld). A withheld resource is either held back or incomplete |
//! | held back | withheld, but not incomplete: for example because of the mode, the mark of another owner, or a suspended account. Does not affect the status of a run |
//! | incomplete | withheld, for example because the resource could not be read or was not looked for, because no decision about it is possible, because no write can bring it to the desired state, or because it depends on another incomplete resource. A plan or run with an incomplete resource is incomplete |
//! | finding | an observation that deserves attention, and about which the plan does nothing, [`plan::Finding`] |
//! | limits, guards | [`Limits`](limits::Limits) and [`Guard`](plan::Guard), applied by [`Plan::check_with`](plan::Plan::check_with) |
//! | approved plan, waves | a plan that passed the check, [`ApprovedPlan`](plan::ApprovedPlan), and its division into parts, [`Waves`](plan::Waves) |
//! | report | [`Report`](apply::Report), the result of [`apply_plan`](apply::apply_plan). [`Status`](apply::Status) is the overall result |
//! | run id | the id of one run of a program, [`id::RunId`]. CloudTrail shows the id in the user agent of each call |
//! | connection test | Harness' test of a connector. [`Verification`](verify::Verification) has the results, [`verify_accounts`](verify::verify_accounts) starts the tests |
//! | error, and what to do about it | [`Error`], [`ErrorKind`] with a guide, [`Retry`] |
//! | progress | [`Event`](event::Event), received by an [`EventSink`](event::EventSink) |
//! | backend | an implementation of [`AccountSource`](backend::AccountSource), [`RoleProvisioner`](backend::RoleProvisioner) or [`ConnectorClient`](backend::ConnectorClient) |
//!
//! # Features
//!
//! No feature is enabled by default.
//!
//! | feature | adds |
//! |---|---|
//! | `mock` | `MockAccountSource`, `MockRoleProvisioner` and `MockConnectorClient` in [`backend`], generated by mockall |
//! | `schema` | the module `schema`: the JSON Schema of plans, reports and the intent file |
//! | `testing` | the module `testing`: the test suites that every backend must pass. Semver does not cover this module |
//! | `tracing` | a span for each account in each stage, and a span for each step. The spans contain the events of the backends |
//!
//! # Runtime
//!
//! The crate works with every async runtime, including a single-threaded one. The crate starts no task, and uses no timer, clock
//! or network. Every future is `Send`. The backends for AWS and Harness are separate crates and need tokio.
//!
//! # Modules
//!
//! The modules form nine floors (layers), listed here from the lowest to the highest. A module uses only modules of its own floor
//! and of lower floors. No two files use each other, directly or through other files.
//!
//! 1. `error` `files` `id` `redact` `secret` `setting` `text` `timestamp` `transport`: the foundation of all other modules
//! 2. `account` `feature` `limits` `owner` `policy` `resource` `session`: independent values
//! 3. `cluster` `connector` `listing` `role` `route`: roles and connectors, and their places
//! 4. `backend` `catalog` `event` `naming` `selector` `spans`: the traits of backends, the permissions of features, names and conditions
//! 5. `memory` `middleware` `predict` `testing`: backends in memory, wrappers of backends, the prediction of Harness' connection test
//! 6. `intent` `source`: the desired state, and the sources of accounts
//! 7. `apply` `observe` `plan` `verify`: the stages
//! 8. `config` `init` `render` `report` `schema`: the intent file and its draft, texts and pages for people to read, the JSON Schema of all output
//! 9. `internal` `pipeline` `prelude`: `internal` is for the crates of this workspace, `pipeline` runs all stages in sequence, `prelude` has the imports of most programs

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
