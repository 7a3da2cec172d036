//! Reads the environment: variables, the profile, and the source of credentials to which they lead.

mod chain;
mod files;
mod form;
mod ini;
mod load;
mod process;
mod profile;
mod provider;
mod settings;
mod source;
#[cfg(test)]
mod tests;
mod variables;

pub(crate) use load::{Loaded, load};
pub(crate) use source::CredentialSource;
