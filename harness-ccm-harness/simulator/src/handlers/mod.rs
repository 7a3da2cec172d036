//! What the API does: one file for each kind of request, and what they judge by.

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
