//! IAM policy documents as data: parsing, rendering, comparison by meaning, coverage.
//!
//! Nothing here knows of Harness; what Harness needs is in [`crate::catalog`].

mod condition;
mod coverage;
mod document;
mod empty_statement;
mod folded;
mod invalid;
mod managed;
mod other_account;
mod parse;
mod pattern;
mod principal;
mod reach;
mod render;
mod statement;
mod trust;

pub use coverage::{Decision, Grants, Permission, PolicyCoverage, counted};
pub use document::PolicyDocument;
pub use empty_statement::{EmptyField, EmptyStatement};
pub use folded::Folded;
pub use invalid::InvalidPolicy;
pub use managed::{Known, is_attachment_given, known};
pub use principal::{Principal, Principals};
pub use statement::{Actions, Conditions, Resources, Statement, StatementEffect};
pub(crate) use trust::external_ids;
pub use trust::{TrustFinding, Trusted, trust_findings, trusted};
