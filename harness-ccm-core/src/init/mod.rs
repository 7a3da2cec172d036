//! Makes an intent from existing resources that Terraform, a person or another program created.
//!
//! ```text
//! draft_intent --> Draft { intent, exceptions }
//! ```
//!
//! The plan of the intent changes nothing, except for the exceptions: accounts that a rule selects because most of their unit is
//! onboarded, and accounts that differ from the rest of their unit.

mod draft;
mod exception;
mod found;
mod recognize;
mod rules;
mod text;

pub use draft::{Draft, draft_intent};
pub use exception::{Exception, ExceptionKind};
