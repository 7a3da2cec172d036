//! Determines which file of a crate uses which, from the sources. For the tests of the structure of this workspace.
//!
//! A file is named after its module: `plan::check` is `src/plan/check.rs`, `plan` is `src/plan.rs` or `src/plan/mod.rs`, and the
//! root of the crate is the empty name. A re-exported name leads to the file that defines it. Unit tests do not count.

mod mentions;
mod source;

pub use source::{Source, Use};
