//! Reads one level of a JSON value: its parts as written, and no more of them than a list of accounts has.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The maximum number of elements in a list or object. An organization has at most 50,000 accounts (AWS Organizations
/// quotas).
const MOST: usize = 1_000_000;

/// The elements of a list.
pub(super) fn elements(list: &RawValue) -> Result<Vec<&RawValue>, String> {
    parts::<Elements<'_>>(list).map(|Elements(elements)| elements)
}

/// The members of an object, in their order.
pub(super) fn members(object: &RawValue) -> Result<Vec<(String, &RawValue)>, String> {
    parts::<Members<'_>>(object).map(|Members(members)| members)
}

fn parts<'de, T: Deserialize<'de>>(value: &'de RawValue) -> Result<T, String> {
    serde_json::from_str(value.get()).map_err(|error| {
        if error.to_string().contains(TOO_MANY) {
            TOO_MANY.into()
        } else {
            "this is not a valid JSON string".into()
        }
    })
}

const TOO_MANY: &str = "the value has more than a million parts, which no list of accounts has";

struct Elements<'a>(Vec<&'a RawValue>);
struct Members<'a>(Vec<(String, &'a RawValue)>);

struct Parts<T>(PhantomData<T>);

impl<'de> Visitor<'de> for Parts<Elements<'de>> {
    type Value = Elements<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            if elements.len() == MOST {
                return Err(A::Error::custom(TOO_MANY));
            }
            elements.push(element);
        }
        Ok(Elements(elements))
    }
}

impl<'de> Visitor<'de> for Parts<Members<'de>> {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, _>()? {
            if members.len() == MOST {
                return Err(A::Error::custom(TOO_MANY));
            }
            members.push((key, value));
        }
        Ok(Members(members))
    }
}

impl<'de> Deserialize<'de> for Elements<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Parts::<Self>(PhantomData))
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Parts::<Self>(PhantomData))
    }
}
