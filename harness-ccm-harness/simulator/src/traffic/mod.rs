//! The request log, the rate limit and the faults.

pub(crate) mod faults;
pub(crate) mod limiter;
pub(crate) mod log;
