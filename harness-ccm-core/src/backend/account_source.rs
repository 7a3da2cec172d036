use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::account::AccountQuery;
use crate::error::Result;
use crate::listing::Listing;
use crate::selector::Selector;

/// Where accounts come from: an AWS organization, a file, a list.
///
/// The test suite of the feature `testing` says whether a source keeps the contract.
///
/// ```
/// use harness_ccm_core::Result;
/// use harness_ccm_core::prelude::*;
///
/// /// The accounts that an inventory of our own knows.
/// #[derive(Debug)]
/// struct Inventory(Vec<Account>);
///
/// #[async_trait]
/// impl AccountSource for Inventory {
///     async fn list_accounts(&self, _query: &AccountQuery) -> Result<Listing> {
///         // Not every account of the organization is in it, so nobody may take what it lacks for gone.
///         Ok(Listing::partial(self.0.clone()))
///     }
/// }
/// ```
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
    /// [`Listing::is_complete`]. A page of the service is never visible, an empty page with a
    /// token is not the end. A detail that `query` does not ask for may be filled in anyway.
    ///
    /// **Errors.** [`Denied`](crate::ErrorKind::Denied) if the caller may not list, `Unauthenticated` without good
    /// credentials, `Throttled` and `Unavailable` after the backend's own retries, `Protocol` for answers that make no sense,
    /// `Unsupported` if `query` asks for what this source cannot know. Effect is always `None`.
    ///
    /// **Cancellation.** Dropping the future stops the listing and leaves nothing behind.
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing>;

    /// Lists the accounts for somebody who looks only at those that `to` selects.
    ///
    /// **Effect, idempotency, errors, cancellation.** As [`list_accounts`](Self::list_accounts).
    ///
    /// **Order and completeness.** Every account that `to` may select, with the details that `query` and `to` ask for. Accounts
    /// that it certainly does not select may be missing, or lack those details, so nobody may take the listing for more than a part.
    /// A source to which details cost calls asks for them where they still can matter; without this method it would ask for all.
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
