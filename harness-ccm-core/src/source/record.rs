//! One record of a list, whatever its form: from named values to an account.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::account_ids::{self, IdText};
use super::field::{Field, plain};
use super::tags::{self, Tags};
use super::times::{self, TimeText};
use super::value::{Membership, account_arn, is_no_state, told};
use super::{InvalidAccounts, ListOptions, OrgPath, units};
use crate::account::{Account, AccountState};
use crate::id::AccountId;

/// A line, and the column in it.
pub(super) type Place = (u64, u64);

/// A value as its form holds it.
#[derive(Clone, Debug)]
pub(super) enum Given<'a> {
    Text(Cow<'a, str>),
    List(Vec<String>),
    Tags(Tags),
}

/// A value with its meaning.
#[derive(Clone, Debug)]
pub(super) struct Cell<'a> {
    pub(super) field: &'a Field,
    pub(super) given: Given<'a>,
    pub(super) place: Place,
}

/// What a record turned out to be.
#[derive(Clone, Debug)]
pub(super) enum Reading {
    Account(Box<Draft>),
    OtherCloud(String),
    /// A row of totals, or one that names the columns again.
    Total,
    /// A row without an id, and what it begins with.
    NoId(String),
}

/// An account, and how it was read.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) account: Account,
    /// Ids that got zeros in front: its own first, if it did.
    pub(super) padded: Vec<AccountId>,
    pub(super) has_state: bool,
    pub(super) has_arn: bool,
    pub(super) time: Option<TimeText>,
    /// Whether the path of its units was one text.
    pub(super) path_was_text: bool,
    /// Whether it is the management account by its type.
    pub(super) role: Option<bool>,
    /// Its cloud, where a field says something of it.
    pub(super) cloud: Option<Cloud>,
}

/// Whose cloud an account belongs to.
#[derive(Clone, Debug)]
pub(super) enum Cloud {
    Aws,
    Other(String),
    /// A word that is no cloud that is known, with its place.
    Unknown(String, Place),
}

/// A record, and where it begins.
pub(super) struct Record<'a> {
    pub(super) cells: Vec<Cell<'a>>,
    pub(super) place: Place,
    pub(super) options: ListOptions,
}

impl Record<'_> {
    pub(super) fn read(&self) -> Result<Reading, InvalidAccounts> {
        self.check_values()?;
        let (text, place) = self.text(&Field::Id).unwrap_or((Cow::Borrowed(""), self.place));
        let id = account_ids::read(&text);
        let cloud = self.cloud();
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
            IdText::OfAzure => return Ok(Reading::OtherCloud("Azure".into())),
            IdText::NoId => return Ok(self.without_id(&text)),
            IdText::Wrong(problem) => return Err(wrong(place, problem)),
        };
        self.account(id, place, padded, cloud)
    }

    /// Lists and objects are values of few fields.
    fn check_values(&self) -> Result<(), InvalidAccounts> {
        let may_be_list = |field: &Field| {
            matches!(field, Field::OuPath | Field::OuIds | Field::Paths | Field::Tags | Field::TagKeys)
        };
        let fits = |cell: &&Cell<'_>| matches!(cell.given, Given::Text(_)) || may_be_list(cell.field);
        match self.cells.iter().find(|cell| !fits(cell)) {
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
    ) -> Result<Reading, InvalidAccounts> {
        let (name, name_place) = self.text(&Field::Name).unwrap_or((Cow::Borrowed(""), self.place));
        if name.trim().is_empty() {
            return Err(wrong(name_place, "the account's name is empty: in AWS every account has one"));
        }
        let mut account = Account::new(id, with_plain_spaces(&name));
        let words = [self.text(&Field::State), self.text(&Field::Status)];
        let word = words.iter().flatten().find(|(word, _)| !word.is_empty());
        if let Some((word, place)) = word {
            if is_no_state(word) {
                return Err(wrong(*place, "this is no state of an account, such as ACTIVE or SUSPENDED"));
            }
            account.state = AccountState::from(word.clone().into_owned());
        } else if words.iter().any(Option::is_some) {
            account.state = AccountState::Unknown(String::new());
        }
        let arn = self.parse(&Field::Arn, account_arn)?;
        let has_arn = arn.is_some();
        let by_arn = arn.as_ref().map(|arn| (arn.partition, arn.organization.clone()));
        let payer = self.parse(&Field::Payer, |text| match account_ids::read(text) {
            IdText::Whole(id) => Ok(id),
            IdText::Short { padded: id, digits } => self.pad(&id, &digits, &mut padded).map(|()| id),
            IdText::NoId | IdText::OfAzure => {
                Err(format!("{} is no AWS account id, which is 12 digits", told(text)))
            }
            IdText::Wrong(problem) => Err(problem),
        })?;
        let management = self.parse(&Field::Management, |text| match text.to_lowercase().as_str() {
            "true" | "yes" | "1" => Ok(true),
            "false" | "no" | "0" => Ok(false),
            _ => Err(format!("{} is neither true nor false", told(text))),
        })?;
        let role = self.parse(&Field::BillingRole, |text| Ok(billing_role(text)))?.flatten();
        if let (Some(management), Some(role)) = (management, role)
            && management != role
        {
            let problem =
                format!("account {} is a management account by one column, and none by another", account.id);
            return Err(wrong(id_place, problem));
        }
        let membership = Membership { arn, payer, management: management.or(role) };
        membership.enter_into(&mut account).map_err(|problem| wrong(id_place, problem))?;
        let partition = self.parse(&Field::Partition, |text| {
            text.parse().map_err(|_| "this is no AWS partition, such as aws or aws-us-gov".to_owned())
        })?;
        let organization = self.parse(&Field::Organization, |text| {
            text.parse().map_err(|error: crate::id::InvalidId| error.without_value())
        })?;
        if let Some((by_arn, of_arn)) = by_arn
            && (partition.is_some_and(|partition| partition != by_arn)
                || of_arn.is_some() && organization.is_some() && organization != of_arn)
        {
            let problem = format!("account {} has another partition or organization by its ARN", account.id);
            return Err(wrong(id_place, problem));
        }
        account.partition = partition.unwrap_or(account.partition);
        account.organization = organization.or(account.organization);
        let path_was_text = self.units(&mut account)?;
        let time = self.parse(&Field::Joined, |text| Ok(times::read(text)))?;
        account.joined = match time {
            Some(TimeText::Known(time) | TimeText::AssumedUtc(time)) => Some(time),
            Some(TimeText::Unreadable) | None => None,
        };
        self.tags(&mut account)?;
        account.doubt = self.parse(&Field::Doubt, |text| {
            if is_no_state(text) {
                Err("this is no doubt about an account".to_owned())
            } else {
                Ok(text.to_owned())
            }
        })?;
        let has_state = words.iter().any(Option::is_some);
        Ok(Reading::Account(Box::new(Draft {
            account,
            padded,
            has_state,
            has_arn,
            time,
            path_was_text,
            role,
            cloud,
        })))
    }

    /// Answers whether the path was one text.
    fn units(&self, account: &mut Account) -> Result<bool, InvalidAccounts> {
        let mut path_was_text = false;
        if let Some(cell) = self.cell(&Field::OuPath) {
            let names = match &cell.given {
                Given::Text(text) if text.is_empty() => None,
                Given::Text(text) => {
                    path_was_text = !text.starts_with('[');
                    Some(units::names(text))
                }
                Given::List(names) => Some(units::names_of(names.clone())),
                Given::Tags(_) => Some(Err("a path of units is a text or a list".into())),
            };
            account.ou_path = names.transpose().map_err(|problem| wrong(cell.place, problem))?;
        }
        self.levels(account)?;
        if let Some(cell) = self.cell(&Field::OuIds) {
            let ids = match &cell.given {
                Given::Text(text) if text.is_empty() => None,
                Given::Text(text) => Some(units::ids(text)),
                Given::List(ids) => Some(units::ids_of(ids.clone())),
                Given::Tags(_) => Some(Err("ids of units are a text or a list".into())),
            };
            account.ou_ids = ids.transpose().map_err(|problem| wrong(cell.place, problem))?;
        }
        if account.ou_ids.is_none()
            && let Some(cell) = self.cell(&Field::Paths)
        {
            let paths = match &cell.given {
                Given::Text(text) if text.is_empty() => Vec::new(),
                Given::Text(text) => vec![text.to_string()],
                Given::List(paths) => paths.clone(),
                Given::Tags(_) => Vec::new(),
            };
            account.ou_ids = OrgPath::of(&account.id, &paths).map(|path| path.units);
        }
        Ok(path_was_text)
    }

    /// A path with a field for each unit.
    fn levels(&self, account: &mut Account) -> Result<(), InvalidAccounts> {
        let level = |cell: &&Cell<'_>| match cell.field {
            Field::OuLevel(level) => Some(*level),
            _ => None,
        };
        let mut cells: Vec<_> = self.cells.iter().filter(|cell| level(cell).is_some()).collect();
        cells.sort_by_key(level);
        let (mut path, mut ended) = (Vec::new(), false);
        for cell in cells {
            let Given::Text(name) = &cell.given else { continue };
            match &**name {
                "" => ended = true,
                _ if ended => return Err(wrong(cell.place, "a unit stands below one that is empty")),
                _ if account.ou_path.is_some() => {
                    return Err(wrong(
                        cell.place,
                        "the path of the units stands in another field too: keep one",
                    ));
                }
                name => path.extend(
                    units::names_of(vec![name.to_owned()]).map_err(|problem| wrong(cell.place, problem))?,
                ),
            }
        }
        if !path.is_empty() {
            account.ou_path = Some(path);
        }
        Ok(())
    }

    /// Known as soon as there is any field for them.
    fn tags(&self, account: &mut Account) -> Result<(), InvalidAccounts> {
        let mut found: Option<Tags> = None;
        if let Some(cell) = self.cell(&Field::Tags) {
            let tags = match &cell.given {
                Given::Text(text) => tags::parse(text),
                Given::Tags(tags) => Ok(tags.clone()),
                Given::List(list) if list.is_empty() => Ok(Tags::new()),
                Given::List(_) => Err("tags are an object or a list of Key and Value".into()),
            };
            found = Some(tags.map_err(|problem| wrong(cell.place, problem))?);
        }
        let mut keys = BTreeSet::new();
        for cell in &self.cells {
            if let (Field::Tag(key), Given::Text(value)) = (cell.field, &cell.given) {
                keys.insert(key.clone());
                let tags = found.get_or_insert_default();
                if !value.is_empty()
                    && let Some(other) = tags.insert(key.clone(), value.to_string())
                    && other != **value
                {
                    return Err(wrong(cell.place, "the column tags has another value of this tag: keep one"));
                }
            }
        }
        account.tags = found;
        if let Some(cell) = self.cell(&Field::TagKeys) {
            account.tag_keys = match &cell.given {
                Given::List(keys) => Some(keys.iter().cloned().collect()),
                Given::Text(text) if text.is_empty() => None,
                Given::Text(text) => Some(text.split(';').map(|key| key.trim().to_owned()).collect()),
                Given::Tags(_) => return Err(wrong(cell.place, "the keys of tags are a list")),
            };
        } else if !keys.is_empty() && self.cell(&Field::Tags).is_none() {
            account.tag_keys = Some(keys);
        }
        Ok(())
    }

    fn pad(&self, id: &AccountId, digits: &str, padded: &mut Vec<AccountId>) -> Result<(), String> {
        if !self.options.pad_ids {
            return Err(account_ids::too_short(digits));
        }
        padded.push(id.clone());
        Ok(())
    }

    /// A row of totals is recognized by its words; any other may be an account that lost its id.
    fn without_id(&self, id: &str) -> Reading {
        let texts = || {
            self.cells.iter().filter_map(|cell| match &cell.given {
                Given::Text(text) if !text.trim().is_empty() => Some(&**text),
                _ => None,
            })
        };
        let is_total = |text: &str| TOTALS.contains(&&*plain(text));
        let names_again = Field::of(id) == Some(Field::Id);
        if names_again || is_total(id) || id.trim().is_empty() && texts().any(is_total) {
            return Reading::Total;
        }
        Reading::NoId(texts().next().map_or("empty".into(), told))
    }

    fn cloud(&self) -> Option<Cloud> {
        let (text, place) = self.text(&Field::Cloud)?;
        let words = plain(&text);
        let is_one_of = |names: &[&str]| names.iter().any(|name| words.contains(name));
        match &*words {
            "" => None,
            _ if is_one_of(&["aws", "amazon"]) => Some(Cloud::Aws),
            _ if is_one_of(&OTHER_CLOUDS) => Some(Cloud::Other(told(&text).trim_matches('"').to_owned())),
            _ => Some(Cloud::Unknown(told(&text), place)),
        }
    }

    fn cell(&self, field: &Field) -> Option<&Cell<'_>> {
        self.cells.iter().find(|cell| cell.field == field)
    }

    /// A value that is one text.
    fn text(&self, field: &Field) -> Option<(Cow<'_, str>, Place)> {
        let cell = self.cell(field)?;
        match &cell.given {
            Given::Text(text) => Some((Cow::Borrowed(text), cell.place)),
            Given::List(_) | Given::Tags(_) => None,
        }
    }

    fn parse<T>(
        &self,
        field: &Field,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, InvalidAccounts> {
        let Some((text, place)) = self.text(field) else { return Ok(None) };
        match text.trim() {
            "" => Ok(None),
            text => parse(text).map(Some).map_err(|problem| wrong(place, problem)),
        }
    }
}

/// What rows of totals are called.
const TOTALS: [&str; 8] =
    ["total", "totals", "grandtotal", "subtotal", "sum", "totalcost", "totalcosts", "overall"];

/// Parts of the names of other clouds.
const OTHER_CLOUDS: [&str; 11] = [
    "azure",
    "microsoft",
    "gcp",
    "google",
    "oracle",
    "oci",
    "ibm",
    "alibaba",
    "aliyun",
    "digitalocean",
    "snowflake",
];

/// What billing sheets call the management account and its members.
fn billing_role(text: &str) -> Option<bool> {
    match &*plain(text) {
        "masteraccount" | "managementaccount" | "payeraccount" => Some(true),
        "linkedaccount" | "memberaccount" => Some(false),
        _ => None,
    }
}

/// Spaces that do not break a line are spaces: names in AWS are ASCII.
fn with_plain_spaces(name: &str) -> String {
    name.replace(['\u{a0}', '\u{2007}', '\u{202f}'], " ")
}

pub(super) fn wrong((line, column): Place, problem: impl Into<String>) -> InvalidAccounts {
    InvalidAccounts::new(line, column, problem)
}
