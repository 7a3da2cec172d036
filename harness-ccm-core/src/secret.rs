//! A text that cannot be printed by accident, and how to tell whether any other text may be one.

use std::fmt;

/// An API key or the like. `Debug` hides it, it has no `Display` and no serde; [`Secret::expose`] is the one way to read it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Takes the text, without white space around it (a trailing new line is a common slip).
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().trim().into())
    }

    /// The text itself: for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// The longest run of letters that counts as a word, and the longest run of digits that counts as a number: an account id has 12.
const WORD: usize = 15;
const NUMBER: usize = 12;
/// From this length on, what does not consist of words and numbers counts as a key.
const SHORTEST_KEY: usize = 16;

/// Whether a text may hold a key, so that no message shows it: an API key of Harness (`pat.` or `sat.`), an access key of AWS, a
/// long run of characters as base64 has them that does not consist of words.
///
/// It is a guess, for values that are in the wrong place. Names, ARNs and paths made of words pass.
///
/// ```
/// use harness_ccm_core::secret::looks_like_key;
///
/// assert!(looks_like_key("pat.acct.token.secret"));
/// assert!(looks_like_key("AKIAIOSFODNN7EXAMPLE"));
/// assert!(looks_like_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"));
/// assert!(!looks_like_key("arn:aws:iam::123456789012:role/ops/OrganizationAccountAccessRole"));
/// ```
pub fn looks_like_key(text: &str) -> bool {
    let member = |c: char| c.is_ascii_alphanumeric() || "+/=_.-".contains(c);
    text.split(|c| !member(c))
        .any(|run| is_token(run) || run.len() >= SHORTEST_KEY && !words(run).all(is_word))
}

/// Whether a text is a short one of words and numbers, and so is no key: what of an unknown text may be shown.
pub(crate) fn is_plain(text: &str) -> bool {
    let between = |c: char| " -_./:()&".contains(c);
    let length = text.chars().count();
    (1..=40).contains(&length)
        && text.chars().all(|c| c.is_alphanumeric() || between(c))
        && words(text).all(is_word)
        // A key that is cut into many short pieces is one all the same.
        && words(text).count() <= 1 + length / 3
        && !looks_like_key(text)
}

/// A value for a message: as it is, or what stands in its place.
pub(crate) fn shown(value: &str) -> String {
    if looks_like_key(value) {
        "(a text that looks like a key, not shown)".into()
    } else {
        format!("{value:?}")
    }
}

/// `<pat|sat>.<account>.<token>.<secret>`, or without the account (Harness API reference).
fn is_token(run: &str) -> bool {
    let mut parts = run.split('.');
    matches!(parts.next(), Some("pat" | "sat")) && parts.count() >= 2
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// A number; or what people make of words, such as `web01`, `accountId` or `HarnessCERole`.
fn is_word(word: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    if word.chars().all(is_digit) {
        return word.len() <= NUMBER;
    }
    let letters = word.trim_end_matches(is_digit);
    if word.len() - letters.len() > 4 || letters.chars().any(char::is_numeric) {
        return false;
    }
    // One after the other: a few capitals and the small letters behind them.
    let mut rest = letters;
    for _ in 0..5 {
        let small = rest.trim_start_matches(char::is_uppercase);
        let capitals = rest.chars().count() - small.chars().count();
        rest = small.trim_start_matches(|c: char| !c.is_uppercase());
        let length = capitals + small.chars().count() - rest.chars().count();
        if capitals > 4 || length > WORD {
            return false;
        }
        if rest.is_empty() {
            return true;
        }
        if length < capitals + 2 {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 10] = [
        "pat.ACCT.0123456789abcdef01234567.SECRETSECRET",
        "sat.acct.token.secret",
        "pat.token.secret",
        "my key is pat.acct.token.secret",
        "AKIAIOSFODNN7EXAMPLE",
        "ASIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "0123456789abcdef01234567",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc",
        "secretsecretsecretsecret",
    ];

    #[test]
    fn what_looks_like_a_key_is_never_shown() {
        for key in KEYS {
            assert!(looks_like_key(key) && !is_plain(key), "{key}");
            assert!(!shown(key).contains(&key[..6]), "{key}");
        }
    }

    #[test]
    fn what_people_call_things_is_shown() {
        for name in [
            "OrganizationAccountAccessRole",
            "AWSControlTowerExecution",
            "HarnessCELambdaExecutionRole",
            "lineItem/UsageAccountId",
            "additional-external-ids",
            "Total cost (USD)",
            "web-01 Zürich",
            "123456789012",
            "accountID",
            "x",
        ] {
            assert!(is_plain(name) && shown(name).contains(name), "{name}");
        }
        for value in ["ops/Bootstrap", "1234567890123", "arn:aws:iam::12345678901:role/${name}", ""] {
            assert!(!looks_like_key(value), "{value}");
        }
    }

    #[test]
    fn what_may_be_anything_is_not_plain() {
        for text in [
            "",
            "a=b",
            "\"x\"",
            "a\nb",
            "hunter2hunter2",
            "SECRETS",
            "aB1cD2",
            "a.b.c.d.e.f",
            "x".repeat(41).as_str(),
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }
}
