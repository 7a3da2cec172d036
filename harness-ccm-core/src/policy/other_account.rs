//! Documents that differ in the id of their account alone.

use std::collections::{BTreeMap, BTreeSet};

use super::{Actions, Conditions, Folded, PolicyDocument, Principal, Principals, Resources, Statement};
use crate::id::AccountId;

impl PolicyDocument {
    /// Whether this document, of one account, is written as `other` is of another account, but for the two ids. A no may be wrong where
    /// lists are in another order because of the ids; a yes is not.
    pub(crate) fn is_written_as(&self, account: &AccountId, other: &Self, of: &AccountId) -> bool {
        let ids = Ids { one: account.as_str(), other: of.as_str() };
        let Self { version, id, statements, empty } = self;
        ids.texts(version, &other.version)
            && ids.options(id.as_deref(), other.id.as_deref())
            && empty == &other.empty
            // What says nothing is compared as it is.
            && (empty.is_empty() || account == of)
            && ids.all(statements, &other.statements, Ids::statements)
    }
}

/// The ids of the accounts of two documents that are compared.
#[derive(Clone, Copy)]
struct Ids<'a> {
    one: &'a str,
    other: &'a str,
}

impl Ids<'_> {
    fn texts(self, one: &str, other: &str) -> bool {
        if may_hold_id(one) || may_hold_id(other) {
            one.split(self.one).eq(other.split(self.other))
        } else {
            one == other
        }
    }

    fn options(self, one: Option<&str>, other: Option<&str>) -> bool {
        match (one, other) {
            (Some(one), Some(other)) => self.texts(one, other),
            (one, other) => one == other,
        }
    }

    fn all<'a, T: 'a>(
        self,
        one: impl IntoIterator<Item = &'a T, IntoIter: ExactSizeIterator>,
        other: impl IntoIterator<Item = &'a T, IntoIter: ExactSizeIterator>,
        are_same: impl Fn(Self, &T, &T) -> bool,
    ) -> bool {
        let (one, other) = (one.into_iter(), other.into_iter());
        one.len() == other.len() && one.zip(other).all(|(one, other)| are_same(self, one, other))
    }

    fn maps<K: AsText, V>(
        self,
        one: &BTreeMap<K, V>,
        other: &BTreeMap<K, V>,
        are_same: impl Fn(Self, &V, &V) -> bool,
    ) -> bool {
        one.len() == other.len()
            && one.iter().zip(other).all(|((key, value), (other_key, other))| {
                self.texts(key.text(), other_key.text()) && are_same(self, value, other)
            })
    }

    fn sets<T: AsText>(self, one: &BTreeSet<T>, other: &BTreeSet<T>) -> bool {
        self.all(one, other, |ids, one, other| ids.texts(one.text(), other.text()))
    }

    fn statements(self, one: &Statement, other: &Statement) -> bool {
        let Statement { sid, effect, principals, not_principals, actions, resources, conditions } = one;
        *effect == other.effect
            && self.options(sid.as_deref(), other.sid.as_deref())
            && self.principals(principals.as_ref(), other.principals.as_ref())
            && self.principals(not_principals.as_ref(), other.not_principals.as_ref())
            && self.actions(actions, &other.actions)
            && self.resources(resources, &other.resources)
            && self.conditions(conditions, &other.conditions)
    }

    fn principals(self, one: Option<&Principals>, other: Option<&Principals>) -> bool {
        match (one, other) {
            (Some(one), Some(other)) => self.maps(&one.0, &other.0, Self::sets),
            (one, other) => one.is_none() && other.is_none(),
        }
    }

    fn actions(self, one: &Actions, other: &Actions) -> bool {
        match (one, other) {
            (Actions::Only(one), Actions::Only(other)) | (Actions::Except(one), Actions::Except(other)) => {
                self.sets(one, other)
            }
            _ => false,
        }
    }

    fn resources(self, one: &Resources, other: &Resources) -> bool {
        match (one, other) {
            (Resources::Itself, Resources::Itself) => true,
            (Resources::Only(one), Resources::Only(other))
            | (Resources::Except(one), Resources::Except(other)) => self.sets(one, other),
            _ => false,
        }
    }

    fn conditions(self, one: &Conditions, other: &Conditions) -> bool {
        self.maps(one, other, |ids, one, other| ids.maps(one, other, Self::sets))
    }
}

/// Whether a text may hold an account id: twelve digits in a row cover one of every twelve places.
fn may_hold_id(text: &str) -> bool {
    text.as_bytes().iter().skip(11).step_by(12).any(u8::is_ascii_digit)
}

/// A text as it was written.
trait AsText {
    fn text(&self) -> &str;
}

impl AsText for String {
    fn text(&self) -> &str {
        self
    }
}

impl AsText for Folded {
    fn text(&self) -> &str {
        self.as_str()
    }
}

impl AsText for Principal {
    fn text(&self) -> &str {
        self.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(text: &str) -> PolicyDocument {
        PolicyDocument::parse(text).unwrap()
    }

    fn with(resource: &str) -> PolicyDocument {
        document(&format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:GetObject","Resource":"{resource}"}}]}}"#
        ))
    }

    #[test]
    fn documents_are_written_alike_where_each_has_its_own_id() {
        let (one, two): (AccountId, AccountId) =
            ("000000000001".parse().unwrap(), "000000000002".parse().unwrap());
        let cases = [
            ("arn:aws:iam::000000000001:role/x", "arn:aws:iam::000000000002:role/x", true),
            ("arn:aws:s3:::bucket", "arn:aws:s3:::bucket", true),
            // A document that names the other account is a different document, and so is one with the placeholder.
            ("arn:aws:iam::000000000001:role/x", "arn:aws:iam::000000000001:role/x", false),
            ("arn:aws:iam::000000000001:role/x", "arn:aws:iam::${account}:role/x", false),
            ("arn:aws:iam::000000000003:role/x", "arn:aws:iam::000000000003:role/x", true),
            ("x000000000001x000000000001", "x000000000002x000000000002", true),
            ("x000000000001x000000000001", "x000000000002x000000000001", false),
        ];
        for (own, other, expected) in cases {
            assert_eq!(with(own).is_written_as(&one, &with(other), &two), expected, "{own} {other}");
        }
    }

    #[test]
    fn every_part_of_a_statement_counts() {
        let id: AccountId = "000000000001".parse().unwrap();
        let full = r#"{"Version":"2012-10-17","Id":"a","Statement":[{"Sid":"S","Effect":"Allow","Principal":{"AWS":"x"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"e"}}}]}"#;
        assert!(document(full).is_written_as(&id, &document(full), &id));
        for (from, to) in [
            ("2012-10-17", "2008-10-17"),
            ("\"a\"", "\"b\""),
            ("\"S\"", "\"T\""),
            ("Allow", "Deny"),
            ("\"x\"", "\"y\""),
            ("\"Principal\"", "\"NotPrincipal\""),
            ("\"Action\"", "\"NotAction\""),
            ("AssumeRole", "assumeRole"),
            ("StringEquals", "StringLike"),
            ("ExternalId", "externalId"),
            ("\"e\"", "\"f\""),
        ] {
            let other = document(&full.replace(from, to));
            assert!(!document(full).is_written_as(&id, &other, &id), "{from} {to}");
        }
    }
}
