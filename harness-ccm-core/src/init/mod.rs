//! An intent from what exists: for estates that were made before, by Terraform, by hand, or by another program.
//!
//! ```text
//! draft_intent --> Draft { intent, exceptions }
//! ```
//!
//! The intent plans as nothing to do for all accounts but the exceptions. Those are what a plan with it names: accounts that rules take
//! in because most of their unit is onboarded, and accounts that differ from their neighbours.

mod draft;
mod exception;
mod found;
mod recognize;
mod rules;
mod text;

pub use draft::{Draft, draft_intent};
pub use exception::{Exception, ExceptionKind};
