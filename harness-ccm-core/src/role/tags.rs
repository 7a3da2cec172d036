use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::id::PolicyArn;
use crate::secret::shown;
use crate::text::hex;

/// Tags that IAM refuses, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTags {
    /// There are too many.
    #[error("a role would have {count} tags, {MOST} are allowed: give fewer, up to four are our own")]
    TooMany {
        /// How many there would be.
        count: usize,
    },
    /// A key that is not allowed.
    #[error("the tag {} has a key that IAM refuses: {rule}", shown(key))]
    Key {
        /// The key.
        key: String,
        /// The rule that it breaks.
        rule: &'static str,
    },
    /// A value that is not allowed.
    #[error(
        "the tag {} has a value that IAM refuses: it has at most 256 characters out of letters, digits, spaces and _.:/=+-@",
        shown(key)
    )]
    Value {
        /// The key of the tag.
        key: String,
    },
    /// Two keys that are the same to IAM.
    #[error(
        "the tags {} and {} have the same key to IAM, which is blind to case: keep one",
        shown(first),
        shown(second)
    )]
    Twice {
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
}

/// Tags of one role or policy (IAM user guide, "Tags for AWS Identity and Access Management resources").
pub(crate) const MOST: usize = 50;

/// Whether IAM takes these tags together.
pub(crate) fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), InvalidTags> {
    if tags.len() > MOST {
        return Err(InvalidTags::TooMany { count: tags.len() });
    }
    let mut folded: BTreeMap<String, &String> = BTreeMap::new();
    for (key, value) in tags {
        let refused = |rule| InvalidTags::Key { key: key.clone(), rule };
        if !(1..=128).contains(&key.chars().count()) || !key.chars().all(is_allowed) {
            return Err(refused("it has 1 to 128 characters out of letters, digits, spaces and _.:/=+-@"));
        }
        if key.to_lowercase().starts_with("aws:") {
            return Err(refused("keys that begin with aws: are AWS' own"));
        }
        if !is_tag_value(value) {
            return Err(InvalidTags::Value { key: key.clone() });
        }
        if let Some(first) = folded.insert(key.to_lowercase(), key) {
            return Err(InvalidTags::Twice { first: first.clone(), second: key.clone() });
        }
    }
    Ok(())
}

/// The tag of a role under this key, in whatever case: to IAM the keys of a role's tags are the same in every case.
pub(crate) fn find_tag<'a>(
    tags: &'a BTreeMap<String, String>,
    key: &str,
) -> Option<(&'a String, &'a String)> {
    tags.get_key_value(key).or_else(|| {
        let folded = key.to_lowercase();
        tags.iter().find(|(other, _)| other.to_lowercase() == folded)
    })
}

/// Sets a tag of a role as IAM does: it takes the place of one whose key is spelled in another case.
pub(crate) fn put_tag(tags: &mut BTreeMap<String, String>, key: String, value: String) {
    remove_tag(tags, &key);
    tags.insert(key, value);
}

/// Removes a tag of a role as IAM does: in whatever case its key is spelled.
pub(crate) fn remove_tag(tags: &mut BTreeMap<String, String>, key: &str) {
    while let Some(spelled) = find_tag(tags, key).map(|(spelled, _)| spelled.clone()) {
        tags.remove(&spelled);
    }
}

/// Whether IAM takes this as the value of a tag.
pub(crate) fn is_tag_value(text: &str) -> bool {
    text.chars().count() <= 256 && text.chars().all(is_allowed)
}

/// How a permissions boundary of ours is remembered.
pub(crate) fn boundary_mark(boundary: &PolicyArn) -> String {
    let arn = boundary.as_str();
    if is_tag_value(arn) { arn.to_owned() } else { format!("SHA-256:{}", hex(Sha256::digest(arn))) }
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]`
fn is_allowed(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || c == '\u{a0}' || "_.:/=+-@".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tags: &[(&str, &str)]) -> Result<(), InvalidTags> {
        check_tags(&tags.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect())
    }

    #[test]
    fn what_iam_takes_passes() {
        let (longest_key, longest_value) = ("k".repeat(128), "v".repeat(256));
        check(&[("team", ""), ("Größe", "a b_c.d:e/f=g+h-i@j"), (&longest_key, &longest_value)]).unwrap();
    }

    #[test]
    fn a_key_in_another_case_is_the_same_tag_of_a_role() {
        let mut tags = BTreeMap::from([("Team".to_owned(), "x".to_owned()), ("other".into(), "y".into())]);
        assert_eq!(find_tag(&tags, "TEAM").unwrap().0, "Team");
        put_tag(&mut tags, "team".into(), "z".into());
        assert_eq!(tags, [("other", "y"), ("team", "z")].map(|(k, v)| (k.to_owned(), v.to_owned())).into());
        remove_tag(&mut tags, "OTHER");
        assert_eq!(tags.len(), 1);
        assert_eq!(find_tag(&tags, "other"), None);
    }

    #[test]
    fn what_iam_refuses_is_told_apart() {
        let (key, value) = ("k".repeat(129), "v".repeat(257));
        for (tags, part) in [
            (&[("", "x")][..], "1 to 128"),
            (&[(&key, "x")], "1 to 128"),
            (&[("a*b", "x")], "1 to 128"),
            (&[("AWS:team", "x")], "AWS' own"),
            (&[("team", &value)], "at most 256"),
            (&[("team", "a;b")], "at most 256"),
            (&[("Team", "x"), ("team", "y")], "blind to case"),
        ] {
            let text = check(tags).unwrap_err().to_string();
            assert!(text.contains(part), "{text}");
        }
        let many: BTreeMap<_, _> = (0..51).map(|n| (format!("k{n}"), String::new())).collect();
        assert_eq!(check_tags(&many), Err(InvalidTags::TooMany { count: 51 }));
    }
}
