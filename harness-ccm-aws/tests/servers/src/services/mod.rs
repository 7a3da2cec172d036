//! What the services do with a request.

pub(crate) mod access;
pub(crate) mod iam;
pub(crate) mod organizations;
pub(crate) mod sts;
