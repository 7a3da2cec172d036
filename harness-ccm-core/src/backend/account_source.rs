use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::Listing;
use crate::error::Result;

/// What an account source is asked for beside id, name and state. Each costs calls where AWS is asked, so nothing is on by
/// default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AccountQuery {
    /// Fill in [`Account::ou_ids`](crate::account::Account::ou_ids).
    pub ou_ids: bool,
    /// Fill in [`Account::ou_path`](crate::account::Account::ou_path), and the ids with it.
    pub ou_paths: bool,
    /// Fill in [`Account::tags`](crate::account::Account::tags).
    pub tags: bool,
}

impl AccountQuery {
    /// Only what comes for free.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for the ids of the organizational units.
    #[must_use]
    pub fn with_ou_ids(mut self) -> Self {
        self.ou_ids = true;
        self
    }

    /// Asks for the names of the organizational units, which costs more than their ids.
    #[must_use]
    pub fn with_ou_paths(mut self) -> Self {
        self.ou_paths = true;
        self
    }

    /// Everything that this query or `other` asks for.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        let Self { ou_ids, ou_paths, tags } = other;
        self.ou_ids |= ou_ids;
        self.ou_paths |= ou_paths;
        self.tags |= tags;
        self
    }

    /// Asks for the tags.
    #[must_use]
    pub fn with_tags(mut self) -> Self {
        self.tags = true;
        self
    }
}

/// Where accounts come from: an AWS organization, a file, a list.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait AccountSource: fmt::Debug + Send + Sync + 'static {
    /// Lists all accounts.
    ///
    /// **Effect.** None: it reads only.
    ///
    /// **Idempotency.** May be called any number of times; each call lists anew.
    ///
    /// **Order and completeness.** Every account of the source, sorted by id, each once, whatever its state: suspended and
    /// closed accounts too, so that nobody takes them for gone. All or an error: a listing that broke off is an error, never a
    /// shorter list, because what is not in it may be removed. A source that lists a part on purpose says so in
    /// [`Listing::whole`]. A page of the service is never visible, an empty page with a
    /// token is not the end. A detail that `query` does not ask for may be filled in all the same.
    ///
    /// **Errors.** [`Denied`](crate::ErrorKind::Denied) if the caller may not list, `Unauthenticated` without good
    /// credentials, `Throttled` and `Unavailable` after the backend's own retries, `Protocol` for answers that make no sense,
    /// `Unsupported` if `query` asks for what this source can not know. Effect is always `None`.
    ///
    /// **Cancellation.** Dropping the future stops the listing and leaves nothing behind.
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing>;
}

macro_rules! forward {
    ($($pointer:ident)+) => {$(
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<T: AccountSource + ?Sized> AccountSource for $pointer<T> {
            async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing> {
                (**self).list_accounts(query).await
            }
        }
    )+};
}

forward!(Arc Box);
