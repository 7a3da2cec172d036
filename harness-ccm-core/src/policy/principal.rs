use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One principal of a policy: an ARN, an account id, a service, `*`.
///
/// An account id and that account's root ARN mean the same and compare as equal in any partition, because an account is in
/// only one. An orphaned unique id (`AIDA...`), which IAM shows after a trusted user was deleted, equals only itself: a new
/// user of the same name is not trusted.
#[derive(Clone)]
pub struct Principal(Box<str>);

impl Principal {
    /// The original text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the unique id of a deleted user or role.
    pub fn is_orphaned(&self) -> bool {
        let text = &*self.0;
        (text.starts_with("AIDA") || text.starts_with("AROA")) && !text.contains(':')
    }

    /// The account id, if the principal is a whole account: its id, or its root ARN in any partition.
    pub fn whole_account(&self) -> Option<&str> {
        let text = &*self.0;
        let id = match text.strip_prefix("arn:") {
            Some(arn) => {
                let (_, rest) = arn.split_once(':')?;
                rest.strip_prefix("iam::")?.strip_suffix(":root")?
            }
            None => text,
        };
        (id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit())).then_some(id)
    }

    /// The account of the principal, if the text contains it.
    pub fn account(&self) -> Option<&str> {
        self.whole_account().or_else(|| {
            let id = self.0.strip_prefix("arn:")?.split(':').nth(3)?;
            (id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit())).then_some(id)
        })
    }

    fn key(&self) -> &str {
        self.whole_account().unwrap_or(&self.0)
    }
}

impl From<&str> for Principal {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Principal {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl PartialEq for Principal {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Principal {}

impl PartialOrd for Principal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Principal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(other.key())
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The principals of a statement by type (`AWS`, `Service`, `Federated`, `CanonicalUser`).
///
/// `"*"` is stored as `{"AWS": "*"}`, which means the same in a trust policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Principals(pub BTreeMap<String, BTreeSet<Principal>>);

impl Principals {
    /// Principals of the type `AWS`.
    pub fn aws(principals: impl IntoIterator<Item = impl Into<Principal>>) -> Self {
        Self::of("AWS", principals)
    }

    /// Principals of the type `Service`.
    pub fn service(principals: impl IntoIterator<Item = impl Into<Principal>>) -> Self {
        Self::of("Service", principals)
    }

    fn of(kind: &str, principals: impl IntoIterator<Item = impl Into<Principal>>) -> Self {
        Self(BTreeMap::from([(kind.into(), principals.into_iter().map(Into::into).collect())]))
    }

    /// The principals of the type `AWS`: accounts, users, roles, everyone.
    pub fn aws_principals(&self) -> impl Iterator<Item = &Principal> {
        self.0.get("AWS").into_iter().flatten()
    }

    /// All principals of all types.
    pub fn iter(&self) -> impl Iterator<Item = &Principal> {
        self.0.values().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_its_root() {
        assert_eq!(Principal::from("123456789012"), Principal::from("arn:aws:iam::123456789012:root"));
        assert_eq!(Principal::from("123456789012"), Principal::from("arn:aws-us-gov:iam::123456789012:root"));
        assert_ne!(Principal::from("123456789012"), Principal::from("arn:aws:iam::123456789012:user/root"));
        assert_ne!(Principal::from("123456789012"), Principal::from("arn:aws:sts::123456789012:root"));
        assert_eq!(Principal::from("arn:aws:iam::123456789012:user/x").account(), Some("123456789012"));
        assert_eq!(Principal::from("*").account(), None);
    }

    #[test]
    fn an_orphan_equals_only_itself() {
        let orphan = Principal::from("AIDACKCEVSQ6C2EXAMPLE");
        assert!(orphan.is_orphaned());
        assert!(!Principal::from("arn:aws:iam::123456789012:user/AIDA").is_orphaned());
    }
}
