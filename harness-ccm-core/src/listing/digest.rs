use std::collections::BTreeSet;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest as _, Sha256};

use crate::id::AccountId;
use crate::text::hex;

/// Identifies the accounts of a listing: the SHA-256 of their ids, sorted, each once, one per line, in hexadecimal digits.
///
/// It does not depend on names and states. Two listings have the same digest if and only if they have the same accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("format" = "SHA-256")))]
#[serde(transparent)]
pub struct ListingDigest(String);

impl ListingDigest {
    /// The digest of these accounts, in any order.
    pub fn of<'a>(accounts: impl IntoIterator<Item = &'a AccountId>) -> Self {
        let sorted: BTreeSet<&AccountId> = accounts.into_iter().collect();
        let mut hash = Sha256::new();
        for id in sorted {
            hash.update(id.as_str());
            hash.update("\n");
        }
        Self(hex(hash.finalize()))
    }
}

impl fmt::Display for ListingDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ListingDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 64 && text.bytes().all(is_digit) {
            Ok(Self(text))
        } else {
            Err(D::Error::custom("the digest of a listing has 64 hexadecimal digits in lower case"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_does_not_depend_on_the_order_of_accounts() {
        let id = |number: u64| format!("{number:012}").parse::<AccountId>().unwrap();
        let (one, two) = (id(1), id(2));
        let digest = ListingDigest::of([&two, &one, &two]);
        assert_eq!(digest, ListingDigest::of([&one, &two]));
        assert_ne!(digest, ListingDigest::of([&one]));
        // printf '000000000001\n000000000002\n' | sha256sum
        assert_eq!(digest.to_string(), "2964ec567b165e64af8451fcaf4e62035cc52db60c6613002305a37999c598bf");
        let text = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<ListingDigest>(&text).unwrap(), digest);
        assert!(serde_json::from_str::<ListingDigest>("\"abc\"").is_err());
    }
}
