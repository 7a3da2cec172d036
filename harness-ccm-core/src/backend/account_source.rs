use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::account::AccountQuery;
use crate::error::Result;
use crate::listing::Listing;
use crate::selector::Selector;

/// A source of accounts, such as an AWS organization, a file or a list.
///
/// The test suite of the feature `testing` checks whether a source fulfils this contract.
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
    /// **Effect.** None. This method only reads.
    ///
    /// **Idempotency.** A caller may repeat the call. Each call lists the accounts again.
    ///
    /// **Order and completeness.** The result contains every account of the source exactly once, sorted by id. Suspended and
    /// closed accounts are included, because a missing account counts as one that left. The result is complete or an error. A
    /// listing that was cut off is an error and never a shorter list, because resources of missing accounts may be removed. A
    /// source that lists only some accounts on purpose returns a [partial](Listing::partial) listing. The pages of a service are
    /// not visible, and an empty page with a token is not the end. Accounts may have details that `query` does not request.
    ///
    /// **Errors.** [`Denied`](crate::ErrorKind::Denied) if the caller may not list. `Unauthenticated` without valid credentials.
    /// `Throttled` and `Unavailable` after the backend's own retries. `Protocol` for an invalid response. `Unsupported` if the
    /// source cannot provide a detail that `query` requests. The effect is always `None`.
    ///
    /// **Cancellation.** Dropping the future stops the listing and has no other effect.
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing>;

    /// Like [`list_accounts`](Self::list_accounts), but for a caller that needs only the accounts that `to` selects.
    ///
    /// **Order and completeness.** The result contains every account that `to` may select, with the details that `query` and `to`
    /// request. Other accounts may be missing or lack these details, so the listing is partial. A source whose details cost calls
    /// requests only the details that can still matter. The default implementation requests all details of all accounts.
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
