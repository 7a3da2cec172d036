//! IAM policy documents as data: parsing, rendering, comparison by meaning, coverage.
//!
//! Nothing here knows of Harness; what Harness needs is in [`crate::catalog`].

mod coverage;
mod document;
mod folded;
mod parse;
mod pattern;
mod principal;
mod render;
mod statement;

pub use coverage::{Coverage, Decision, Grants, Permission};
pub use document::PolicyDocument;
pub use folded::Folded;
pub use parse::InvalidPolicy;
pub use principal::{Principal, Principals};
pub use statement::{Actions, Conditions, Effect, Resources, Statement};
