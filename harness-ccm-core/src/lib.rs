//! Brings every account of an AWS organization into Harness Cloud Cost Management by comparing wanted with actual state.

pub mod account;
pub mod apply;
pub mod backend;
pub mod catalog;
pub mod cluster;
pub mod connector;
pub mod error;
pub mod feature;
pub mod id;
pub mod intent;
pub mod memory;
pub mod observe;
pub mod owner;
pub mod plan;
pub mod policy;
pub mod role;
pub mod route;
pub mod secret;
pub mod verify;
pub mod watch;

pub use error::{Diagnosis, Effect, Error, ErrorKind, Result, Retry};
