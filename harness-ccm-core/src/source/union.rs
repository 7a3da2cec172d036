use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use futures_util::future::try_join_all;

use crate::account::{Account, AccountQuery};
use crate::backend::AccountSource;
use crate::error::{ErrorKind, Result};
use crate::id::{AccountId, OrganizationId};
use crate::listing::{Baseline, LeftOut, Listing};
use crate::selector::Selector;
use crate::text::some_of;
use crate::timestamp::Timestamp;

/// Combines the accounts of several sources, such as several organizations.
///
/// Accounts that two sources list are never merged silently. If the records agree, the account counts once, as the first source
/// has it, with a note. If they contradict each other, the account gets a [doubt](Account::doubt), so it is withheld and
/// everything else continues. Small differences do not count: white space around a name, a date next to a time, and tags that
/// only one source has (all of them are used); notes list them. A detail that only one source knows is not a contradiction. A
/// detail that a source cannot know (`Unsupported`) is unknown for its accounts.
///
/// All sources are queried at the same time. If one fails, the union fails, because a listing without that organization would
/// make its accounts look as if they had left.
#[derive(Debug, Default)]
pub struct Union {
    sources: Vec<(String, Box<dyn AccountSource>)>,
}

impl Union {
    /// A union of no sources.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a source with a name for people.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, source: impl AccountSource) -> Self {
        self.sources.push((name.into(), Box::new(source)));
        self
    }
}

#[async_trait]
impl AccountSource for Union {
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing> {
        self.gather(query, None).await
    }

    async fn list_matching(&self, query: &AccountQuery, to: &Selector) -> Result<Listing> {
        Ok(self.gather(query, Some(to)).await?.into_partial())
    }
}

impl Union {
    /// Queries all sources, for the accounts that `to` may select if it is given.
    async fn gather(&self, query: &AccountQuery, to: Option<&Selector>) -> Result<Listing> {
        let asked = self.sources.iter().map(|(name, source)| async move {
            let listed = match to {
                Some(to) => source.list_matching(query, to).await,
                None => source.list_accounts(query).await,
            };
            let listed = match listed {
                // A detail that one source cannot know stays unknown for its accounts; the others are still
                // queried for it.
                Err(error) if error.kind() == ErrorKind::Unsupported => source
                    .list_accounts(&AccountQuery::new())
                    .await
                    .map(|listing| listing.with_note(format!("{}: it counts as unknown", error.message()))),
                other => other,
            };
            listed.map_err(|error| {
                let subject = match error.subject() {
                    "" => format!("the source {name}"),
                    subject => format!("the source {name}: {subject}"),
                };
                error.with_subject(subject)
            })
        });
        let listings = try_join_all(asked).await?;
        let mut merged = Merged::default();
        let (mut complete, mut gaps, mut taken, mut notes) = (true, false, None, Vec::new());
        let mut baseline: Option<Baseline> = None;
        let mut baseline_lost = false;
        let mut left_out: Option<LeftOut> = None;
        for ((name, _), listing) in self.sources.iter().zip(listings) {
            let part = listing.into_parts();
            complete &= part.complete;
            gaps |= part.gaps;
            left_out = Some(match left_out {
                Some(before) => before.and(part.left_out),
                None => part.left_out,
            });
            baseline_lost |= part.baseline_lost;
            taken = [taken, part.taken].into_iter().flatten().min();
            notes.extend(part.notes.into_iter().map(|note| format!("{name}: {note}")));
            baseline = match (baseline, part.baseline) {
                (Some(one), Some(other)) => Some(one.and(other)),
                (one, other) => one.or(other),
            };
            for account in part.accounts {
                merged.add(name, account);
            }
        }
        let Merged { accounts, alike, more_exact, more_tags } = merged;
        for ((first, second), ids) in alike {
            let ids: Vec<_> = ids.iter().map(AccountId::as_str).collect();
            notes.push(format!("listed by {first} and by {second} with the same values: {}", ids.join(", ")));
        }
        if !more_exact.is_empty() {
            notes.push(format!(
                "the joining times of the sources differ by less than two days, and the more exact one is used: {}",
                some_of(&more_exact)
            ));
        }
        if !more_tags.is_empty() {
            notes.push(format!(
                "one source does not have all tags of another one, and all of them are used: {}",
                some_of(&more_tags)
            ));
        }
        if let Some(baseline) = &mut baseline {
            baseline.missing.retain(|id| !accounts.contains_key(id));
        }
        let accounts = accounts.into_values().map(|(_, account)| account);
        let union = if complete { Listing::complete(accounts) } else { Listing::partial(accounts) };
        let union = if gaps { union.with_gaps() } else { union };
        let union = union.with_notes(notes).with_left_out(left_out.unwrap_or_default());
        let union = taken.into_iter().fold(union, Listing::with_taken);
        let union = baseline.into_iter().fold(union, Listing::with_baseline);
        Ok(if baseline_lost { union.with_lost_baseline() } else { union })
    }
}

#[derive(Default)]
struct Merged<'a> {
    /// Each account, with the first source that lists it.
    accounts: BTreeMap<AccountId, (&'a str, Account)>,
    alike: BTreeMap<(&'a str, &'a str), Vec<AccountId>>,
    /// Accounts whose joining times differ only in precision.
    more_exact: BTreeSet<AccountId>,
    /// Accounts for which one source has tags that another one does not have.
    more_tags: BTreeSet<AccountId>,
}

impl<'a> Merged<'a> {
    fn add(&mut self, source: &'a str, account: Account) {
        match self.accounts.entry(account.id.clone()) {
            Entry::Vacant(vacant) => {
                vacant.insert((source, account));
            }
            Entry::Occupied(mut occupied) => {
                let (first, known) = occupied.get_mut();
                let differences = contradictions(known, &account);
                if differences.is_empty() {
                    if let (Some(one), Some(other)) = (known.joined, account.joined)
                        && one != other
                    {
                        known.joined = Some(more_exact(one, other));
                        self.more_exact.insert(account.id.clone());
                    }
                    if let (Some(one), Some(other)) = (&mut known.tags, &account.tags)
                        && one != other
                        && known.tag_keys.is_none()
                        && account.tag_keys.is_none()
                    {
                        one.extend(other.clone());
                        self.more_tags.insert(account.id.clone());
                    }
                    self.alike.entry((first, source)).or_default().push(account.id);
                    // A doubt of either source is kept.
                    known.doubt = known.doubt.take().or(account.doubt);
                } else {
                    let doubt =
                        format!("the sources {first} and {source} disagree: {}", differences.join(", "));
                    known.doubt = Some(match known.doubt.take() {
                        Some(before) => format!("{before}; {doubt}"),
                        None => doubt,
                    });
                }
            }
        }
    }
}

/// Times that differ by less than this count as one: a date next to a time, or a time without its offset.
const TWO_DAYS: u64 = 2 * 24 * 60 * 60;

/// The time that is not only a date; the first if both are or neither is.
fn more_exact(one: Timestamp, other: Timestamp) -> Timestamp {
    let is_date = |time: Timestamp| time.as_unix_seconds() % (24 * 60 * 60) == 0;
    if is_date(one) { other } else { one }
}

/// The values in which two records of one account contradict each other.
fn contradictions(one: &Account, other: &Account) -> Vec<String> {
    fn both<T: PartialEq + std::fmt::Debug>(
        what: &str,
        one: Option<&T>,
        other: Option<&T>,
        found: &mut Vec<String>,
    ) {
        if let (Some(one), Some(other)) = (one, other)
            && one != other
        {
            found.push(format!("{what} {one:?} and {other:?}"));
        }
    }
    let Account {
        id: _,
        name,
        state,
        management,
        partition,
        ou_path,
        ou_ids,
        tags,
        tag_keys: _,
        joined,
        payer,
        organization,
        doubt: _,
    } = one;
    let mut found = Vec::new();
    both("the name is", Some(&name.trim()), Some(&other.name.trim()), &mut found);
    both("the state is", Some(&state.as_str()), Some(&other.state.as_str()), &mut found);
    both("management account is", management.as_ref(), other.management.as_ref(), &mut found);
    both("the partition is", Some(&partition.as_str()), Some(&other.partition.as_str()), &mut found);
    both("the organizational unit is", ou_path.as_ref(), other.ou_path.as_ref(), &mut found);
    both("the ids of the organizational units are", ou_ids.as_ref(), other.ou_ids.as_ref(), &mut found);
    // A key that only one source has is not a contradiction: a list rarely has all tags.
    if let (Some(tags), Some(others)) = (tags, &other.tags) {
        for (key, value) in tags {
            both(&format!("the tag {key:?} is"), Some(value), others.get(key), &mut found);
        }
    }
    if let (Some(one), Some(other)) = (joined, other.joined)
        && one.as_unix_seconds().abs_diff(other.as_unix_seconds()) >= TWO_DAYS
    {
        found.push(format!("it joined \"{one}\" and \"{other}\""));
    }
    let payers = [payer, &other.payer].map(|payer| payer.as_ref().map(AccountId::as_str));
    let organizations = [organization, &other.organization].map(|id| id.as_ref().map(OrganizationId::as_str));
    both("the organization is", organizations[0].as_ref(), organizations[1].as_ref(), &mut found);
    both("the payer is", payers[0].as_ref(), payers[1].as_ref(), &mut found);
    found
}
