//! The actions of the services.

pub(crate) mod access;
pub(crate) mod iam;
pub(crate) mod organizations;
pub(crate) mod sts;
