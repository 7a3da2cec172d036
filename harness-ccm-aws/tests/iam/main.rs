//! IAM's real behaviour, through the real SDK: an AWS in this process that behaves like IAM where other backends are simpler.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up fails")]

mod boundary;
mod denied;
mod lag;
mod lenient;
mod names;
mod new_account;
mod policies;
mod run;
mod search;
mod support;
mod tags;
