//! The handlers of the API, and the rules that they share.

pub(crate) mod access;
pub(crate) mod ccm;
pub(crate) mod connection_test;
pub(crate) mod connectors;
pub(crate) mod iam;
pub(crate) mod listing;
pub(crate) mod overview;
pub(crate) mod routes;

pub(crate) mod rules;
pub(crate) mod token;
pub(crate) mod verdict;
