//! Describes errors in files without showing their values: any value may be a key in the wrong place.
//!
//! Keys, structure and the valid alternatives are shown. Values are hidden, whether or not they look like a
//! key.

use std::ops::Range;

use crate::secret::{is_plain, looks_like_key};

/// The text shown in place of a value.
const HIDDEN: &str = "…";

/// Returns the message of a deserializer without the values that serde puts into it.
///
/// Our own types do not put values into errors (`parsed` in `id`), and the parsers of TOML and JSON have fixed
/// texts.
pub(crate) fn problem(message: &str) -> String {
    let text = if let Some(rest) = message.strip_prefix("unknown field `") {
        let expected = expected(message);
        let key = rest.strip_suffix(&*expected).and_then(|rest| rest.strip_suffix('`')).unwrap_or_default();
        format!("unknown field `{}`{expected}", key_shown(key))
    } else if message.starts_with("unknown variant `") {
        format!("this word is unknown{}", expected(message))
    } else if message.starts_with("invalid value: ") {
        format!("this value is not allowed{}", expected(message))
    } else if let Some(found) = message.strip_prefix("invalid type: ") {
        let kind = KINDS.into_iter().find(|kind| found.starts_with(kind)).unwrap_or("something else");
        format!("invalid type: {kind}{}", expected(message))
    } else {
        message.to_owned()
    };
    if looks_like_key(&text) { "this value is not valid here".into() } else { text }
}

/// The names that serde uses for the values that it finds ([`serde::de::Unexpected`]).
const KINDS: [&str; 13] = [
    "boolean",
    "integer",
    "floating point",
    "character",
    "string",
    "byte array",
    "null",
    "unit value",
    "Option value",
    "newtype struct",
    "sequence",
    "map",
    "enum",
];

/// The part of the message that says what serde expected. No content of the file follows the last comma of
/// this kind.
fn expected(message: &str) -> String {
    [", expected ", ", there are no "]
        .into_iter()
        .find_map(|start| message.rsplit_once(start).map(|(_, tail)| format!("{start}{tail}")))
        .unwrap_or_default()
}

/// The same for JSON, without the place, which the error also has.
pub(crate) fn json_problem(error: &serde_json::Error) -> String {
    let text = error.to_string();
    problem(text.rsplit_once(" at line ").map_or(&*text, |(problem, _)| problem))
}

/// A key, or the hidden text if it looks like a value in place of a key.
fn key_shown(key: &str) -> &str {
    if is_plain(key) { key } else { HIDDEN }
}

/// A line of TOML in its printable form, with a marked place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShownLine {
    pub(crate) text: String,
    /// In characters of `text`.
    pub(crate) mark: usize,
    pub(crate) length: usize,
}

/// The line in which `span` begins. `text` may be invalid TOML: everything that is not certainly a key counts as a
/// value.
pub(crate) fn line(text: &str, span: &Range<usize>) -> ShownLine {
    let start = span.start;
    let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let to = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let end = span.end.clamp(start, to);
    let to = from + text[from..to].trim_end().len();
    let mut pieces = Scan { text, at: 0, inside: Vec::new(), key_is_next: true, line_starts: true };
    let mut line = String::new();
    let (mut count, mut hidden) = (0, false);
    let (mut mark, mut mark_ends) = (None, None);
    while pieces.at < to {
        let piece = pieces.at;
        let shown = pieces.next();
        let piece = piece.max(from)..pieces.at.min(to);
        if piece.is_empty() {
            continue;
        }
        let before = count;
        if shown {
            // A tab would move the text after it away from its mark.
            line.push_str(&text[piece.clone()].replace('\t', " "));
            count += text[piece.clone()].chars().count();
        } else if !hidden {
            line.push_str(HIDDEN);
            count += 1;
        }
        hidden = !shown;
        let within = |at: usize| before + text[piece.start..at].chars().count();
        if piece.contains(&start) {
            mark = Some(if shown { within(start) } else { count - 1 });
        }
        if piece.contains(&end.saturating_sub(1)) {
            mark_ends = Some(if shown { within(end) } else { count });
        }
    }
    let mark = mark.unwrap_or(count);
    ShownLine { text: line, mark, length: mark_ends.unwrap_or(count).saturating_sub(mark).max(1) }
}

/// Scans TOML, valid or not, piece by piece.
struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// The open arrays (`[`) and inline tables (`{`).
    inside: Vec<u8>,
    /// Whether a key comes next, and not a value.
    key_is_next: bool,
    /// Whether only white space comes before this place in its line.
    line_starts: bool,
}

impl Scan<'_> {
    /// Moves over the next piece, at least one character. Returns whether it may be shown.
    fn next(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let Some(first) = rest.bytes().next() else { return false };
        if matches!(first, b' ' | b'\t' | b'\r' | b'\n') {
            self.at += 1;
            if first == b'\n' {
                self.line_starts = true;
                if self.inside.is_empty() {
                    self.key_is_next = true;
                }
            }
            return first != b'\r';
        }
        let line_starts = std::mem::take(&mut self.line_starts);
        if self.key_is_next {
            if self.inside.is_empty() && line_starts && first == b'[' {
                return self.header(rest);
            }
            if let Some((length, fit)) = key(rest)
                && rest[length..].trim_start_matches([' ', '\t']).starts_with('=')
            {
                self.at += length;
                return fit;
            }
        }
        self.structure(first) || {
            self.at += value(rest);
            // The rest of the line cannot contain a key.
            self.key_is_next = false;
            false
        }
    }

    /// Reads one of the characters between keys and values, if it is one.
    fn structure(&mut self, first: u8) -> bool {
        match first {
            b'=' => self.key_is_next = false,
            b',' => self.key_is_next = self.inside.last() == Some(&b'{'),
            b'[' | b'{' => {
                self.inside.push(first);
                self.key_is_next = first == b'{';
            }
            b']' | b'}' => {
                self.inside.pop();
                self.key_is_next = false;
            }
            _ => return false,
        }
        self.at += 1;
        true
    }

    /// Reads `[table]` or `[[table]]` as one piece; for anything else only the bracket.
    fn header(&mut self, rest: &str) -> bool {
        self.key_is_next = false;
        let inner = rest.trim_start_matches('[').trim_start_matches([' ', '\t']);
        let Some((length, true)) = key(inner) else {
            return self.hide_line(rest);
        };
        let behind = inner[length..].trim_start_matches([' ', '\t']);
        let closed = behind.trim_start_matches(']');
        if closed.len() == behind.len() {
            return self.hide_line(rest);
        }
        self.at += rest.len() - closed.len();
        true
    }

    fn hide_line(&mut self, rest: &str) -> bool {
        self.at += rest.find('\n').unwrap_or(rest.len());
        false
    }
}

/// The length of the key at the beginning of a text, including dots and the white space around them, and whether it may be
/// shown.
fn key(text: &str) -> Option<(usize, bool)> {
    let (mut at, mut fit) = (0, true);
    loop {
        let rest = &text[at..];
        let length = match rest.bytes().next()? {
            b'"' | b'\'' => string(rest).filter(|length| !rest[..*length].contains('\n'))?,
            _ => {
                rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').unwrap_or(rest.len())
            }
        };
        if length == 0 {
            return None;
        }
        fit &= is_plain(rest[..length].trim_matches(['"', '\'']));
        at += length;
        let behind = text[at..].trim_start_matches([' ', '\t']);
        let Some(next) = behind.strip_prefix('.') else { break };
        at = text.len() - next.trim_start_matches([' ', '\t']).len();
    }
    Some((at, fit && !looks_like_key(&text[..at])))
}

/// The length of the value at the beginning of a text: a string, a comment, a bare word, at least one
/// character.
fn value(text: &str) -> usize {
    if text.starts_with('#') {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with(['"', '\'']) {
        // An unclosed string ends with its line, or with the file if it may have several lines.
        return string(text).unwrap_or_else(|| match text.get(..3) {
            Some("\"\"\"" | "'''") => text.len(),
            _ => text.find('\n').unwrap_or(text.len()),
        });
    }
    let first = text.chars().next().map_or(0, char::len_utf8);
    let ends = |c: char| c.is_whitespace() || "[]{},=#\"'".contains(c);
    text[first..].find(ends).map_or(text.len(), |at| first + at)
}

/// The length of the string at the beginning of a text, if it is closed.
fn string(text: &str) -> Option<usize> {
    let quote = text.bytes().next()?;
    let long = text.as_bytes().get(..3) == Some(&[quote; 3]);
    let mut at = if long { 3 } else { 1 };
    while let Some(byte) = text.as_bytes().get(at) {
        at += 1;
        match *byte {
            b'\\' if quote == b'"' => at += 1,
            b'\n' if !long => return None,
            byte if byte != quote => {}
            _ if !long => return Some(at),
            _ if text.as_bytes().get(at - 1..at + 2) == Some(&[quote; 3]) => {
                // Up to two quotes may come before those that close it.
                let more =
                    text.as_bytes()[at + 2..].iter().take(2).take_while(|byte| **byte == quote).count();
                return Some(at + 2 + more);
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The line that contains `mark`, and the marked text in it.
    fn shown(text: &str, mark: &str) -> (String, String) {
        let start = text.find(mark).unwrap();
        let ShownLine { text, mark, length } = line(text, &(start..start + mark.len()));
        let marked = text.chars().skip(mark).take(length).collect();
        (text, marked)
    }

    #[test]
    fn keys_and_structure_are_shown_and_values_are_not() {
        for (text, mark, expected, marked) in [
            ("api-key = \"pat.a.b.c\"", "api-key", "api-key = …", "api-key"),
            ("api-key = \"pat.a.b.c\"", "\"pat.a.b.c\"", "api-key = …", "…"),
            ("nmae = 'x' # was \"y\"", "nmae", "nmae = … …", "nmae"),
            ("a = [\"x\", 1, true, 2026-01-01]", "true", "a = […, …, …, …]", "…"),
            ("r = { name = \"x\", bucket.region = 'y' }", "'y'", "r = { name = …, bucket.region = … }", "…"),
            ("a = 1\nb = SECRET words", "words", "b = … …", "…"),
            ("[[rules]] # x\n", "rules", "[[rules]] …", "rules"),
            ("[role]\nSECRET\n", "SECRET", "…", "…"),
            ("a = \"\"\"\nname = \"x\"\n\"\"\"\n", "name", "…", "…"),
            ("a = [\n  \"x\",\n  y = 1\n]", "y =", "  … = …", "… ="),
            ("a = [\n  { id = 'x' },\n]", "'x'", "  { id = … },", "…"),
            ("a = \"SECRET\nb = 1", "SECRET", "a = …", "…"),
            ("a = \"x\nb = 1", "b", "b = …", "b"),
            ("\"pat.a.b.c\" = 1", "1", "… = …", "…"),
            ("pat.a.b.c = 1", "1", "… = …", "…"),
            ("0123456789abcdef = 1", "0123", "… = …", "…"),
            ("[pat.a.b.c]", "pat", "…", "…"),
            ("ü = 1", "ü", "… = …", "…"),
        ] {
            assert_eq!(shown(text, mark), (expected.into(), marked.into()), "{text}");
        }
    }

    #[test]
    fn messages_of_serde_lose_their_values_and_keep_what_is_valid() {
        for (message, expected) in [
            (
                "unknown field `nmae`, expected one of `name`, `path`",
                "unknown field `nmae`, expected one of `name`, `path`",
            ),
            ("unknown field `pat.a.b.c`, expected `name`", "unknown field `…`, expected `name`"),
            ("unknown field `x`, there are no fields", "unknown field `x`, there are no fields"),
            (
                "unknown variant `SECRET`, expected one of `us`, `eu`",
                "this word is unknown, expected one of `us`, `eu`",
            ),
            ("unknown variant `a, expected b`, expected `us`", "this word is unknown, expected `us`"),
            (
                "invalid type: string \"SECRET\", expected a boolean",
                "invalid type: string, expected a boolean",
            ),
            ("invalid type: integer `42`, expected a string", "invalid type: integer, expected a string"),
            ("invalid value: integer `-5`, expected u32", "this value is not allowed, expected u32"),
            ("missing field `name`", "missing field `name`"),
            ("unclosed array, expected `]`", "unclosed array, expected `]`"),
            ("text with pat.a.b.c", "this value is not valid here"),
        ] {
            assert_eq!(problem(message), expected);
        }
    }

    #[test]
    fn the_keys_of_the_intent_file_are_plain() {
        for key in [
            "account-id",
            "additional-external-ids",
            "bootstrap-roles",
            "max-age-minutes",
            "accounts-file",
            "encrypted-volumes",
            "enforcement-policies",
            "cluster-orchestration",
            "restrict-session",
        ] {
            assert_eq!(key_shown(key), key);
        }
    }
}
