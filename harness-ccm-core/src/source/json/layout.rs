//! Decides what an object or a list is, by the names in it.

use serde_json::value::RawValue;

use super::mentioned::own_id;
use super::object;
use crate::source::account_ids::is_id;
use crate::source::field::{Field, plain};
use crate::source::foreign::COMMAND;
use crate::source::value::shown;
use crate::text::some_of;

/// The meanings of the elements of a list that are column names.
pub(super) fn meanings(names: &[&RawValue]) -> Vec<Option<Field>> {
    let name = |name: &&RawValue| serde_json::from_str::<String>(name.get()).unwrap_or_default();
    names.iter().map(|value| Field::of(&name(value))).collect()
}

pub(super) fn is_heading(names: &[Option<Field>]) -> bool {
    names.contains(&Some(Field::Id)) && names.contains(&Some(Field::Name))
}

/// Whether an object is an account: it has the id of an account. In an object that holds a list, the id may identify
/// something else.
pub(super) fn is_account(members: &[(String, &RawValue)]) -> bool {
    let is = |field: Field| move |(key, _): &&(String, &RawValue)| Field::of(key) == Some(field.clone());
    let Some((_, id)) = members.iter().find(is(Field::Id)) else { return false };
    if id.get().starts_with(['[', '{']) {
        return false;
    }
    let is_short = is_id(id.get().trim_matches('"')) && members.iter().any(|member| is(Field::Name)(&member));
    own_id(id).is_some() || is_short || !members.iter().any(holds_list)
}

fn holds_list((key, value): &(String, &RawValue)) -> bool {
    is_list(key) && value.get().starts_with(['[', '{'])
}

/// The lists of accounts among the members of an object. Empty lists count only if no other one exists, and of several the list
/// named `Accounts` wins.
pub(super) fn chosen<'m, 'a>(members: &'m [(String, &'a RawValue)]) -> Vec<(&'m str, &'a RawValue)> {
    let is_empty =
        |value: &RawValue| !value.get().contains(|c: char| !c.is_whitespace() && !"[]{}".contains(c));
    let lists: Vec<_> =
        members.iter().filter(|member| holds_list(member)).map(|(key, value)| (&**key, *value)).collect();
    let full: Vec<_> = lists.iter().copied().filter(|(_, value)| !is_empty(value)).collect();
    let named: Vec<_> = full.iter().copied().filter(|(key, _)| plain(key) == "accounts").collect();
    match (&named[..], &full[..]) {
        ([_], _) => named,
        (_, []) => lists.into_iter().take(1).collect(),
        _ => full,
    }
}

/// Returns what is wrong with an object that holds no list of accounts.
pub(super) fn no_list(members: &[(String, &RawValue)]) -> String {
    let keys = || some_of(members.iter().map(|(key, _)| shown(key)));
    let holds_account = |(_, value): &&(String, &RawValue)| {
        value.get().starts_with('{') && object::members(value).is_ok_and(|inner| is_account(&inner))
    };
    let of_error = |(key, _): &(String, &RawValue)| {
        matches!(
            &*plain(key),
            "error" | "errors" | "errorcode" | "errormessage" | "message" | "code" | "type"
        )
    };
    match members.iter().find(holds_account) {
        Some((key, _)) if Field::of(key) == Some(Field::Id) => {
            format!("this is one account, as describe-account prints it, not a list: {COMMAND}")
        }
        Some(_) => format!(
            "the accounts are members of an object ({}), not elements of a list: make a list of them, as `jq '[.[]]'` does, or values() in Terraform",
            keys()
        ),
        None if !members.is_empty() && members.iter().all(of_error) => {
            format!("this is the error of a program, not a list of accounts: {COMMAND}")
        }
        None if members
            .iter()
            .any(|(_, value)| value.get().starts_with('{') && value.get().contains("\"sensitive\"")) =>
        {
            format!(
                "there is no list under Accounts, but {}: of Terraform outputs, use the one with the accounts, as `terraform output -json NAME` prints it",
                keys()
            )
        }
        None if members.is_empty() => format!("there is no list under Accounts: {COMMAND}"),
        None => format!(
            "there is no list under Accounts, but {}: {COMMAND}; a list of objects with Id and Name from another program is supported too",
            keys()
        ),
    }
}

/// Whether lists of accounts have this name: in AWS, in its tools, or in programs that wrap them.
fn is_list(key: &str) -> bool {
    [
        "accounts",
        "accountlist",
        "items",
        "results",
        "data",
        "value",
        "values",
        "linkedaccounts",
        "awsaccounts",
        "nonmasteraccounts",
    ]
    .contains(&&*plain(key))
}
