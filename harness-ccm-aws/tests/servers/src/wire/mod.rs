//! The wire format: parses requests and builds responses.

pub(crate) mod call;
pub(crate) mod denial;
pub(crate) mod failure;
pub(crate) mod fields;
pub(crate) mod time;
pub(crate) mod xml;
