//! The AWS in this process, through the real clients of the SDK: each action, each error, each fault.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod access;
mod clock;
mod faults;
mod iam_policies;
mod iam_roles;
mod lag;
mod log;
mod organizations;
mod quotas;
mod sts;
mod support;
mod tags;
