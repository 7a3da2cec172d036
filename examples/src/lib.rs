//! Shared parts of the examples: a small organization with realistic problems, all in memory.

mod sample;

pub use sample::{INTENT, sample_world};
