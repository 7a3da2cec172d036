//! A server that behaves like the connector part of the Harness API, faults included.
//!
//! It keeps connectors in memory (and in a file, if given one), checks and normalises them as Harness does, limits the rate
//! per key, judges connection tests, and can be told to fail. Beside the API it serves `/_control/`: `GET requests`,
//! `DELETE requests`, `GET state`, `POST faults`, `PUT` and `DELETE connectors/{id}`.

mod answer;
mod api;
mod builder;
mod checks;
mod control;
mod fault;
mod faults;
mod incoming;
mod line;
mod listing;
mod rules;
mod running;
mod server;
mod store;
mod verdict;

pub use builder::{Simulator, SimulatorBuilder};
pub use fault::{Fault, FaultKind, InvalidFault};
pub use faults::ActiveFault;
pub use running::{LoggedRequest, RunningSimulator};
