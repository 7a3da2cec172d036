use std::collections::{BTreeMap, BTreeSet};

use super::cloud::{Cloud, Word};
use super::foreign::Form;
use super::invalid::{Place, wrong};
use super::note::Note;
use super::record::{Draft, Reading};
use super::remark::Remark;
use super::times::TimeText;
use super::value::shown;
use super::{InvalidAccounts, NO_ACCOUNT, tags, units};
use crate::account::{Account, AccountState};
use crate::id::AccountId;
use crate::listing::Listing;

/// The accounts of a list while it is read, and the notes about it.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    drafts: BTreeMap<AccountId, (Draft, u64)>,
    other_clouds: BTreeMap<String, Vec<u64>>,
    totals: Vec<u64>,
    no_id: Vec<(u64, String)>,
    repeated: Vec<AccountId>,
    padded: Vec<(AccountId, Place)>,
    /// The line of the first id that kept its leading zero.
    zero_kept: Option<u64>,
    /// Whether a row says that it is an AWS account.
    has_aws: bool,
    /// Whether a row says that it is of another cloud.
    names_others: bool,
    /// The first word that does not name one cloud, with its place.
    unclear_cloud: Option<(Word, Place)>,
    /// The place of the first account whose cloud is empty.
    empty_cloud: Option<Place>,
    remarks: BTreeMap<Remark, Vec<(AccountId, u64)>>,
}

impl Gathered {
    /// Whether the list has this account.
    pub(super) fn has(&self, id: &AccountId) -> bool {
        self.drafts.contains_key(id)
    }

    pub(super) fn add(&mut self, reading: Reading, place: Place) -> Result<(), InvalidAccounts> {
        let line = place.0;
        match reading {
            Reading::OtherCloud(name) => {
                self.names_others = true;
                self.other_clouds.entry(name).or_default().push(line);
            }
            Reading::OfAzure => self.other_clouds.entry("Azure".into()).or_default().push(line),
            Reading::Total => self.totals.push(line),
            Reading::NoId(begins) => self.no_id.push((line, begins)),
            Reading::Account(draft) => {
                let id = draft.account.id.clone();
                for padded in &draft.padded {
                    self.padded.push((padded.clone(), place));
                }
                if !draft.padded.contains(&id) && id.as_str().starts_with('0') {
                    self.zero_kept.get_or_insert(line);
                }
                match &draft.cloud {
                    Some(Cloud::Aws) => self.has_aws = true,
                    Some(Cloud::Unclear(word, place)) => {
                        self.unclear_cloud.get_or_insert_with(|| (word.clone(), *place));
                    }
                    Some(Cloud::Empty(place)) => drop(self.empty_cloud.get_or_insert(*place)),
                    Some(Cloud::Other(_)) | None => {}
                }
                for remark in &draft.remarks {
                    self.remarks.entry(*remark).or_default().push((id.clone(), line));
                }
                match self.drafts.get(&id) {
                    Some((before, _)) if before.account == draft.account => self.repeated.push(id),
                    Some((_, before)) => {
                        let problem =
                            format!("account {id} is already in line {before}, with other values: keep one");
                        return Err(wrong(place, problem));
                    }
                    None => drop(self.drafts.insert(id, (*draft, line))),
                }
            }
        }
        Ok(())
    }

    /// Completes the list. `tag_columns` are the tags that have a column each, if there is no column for all
    /// tags.
    pub(super) fn finish(
        self,
        form: Form,
        tag_columns: Option<Vec<String>>,
        mut notes: Vec<Note>,
        end: Place,
    ) -> Result<Listing, InvalidAccounts> {
        notes.extend(self.refuse_unclear_clouds()?);
        let Self { drafts, other_clouds, totals, no_id, repeated, padded, zero_kept, remarks, .. } = self;
        let skipped = other_clouds.values().map(Vec::len).sum::<usize>() + totals.len() + no_id.len();
        if drafts.is_empty() {
            let problem = match skipped {
                0 => NO_ACCOUNT.to_owned(),
                rows => format!("{NO_ACCOUNT}; {rows} rows are not AWS accounts, or have no account id"),
            };
            return Err(wrong(end, problem));
        }
        if let (Some((id, place)), Some(zero)) = (padded.first(), zero_kept) {
            let digits = id.as_str().trim_start_matches('0');
            let problem = format!(
                "{digits} has {} digits, an AWS account id has 12. A spreadsheet did not remove its zeros: the id in line {zero} still has its leading zero",
                digits.len()
            );
            return Err(wrong(*place, problem));
        }
        let states_are_known = drafts.values().any(|(draft, _)| draft.has_state);
        let (mut unreadable, mut assumed, mut texts) = (Vec::new(), Vec::new(), BTreeSet::new());
        let roles: BTreeMap<AccountId, bool> =
            drafts.iter().filter_map(|(id, (draft, _))| Some((id.clone(), draft.role?))).collect();
        let mut accounts = Vec::with_capacity(drafts.len());
        for (id, (draft, line)) in drafts {
            let mut account = draft.account;
            // AWS always prints the state, so a record without it was changed. A user's own list may leave it
            // out.
            if !draft.has_state && (states_are_known || form == Form::Json && draft.has_arn) {
                account.state = AccountState::Unknown(String::new());
            }
            match draft.time {
                Some(TimeText::Unreadable) => unreadable.push((id.clone(), line)),
                Some(TimeText::AssumedUtc(_)) => assumed.push(id.clone()),
                Some(TimeText::Known(_)) | None => {}
            }
            if draft.path_was_text {
                texts.insert(id);
            }
            accounts.push(account);
        }
        if !padded.is_empty() {
            let lines = padded.iter().map(|(id, (line, _))| (id.clone(), *line)).collect::<BTreeSet<_>>();
            notes.push(Note::Padded(lines.into_iter().collect()));
        }
        notes.extend(payer_by_type(&mut accounts, &roles));
        let of_units = Note::of_units(units::settle(&mut accounts, &texts));
        let complete = no_id.is_empty();
        notes.extend(
            [
                (!other_clouds.is_empty()).then_some(Note::OtherClouds(other_clouds)),
                (!totals.is_empty()).then_some(Note::Totals(totals)),
                (!no_id.is_empty()).then_some(Note::NoId(no_id)),
                (!repeated.is_empty()).then_some(Note::Repeated(repeated)),
                (!unreadable.is_empty()).then_some(Note::UnreadableTime(unreadable)),
                (!assumed.is_empty()).then_some(Note::AssumedUtc(assumed)),
            ]
            .into_iter()
            .flatten(),
        );
        notes.extend(remarks.into_iter().map(|(remark, accounts)| Note::Remarked(remark, accounts)));
        notes.extend(of_units);
        match tag_columns {
            Some(columns) => {
                let empty = tags::forget_empty_columns(&columns, &mut accounts);
                notes.extend(empty.iter().map(|key| Note::EmptyTag(shown(&format!("tag:{key}")))));
            }
            None => notes.extend(tags::forget_empty(&mut accounts).then_some(Note::NoTags)),
        }
        let complete = complete && !notes.iter().any(Note::is_of_a_part);
        let listing = Listing::complete(accounts);
        let listing = if complete { listing } else { listing.with_gaps() };
        Ok(listing.with_notes(notes.iter().map(ToString::to_string)))
    }
}

impl Gathered {
    /// Refuses accounts that may be of another cloud. If no row names a cloud, the column has another meaning; a note says so.
    fn refuse_unclear_clouds(&self) -> Result<Option<Note>, InvalidAccounts> {
        if let (Some(place), true) = (self.empty_cloud, self.names_others) {
            let problem = "the cloud of this account is empty, and other rows are of other clouds: fill it in, for example if cells were merged";
            return Err(wrong(place, problem));
        }
        match &self.unclear_cloud {
            Some((Word::Several(word), place)) => {
                let problem = format!("{word} names several clouds: write AWS, or leave the row out");
                Err(wrong(*place, problem))
            }
            Some((Word::Unknown(word), place)) if self.has_aws || !self.other_clouds.is_empty() => {
                let problem = format!("{word} is not a known cloud: write AWS, or leave the row out");
                Err(wrong(*place, problem))
            }
            Some((Word::Unknown(word), _)) => Ok(Some(Note::NoClouds(word.clone()))),
            None => Ok(None),
        }
    }
}

/// If exactly one account is the management account by its type, sets it as the payer of the members.
fn payer_by_type(accounts: &mut [Account], roles: &BTreeMap<AccountId, bool>) -> Option<Note> {
    let mut payers = roles.iter().filter(|(_, role)| **role).map(|(id, _)| id);
    let (payer, None) = (payers.next()?, payers.next()) else { return None };
    let mut members = 0;
    for account in accounts.iter_mut().filter(|account| account.payer.is_none()) {
        if roles.contains_key(&account.id) {
            account.payer = Some(payer.clone());
            members += usize::from(account.id != *payer);
        }
    }
    (members > 0).then(|| Note::PayerByType(payer.clone(), members))
}
