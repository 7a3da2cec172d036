//! Converts one record of a list, in any form, from named values to an account.

use super::account_ids::{self, IdText};
use super::cells::{Cell, Cells, Given};
use super::cloud::Cloud;
use super::field::{Field, plain};
use super::invalid::{InvalidAccounts, Place, wrong};
use super::legible::is_placeholder;
use super::remark::Remarks;
use super::times::{self, TimeText};
use super::value::{Membership, account_arn, is_no_state, shown};
use super::{ListOptions, tag_fields, unit_fields};
use crate::account::{Account, AccountState};
use crate::id::AccountId;

/// The result of reading a record.
#[derive(Clone, Debug)]
pub(super) enum Reading {
    Account(Box<Draft>),
    OtherCloud(String),
    /// An Azure subscription, recognized by its id.
    OfAzure,
    /// A row of totals, or one that repeats the column names.
    Total,
    /// A row without an id, with its first value.
    NoId(String),
}

/// An account, and facts about how it was read.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) account: Account,
    /// Ids that got leading zeros; the account's own id comes first.
    pub(super) padded: Vec<AccountId>,
    pub(super) has_state: bool,
    pub(super) has_arn: bool,
    pub(super) time: Option<TimeText>,
    /// Whether the unit path was one text.
    pub(super) path_was_text: bool,
    /// Whether the account is the management account, according to its type.
    pub(super) role: Option<bool>,
    /// Its cloud, if there is a field for it.
    pub(super) cloud: Option<Cloud>,
    pub(super) remarks: Remarks,
}

/// A record, and the options for reading it.
pub(super) struct Record<'a> {
    pub(super) cells: Cells<'a>,
    pub(super) options: ListOptions,
}

impl Record<'_> {
    pub(super) fn read(mut self) -> Result<Reading, InvalidAccounts> {
        self.check_values()?;
        let mut remarks = Remarks::new();
        self.cells.clean(&mut remarks)?;
        let (text, place) = self.cells.text(&Field::Id).unwrap_or(("", self.cells.place));
        let id = account_ids::read(text);
        let cloud = self.cells.text(&Field::Cloud).map(|(text, place)| Cloud::read(text, place));
        if let Some(Cloud::Other(name)) = cloud {
            return Ok(Reading::OtherCloud(name));
        }
        let mut padded = Vec::new();
        let id = match id {
            IdText::Whole(id) => id,
            IdText::Short { padded: id, digits } => {
                self.pad(&id, &digits, &mut padded).map_err(|problem| wrong(place, problem))?;
                id
            }
            IdText::OfAzure if matches!(cloud, Some(Cloud::Aws)) => {
                let problem = "this is an Azure id, but the row says AWS: correct one of them";
                return Err(wrong(place, problem));
            }
            IdText::OfAzure => return Ok(Reading::OfAzure),
            IdText::NoId => return Ok(self.without_id(text)),
            IdText::Wrong(problem) => return Err(wrong(place, problem)),
        };
        self.cells.check(&mut remarks)?;
        self.account(id, place, padded, cloud, remarks)
    }

    /// Only a few fields may be lists or objects.
    fn check_values(&self) -> Result<(), InvalidAccounts> {
        let may_be_list = |field: &Field| {
            matches!(field, Field::OuPath | Field::OuIds | Field::Paths | Field::Tags | Field::TagKeys)
        };
        let fits = |cell: &&Cell<'_>| {
            matches!(cell.given, Given::Missing | Given::Text(_)) || may_be_list(cell.field)
        };
        match self.cells.cells.iter().find(|cell| !fits(cell)) {
            Some(cell) => Err(wrong(cell.place, format!("the {} is one value", cell.field.name()))),
            None => Ok(()),
        }
    }

    fn account(
        &self,
        id: AccountId,
        id_place: Place,
        mut padded: Vec<AccountId>,
        cloud: Option<Cloud>,
        mut remarks: Remarks,
    ) -> Result<Reading, InvalidAccounts> {
        let cells = &self.cells;
        let (name, name_place) = cells.text(&Field::Name).unwrap_or(("", cells.place));
        if name.trim().is_empty() {
            return Err(wrong(name_place, "the account's name is empty: in AWS every account has one"));
        }
        if is_placeholder(name) {
            let problem = format!("{} is not an account name: in AWS every account has one", shown(name));
            return Err(wrong(name_place, problem));
        }
        let mut account = Account::new(id, name);
        let state = state(cells)?;
        let has_state = state.is_some();
        account.state = state.unwrap_or(account.state);
        let arn = cells.parse(&Field::Arn, account_arn)?;
        let has_arn = arn.is_some();
        let by_arn = arn.as_ref().map(|arn| (arn.partition, arn.organization.clone()));
        let payer = cells.parse(&Field::Payer, |text| match account_ids::read(text) {
            IdText::Whole(id) => Ok(id),
            IdText::Short { padded: id, digits } => self.pad(&id, &digits, &mut padded).map(|()| id),
            IdText::NoId | IdText::OfAzure => {
                Err(format!("{} is not an AWS account id, which has 12 digits", shown(text)))
            }
            IdText::Wrong(problem) => Err(problem),
        })?;
        let management = cells.parse(&Field::Management, |text| match text.to_lowercase().as_str() {
            "true" | "yes" | "1" => Ok(true),
            "false" | "no" | "0" => Ok(false),
            _ => Err(format!("{} is neither true nor false", shown(text))),
        })?;
        let role = cells.parse(&Field::BillingRole, |text| Ok(billing_role(text)))?.flatten();
        if let (Some(management), Some(role)) = (management, role)
            && management != role
        {
            let problem =
                format!("account {} is a management account in one column, but not in another", account.id);
            return Err(wrong(id_place, problem));
        }
        let membership = Membership { arn, payer, management: management.or(role) };
        membership.enter_into(&mut account).map_err(|problem| wrong(id_place, problem))?;
        let partition = cells.parse(&Field::Partition, |text| {
            text.parse().map_err(|_| "this is not an AWS partition, such as aws or aws-us-gov".to_owned())
        })?;
        let organization = cells.parse(&Field::Organization, |text| {
            text.parse().map_err(|error: crate::id::InvalidId| error.without_value())
        })?;
        if let Some((by_arn, of_arn)) = by_arn
            && (partition.is_some_and(|partition| partition != by_arn)
                || of_arn.is_some() && organization.is_some() && organization != of_arn)
        {
            let problem =
                format!("the ARN of account {} names another partition or organization", account.id);
            return Err(wrong(id_place, problem));
        }
        account.partition = partition.unwrap_or(account.partition);
        account.organization = organization.or(account.organization);
        let path_was_text = unit_fields::read(cells, &mut account, &mut remarks)?;
        let time = cells.parse(&Field::Joined, |text| Ok(times::read(text)))?;
        account.joined = match time {
            Some(TimeText::Known(time) | TimeText::AssumedUtc(time)) => Some(time),
            Some(TimeText::Unreadable) | None => None,
        };
        tag_fields::read(cells, &mut account, &mut remarks)?;
        account.doubt = cells.parse(&Field::Doubt, |text| {
            if is_no_state(text) {
                Err("this is not a doubt about an account".to_owned())
            } else {
                Ok(text.to_owned())
            }
        })?;
        let draft = Draft { account, padded, has_state, has_arn, time, path_was_text, role, cloud, remarks };
        Ok(Reading::Account(Box::new(draft)))
    }

    fn pad(&self, id: &AccountId, digits: &str, padded: &mut Vec<AccountId>) -> Result<(), String> {
        if !self.options.pad_ids {
            return Err(account_ids::too_short(digits));
        }
        padded.push(id.clone());
        Ok(())
    }

    /// Recognizes a row of totals by its words if no other name is in it. Any other row may be an account that lost its id.
    fn without_id(&self, id: &str) -> Reading {
        let texts = || {
            self.cells.cells.iter().filter_map(|cell| match &cell.given {
                Given::Text(text) if !text.trim().is_empty() => Some((cell.field, &**text)),
                _ => None,
            })
        };
        let is_total = |text: &str| TOTALS.contains(&&*plain(text));
        let name = self.cells.text(&Field::Name).map_or("", |(name, _)| name.trim());
        let is_nameless = name.is_empty() || is_total(name);
        let says_total = |(field, text): (&Field, &str)| !matches!(field, Field::Tag(_)) && is_total(text);
        if Field::of(id) == Some(Field::Id)
            || is_total(id)
            || id.trim().is_empty() && is_nameless && texts().any(says_total)
        {
            return Reading::Total;
        }
        Reading::NoId(texts().next().map_or("empty".into(), |(_, text)| shown(text)))
    }
}

/// Names of rows of totals.
const TOTALS: [&str; 8] =
    ["total", "totals", "grandtotal", "subtotal", "sum", "totalcost", "totalcosts", "overall"];

/// Reads the names of billing sheets for the management account and its members.
fn billing_role(text: &str) -> Option<bool> {
    match &*plain(text) {
        "masteraccount" | "managementaccount" | "payeraccount" => Some(true),
        "linkedaccount" | "memberaccount" => Some(false),
        _ => None,
    }
}

/// Reads the state from both AWS fields; `State` is the more exact one. `None` if there is no such field.
///
/// If one field says active and the other says suspended or closed, the state is unknown.
fn state(cells: &Cells<'_>) -> Result<Option<AccountState>, InvalidAccounts> {
    let mut found: Option<AccountState> = None;
    for field in [Field::State, Field::Status] {
        let Some((word, place)) = cells.text(&field) else { continue };
        if is_no_state(word) {
            return Err(wrong(place, "this is not the state of an account, such as ACTIVE or SUSPENDED"));
        }
        let state = AccountState::from(word.to_owned());
        found = Some(match found {
            None => state,
            Some(AccountState::Unknown(before)) if before.is_empty() => state,
            Some(AccountState::Active)
                if state.is_out_of_reach() || state == AccountState::PendingActivation =>
            {
                AccountState::Unknown(format!("ACTIVE and {state}"))
            }
            Some(before) => before,
        });
    }
    Ok(found)
}
