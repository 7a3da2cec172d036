//! Texts for people: what comes from outside is made harmless where it is printed.

use std::borrow::Cow;

/// A text from outside for one line: what a terminal would obey, or what would be invisible, is escaped as in Rust (`\n`, `\u{1b}`).
///
/// Names, tags and messages of services may hold anything. JSON keeps them as they are; texts show them with this.
///
/// ```
/// use harness_ccm_core::text::visible;
///
/// assert_eq!(visible("Café 1"), "Café 1");
/// assert_eq!(visible("\u{1b}[2Jgone\r\u{202e}"), "\\u{1b}[2Jgone\\r\\u{202e}");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    escaped(text, is_obeyed)
}

/// The same for a text of several lines, which stay lines.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\n' && is_obeyed(c))
}

/// A JSON text in which the same characters are escaped as JSON does (`\u202e`): it says the same, and no terminal obeys it.
///
/// ```
/// use harness_ccm_core::text::visible_json;
///
/// assert_eq!(visible_json("{\"name\": \"a\u{202e}\u{e0001}\"}"), r#"{"name": "a\u202e\udb40\udc01"}"#);
/// ```
pub fn visible_json(text: &str) -> Cow<'_, str> {
    // Control characters of ASCII are white space between values; JSON escapes them elsewhere.
    let hostile = |c: char| !c.is_ascii() && is_obeyed(c);
    if !text.contains(hostile) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if hostile(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                shown.push_str("\\u");
                shown.push_str(&hex(unit.to_be_bytes()));
            }
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// What to say of a value with quotation marks around it, or at one of its ends: whoever set it took them for syntax, and they were
/// kept, as by an env-file of `docker run`.
///
/// ```
/// use harness_ccm_core::text::quotation_marks;
///
/// assert_eq!(quotation_marks("\"us-east-1\""), Some("has quotation marks around its value, which count as a part of it"));
/// assert_eq!(quotation_marks("us-east-1"), None);
/// ```
pub fn quotation_marks(value: &str) -> Option<&'static str> {
    let value = value.trim();
    let is_mark = |c: char| matches!(c, '"' | '\'' | '`' | '\u{2018}'..='\u{201f}');
    match (value.starts_with(is_mark), value.ends_with(is_mark)) {
        (true, true) => Some("has quotation marks around its value, which count as a part of it"),
        (true, false) => Some("has a quotation mark before its value, which counts as a part of it"),
        (false, true) => Some("has a quotation mark behind its value, which counts as a part of it"),
        (false, false) => None,
    }
}

fn escaped(text: &str, hostile: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hostile) {
        return Cow::Borrowed(text);
    }
    let escape = |mut shown: String, c: char| {
        if hostile(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
        shown
    };
    Cow::Owned(text.chars().fold(String::with_capacity(text.len()), escape))
}

/// Control characters (C0, C1), and format characters of Unicode: bidirectional marks, zero widths, separators, tags.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// How many of a thing, in words: `1 account`, `2 accounts`.
pub fn number_of(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// Bytes as hexadecimal digits in lower case.
pub(crate) fn hex(bytes: impl IntoIterator<Item = u8>) -> String {
    let digits = bytes.into_iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits.map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])).collect()
}

/// The first five of some things, and how many more there are.
pub(crate) fn some_of<T: ToString>(things: impl IntoIterator<Item = T>) -> String {
    first_of(5, things)
}

/// The first three of some names, and how many more there are: for lines that name several lists.
pub(crate) fn shortened(names: &[String]) -> String {
    first_of(3, names)
}

pub(crate) fn first_of<T: ToString>(most: usize, things: impl IntoIterator<Item = T>) -> String {
    let mut things = things.into_iter();
    let named: Vec<_> = things.by_ref().take(most).map(|thing| thing.to_string()).collect();
    let named = named.join(", ");
    match things.count() {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
