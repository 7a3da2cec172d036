//! Policy documents: what IAM takes, and whom they allow what.

pub(crate) mod evaluate;
pub(crate) mod syntax;
