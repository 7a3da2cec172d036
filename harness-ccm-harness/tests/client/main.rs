//! The client against the simulator, over real HTTP on the loopback interface.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod endpoints;
mod faults;
mod life;
mod listing;
mod manners;
mod network;
mod odd_records;
mod pacing;
mod reach;
mod round_trip;
mod seeds;
mod support;
mod tls;
mod view;
