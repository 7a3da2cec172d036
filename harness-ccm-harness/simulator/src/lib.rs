//! A server that behaves like the part of the Harness API that cloud cost connectors need, including its failures.
//!
//! It keeps connectors in memory and, if configured, in a file. It validates, normalises, lists, sorts and refuses them as
//! Harness does. It limits the rate per key, evaluates connection tests, and fails on request. It serves `/ng/api` and
//! `/ccm/api`, each with and without the prefix `/gateway`. It serves one Harness account; without a configured account it
//! serves every account, and all of them have the same connectors.
//!
//! **Runtime.** tokio, with its I/O and time drivers.
//!
//! ```
//! use harness_ccm_simulator::{Fault, Simulator};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let harness = Simulator::builder().rate_limit(None).start("127.0.0.1:0".parse()?).await?;
//! // The second matching request takes effect, but its response is lost.
//! harness.fail_matching(Fault::hang_up().matching("POST", "/connectors").nth(2).after_commit());
//! // ... point a client at harness.endpoint(), then inspect its requests:
//! assert!(harness.requests().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # Control over HTTP
//!
//! The simulator also serves most controls of [`RunningSimulator`] over HTTP under `/_control/`, without a key. By default it
//! does so only on a loopback address; [`SimulatorBuilder::control`] and [`SimulatorBuilder::no_control`] change this.
//!
//! | request | effect |
//! |---|---|
//! | `GET`, `DELETE` `requests` | returns the request log; clears it |
//! | `GET` `state` | returns all connectors, as a JSON array of records |
//! | `PUT`, `POST` `state` | replaces all connectors by an array of connectors or records; adds such an array |
//! | `DELETE` `state` | removes connectors, requests, faults and references, and resets the rate limit |
//! | `PUT`, `PATCH`, `DELETE` `connectors/{id}` | stores, edits (merge patch of the record), removes a connector, unchecked |
//! | `GET`, `POST`, `DELETE` `faults` | returns the active faults; adds a [`Fault`]; removes all |
//! | `GET`, `PATCH` `settings` | returns the [`Settings`]; replaces the given ones; `null` is `None` |
//! | `PUT`, `DELETE` `references/{id}` | adds a reference to a connector, which blocks its removal; removes the reference |
//! | `POST` `health-job` | tests all connectors with billing or optimization; Harness does this twice a day |
//!
//! # Modules, from low to high
//!
//! A module uses only modules that come before it in this list; a test checks this.
//!
//! - tools: `clock`, `json`, `lock`, `stop`, `kinds` (the enumerations of Harness)
//! - the configuration, as plain data: `permissions`, `fault`, `policy`, `settings`, `assume_role`, `config`
//! - response and request: `answer`, `incoming`
//! - the connectors: `store::record`, `store::filter`, `store::order`, `store::listings`, `store`, `store::state_file`
//! - rate limit, faults and request log: `traffic::limiter`, `traffic::faults`, `traffic::log`
//! - the state that all requests share: `state`
//! - the API: `handlers::access`, `handlers::rules`, `handlers::iam`, `handlers::verdict`, `handlers::connection_test`,
//!   `handlers::connectors`, `handlers::listing`, `handlers::overview`, `handlers::ccm`, `handlers::token`, `handlers::routes`
//! - the controls: `control`
//! - HTTP: `transport::cuttable_stream`, `transport::response`, `transport::reply`, `transport::server`
//! - the public interface: `running`, `builder`

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
