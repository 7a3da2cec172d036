//! What is tried again. Callers name the kind of call; [`policy`](self::policy) has the table of kinds.
//!
//! `requests.rs` gives the table to the SDK, which sends requests again. `retrier.rs` repeats what takes more than one request.

mod policy;
mod requests;
mod retrier;

pub(crate) use policy::{CallKind, WRITTEN_LATELY};
pub(crate) use requests::{Classifier, partition, retry_config, time_limits};
pub(crate) use retrier::{Retrier, Tries};
