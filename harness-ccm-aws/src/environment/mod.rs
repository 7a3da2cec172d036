//! What the environment says: variables, the profile, and which of them leads to credentials.

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
