//! A server that behaves like the part of the Harness API that connectors need, faults included.
//!
//! It keeps connectors in memory, and in a file if given one; checks, normalises, lists, sorts and refuses them as Harness
//! does; limits the rate per key; judges connection tests; and fails on demand. It serves `/ng/api` and `/ccm/api`, both with
//! and without `/gateway` before them. One simulator is one Harness account, or all of them if none is named.
//!
//! **Runtime.** tokio, with its I/O and time drivers.
//!
//! ```
//! use harness_ccm_simulator::{Fault, Simulator};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let harness = Simulator::builder().rate_limit(None).start("127.0.0.1:0".parse()?).await?;
//! // The second create takes effect, but its answer is lost.
//! harness.fail_matching(Fault::hang_up().matching("POST", "/connectors").nth(2).after_commit());
//! // ... point a client at harness.endpoint(), then ask what came:
//! assert!(harness.requests().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # Control over HTTP
//!
//! What [`RunningSimulator`] offers within a program is served to others under `/_control/`, without a key. That is only done
//! on a loopback address, unless [`SimulatorBuilder::control`] says otherwise.
//!
//! | request | effect |
//! |---|---|
//! | `GET`, `DELETE` `requests` | the request log; forgets it |
//! | `GET` `state` | all connectors, as a JSON array of records |
//! | `PUT`, `POST` `state` | takes an array of connectors or records in place of what is there; beside it |
//! | `DELETE` `state` | forgets connectors, requests, faults, references, and what the limiter has counted |
//! | `PUT`, `PATCH`, `DELETE` `connectors/{id}` | puts, edits (JSON merge patch on the record), removes one behind everybody's back |
//! | `GET`, `POST`, `DELETE` `faults` | those at work; adds a [`Fault`]; ends all |
//! | `GET`, `PATCH` `settings` | the [`Settings`]; changes those that are named |
//! | `PUT`, `DELETE` `references/{id}` | makes something refer to a connector, which blocks its removal; ends that |
//! | `POST` `health-job` | tests all connectors with billing or optimization, as Harness does twice a day |
//!
//! # Modules, from low to high
//!
//! A module uses only modules that come before it here; a test checks this.
//!
//! - tools: `clock`, `json`, `lock`, `stop`, `kinds` (the words of Harness)
//! - what is configured, as plain data: `permissions`, `fault`, `policy`, `settings`, `assume_role`, `config`
//! - the two halves of an exchange: `answer`, `incoming`
//! - the connectors: `store::record`, `store::filter`, `store::order`, `store::listings`, `store`, `store::state_file`
//! - what requests are counted by: `traffic::limiter`, `traffic::faults`, `traffic::log`
//! - what all requests share: `state`
//! - what the API does: `handlers::access`, `handlers::rules`, `handlers::iam`, `handlers::verdict`, `handlers::connection_test`,
//!   `handlers::connectors`, `handlers::listing`, `handlers::overview`, `handlers::ccm`, `handlers::token`, `handlers::routes`
//! - the controls: `control`
//! - HTTP: `transport::cuttable_stream`, `transport::response`, `transport::reply`, `transport::server`
//! - the face: `running`, `builder`

mod answer;
mod assume_role;
mod builder;
mod clock;
mod config;
mod control;
mod fault;
mod handlers;
mod incoming;
mod json;
mod kinds;
mod lock;
mod permissions;
mod policy;
mod running;
mod settings;
mod state;
mod stop;
mod store;
mod traffic;
mod transport;

pub use assume_role::{AssumeRequest, AssumeRole};
pub use builder::{Simulator, SimulatorBuilder};
pub use fault::{Fault, FaultKind, InvalidFault};
pub use permissions::{KeyPermissions, KeyReach};
pub use policy::{PolicyEffect, SavePolicy};
pub use running::RunningSimulator;
pub use settings::{Era, LargePages, Settings, StoredReport, Window};
pub use traffic::faults::ActiveFault;
pub use traffic::log::LoggedRequest;

/// The program in the README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
