//! The behaviour of the simulator over HTTP, item by item. These tests are the specification for the client.
//!
//! The facts are those of the Harness API reference. None of these tests uses our own client. A test is named after its item:
//!
//! | items | file |
//! |---|---|
//! | 1 addresses, 2 keys, 3 envelopes, 13 unreadable bodies | `envelope.rs` |
//! | 4 checks, 5 normalisation, 6 a new connector, 7 update, 9 removal, 12 duplicates, 17 concurrency | `writing.rs` |
//! | 8 reading, 10 `listV2`, 11 other lists, 20 other types | `reading.rs` |
//! | 6 and 14 connection tests | `connection_tests.rs`, `verdicts.rs` |
//! | 15 faults | `faults.rs` |
//! | 16 rate limit | `limits.rs` |
//! | 18 CCM's own API | `ccm.rs` |
//! | 19 newer servers, 21 control | `control.rs` |

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod ccm;
mod connection_tests;
mod control;
mod envelope;
mod faults;
mod limits;
mod reading;
mod support;
mod verdicts;
mod writing;
