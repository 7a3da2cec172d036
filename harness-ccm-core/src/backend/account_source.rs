use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::account::AccountQuery;
use crate::error::Result;
use crate::listing::Listing;
use crate::selector::Selector;

/// A source of accounts: an AWS organization, a file, a list.
///
/// The test suite of the feature `testing` checks whether a source keeps the contract.
///
/// ```
/// use harness_ccm_core::Result;
/// use harness_ccm_core::prelude::*;
///
/// /// The accounts of our own inventory.
/// #[derive(Debug)]
/// struct Inventory(Vec<Account>);
///
/// #[async_trait]
/// impl AccountSource for Inventory {
///     async fn list_accounts(&self, _query: &AccountQuery) -> Result<Listing> {
///         // The inventory does not have every account of the organization, so the listing is partial.
///         Ok(Listing::partial(self.0.clone()))
///     }
/// }
/// ```
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait AccountSource: fmt::Debug + Send + Sync + 'static {
    /// Lists all accounts.
    ///
    /// **Effect.** None: it only reads.
    ///
    /// **Idempotency.** May be called any number of times; each call lists again.
    ///
    /// **Order and completeness.** Every account of the source, sorted by id, each once, in any state: suspended and closed
    /// accounts too, so that they do not look as if they had left. The result is complete or an error: a listing that was cut
    /// off is an error, never a shorter list, because resources of missing accounts may be removed. A source that deliberately
    /// lists only some accounts says so in [`Listing::is_complete`]. Pages of the service are never visible; an empty page
    /// with a token is not the end. Details that `query` does not request may be filled in anyway.
    ///
    /// **Errors.** [`Denied`](crate::ErrorKind::Denied) if the caller may not list, `Unauthenticated` without valid
    /// credentials, `Throttled` and `Unavailable` after the backend's own retries, `Protocol` for invalid responses,
    /// `Unsupported` if this source cannot know a detail that `query` requests. Effect is always `None`.
    ///
    /// **Cancellation.** Dropping the future stops the listing and has no other effect.
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing>;

    /// Lists the accounts for a caller that needs only those that `to` selects.
    ///
    /// **Effect, idempotency, errors, cancellation.** As [`list_accounts`](Self::list_accounts).
    ///
    /// **Order and completeness.** Every account that `to` may select, with the details that `query` and `to` request. Accounts
    /// that it certainly does not select may be missing, or have no such details, so the listing is partial. If details cost
    /// calls, a source requests only those that can still matter; without this method it would request all of them.
    async fn list_matching(&self, query: &AccountQuery, to: &Selector) -> Result<Listing> {
        Ok(self.list_accounts(&query.and(to.query())).await?.into_partial())
    }
}

macro_rules! forward {
    ($($pointer:ident)+) => {$(
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<T: AccountSource + ?Sized> AccountSource for $pointer<T> {
            async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing> {
                (**self).list_accounts(query).await
            }

            async fn list_matching(&self, query: &AccountQuery, to: &Selector) -> Result<Listing> {
                (**self).list_matching(query, to).await
            }
        }
    )+};
}

forward!(Arc Box);
