//! Accounts of an AWS organization.

mod account;
mod calls;
mod tree;

pub use account::OrganizationAccount;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{Account as Listed, AccountJoinedMethod};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use harness_ccm_core::account::{Account, AccountQuery, AccountState};
use harness_ccm_core::backend::AccountSource;
use harness_ccm_core::id::{AccountId, OrganizationId, Partition};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::route::Hop;
use harness_ccm_core::selector::{Match, Selector};
use harness_ccm_core::text::number_of;
use harness_ccm_core::timestamp::Timestamp;
use harness_ccm_core::{Error, ErrorKind, Result};

use self::calls::Calls;
use self::tree::Tree;
use crate::known::{Known, Member};
use crate::pacing::{Operation, Pacer};
use crate::sessions::Sessions;

const LIST: &str = Operation::ListAccounts.name();

/// The number of concurrent requests for tags: enough to use the published rate of ten per second.
const TAGS_AT_ONCE: usize = 8;

/// The maximum number of accounts that are described one by one: as many as a page of the listing has, and most organizations
/// have more pages.
const DESCRIBED_AT_MOST: usize = 20;

/// The accounts of an AWS organization.
///
/// The caller must be the management account or a delegated administrator, or must name a role of theirs with
/// [`AwsBackend::with_listing_role`](crate::AwsBackend::with_listing_role).
///
/// # Calls
///
/// - `ListAccounts` for every 20 accounts; the management account's id is in their ARNs. Only if it is not,
///   `DescribeOrganization` once.
/// - Tags, if the query requests them: one `ListTagsForResource` for every account (one more for every further page).
/// - The units' ids, if the query requests them: none if AWS returns `Paths`. Their names: one
///   `ListOrganizationalUnitsForParent` for the root and for each unit that contains another with accounts below it (one more
///   for every 20 units in it).
/// - Where `Paths` is empty or not understood, the tree is walked instead, each level only as long as accounts are missing:
///   `ListRoots`, one `ListAccountsForParent` for each node down to the deepest account, one `ListOrganizationalUnitsForParent` for
///   each node above it; or `ListParents` for the accounts that are missing, once these are fewer than the nodes to visit.
///
/// If it lists only the accounts that a [`Selector`] selects, as for [`Restricted`](harness_ccm_core::source::Restricted), it
/// requests tags only if the rest of the selector does not rule an account out; and if the selector names few accounts, it
/// [describes those](OrganizationAccount) and lists nothing.
///
/// All calls are paced to the published rates, see [`Pacing`](crate::Pacing).
#[derive(Clone, Debug)]
pub struct OrganizationsSource {
    calls: Calls,
    known: Known,
}

impl OrganizationsSource {
    pub(crate) fn new(
        client: Client,
        sessions: Sessions,
        through: Option<Hop>,
        pacer: Arc<Pacer>,
        known: Known,
    ) -> Self {
        Self { calls: Calls { client, sessions, through, pacer }, known }
    }

    /// Adds the units.
    async fn place(
        &self,
        accounts: &mut BTreeMap<AccountId, Account>,
        paths: &BTreeMap<AccountId, Vec<String>>,
        query: AccountQuery,
        notes: &mut Vec<String>,
    ) -> Result<()> {
        let (mut tree, unplaced) = Tree::from_paths(paths, notes);
        let mut gone = BTreeSet::new();
        if query.ou_ids || query.ou_paths {
            let by_paths = unplaced.len() < paths.len();
            gone = tree.find(&self.calls, unplaced).await?;
            if query.ou_paths && !tree.name(&self.calls).await? {
                if !by_paths {
                    return Err(tree::changed());
                }
                notes.push(
                    "the accounts' paths contradict the organizational units: the organization is queried instead".into(),
                );
                tree = Tree::default();
                gone = tree.find(&self.calls, paths.keys().cloned().collect()).await?;
                if !tree.name(&self.calls).await? {
                    return Err(tree::changed());
                }
            }
        }
        for account in accounts.values_mut() {
            if gone.contains(&account.id) {
                account.doubt = Some("it left the organization while this was listed".into());
            }
            if let Some(units) = tree.place(&account.id) {
                account.ou_path = tree.names(&units);
                account.ou_ids = Some(units);
            }
        }
        Ok(())
    }

    /// Adds the tags of the accounts that `to` may select: of closed accounts too, because without tags a rule by tags could
    /// not determine which connectors to remove.
    async fn tag(&self, accounts: &mut BTreeMap<AccountId, Account>, to: &Selector) -> Result<()> {
        let may_match = accounts.values().filter(|account| to.evaluate(account) != Match::No);
        let asked: Vec<_> = may_match.map(|account| account.id.clone()).collect();
        let tags: Vec<_> = stream::iter(asked)
            .map(|id| async move {
                let tags = self.calls.tags(&id).await?;
                Ok((id, tags))
            })
            .buffered(TAGS_AT_ONCE)
            .try_collect()
            .await?;
        for (id, tags) in tags {
            if let Some(account) = accounts.get_mut(&id) {
                if tags.is_none() {
                    account.doubt = Some("it left the organization while this was listed".into());
                }
                account.tags = tags;
            }
        }
        Ok(())
    }
}

/// The field `State`, otherwise the older `Status`. An unknown state stays unknown: it never counts as active.
fn state(listed: &Listed) -> AccountState {
    let word = listed
        .state
        .as_ref()
        .map(aws_sdk_organizations::types::AccountState::as_str)
        .or_else(|| listed.status.as_ref().map(aws_sdk_organizations::types::AccountStatus::as_str));
    AccountState::from(word.unwrap_or_default().to_owned())
}

/// The organization's management account: the ARNs of all its accounts belong to it.
fn management(listed: &[Listed]) -> Option<AccountId> {
    let mut owners =
        listed.iter().map(|account| account.arn.as_deref().unwrap_or_default().split(':').nth(4));
    let first = owners.next()?;
    if owners.all(|owner| owner == first) { first?.parse().ok() } else { None }
}

/// The organization in an account's ARN, `arn:aws:organizations::<management>:account/<organization>/<id>`.
fn organization(arn: &str) -> Option<OrganizationId> {
    arn.split(':').nth(5)?.strip_prefix("account/")?.split('/').next()?.parse().ok()
}

fn convert(listed: &Listed, management: &AccountId) -> Result<Account> {
    let id: AccountId = listed.id.as_deref().unwrap_or_default().parse().map_err(|error| {
        Error::new(ErrorKind::Protocol, LIST, "an account in the listing has no valid id").with_source(error)
    })?;
    let partition = listed.arn.as_deref().and_then(|arn| arn.split(':').nth(1)?.parse::<Partition>().ok());
    let mut account = Account::new(id, listed.name.clone().unwrap_or_default())
        .with_partition(partition.unwrap_or_default())
        .with_state(state(listed))
        .with_payer(management.clone());
    if partition.is_none() {
        account.doubt = Some("AWS returns no ARN of the account with its partition".into());
    }
    account.organization = listed.arn.as_deref().and_then(organization);
    account.joined = listed.joined_timestamp.and_then(|time| Timestamp::from_unix_seconds(time.secs()).ok());
    Ok(if account.id == *management { account.as_management() } else { account })
}

/// The doubt about the listing because of accounts without a valid id, if there are any.
fn left_out(odd: &[Listed]) -> Option<String> {
    let first = odd.first()?;
    let (id, name) = (first.id.as_deref().unwrap_or_default(), first.name.as_deref().unwrap_or_default());
    Some(format!(
        "left out, since they have no AWS account id, so the listing is partial: {}, such as {:?} with the id {:?}",
        number_of(odd.len(), "account"),
        shortened(name),
        shortened(id),
    ))
}

/// A text from outside of any length, shortened.
fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}

fn member(listed: &Listed, management: &AccountId) -> Member {
    let invited = match &listed.joined_method {
        Some(AccountJoinedMethod::Invited) => Some(true),
        Some(AccountJoinedMethod::Created) => Some(false),
        _ => None,
    };
    let joined = listed.joined_timestamp.and_then(|time| SystemTime::try_from(time).ok());
    Member { management: management.clone(), state: state(listed), invited, joined }
}

#[async_trait]
impl AccountSource for OrganizationsSource {
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing> {
        self.calls.sessions.run().sign(self.list(*query, &Selector::all()).await)
    }

    async fn list_matching(&self, query: &AccountQuery, to: &Selector) -> Result<Listing> {
        self.calls.sessions.run().sign(self.matching(query.and(to.query()), to).await)
    }
}

impl OrganizationsSource {
    async fn matching(&self, query: AccountQuery, to: &Selector) -> Result<Listing> {
        match &to.accounts {
            Some(ids) if ids.len() <= DESCRIBED_AT_MOST => self.described(ids, query).await,
            _ => Ok(self.list(query, to).await?.into_partial()),
        }
    }

    /// Lists every account, with the details of those that `to` may select.
    async fn list(&self, query: AccountQuery, to: &Selector) -> Result<Listing> {
        let listed = self.calls.accounts().await?;
        let management = match management(&listed) {
            Some(management) => management,
            None => self.calls.management().await?,
        };
        let mut accounts = BTreeMap::new();
        let (mut members, mut paths) = (BTreeMap::new(), BTreeMap::new());
        let mut odd = Vec::new();
        for listed in listed {
            let Ok(account) = convert(&listed, &management) else {
                odd.push(listed);
                continue;
            };
            members.insert(account.id.clone(), member(&listed, &management));
            paths.insert(account.id.clone(), listed.paths.unwrap_or_default());
            accounts.insert(account.id.clone(), account);
        }
        if !accounts.contains_key(&management) {
            return Err(Error::new(
                ErrorKind::Protocol,
                LIST,
                format!("the listing is not complete: the management account {management} is not in it"),
            ));
        }
        self.known.learn(members);
        let mut notes = Vec::new();
        self.place(&mut accounts, &paths, query, &mut notes).await?;
        if query.tags {
            self.tag(&mut accounts, to).await?;
        }
        let accounts = accounts.into_values();
        let listing = match left_out(&odd) {
            None => Listing::complete(accounts),
            // Any account may be the missing one.
            Some(note) => Listing::partial(accounts).with_note(note),
        };
        Ok(notes.into_iter().fold(listing, Listing::with_note))
    }
}
