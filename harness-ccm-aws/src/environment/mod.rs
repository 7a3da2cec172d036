//! What the environment says: variables, the profile, and which of them leads to credentials.

mod identity_center;
mod load;
mod profile;
mod source;
mod variables;

pub(crate) use load::{Loaded, load};
pub(crate) use source::CredentialSource;
