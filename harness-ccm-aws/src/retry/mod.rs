//! Retries. Callers name the kind of call; [`policy`](self::policy) has the table of kinds.
//!
//! `requests.rs` gives the table to the SDK, which retries requests. `retrier.rs` repeats calls of more than one request.

mod policy;
mod requests;
mod retrier;

pub(crate) use policy::{CallKind, WRITTEN_LATELY};
pub(crate) use requests::{Classifier, partition, retry_config, time_limits};
pub(crate) use retrier::{Retrier, Tries};
