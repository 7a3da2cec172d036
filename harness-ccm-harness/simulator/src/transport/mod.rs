//! HTTP: connections, and the bytes on them.

pub(crate) mod cuttable_stream;
pub(crate) mod reply;
pub(crate) mod response;
pub(crate) mod server;
