use async_trait::async_trait;

use crate::account::AccountQuery;
use crate::backend::AccountSource;
use crate::error::Result;
use crate::listing::Listing;
use crate::selector::{Match, Selector};

/// A source that returns some of the accounts of another source.
///
/// Its listing is partial: accounts outside it have not left, so nothing is ever removed because they are missing. Accounts
/// that may be [missing](Listing::with_gaps) from the other source may be missing here too, unless they are outside.
/// If the source does not know enough about an account to decide, the account is included, in
/// [doubt](crate::account::Account::doubt).
///
/// ```
/// use harness_ccm_core::prelude::*;
/// use harness_ccm_core::source::Restricted;
///
/// # futures_executor::block_on(async {
/// # let world = World::new([Account::new("123456789012".parse()?, "web"), Account::new("210987654321".parse()?, "data")]);
/// let pilot = Restricted::new(world.accounts(), Selector::all().with_name("web*"));
/// let listing = pilot.list_accounts(&AccountQuery::new()).await?;
/// assert_eq!(listing.accounts().len(), 1);
/// assert!(!listing.is_complete());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Restricted<S> {
    inner: S,
    to: Selector,
}

impl<S: AccountSource> Restricted<S> {
    /// Restricts `inner` to the accounts that `to` selects.
    pub fn new(inner: S, to: Selector) -> Self {
        Self { inner, to }
    }
}

#[async_trait]
impl<S: AccountSource> AccountSource for Restricted<S> {
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing> {
        let listing = self.inner.list_matching(query, &self.to).await?.into_parts();
        let before = listing.accounts.len();
        let (mut accounts, mut left_out) = (listing.accounts, listing.left_out);
        self.to.accounts.iter().for_each(|ids| left_out.add_all_but(ids));
        accounts.retain_mut(|account| match self.to.evaluate(account) {
            Match::Yes => true,
            Match::No => {
                left_out.add(account);
                false
            }
            Match::Unknown => {
                account.doubt.get_or_insert_with(|| {
                    "too little is known of it to tell whether it belongs here".into()
                });
                true
            }
        });
        let note = format!("restricted to {} of {before} accounts", accounts.len());
        let restricted = Listing::partial(accounts).with_notes(listing.notes).with_note(note);
        let restricted = restricted.with_left_out(left_out);
        let restricted = if listing.gaps { restricted.with_gaps() } else { restricted };
        let restricted = listing.taken.into_iter().fold(restricted, Listing::with_taken);
        let restricted = listing.baseline.into_iter().fold(restricted, Listing::with_baseline);
        Ok(if listing.baseline_lost { restricted.with_lost_baseline() } else { restricted })
    }
}
