//! Which file of a crate uses which, read from its sources. For the tests that hold the structure of this workspace.
//!
//! A file is named by its module: `plan::check` is `src/plan/check.rs`, `plan` is `src/plan.rs` or `src/plan/mod.rs`, and the root
//! of the crate is the empty name. A name that a module exports again leads to the file that defines it. Unit tests do not count.

mod mentions;
mod source;

pub use source::{Source, Use};
