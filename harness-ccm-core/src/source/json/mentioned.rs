//! Finds accounts in values that are not read. They must be in the list too, or the list is not complete.

use serde_json::value::RawValue;

use super::object::{elements, members};
use crate::id::AccountId;
use crate::source::account_ids::{self, IdText};
use crate::source::field::{Field, plain};

/// The depth to which accounts are searched.
const DEEPEST: usize = 32;

/// An account, the name of the member that mentions it, and the place.
pub(super) type Mention<'a> = (AccountId, String, &'a RawValue);

/// Where an account is mentioned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    /// Next to a list of accounts, where every id is that of an account.
    Siblings,
    /// In an account, where other numbers may have twelve digits too.
    Account,
}

/// Finds the accounts that `value` mentions. Fails if it is nested too deeply.
pub(super) fn find<'a>(
    key: &str,
    value: &'a RawValue,
    within: Within,
    found: &mut Vec<Mention<'a>>,
) -> Result<(), String> {
    look(key, value, within, 0, found)
}

fn look<'a>(
    key: &str,
    value: &'a RawValue,
    within: Within,
    depth: usize,
    found: &mut Vec<Mention<'a>>,
) -> Result<(), String> {
    if depth > DEEPEST {
        return Err("the value is nested too deeply for a list of accounts".into());
    }
    match value.get().as_bytes().first() {
        Some(b'{') => {
            for (name, inner) in members(value)? {
                if let Some(id) = whole(&name) {
                    found.push((id, key.to_owned(), value));
                }
                // Within an account, only the name shows whether the id of an object is an account's.
                let id_of_own = (Field::of(&name) == Some(Field::Id)).then(|| own_id(inner)).flatten();
                match id_of_own {
                    Some(id) => found.push((id, key.to_owned(), value)),
                    None => look(&name, inner, within, depth + 1, found)?,
                }
            }
        }
        Some(b'[') => {
            for element in elements(value)? {
                look(key, element, within, depth + 1, found)?;
            }
        }
        _ if within == Within::Siblings || names_accounts(key) => {
            found.extend(own_id(value).map(|id| (id, key.to_owned(), value)));
        }
        _ => {}
    }
    Ok(())
}

/// The id that a text or a number contains.
pub(super) fn own_id(value: &RawValue) -> Option<AccountId> {
    match value.get().as_bytes().first()? {
        b'"' => whole(&serde_json::from_str::<String>(value.get()).ok()?),
        b'{' | b'[' => None,
        _ => whole(value.get()),
    }
}

fn whole(text: &str) -> Option<AccountId> {
    match account_ids::read(text) {
        IdText::Whole(id) => Some(id),
        _ => None,
    }
}

fn names_accounts(key: &str) -> bool {
    let plain = plain(key);
    plain.contains("account")
        || matches!(&*plain, "members" | "payer" | "master" | "management" | "items" | "children")
}
