//! What is noted of requests, and what goes wrong with them.

pub(crate) mod dispatch;
pub(crate) mod fault;
pub(crate) mod faults;
pub(crate) mod log;
pub(crate) mod mishap;
pub(crate) mod reply;
