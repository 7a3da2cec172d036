//! The syntax of the files of profiles, as `aws` reads it (Python's `configparser` without a section of defaults).

use std::collections::BTreeMap;

/// A section with its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// The text between the brackets.
    pub(super) header: String,
    pub(super) settings: BTreeMap<String, Setting>,
}

/// The text after a key.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// The value without white space around it; its continuation lines follow after line breaks.
    pub(super) value: String,
    /// The line of its key, from 1.
    pub(super) line: usize,
}

/// A value may be a key.
impl std::fmt::Debug for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setting").field("line", &self.line).finish_non_exhaustive()
    }
}

/// The error of a line with a syntax error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SyntaxFault {
    pub(super) line: usize,
    pub(super) what: &'static str,
}

/// Reads all sections in their order. A section that occurs twice has the settings of both.
///
/// Keys are converted to lower case. `=` and `:` end a key; a line that is indented deeper than the key above continues its
/// value; `#` and `;` begin a comment only at the beginning of a line.
pub(super) fn parse(text: &str) -> Result<Vec<Section>, SyntaxFault> {
    let mut sections: Vec<Section> = Vec::new();
    // The section of the next lines, and the key whose value they may continue.
    let (mut current, mut open): (Option<usize>, Option<String>) = (None, None);
    let mut indented = 0;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").replace('\r', "\n");
    for (number, line) in text.split('\n').enumerate() {
        let fault = |what| Err(SyntaxFault { line: number + 1, what });
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let section = current.and_then(|at| sections.get_mut(at));
        if let (Some(section), Some(key)) = (section, &open)
            && indent > indented
        {
            if let Some(setting) = section.settings.get_mut(key) {
                setting.value.push('\n');
                setting.value.push_str(content);
            }
            continue;
        }
        indented = indent;
        if let Some(rest) = content.strip_prefix('[') {
            let Some((header, _)) = rest.rsplit_once(']').filter(|(header, _)| !header.is_empty()) else {
                return fault("a section is not closed: it ends with ]");
            };
            open = None;
            let known = sections.iter().position(|section| section.header == header);
            if known.is_none() {
                sections.push(Section { header: header.to_owned(), settings: BTreeMap::new() });
            }
            current = known.or(sections.len().checked_sub(1));
            continue;
        }
        let Some(section) = current.and_then(|at| sections.get_mut(at)) else {
            return fault("there is a line before the first section, which is written as in [default]");
        };
        let Some((key, value)) = content.split_once(['=', ':']) else {
            return fault("this is neither a section nor a setting, which is written as in key = value");
        };
        let key = key.trim().to_lowercase();
        if key.is_empty() {
            return fault("there is no key before the equals sign");
        }
        let setting = Setting { value: value.trim().to_owned(), line: number + 1 };
        if section.settings.get(&key).is_some_and(|before| before.value != setting.value) {
            return fault("the same key has another value above, in a section of the same name");
        }
        section.settings.insert(key.clone(), setting);
        open = Some(key);
    }
    Ok(sections)
}

/// The settings below a setting, as in `services` sections. Empty if it has a value of its own.
pub(super) fn nested(value: &str) -> impl Iterator<Item = (String, &str)> {
    let below = value.strip_prefix('\n').unwrap_or_default();
    let pairs = below.split('\n').filter_map(|line| line.split_once('='));
    pairs.map(|(key, value)| (key.trim().to_lowercase(), value.trim()))
}

/// The words of a header, as a shell splits them. `None` if a quotation mark is not closed.
pub(super) fn words(header: &str) -> Option<Vec<String>> {
    let (mut words, mut word): (Vec<String>, Option<String>) = (Vec::new(), None);
    let mut letters = header.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' | '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match letters.next()? {
                        end if end == letter => break,
                        '\\' if letter == '"' => word.push(letters.next()?),
                        other => word.push(other),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(letters.next()?),
            letter if letter.is_whitespace() => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Vec<(String, String)>)> {
        let sections = parse(text).unwrap();
        let settings =
            |section: &Section| section.settings.iter().map(|(k, s)| (k.clone(), s.value.clone())).collect();
        sections.iter().map(|section| (section.header.clone(), settings(section))).collect()
    }

    #[test]
    fn files_are_read_as_aws_reads_them() {
        for (text, header, settings) in [
            ("[default]\nregion = us-east-1\n", "default", &[("region", "us-east-1")][..]),
            ("\u{feff}[default]\r\nregion=us-east-1\r\n", "default", &[("region", "us-east-1")]),
            (
                "  [default]\n  Region : us-east-1\n  output=x\n",
                "default",
                &[("output", "x"), ("region", "us-east-1")],
            ),
            ("# a\n[a b] # c\n;d\nk = v # no comment\n\nl =\n", "a b", &[("k", "v # no comment"), ("l", "")]),
            ("[a]\nk = v\n  w\n\n  x\nl = y\n", "a", &[("k", "v\nw\nx"), ("l", "y")]),
            ("[a]\ns3 =\n  x = 1\n  y = 2\n", "a", &[("s3", "\nx = 1\ny = 2")]),
            ("[a]\nk = 1\n[b]\n[a]\nk = 1\nl = https://x/y\n", "a", &[("k", "1"), ("l", "https://x/y")]),
            ("[a]\n[[x]]\n", "a", &[]),
        ] {
            let sections = read(text);
            let expected: Vec<_> = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            assert_eq!(sections[0], (header.to_owned(), expected), "{text:?}");
        }
        assert_eq!(parse("").unwrap(), []);
    }

    #[test]
    fn invalid_lines_are_reported_by_number() {
        for (text, line) in [
            ("region = x\n", 1),
            ("[default\nx = y\n", 1),
            ("[a]\n\nMARKED\n", 3),
            ("[a]\n= x\n", 2),
            ("[a]\n[]\n", 2),
            ("[a]\nk = 1\n[b]\n[a]\nk = 2\n", 5),
        ] {
            assert_eq!(parse(text).unwrap_err().line, line, "{text:?}");
        }
    }

    #[test]
    fn headers_are_split_as_a_shell_does() {
        for (header, expected) in [
            ("profile x", &["profile", "x"][..]),
            ("profile \"my prof\"", &["profile", "my prof"]),
            ("sso-session\t'corp'", &["sso-session", "corp"]),
            ("profile a\\ b\"\\\"c\"", &["profile", "a b\"c"]),
            ("profile \"\"", &["profile", ""]),
            ("  ", &[]),
        ] {
            assert_eq!(words(header).unwrap(), expected, "{header}");
        }
        assert_eq!(words("profile \"x"), None);
    }

    #[test]
    fn nested_settings_are_read() {
        let read: Vec<_> = nested("\nendpoint_url = http://x\nA=b").collect();
        assert_eq!(read, [("endpoint_url".to_owned(), "http://x"), ("a".to_owned(), "b")]);
        assert_eq!(nested("a = b").count(), 0);
    }
}
