//! Policy documents: those that IAM accepts, and the permissions that they grant.

pub(crate) mod evaluate;
pub(crate) mod syntax;
