//! Account sources that break one rule each.

use async_trait::async_trait;
use harness_ccm_core::Result;
use harness_ccm_core::prelude::*;

use crate::world;

/// The fault of a source.
#[derive(Clone, Copy, Debug)]
enum Lie {
    /// One account is in the listing twice.
    Twice,
    /// The tags of one account are missing.
    TagsOfSome,
    /// A selected account is missing from a listing for a selection.
    LeavesOut,
}

#[derive(Debug)]
struct WrongSource(Lie);

/// A source whose fault the case with this name must notice.
pub(crate) fn wrong(case: &str) -> Option<impl AccountSource> {
    Some(WrongSource(match case {
        "all_are_listed_once_and_in_order" => Lie::Twice,
        "details_are_known_of_all_or_refused" => Lie::TagsOfSome,
        "those_that_a_selector_may_select_are_listed" => Lie::LeavesOut,
        _ => return None,
    }))
}

#[async_trait]
impl AccountSource for WrongSource {
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing> {
        let mut accounts = world().accounts().list_accounts(&AccountQuery::new()).await?.accounts().to_vec();
        for account in &mut accounts {
            *account = account.clone().with_ou_path([""; 0]).with_ou_ids([""; 0]).with_tags([("", ""); 0]);
        }
        match self.0 {
            Lie::Twice => accounts.push(accounts[0].clone()),
            Lie::TagsOfSome if query.tags => accounts[1].tags = None,
            Lie::TagsOfSome | Lie::LeavesOut => {}
        }
        Ok(Listing::complete(accounts))
    }

    async fn list_matching(&self, query: &AccountQuery, to: &Selector) -> Result<Listing> {
        let listing = self.list_accounts(&query.and(to.query())).await?;
        Ok(match self.0 {
            Lie::LeavesOut => listing.filter(|account| account.management == Some(true)),
            Lie::Twice | Lie::TagsOfSome => listing.into_partial(),
        })
    }
}
