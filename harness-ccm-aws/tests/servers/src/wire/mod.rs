//! The wire: requests taken apart, answers put together.

pub(crate) mod call;
pub(crate) mod denial;
pub(crate) mod failure;
pub(crate) mod fields;
pub(crate) mod time;
pub(crate) mod xml;
