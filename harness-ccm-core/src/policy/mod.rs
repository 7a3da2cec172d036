//! IAM policy documents as data: parsing, rendering, comparison by meaning, coverage.
//!
//! This module has no knowledge of Harness; the permissions that Harness needs are in [`crate::catalog`].

mod condition;
mod coverage;
mod document;
mod empty_statement;
mod folded;
mod invalid;
pub(crate) mod managed;
mod other_account;
mod parse;
mod pattern;
mod principal;
mod reach;
mod render;
mod statement;
pub(crate) mod trust;

pub(crate) use coverage::counted;
pub use coverage::{Decision, Grants, Permission, PolicyCoverage};
pub use document::PolicyDocument;
pub use empty_statement::{EmptyField, EmptyStatement};
pub use folded::Folded;
pub use invalid::InvalidPolicy;
pub(crate) use managed::{Known, is_attachment_given, known};
pub use principal::{Principal, Principals};
pub use statement::{Actions, Conditions, Resources, Statement, StatementEffect};
pub use trust::TrustFinding;
pub(crate) use trust::{Trusted, external_ids, trust_findings, trusted};
