//! Quotes in comma-separated values: well-formed files are read, and no quote hides the accounts after it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

use std::collections::BTreeSet;

use csv::{QuoteStyle, Terminator, WriterBuilder};
use harness_ccm_core::id::AccountId;
use harness_ccm_core::source::{InvalidAccounts, ListOptions, ListSource};
use proptest::prelude::*;
use proptest::sample::select;

fn read(text: impl AsRef<[u8]>) -> Result<Vec<(String, String)>, InvalidAccounts> {
    let source = ListSource::from_csv(text.as_ref(), ListOptions::default())?;
    Ok(source
        .listing()
        .accounts()
        .iter()
        .map(|account| (account.id.to_string(), account.name.clone()))
        .collect())
}

/// The place and reason of the refusal.
fn refused(text: &str) -> (u64, u64, String) {
    match read(text) {
        Ok(accounts) => panic!("{text:?} gives {accounts:?}"),
        Err(error) => (error.line, error.column, error.problem),
    }
}

fn is_refused(text: &str, line: u64, column: u64, part: &str) {
    let (at, field, problem) = refused(text);
    assert!((at, field) == (line, column) && problem.contains(part), "{text:?}: {at}, {field}: {problem}");
}

#[test]
fn an_unclosed_quote_is_reported_with_the_line_where_it_opens() {
    let never = "the quote that opens here is never closed";
    is_refused("id,name\n111122223333,\"foo\n222233334444,bar\n", 2, 2, never);
    is_refused("id,name,note\n111122223333,foo,\n222233334444,bar,\"x\n333344445555,baz,\n", 3, 3, never);
    is_refused("id,name,\"note\n111122223333,foo,\n", 1, 3, never);
    is_refused("\"id,name\n111122223333,foo\n", 1, 1, never);
    is_refused("id;name\r\n\r\n111122223333;\"foo\r\n222233334444;bar", 3, 2, never);
    is_refused("id,name\r111122223333,\"foo\r222233334444,bar\r", 2, 2, never);
    is_refused("\u{feff}\"id,name\n111122223333,foo\n", 1, 1, never);
    is_refused("\u{feff}\u{feff}\"id,name\n111122223333,foo\n", 1, 1, never);
}

#[test]
fn text_after_a_closing_quote_is_reported_with_both_lines() {
    let closed = |line: u64| format!("the quote that opens here is closed in line {line}, but text follows");
    is_refused("id,name\n111122223333,\"foo\n222233334444,\"bar\"\n", 2, 2, &closed(3));
    is_refused("id,name,note\n111122223333,foo,\"x\n222233334444,bar,\"y\"\n", 2, 3, &closed(3));
    is_refused("id,name,\"note\n111122223333,foo,\n222233334444,\"bar\",\n", 1, 3, &closed(3));
    is_refused("id,name\n111122223333,\"foo\" bar\n", 2, 2, &closed(2));
    // White space is not text.
    assert_eq!(read("id,name\n111122223333,\"foo\" \t\r\n222233334444,\"bar\"\r\n").unwrap().len(), 2);
}

#[test]
fn a_field_after_a_note_of_several_lines_is_reported_with_its_own_line() {
    let text = |id: &str| {
        format!("note,{id}name\n\"a\nb\nc\",{}\"x\ny\"\n", if id.is_empty() { "" } else { "111122223333," })
    };
    is_refused(&text("id,"), 4, 3, "the field continues to line 5");
    is_refused(
        "id,name,note\n111122223333,\"x\r\",\n222233334444,\"a\ny\",z\n",
        3,
        2,
        "the field continues to line 4",
    );
}

#[test]
fn a_quote_closed_by_chance_is_reported() {
    let text = "id,name\n111122223333,\"foo\n222233334444,bar\n333344445555,rack 19\"\n";
    is_refused(text, 2, 2, "the field continues to line 4, and a column that is read has no line breaks");
    let text =
        |id: &str| format!("id,name,note\n111122223333,foo,\"x\n{id},bar,y\n333344445555,baz,rack 19\"\n");
    for id in
        ["222233334444", "2222-3333-4444", "'222233334444", "=222233334444", "22223333444", " 222233334444 "]
    {
        let taken_in = "contains an account id like a record of its own";
        if id.starts_with('=') {
            assert!(read(text(id)).is_err(), "the id in the last line is one in any case");
        } else {
            is_refused(&text(id), 2, 3, taken_in);
        }
    }
    // The id may be before the quote, or after it.
    is_refused("note,name,id\n\"x,foo,111122223333\ny\",bar,222233334444\n", 2, 1, "contains an account id");
    is_refused(
        "id,name,\"note\n111122223333,foo,\n222233334444,bar,rack 19\"\n",
        1,
        3,
        "contains an account id",
    );
    is_refused(
        "note,name,other,id\n\",,,,111122223333\n,\",\t\",,111122223334\n",
        3,
        2,
        "the quote that opens here is never closed",
    );
    is_refused("id,name,\"tag:a\nb\"\n", 1, 3, "a column that is read has no line breaks");
    is_refused("name;\"id\n\"; \";\"\";111122223333\n", 2, 3, "the quote that opens here is never closed");
}

#[test]
fn notes_may_have_line_breaks_where_they_are_not_read() {
    let text = "id,name,\"my\nnotes\"\r\n111122223333,foo,\"first\nsee 222233334444, or\n\n\"\r\n222233334444,bar,\r\n";
    let accounts = read(text).unwrap();
    assert_eq!(accounts.len(), 2, "{accounts:?}");
    let elsewhere = "name,id,notes\nfoo,111122223333,\"a\n222233334444\n\"\n";
    assert_eq!(
        read(elsewhere).unwrap().len(),
        1,
        "an id alone in its line is no record where names come first"
    );
    let padded = "id,name,notes\n111122223333,foo,\"a\n22223333444\"\n";
    assert!(read(padded).is_err(), "an id without its zero is an id too");
}

#[test]
fn the_separator_is_taken_from_the_first_record_outside_of_quotes() {
    let accounts = read("\"my\nnotes, a, b, c\";id;name\n;111122223333;foo\n").unwrap();
    assert_eq!(accounts, [("111122223333".to_owned(), "foo".to_owned())]);
    assert_eq!(read("5\" disk;id;name\n;111122223333;foo\n").unwrap(), accounts);
}

#[test]
fn other_causes_of_enclosed_records_are_reported() {
    let returned = "a carriage return alone ends this line";
    is_refused("id,name\n111122223333,foo\r222233334444\n", 2, 2, returned);
    is_refused("id,name,note\r111122223333,foo,\"a\nb\"\r222233334444,bar,\r", 1, 3, returned);
    is_refused("id,name,note\n111122223333,foo,\"a\rb\"\r222233334444,bar,\n", 2, 3, returned);
    is_refused("id,name\n111122223333,fo\0\0\0\0o\n", 2, 2, "NUL byte");
    is_refused("id,name\n111122223333,\"foo\rbar\"\n", 2, 2, "the field contains a carriage return");
    // If carriage returns end all lines, they count as line ends.
    is_refused("id,name\r111122223333,foo\r1,bar\r", 3, 1, "an AWS account id has 12");
}

/// A well-formed file: its records, and their notation.
#[derive(Clone, Debug)]
struct File {
    records: Vec<Vec<String>>,
    separator: u8,
    style: QuoteStyle,
    crlf: bool,
    mark: bool,
}

impl File {
    fn text(&self) -> Vec<u8> {
        let mut text = if self.mark { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        let end = if self.crlf { Terminator::CRLF } else { Terminator::Any(b'\n') };
        let mut writer = WriterBuilder::new()
            .delimiter(self.separator)
            .quote_style(self.style)
            .terminator(end)
            .from_writer(&mut text);
        for record in &self.records {
            writer.write_record(record).unwrap();
        }
        drop(writer);
        text
    }

    fn accounts(&self) -> BTreeSet<(String, String)> {
        let column = |name: &str| self.records[0].iter().position(|header| header == name).unwrap();
        let (id, name) = (column("id"), column("name"));
        self.records[1..].iter().map(|record| (record[id].clone(), record[name].trim().to_owned())).collect()
    }
}

fn file() -> impl Strategy<Value = File> {
    let row = ("[a-c\",;\t é]{0,7}[a-c]", "[a-c\",;\t \r\n]{0,12}", "[a-c\",;\n0-3]{0,6}");
    let order = Just(["id", "name", "first notes", "other\nnotes"]).prop_shuffle();
    let styles = select(vec![QuoteStyle::Always, QuoteStyle::Necessary, QuoteStyle::NonNumeric]);
    (prop::collection::vec(row, 1..6), order, select(vec![b',', b';', b'\t']), styles, any::<(bool, bool)>())
        .prop_map(|(rows, order, separator, style, (crlf, mark))| {
            let mut records = vec![order.iter().map(ToString::to_string).collect::<Vec<_>>()];
            for (number, (name, notes, other)) in (111_122_223_333_u64..).zip(rows) {
                let cell = |column: &&str| match *column {
                    "id" => number.to_string(),
                    "name" => name.clone(),
                    "first notes" => notes.clone(),
                    _ => other.clone(),
                };
                records.push(order.iter().map(cell).collect());
            }
            File { records, separator, style, crlf, mark }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_well_formed_file_is_read_completely(file in file()) {
        let accounts = read(file.text()).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(accounts.into_iter().collect::<BTreeSet<_>>(), file.accounts());
    }

    #[test]
    fn without_one_of_its_quotes_no_account_is_lost_silently(file in file()) {
        let text = file.text();
        let ids: BTreeSet<String> = file.accounts().into_iter().map(|(id, _)| id).collect();
        for (at, _) in text.iter().enumerate().filter(|(_, byte)| **byte == b'"') {
            let without = [&text[..at], &text[at + 1..]].concat();
            if let Ok(accounts) = read(&without) {
                let left: BTreeSet<String> = accounts.into_iter().map(|(id, _)| id).collect();
                prop_assert!(ids.is_subset(&left), "{:?}", String::from_utf8_lossy(&without));
            }
        }
    }

    #[test]
    fn with_one_more_quote_no_account_is_lost_silently(file in file(), at in any::<prop::sample::Index>()) {
        let text = file.text();
        let ids: BTreeSet<String> = file.accounts().into_iter().map(|(id, _)| id).collect();
        let at = at.index(text.len());
        let with = [&text[..at], b"\"", &text[at..]].concat();
        if let Ok(accounts) = read(&with) {
            let left: BTreeSet<String> = accounts.into_iter().map(|(id, _)| id).collect();
            prop_assert!(ids.is_subset(&left), "{:?}", String::from_utf8_lossy(&with));
        }
    }
}

#[test]
fn ids_are_what_they_were() {
    let accounts = read("id,name\n=\"012345678901\",a\n'012345678902,b\n0123-4567-8903,c\n").unwrap();
    let ids: Vec<AccountId> = accounts.iter().map(|(id, _)| id.parse().unwrap()).collect();
    assert_eq!(ids.len(), 3);
}
