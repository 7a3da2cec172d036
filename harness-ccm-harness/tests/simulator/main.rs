//! What the simulator does on the wire, item by item, as plain HTTP shows it.
//!
//! The facts are those of the Harness API reference; none of these tests uses our own client.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod faults;
mod support;
