//! Onboarding through the client against the simulator, which judges connection tests by roles in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod commitments;
mod names;
mod policies;
mod principals;
mod reports;
mod support;
