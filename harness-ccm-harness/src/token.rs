//! API keys of Harness: `<pat|sat>.<account>.<token>.<secret>`, and older ones without the account (Harness API reference).

use harness_ccm_core::secret::Secret;
use reqwest::Url;

/// Shorter texts may occur anywhere by coincidence.
const SHORTEST_SECRET: usize = 6;

/// Returns the Harness account in the key; only keys of four parts contain it.
pub(crate) fn account_in(key: &Secret) -> Option<&str> {
    let parts: Vec<_> = key.expose().split('.').collect();
    match parts[..] {
        ["pat" | "sat", account, _, _] if !account.is_empty() => Some(account),
        _ => None,
    }
}

/// Returns whether an address contains an API key, this one or another.
pub(crate) fn is_in(key: &Secret, address: &Url) -> bool {
    let is_key = |part: &str| part.starts_with("pat.") || part.starts_with("sat.");
    address.path().split('/').any(is_key) || address.as_str().contains(key.expose())
}

/// Returns the text with the key, and its secret part, made unreadable.
pub(crate) fn redacted(key: &Secret, text: &str) -> String {
    let key = key.expose();
    let secret = key.rsplit('.').next().filter(|secret| secret.len() >= SHORTEST_SECRET);
    let text = text.replace(key, "***");
    match secret {
        Some(secret) => text.replace(secret, "***"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_four_parts_name_an_account() {
        let named = |key: &str| account_in(&Secret::new(key)).map(str::to_owned);
        assert_eq!(named("pat.acct.token.secret").as_deref(), Some("acct"));
        assert_eq!(named("sat.acct.token.secret").as_deref(), Some("acct"));
        for key in ["pat.token.secret", "xyz.acct.token.secret", "pat..token.secret", "a", "a.b.c.d.e"] {
            assert_eq!(named(key), None, "{key}");
        }
    }

    #[test]
    fn the_key_and_its_secret_part_are_redacted() {
        let key = Secret::new("pat.acct.token.SECRET");
        assert_eq!(redacted(&key, "got pat.acct.token.SECRET, SECRET"), "got ***, ***");
        assert_eq!(redacted(&Secret::new("pat.a.b.c"), "abc pat.a.b.c"), "abc ***");
    }
}
