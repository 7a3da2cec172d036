//! What the examples share: a small organization with realistic trouble, all in memory.

mod sample;

pub use sample::{INTENT, sample_world};
