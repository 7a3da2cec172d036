//! What there is: the organization, its accounts with their IAM, and who may call.

pub(crate) mod account;
pub(crate) mod cloud;
pub(crate) mod iam;
pub(crate) mod organization;
pub(crate) mod past;
pub(crate) mod principal;
pub(crate) mod tags;
