//! Secrets, which cannot be printed by accident, and checks whether a text may be one.

use std::fmt;

/// An API key or similar. `Debug` hides it, it has no `Display` and no serde; only [`Secret::expose`] returns it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Stores the text without white space around it (a trailing newline is a common mistake).
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().trim().into())
    }

    /// Returns the text itself: for the only place that sends it.
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
/// From this length on, a text that does not consist of words and numbers counts as a key.
const SHORTEST_KEY: usize = 16;

/// Whether a text may contain a key, so that no message may show it: an API key of Harness (`pat.` or `sat.`), an AWS access
/// key, or a long run of base64 characters that does not consist of words.
///
/// This is a heuristic, for values in the wrong place. Names, ARNs and paths made of words do not count as
/// keys.
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
    let holds_key = |run: &str| is_token(run) || run.len() >= SHORTEST_KEY && !words(run).all(is_word);
    // A key that separators split into short pieces is recognized by its length.
    text.split(|c| !member(c)).any(holds_key) || without_keys(text) != text
}

/// Whether a text is a short one of words and numbers, which cannot be a key: only such texts of an unknown
/// value may be shown.
pub(crate) fn is_plain(text: &str) -> bool {
    let between = |c: char| " -_./:()&".contains(c);
    let length = text.chars().count();
    (1..=40).contains(&length)
        && text.chars().all(|c| c.is_alphanumeric() || between(c))
        && words(text).all(is_word)
        // A key that is split into many short pieces is still a key.
        && words(text).count() <= 1 + length / 3
        && !looks_like_key(text)
}

/// A value for a message: as it is, or a text in its place.
pub(crate) fn shown(value: &str) -> String {
    if looks_like_key(value) {
        "(a text that looks like a key, not shown)".into()
    } else {
        format!("{value:?}")
    }
}

/// Removes from an external text what is certainly a key: an API key of Harness, an AWS secret access key or session token.
///
/// For messages of services and systems, which may repeat their input. Unlike [`looks_like_key`] it keeps texts that only may be
/// a key, such as request ids and digests.
///
/// ```
/// use harness_ccm_core::secret::without_keys;
///
/// assert_eq!(without_keys("no host at pat.acct.token.secret (x)"), "no host at … (x)");
/// assert_eq!(without_keys("got 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'"), "got '…'");
/// assert_eq!(without_keys("request 0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"), "request 0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f");
/// ```
pub fn without_keys(text: &str) -> String {
    let token = |c: char| c.is_ascii_alphanumeric() || "._-%".contains(c);
    let text = hide(text, token, |run| {
        let start = ["pat", "sat"].into_iter().filter_map(|kind| token_start(run, kind)).min()?;
        let dots = run[start..].to_ascii_lowercase().replace("%2e", ".").matches('.').count();
        (dots >= 2).then_some(start)
    });
    let base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    hide(&text, base64, |run| {
        if run.len() >= SESSION_TOKEN && is_mixed(run) {
            return Some(0);
        }
        // A key in a path or an assignment is enclosed by their separators.
        let between = |at: usize| {
            at == 0 || at == run.len() || "/=".contains(&run[at..=at]) || "/=".contains(&run[at - 1..at])
        };
        let ends = run.len().checked_sub(SECRET_ACCESS_KEY)?;
        (0..=ends).find(|at| {
            let end = at + SECRET_ACCESS_KEY;
            between(*at) && between(end) && is_mixed(&run[*at..end])
        })
    })
}

/// Whether a text has capital letters, small letters and digits, as random text has.
fn is_mixed(text: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| text.as_bytes().iter().any(kind);
    has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)
}

/// The length of an AWS secret access key, and the minimum length of a session token.
const SECRET_ACCESS_KEY: usize = 40;
const SESSION_TOKEN: usize = 100;

/// The place in a run where a token of this kind begins, at the beginning of a word.
fn token_start(run: &str, kind: &str) -> Option<usize> {
    let run = &*run.to_ascii_lowercase();
    run.match_indices(kind).map(|(at, _)| at).find(|at| {
        let before = run[..*at].chars().next_back();
        let behind = &run[at + kind.len()..];
        before.is_none_or(|c| !c.is_ascii_alphanumeric())
            && (behind.starts_with('.') || behind.starts_with("%2e"))
    })
}

/// Replaces the end of each run of `member` characters by `…`, from the place that `from` returns.
fn hide(text: &str, member: impl Fn(char) -> bool, from: impl Fn(&str) -> Option<usize>) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(&member) {
        let length = rest[start..].find(|c| !member(c)).unwrap_or(rest.len() - start);
        let run = &rest[start..start + length];
        shown.push_str(&rest[..start]);
        match from(run) {
            Some(at) => {
                shown.push_str(&run[..at]);
                shown.push('…');
            }
            None => shown.push_str(run),
        }
        rest = &rest[start + length..];
    }
    shown.push_str(rest);
    shown
}

/// `<pat|sat>.<account>.<token>.<secret>`, or without the account (Harness API reference).
fn is_token(run: &str) -> bool {
    let mut parts = run.split('.');
    matches!(parts.next(), Some("pat" | "sat")) && parts.count() >= 2
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Whether a word is a number, or a usual combination of words, such as `web01`, `accountId` or
/// `HarnessCERole`.
fn is_word(word: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    if word.chars().all(is_digit) {
        return word.len() <= NUMBER;
    }
    let letters = word.trim_end_matches(is_digit);
    if word.len() - letters.len() > 4 || letters.chars().any(char::is_numeric) {
        return false;
    }
    // Word by word: a few capital letters and the small letters after them.
    let mut rest = letters;
    let mut acronyms = 0;
    for _ in 0..5 {
        let small = rest.trim_start_matches(char::is_uppercase);
        let capitals = rest.chars().count() - small.chars().count();
        rest = small.trim_start_matches(|c: char| !c.is_uppercase());
        let length = capitals + small.chars().count() - rest.chars().count();
        acronyms += usize::from(capitals > 1);
        if capitals > 4 || acronyms > 2 || length > WORD {
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

    const KEYS: [&str; 12] = [
        "pat.ACCT.0123456789abcdef01234567.SECRETSECRET",
        "sat.acct.token.secret",
        "pat.token.secret",
        "my key is pat.acct.token.secret",
        "AKIAIOSFODNN7EXAMPLE",
        "ASIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "a00+00+aaA+0+AAAAa+aaa+Aa++Aa+a+Aa+A++A/",
        "0123456789abcdef01234567",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc",
        "secretsecretsecretsecret",
        "aaaAAAaaaAAAaaaAAAAa",
    ];

    #[test]
    fn a_text_that_looks_like_a_key_is_never_shown() {
        for key in KEYS {
            assert!(looks_like_key(key) && !is_plain(key), "{key}");
            assert!(!shown(key).contains(&key[..6]), "{key}");
        }
    }

    #[test]
    fn keys_are_removed_from_messages_of_services() {
        for (text, shown) in [
            ("failed for 'pat.ACCT.tok.SECRET': x", "failed for '…': x"),
            ("http://127.0.0.1:5000/sat.a.b.c?x", "http://127.0.0.1:5000/…?x"),
            ("https://pat%2eACCT%2Etok%2eSECRET/", "https://…/"),
            ("(got 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY')", "(got '…')"),
            ("é pat.a.b é", "é … é"),
            ("PAT.acct.tok.SECRET", "…"),
            ("http://h/wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEK3Y", "http://h/…"),
            ("key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEK3Y", "key=…"),
            ("/tmp/wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEK3Y/x", "/tmp/…"),
            ("a=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEK3Y=", "a=…"),
            // Not keys: words, digests, ids, paths.
            ("compat.x.y and pat.x and a.pat", "compat.x.y and pat.x and a.pat"),
            ("da39a3ee5e6b4b0d3255bfef95601890afd80709", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("AROAIOSFODNN7EXAMPLE:session", "AROAIOSFODNN7EXAMPLE:session"),
            (
                "arn:aws:iam::123456789012:role/OrganizationAccountAccessRole",
                "arn:aws:iam::123456789012:role/OrganizationAccountAccessRole",
            ),
            ("", ""),
        ] {
            assert_eq!(without_keys(text), shown);
        }
        let token = format!("IQoJb3JpZ2luX2VjE{}", "Aa0/".repeat(30));
        assert_eq!(without_keys(&format!("token {token}==.")), "token ….");
        let (short, long) = ("Aa0x".repeat(24) + "Aa0", "Aa0x".repeat(25));
        assert_eq!(without_keys(&short), short);
        assert_eq!(without_keys(&long), "…");
        let ones = "a".repeat(39) + "A";
        assert_eq!(without_keys(&ones), ones, "no digit");
    }

    #[test]
    fn usual_names_are_shown() {
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
    fn an_arbitrary_text_is_not_plain() {
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
