//! HTTP: connections, requests and responses.

pub(crate) mod cuttable_stream;
pub(crate) mod reply;
pub(crate) mod response;
pub(crate) mod server;
