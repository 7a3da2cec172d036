//! Retries. Callers name the kind of call; [`policy`](self::policy) has the table of kinds.
//!
//! `requests.rs` retries one request. `write_attempts.rs` counts the tries of a write that is read back. `outage.rs` ends the
//! retries of a client whose endpoint does not come back.

mod outage;
mod policy;
mod requests;
mod write_attempts;

pub(crate) use outage::Outage;
pub(crate) use policy::{CallKind, LONGEST_RETRY_AFTER, Next, RetrySettings, next};
pub(crate) use requests::send;
pub(crate) use write_attempts::WriteAttempts;
