//! Wrappers over any backend.

mod faulty;
mod read_only;

pub use faulty::{Fault, Faulty, When};
pub use read_only::ReadOnly;
