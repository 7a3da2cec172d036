//! What is noted of requests, and what may keep them from the rest.

pub(crate) mod faults;
pub(crate) mod limiter;
pub(crate) mod log;
