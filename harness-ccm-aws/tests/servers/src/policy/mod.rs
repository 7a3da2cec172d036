//! Policy documents: what IAM accepts, and who may do what.

pub(crate) mod evaluate;
pub(crate) mod syntax;
