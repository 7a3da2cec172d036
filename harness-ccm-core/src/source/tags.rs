//! Parses tags from spreadsheet cells and JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use super::legible;
use super::value::shown;
use crate::account::Account;

/// Tags by key.
pub(super) type Tags = BTreeMap<String, String>;

const TWICE: &str = "a tag occurs twice: keep one of them";
const JSON_FORMS: &str =
    "tags are an object or a list of Key and Value, each key once, and all values are texts";

/// Parses `key=value` separated by `;`, or JSON.
pub(super) fn parse(text: &str) -> Result<Tags, String> {
    if text.starts_with(['{', '[']) {
        return from_json(text);
    }
    let mut tags = Tags::new();
    for tag in text.split(';').map(str::trim).filter(|tag| !tag.is_empty()) {
        let Some((key, value)) = tag.split_once('=').filter(|(key, _)| !key.starts_with("@{")) else {
            return Err(format!("the tag {} is not of the form key=value", shown(tag)));
        };
        let (key, value) = (key.trim(), value.trim());
        if key.is_empty() || key.ends_with([':', '!']) || value.starts_with(['>', '=']) {
            return Err(format!("a tag is not of the form key=value: {WRITE}"));
        }
        if may_be_several(value) || tag.contains(NO_PART_OF_TAGS) {
            return Err(format!("the end of a tag is ambiguous here: {WRITE}"));
        }
        if tags.insert(key.into(), value.into()).is_some() {
            return Err(TWICE.into());
        }
    }
    let keys: Vec<String> = tags.keys().map(|key| key.to_lowercase()).collect();
    if keys == ["key", "value"] {
        return Err(format!("this may be one tag or two: {WRITE}"));
    }
    Ok(tags)
}

const WRITE: &str = "write key=value separated by ;, or JSON such as {\"env\":\"prod\"}";

/// Characters that AWS tags cannot contain, but other notations of tags do.
const NO_PART_OF_TAGS: [char; 10] = ['|', '"', '<', '>', '{', '}', '[', ']', '`', '\n'];

/// Whether the value may contain another tag, after white space or a character that cannot be part of a tag.
fn may_be_several(value: &str) -> bool {
    let parts = value.split(|c: char| !c.is_alphanumeric() && !"_.:/=+-@".contains(c));
    parts.skip(1).any(|part| part.contains('='))
}

/// Returns the tags without invisible characters, and whether there were any. Clean tags stay as they are.
pub(super) fn cleaned(tags: &Tags) -> Result<(Tags, bool), String> {
    let (mut clean, mut left_out) = (Tags::new(), false);
    for (key, value) in tags {
        let [(key, of_key), (value, of_value)] = [key, value].map(|text| match legible::cleaned(text) {
            (Cow::Borrowed(text), left_out) => (text.to_owned(), left_out),
            (Cow::Owned(text), left_out) => (text.trim().to_owned(), left_out),
        });
        left_out |= of_key || of_value;
        if clean.insert(key, value).is_some() {
            return Err(TWICE.into());
        }
    }
    Ok((clean, left_out))
}

pub(super) fn from_json(text: &str) -> Result<Tags, String> {
    // The parser's own message is not shown: it may contain the value.
    let form: Form = serde_json::from_str(text).map_err(|_| JSON_FORMS.to_owned())?;
    match form {
        Form::Object(OnceEach(tags)) => Ok(single(tags)),
        Form::List(list) => {
            let mut tags = Tags::new();
            for OnceEach(tag) in list {
                let (key, value) = pair(tag).map_err(|_| JSON_FORMS.to_owned())?;
                if tags.insert(key, value).is_some() {
                    return Err(TWICE.into());
                }
            }
            Ok(tags)
        }
    }
}

/// Reads one tag from an object: PowerShell writes a list of one element as that element.
fn single(tags: Tags) -> Tags {
    match pair(tags) {
        Ok(tag) => [tag].into(),
        Err(tags) => tags,
    }
}

/// Reads one tag as AWS prints it: an object with only `Key` and `Value`. Otherwise returns the object.
fn pair(mut tags: Tags) -> Result<(String, String), Tags> {
    for (key, value) in [("Key", "Value"), ("key", "value")] {
        if tags.len() == 2 && tags.contains_key(key) && tags.contains_key(value) {
            return Ok((tags.remove(key).unwrap_or_default(), tags.remove(value).unwrap_or_default()));
        }
    }
    Err(tags)
}

/// An object, or the list of `Key` and `Value` that AWS prints. Lists of lists are neither.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Form {
    Object(OnceEach),
    List(Vec<OnceEach>),
}

/// Tags by key, each once.
struct OnceEach(Tags);

impl<'de> Deserialize<'de> for OnceEach {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = OnceEach;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tags by key")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OnceEach, A::Error> {
                let mut tags = Tags::new();
                while let Some((key, value)) = map.next_entry()? {
                    if tags.insert(key, value).is_some() {
                        return Err(A::Error::custom(TWICE));
                    }
                }
                Ok(OnceEach(tags))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

/// Sets the tags to unknown if no account has any: they were removed or not exported. Returns whether it did.
pub(super) fn forget_empty(accounts: &mut [Account]) -> bool {
    let none = accounts.iter().all(|account| account.tags.as_ref().is_none_or(Tags::is_empty));
    if !accounts.iter().any(|account| account.tags.is_some()) || !none {
        return false;
    }
    for account in accounts {
        account.tags = None;
        account.tag_keys = None;
    }
    true
}

/// Sets the tags to unknown whose column is empty in every line: the column was cleared or never filled in. Returns those
/// tags.
pub(super) fn forget_empty_columns(columns: &[String], accounts: &mut [Account]) -> Vec<String> {
    if accounts.is_empty() {
        return Vec::new();
    }
    let has = |key: &str| {
        accounts.iter().any(|account| account.tags.as_ref().is_some_and(|tags| tags.contains_key(key)))
    };
    let empty: Vec<String> = columns.iter().filter(|key| !has(key)).cloned().collect();
    for keys in accounts.iter_mut().filter_map(|account| account.tag_keys.as_mut()) {
        keys.retain(|key| !empty.contains(key));
    }
    empty
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_pairs_and_as_json() {
        let both = Tags::from([("env".into(), "prod".into()), ("team".into(), "a b".into())]);
        for text in [
            "env=prod; team=a b;",
            r#"{"env":"prod","team":"a b"}"#,
            r#"[{"Key":"env","Value":"prod"},{"key":"team","value":"a b"}]"#,
        ] {
            assert_eq!(parse(text).unwrap(), both, "{text}");
        }
        for text in ["", "{}", "[]", " ; "] {
            assert_eq!(parse(text).unwrap(), Tags::new(), "{text:?}");
        }
        assert_eq!(
            parse(r#"{"Key":"env","Value":"prod"}"#).unwrap(),
            Tags::from([("env".into(), "prod".into())])
        );
        assert_eq!(
            parse("a=b=c;d=1,5;e=R&D x").unwrap(),
            Tags::from([
                ("a".into(), "b=c".into()),
                ("d".into(), "1,5".into()),
                ("e".into(), "R&D x".into())
            ])
        );
    }

    #[test]
    fn ambiguous_tags_are_refused_and_not_shown() {
        for text in [
            "env=prod,team=x",
            "env=prod|temporary=true",
            "env=prod | temporary",
            "env=prod temporary=true",
            "env=prod & temporary=true",
            "env=prod&temporary=true",
            "env=prod\ttemporary=true",
            "temporary=>true",
            "temporary==true",
            "temporary:=true",
            "temporary!=true",
            "=true",
            "\"env\"=\"prod\"",
            "Key=env;Value=prod",
            "Key=env,Value=prod",
            "env=a;env=b",
            "env",
            "@{Key=env; Value=prod}",
            "{'env': 'prod'}",
            r#"{"env":1}"#,
            r#"{"env":"a","env":"b"}"#,
            r#"[{"Key":"env"}]"#,
            "{\"env\":\"hunter2\"",
            r#"[["env","prod"]]"#,
        ] {
            let problem = parse(text).unwrap_err();
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }
}
