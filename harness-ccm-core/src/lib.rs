//! Brings every account of an AWS organization into Harness Cloud Cost Management by comparing wanted with actual state.

pub mod account;
pub mod backend;
pub mod connector;
pub mod error;
pub mod feature;
pub mod id;
pub mod owner;
pub mod policy;
pub mod role;
pub mod route;
pub mod secret;

pub use error::{Diagnosis, Effect, Error, ErrorKind, Result, Retry};
