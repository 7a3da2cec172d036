//! Tags as cells of sheets and JSON hold them.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use super::value::told;
use crate::account::Account;

/// Tags by key.
pub(super) type Tags = BTreeMap<String, String>;

const TWICE: &str = "a tag is there twice: keep one";
const JSON_FORMS: &str =
    "tags are an object or a list of Key and Value, each key once, and all values are texts";

/// `key=value` with `;` between them, or JSON.
pub(super) fn parse(text: &str) -> Result<Tags, String> {
    if text.starts_with(['{', '[']) {
        return from_json(text);
    }
    let mut tags = Tags::new();
    for tag in text.split(';').map(str::trim).filter(|tag| !tag.is_empty()) {
        let Some((key, value)) = tag.split_once('=').filter(|(key, _)| !key.starts_with("@{")) else {
            return Err(format!("the tag {} is not of the form key=value", told(tag)));
        };
        if value.split(',').skip(1).any(|part| part.contains('=')) {
            return Err(
                "it cannot be told whether a comma ends a tag here: write ; between tags, or JSON".into()
            );
        }
        if tags.insert(key.trim().into(), value.trim().into()).is_some() {
            return Err(TWICE.into());
        }
    }
    Ok(tags)
}

pub(super) fn from_json(text: &str) -> Result<Tags, String> {
    // Nothing of the parser's own words: they may hold what stands here.
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

/// PowerShell makes one tag of a list of one.
fn single(tags: Tags) -> Tags {
    match pair(tags) {
        Ok(tag) => [tag].into(),
        Err(tags) => tags,
    }
}

/// One tag as AWS has it, an object of `Key` and `Value` and nothing else; else what it is.
fn pair(mut tags: Tags) -> Result<(String, String), Tags> {
    for (key, value) in [("Key", "Value"), ("key", "value")] {
        if tags.len() == 2 && tags.contains_key(key) && tags.contains_key(value) {
            return Ok((tags.remove(key).unwrap_or_default(), tags.remove(value).unwrap_or_default()));
        }
    }
    Err(tags)
}

/// An object, or the list of `Key` and `Value` that AWS makes of one. Lists of lists are neither.
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

/// Takes the tags for unknown where no account has any: they were emptied, or not exported. Says whether it did.
pub(super) fn forget_empty(accounts: &mut [Account]) -> bool {
    let none = accounts.iter().all(|account| account.tags.as_ref().is_some_and(Tags::is_empty));
    if accounts.is_empty() || !none {
        return false;
    }
    for account in accounts {
        account.tags = None;
        account.tag_keys = None;
    }
    true
}

/// Takes tags for unknown whose column has no value in any line: such a column was emptied, or never filled in. Answers which.
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
            parse("a=b=c;d=1,5").unwrap(),
            Tags::from([("a".into(), "b=c".into()), ("d".into(), "1,5".into())])
        );
    }

    #[test]
    fn tags_that_could_be_others_are_refused_and_not_shown() {
        for text in [
            "env=prod,team=x",
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
