use std::collections::BTreeMap;

use csv::ByteRecord;

use super::cell::{place, text};
use super::column::Column;
use super::header::Header;
use crate::account::{Account, AccountState};
use crate::id::AccountId;
use crate::source::InvalidAccounts;
use crate::source::value::{Membership, account_arn, as_id, is_no_state, told};
use crate::timestamp::Timestamp;

/// One record with its place in the file.
pub(super) struct Row<'a> {
    pub(super) header: &'a Header,
    pub(super) record: &'a ByteRecord,
    pub(super) line: u64,
}

impl<'a> Row<'a> {
    /// The field of a column without white space around it, and where it is; nothing if there is no such column.
    pub(super) fn field(&self, column: &Column) -> Result<Option<(&'a str, usize)>, InvalidAccounts> {
        let Some(index) = self.header.columns.get(column).copied() else { return Ok(None) };
        let field = self.record.get(index).unwrap_or_default();
        Ok(Some((text(field, self.line, index)?.trim(), index)))
    }

    fn parse<T>(
        &self,
        column: &Column,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Result<Option<T>, InvalidAccounts> {
        match self.field(column)? {
            None | Some(("", _)) => Ok(None),
            Some((text, index)) => match parse(text) {
                Ok(value) => Ok(Some(value)),
                Err(problem) => Err(self.wrong(index, problem)),
            },
        }
    }

    pub(super) fn wrong(&self, index: usize, problem: impl Into<String>) -> InvalidAccounts {
        InvalidAccounts::new(self.line, place(index), problem)
    }

    pub(super) fn account(&self, id: AccountId) -> Result<Account, InvalidAccounts> {
        let (name, name_column) = self.field(&Column::Name)?.unwrap_or_default();
        if name.is_empty() {
            return Err(self.wrong(name_column, "the account's name is empty: in AWS every account has one"));
        }
        let mut account = Account::new(id, name);
        let words = [self.field(&Column::State)?, self.field(&Column::Status)?];
        if words.iter().any(Option::is_some) {
            let given = words.iter().flatten().find(|(word, _)| !word.is_empty());
            if let Some((_, index)) = given.filter(|(word, _)| is_no_state(word)) {
                return Err(self.wrong(*index, "this is no state of an account, such as ACTIVE or SUSPENDED"));
            }
            let word =
                given.map(|(word, _)| *word).unwrap_or_default().to_uppercase().replace([' ', '-'], "_");
            account.state = AccountState::from(word);
        }
        let arn = self.parse(&Column::Arn, account_arn)?;
        let payer = self.parse(&Column::Payer, |text| as_id(text, true).map(|(id, _)| id))?;
        let management = self.parse(&Column::Management, |text| match text.to_lowercase().as_str() {
            "true" | "yes" | "1" => Ok(true),
            "false" | "no" | "0" => Ok(false),
            _ => Err(format!("{} is neither true nor false", told(text))),
        })?;
        let id_column = self.header.columns.get(&Column::Id).copied().unwrap_or_default();
        let membership = Membership { arn, payer, management };
        membership.enter_into(&mut account).map_err(|problem| self.wrong(id_column, problem))?;
        let split = |text: &str| {
            let parts = text.split('/').map(str::trim).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect::<Vec<_>>()
        };
        // An empty field says nothing; the root is `/`.
        let known = |column: &Column| Ok(self.field(column)?.filter(|(text, _)| !text.is_empty()));
        account.ou_path = known(&Column::OuPath)?.map(|(text, _)| split(text));
        account.ou_ids = known(&Column::OuIds)?.map(|(text, _)| split(text));
        account.joined =
            self.parse(&Column::Joined, |text| text.parse::<Timestamp>().map_err(|error| error.to_string()))?;
        account.tags = self.tags()?;
        if account.tags.is_some() && !self.header.columns.contains_key(&Column::Tags) {
            account.tag_keys = Some(self.header.tag_keys().map(str::to_owned).collect());
        }
        Ok(account)
    }

    /// Known as soon as there is any column for them.
    fn tags(&self) -> Result<Option<BTreeMap<String, String>>, InvalidAccounts> {
        let mut tags: Option<BTreeMap<String, String>> = None;
        if let Some((text, index)) = self.field(&Column::Tags)? {
            let tags = tags.get_or_insert_default();
            for tag in text.split(';').map(str::trim).filter(|tag| !tag.is_empty()) {
                let Some((key, value)) = tag.split_once('=') else {
                    return Err(
                        self.wrong(index, format!("the tag {} is not of the form key=value", told(tag)))
                    );
                };
                tags.insert(key.trim().into(), value.trim().into());
            }
        }
        for column in self.header.columns.keys() {
            if let (Column::Tag(key), Some((value, _))) = (column, self.field(column)?) {
                let tags = tags.get_or_insert_default();
                if !value.is_empty() {
                    tags.insert(key.clone(), value.into());
                }
            }
        }
        Ok(tags)
    }
}
