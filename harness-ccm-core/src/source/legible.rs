//! Cleans texts: removes invisible characters, and recognizes placeholders and texts that are not values.

use std::borrow::Cow;

/// Whether a character is invisible. A rule with the visible text would not match a value that contains one.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Whether a character is a space of any width.
fn is_space(c: char) -> bool {
    c != ' ' && c.is_whitespace() && !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')
}

/// Returns the text with plain spaces and without invisible characters, and whether it had any.
///
/// A joiner between two letters that are not ASCII is part of their spelling, as in Persian and in emoji.
pub(super) fn cleaned(text: &str) -> (Cow<'_, str>, bool) {
    if text.is_ascii() || !text.contains(|c| is_invisible(c) || is_space(c)) {
        return (Cow::Borrowed(text), false);
    }
    let joins = |c: char| matches!(c, '\u{200c}' | '\u{200d}');
    let is_letter =
        |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !is_invisible(c) && !c.is_whitespace());
    let (mut clean, mut left_out) = (String::with_capacity(text.len()), false);
    let mut chars = text.chars().peekable();
    let mut before = None;
    while let Some(c) = chars.next() {
        if is_space(c) {
            clean.push(' ');
        } else if !is_invisible(c) || joins(c) && is_letter(before) && is_letter(chars.peek().copied()) {
            clean.push(c);
        } else {
            left_out = true;
            continue;
        }
        before = Some(c);
    }
    (Cow::Owned(clean), left_out)
}

/// Whether a text is what people and programs write for a missing value. Words that may be values, such as `none` and `NA`,
/// do not count.
pub(super) fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    if text == "None" || text == "NaN" {
        return true;
    }
    [
        "n/a",
        "n.a.",
        "(n/a)",
        "null",
        "<null>",
        "(null)",
        "[null]",
        "nil",
        "<nil>",
        "undefined",
        "(none)",
        "<none>",
        "(blank)",
        "(empty)",
        "not available",
        "not applicable",
        "\\n",
        "-",
        "--",
        "---",
        "\u{2013}",
        "\u{2014}",
    ]
    .contains(&&*text.to_ascii_lowercase())
}

/// Returns what is wrong with a text that certainly is not a name.
pub(super) fn fault(text: &str) -> Option<&'static str> {
    let text = text.trim();
    if is_sheet_error(text) {
        return Some("this cell contains a spreadsheet error: correct its formula, or clear the cell");
    }
    if text.contains('\u{fffd}') {
        return Some(
            "characters of this text were lost (it contains U+FFFD): save the file as \"CSV UTF-8\" in the program that wrote it",
        );
    }
    if has_html(text) {
        return Some(
            "this text contains HTML character references (such as &amp;): write the characters themselves",
        );
    }
    if is_in_marks(text) {
        return Some(
            "the value includes quotation marks: remove them, or write straight ones (\") directly after the separator",
        );
    }
    None
}

/// Whether a text is a spreadsheet error: `#N/A`, `#REF!`, `#NAME?`, in other languages `#NV` and `#BEZUG!`,
/// or the mark of a column that is too narrow.
fn is_sheet_error(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('#') else { return false };
    let upper = |text: &str| {
        // The shortest are `#REF!` and its translations.
        text.len() >= 3 && text.chars().all(|c| c.is_uppercase() || c.is_ascii_digit() || "/_".contains(c))
    };
    match rest.strip_suffix(['!', '?']) {
        Some(word) => upper(word),
        None => {
            matches!(rest, "N/A" | "NV" | "N/D" | "N/V" | "GETTING_DATA")
                || rest.len() >= 3 && rest.bytes().all(|byte| byte == b'#')
        }
    }
}

fn has_html(text: &str) -> bool {
    text.split('&').skip(1).any(|rest| {
        let Some((name, _)) = rest.split_once(';') else { return false };
        let number = name.strip_prefix('#').map(|number| number.trim_start_matches(['x', 'X']));
        match number {
            Some(number) => !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_hexdigit()),
            None => ["amp", "lt", "gt", "quot", "apos", "nbsp"].contains(&name),
        }
    })
}

/// Whether quotation marks of one kind enclose the text, or a typographic one begins it.
fn is_in_marks(text: &str) -> bool {
    let curly =
        |c: char| matches!(c, '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{2039}' | '\u{203a}');
    let around = |mark: char| {
        let inner = text.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
        inner.is_some_and(|inner| !inner.is_empty())
    };
    text.starts_with(curly) || ['"', '\'', '`'].into_iter().any(around)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_removed_and_spaces_are_plain() {
        for (text, clean, left_out) in [
            ("prod", "prod", false),
            ("prod\u{200b}", "prod", true),
            ("\u{feff}pr\u{ad}od\u{2060}", "prod", true),
            ("Shared\u{a0}Services", "Shared Services", false),
            ("a\u{2003}b\u{3000}c", "a b c", false),
            ("a\u{200d}b", "ab", true),
            ("\u{1f469}\u{200d}\u{1f4bb} Dev", "\u{1f469}\u{200d}\u{1f4bb} Dev", false),
            ("\u{645}\u{6cc}\u{200c}\u{62e}", "\u{645}\u{6cc}\u{200c}\u{62e}", false),
            ("\u{1f469}\u{200d}", "\u{1f469}", true),
            ("Z\u{fc}rich", "Z\u{fc}rich", false),
        ] {
            assert_eq!(cleaned(text), (Cow::Borrowed(clean), left_out), "{text:?}");
        }
    }

    #[test]
    fn placeholders_are_not_values_and_words_that_may_be_values_are() {
        for text in [
            "N/A",
            "n/a",
            "NULL",
            "null",
            "None",
            "-",
            " - ",
            "\u{2014}",
            "(blank)",
            "\\N",
            "undefined",
            "NaN",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["", "NA", "none", "unknown", "N", "Null Island", "a-b", "nan", "."] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn a_text_that_cannot_be_a_name_is_a_fault() {
        for text in [
            "#N/A",
            "#REF!",
            "#NAME?",
            "#DIV/0!",
            "#NV",
            "#BEZUG!",
            "#####",
            "Z\u{fffd}rich",
            "R&amp;D",
            "R&#38;D",
            "R&#x26;D",
            "\u{201c}prod\u{201d}",
            "\u{201c}Acme",
            "\"prod\"",
            "'prod'",
            "\u{201e}prod\u{201c}",
        ] {
            assert!(fault(text).is_some(), "{text}");
        }
        for text in
            ["", "#1", "#prod", "# 2", "R&D", "R&D; x", "AT&T", "O'Brien", "\"a\" b", "'", "prod's'x", "C#"]
        {
            assert_eq!(fault(text), None, "{text}");
        }
    }
}
