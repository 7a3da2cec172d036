//! A page for browsers, in one file, with a table of accounts that can be filtered and sorted.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("table_page.css");
const SCRIPT: &str = include_str!("table_page.js");

/// The input of the page's script. Lists refer to each other by position.
#[derive(Serialize)]
pub(super) struct Table<'a> {
    pub(super) columns: Vec<Column>,
    pub(super) filters: Vec<Filter<'a>>,
    pub(super) groups: Vec<Saying<'a>>,
    pub(super) rows: Vec<Row<'a>>,
}

/// A column of the table. The last one opens the entries of an account.
#[derive(Serialize)]
pub(super) struct Column {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// The filter whose names it shows; texts of the row otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) filter: Option<usize>,
}

/// A filter by names, of which an account may have several.
#[derive(Serialize)]
pub(super) struct Filter<'a> {
    pub(super) id: &'static str,
    pub(super) label: &'static str,
    pub(super) names: Vec<Cow<'a, str>>,
}

/// An entry of many accounts: lines that they share, and variants of lines.
#[derive(Serialize)]
pub(super) struct Saying<'a> {
    pub(super) mark: Sign,
    pub(super) subject: String,
    pub(super) remark: String,
    pub(super) common: &'a [String],
    pub(super) variants: Vec<&'a [String]>,
}

#[derive(Serialize)]
pub(super) struct Sign {
    pub(super) symbol: char,
    pub(super) name: &'static str,
}

/// An account: the texts of the columns without a filter, its names in each filter, its connector, and its entries.
#[derive(Serialize)]
pub(super) struct Row<'a>(
    pub(super) Vec<Cow<'a, str>>,
    pub(super) Vec<Vec<usize>>,
    pub(super) String,
    pub(super) Vec<Said>,
);

/// Group, variant, and the connector if it is not the account's own.
#[derive(Serialize)]
pub(super) struct Said(pub(super) usize, pub(super) usize, pub(super) String);

impl Saying<'_> {
    /// Returns its name in the filter.
    pub(super) fn name(&self) -> String {
        format!("{} {} {}", self.mark.symbol, self.subject, self.remark).trim().to_owned()
    }
}

impl Column {
    pub(super) fn text(id: &'static str, title: &'static str) -> Self {
        Self { id, title, filter: None }
    }

    pub(super) fn filter(id: &'static str, title: &'static str, filter: usize) -> Self {
        Self { id, title, filter: Some(filter) }
    }
}

/// Each of these with its position among them.
pub(super) fn positions<T: Ord>(things: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let things: BTreeSet<T> = things.collect();
    things.into_iter().zip(0..).collect()
}

/// Writes a page: its title, the lines of `above` above the table, and the table.
///
/// It needs no network and may use none: its content security policy allows only its own style and script.
pub(super) fn write(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    above: impl FnOnce(&mut fmt::Formatter<'_>) -> fmt::Result,
    table: &Table<'_>,
) -> fmt::Result {
    let title = escaped(title);
    let policy = format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        digest_of(STYLE),
        digest_of(SCRIPT)
    );
    write!(
        f,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    )?;
    above(f)?;
    f.write_str(
        "<h2>Accounts</h2>\n<noscript><p>The table of the accounts needs the script of this page.</p></noscript>\n\
         <div id=\"accounts\" hidden>\n<form id=\"filters\">\n\
         <label>Account, name or connector <input id=\"text\" type=\"search\" autocomplete=\"off\"></label>\n",
    )?;
    for Filter { id, label, .. } in &table.filters {
        writeln!(f, "<label>{label} <select id=\"{id}\"><option value=\"\">any</option></select></label>")?;
    }
    f.write_str("<button type=\"reset\">Clear</button>\n</form>\n<p id=\"count\" role=\"status\"></p>\n<table>\n<thead><tr>\n")?;
    for (number, Column { id, title, .. }) in table.columns.iter().enumerate() {
        let sorted = if number == 0 { " aria-sort=\"ascending\"" } else { "" };
        writeln!(
            f,
            "<th data-column=\"{id}\"{sorted} scope=\"col\"><button type=\"button\">{title}</button></th>"
        )?;
    }
    let data = serde_json::to_string(table).map_err(|_| fmt::Error)?;
    // Within a script element only the end tag is special, and JSON needs this character only within texts.
    let data = data.replace('<', "\\u003c");
    write!(
        f,
        "</tr></thead>\n<tbody id=\"rows\"></tbody>\n</table>\n<button id=\"more\" type=\"button\">Show more</button>\n</div>\n\
         <script type=\"application/json\" id=\"table\">{data}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )
}

/// Escapes a text for HTML, between tags or in a quoted attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The hash of an inline style or script for a content security policy.
fn digest_of(text: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(text)))
}
