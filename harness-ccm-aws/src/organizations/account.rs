use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use harness_ccm_core::account::{Account, AccountQuery};
use harness_ccm_core::backend::AccountSource;
use harness_ccm_core::id::AccountId;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::{Error, ErrorKind, Result};

use super::tree::{self, Tree};
use super::{OrganizationsSource, convert, management, member};
use crate::pacing::Operation;

/// One account of an AWS organization of any size: for programs that receive its id, for example in events of AWS
/// Organizations.
///
/// Its listing is partial, so no resource of another account is removed because that account is missing from it.
///
/// # Calls
///
/// `DescribeAccount`; `ListTagsForResource` if the query requests tags (one more for every further page). If it requests units:
/// none for their ids if AWS returns `Paths`, otherwise one `ListParents` for the account and for each unit above it; for their
/// names one `DescribeOrganizationalUnit` for each.
#[derive(Clone, Debug)]
pub struct OrganizationAccount {
    source: OrganizationsSource,
    id: AccountId,
}

impl OrganizationAccount {
    pub(crate) fn new(source: OrganizationsSource, id: AccountId) -> Self {
        Self { source, id }
    }
}

#[async_trait]
impl AccountSource for OrganizationAccount {
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing> {
        self.source.calls.sessions.run().sign(self.describe(*query).await)
    }
}

impl OrganizationAccount {
    async fn describe(&self, query: AccountQuery) -> Result<Listing> {
        let mut notes = Vec::new();
        match self.source.describe(&self.id, query, &mut notes).await? {
            Some(account) => Ok(Listing::partial([account]).with_notes(notes)),
            None => Err(Error::new(
                ErrorKind::NotFound,
                Operation::DescribeAccount.name(),
                "the account is not in the organization",
            )
            .with_subject(format!("account {}", self.id))
            .with_remedy("check that the credentials belong to the organization that the account is in")),
        }
    }
}

impl OrganizationsSource {
    /// Returns the accounts of these ids that are in the organization.
    pub(super) async fn described(&self, ids: &BTreeSet<AccountId>, query: AccountQuery) -> Result<Listing> {
        let (mut accounts, mut notes) = (Vec::new(), Vec::new());
        for id in ids {
            accounts.extend(self.describe(id, query, &mut notes).await?);
        }
        Ok(Listing::partial(accounts).with_notes(notes))
    }

    /// Returns one account; `None` if it is not in the organization.
    async fn describe(
        &self,
        id: &AccountId,
        query: AccountQuery,
        notes: &mut Vec<String>,
    ) -> Result<Option<Account>> {
        let Some(described) = self.calls.account(id).await? else { return Ok(None) };
        let management = match management(std::slice::from_ref(&described)) {
            Some(management) => management,
            None => self.calls.management().await?,
        };
        let mut account = convert(&described, &management)?;
        self.known.learn(BTreeMap::from([(id.clone(), member(&described, &management))]));
        let mut is_there = true;
        if query.ou_ids || query.ou_paths {
            let paths = BTreeMap::from([(id.clone(), described.paths.unwrap_or_default())]);
            let (mut tree, unplaced) = Tree::from_paths(&paths, notes);
            is_there = unplaced.is_empty() || tree.climb(&self.calls, id).await?;
            if query.ou_paths && is_there && !tree.name_above(&self.calls, id).await? {
                // The path in the response is older than the tree, or the tree is changing.
                tree = Tree::default();
                is_there = tree.climb(&self.calls, id).await?;
                if is_there && !tree.name_above(&self.calls, id).await? {
                    return Err(tree::changed());
                }
            }
            if let Some(units) = tree.place(id) {
                account.ou_path = tree.names(&units);
                account.ou_ids = Some(units);
            }
        }
        if query.tags {
            account.tags = self.calls.tags(id).await?;
            is_there &= account.tags.is_some();
        }
        if !is_there {
            account.doubt = Some("it left the organization while it was described".into());
        }
        Ok(Some(account))
    }
}
