//! Roles through IAM.

mod policy;
mod provisioner;
mod read;
mod roles;
#[cfg(test)]
mod tests;
mod write;

pub use roles::IamRoles;
pub(crate) use write::ACTIONS;
