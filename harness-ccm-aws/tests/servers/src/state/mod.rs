//! The state: the organization, its accounts with their IAM, and the callers.

pub(crate) mod account;
pub(crate) mod cloud;
pub(crate) mod iam;
pub(crate) mod organization;
pub(crate) mod past;
pub(crate) mod principal;
pub(crate) mod tags;
