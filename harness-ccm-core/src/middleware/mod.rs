//! Wrappers over any backend.

mod faulty;
mod read_only;

pub use faulty::{FaultTiming, Faulty, WriteFault};
pub use read_only::ReadOnly;
