//! HTTP: connections, and what goes over them.

pub(crate) mod cuttable_stream;
pub(crate) mod reply;
pub(crate) mod response;
pub(crate) mod server;
