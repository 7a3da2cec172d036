//! The log of requests, and their faults.

pub(crate) mod dispatch;
pub(crate) mod fault;
pub(crate) mod faults;
pub(crate) mod log;
pub(crate) mod mishap;
pub(crate) mod reply;
