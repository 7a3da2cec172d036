//! What the examples share: a small organization with realistic trouble, all in memory.

mod sample;

pub use sample::{INTENT, sample_world};

/// The program of README.md, which has to compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
