//! What stands beside a list of accounts and says that it is not all of them.

use serde_json::value::RawValue;

use super::object::{elements, members};
use crate::source::field::plain;
use crate::source::value::told;

/// How deep such things lie in objects of their own, as in `{"meta": {"paging": {"next": ..}}}`.
const DEEPEST: usize = 8;

/// What a member beside a list says against it, and where. `count` is how many records the list has, once that is known.
pub(super) fn objection<'a>(
    key: &str,
    value: &'a RawValue,
    count: Option<usize>,
    depth: usize,
) -> Option<(&'a RawValue, String)> {
    let name = plain(key);
    // What AWS says of its answer, and outputs of Terraform, which have names of their own.
    if name == "responsemetadata" || depth > DEEPEST {
        return None;
    }
    let object = value.get().starts_with('{');
    let inner = if object { members(value).ok()? } else { Vec::new() };
    if inner.iter().any(|(key, _)| key == "sensitive") && inner.iter().any(|(key, _)| key == "value") {
        return None;
    }
    let problem = match count {
        None if says_there_is_more(key) && is_more(value) || is_paged(&name, value) => format!(
            "the list was broken off ({}): take it again without --max-items, or with all its pages",
            told(key)
        ),
        None if says_it_is_whole(&name) && value.get() == "false" => {
            format!("{} says that the list is not all: get all of it", told(key))
        }
        None if says_it_failed(&name) && is_more(value) => format!(
            "{} says that something failed, so that accounts may be missing: get the whole list",
            told(key)
        ),
        Some(count) if counts(&name) && number(value).is_some_and(|number| number > as_number(count)) => {
            format!(
                "{} says that there are more than the {count} in the list: get all of it, or take this out if it counts something else",
                told(key)
            )
        }
        _ if object => {
            // A link to the next page: `{"rel": "next", "href": ..}`.
            let is_next = |(key, value): &(String, &RawValue)| key == "rel" && value.get() == "\"next\"";
            if count.is_none() && inner.iter().any(is_next) {
                return Some((
                    value,
                    "the list was broken off (a link to the next page): get all pages".into(),
                ));
            }
            return inner.iter().find_map(|(key, value)| objection(key, value, count, depth + 1));
        }
        _ if value.get().starts_with('[') => {
            let elements = elements(value).ok()?;
            return elements.into_iter().find_map(|element| {
                element.get().starts_with('{').then(|| objection(key, element, count, depth + 1)).flatten()
            });
        }
        _ => return None,
    };
    Some((value, problem))
}

/// Whether a field beside a list is where services say that there is more of it.
fn says_there_is_more(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let words = [
        "token",
        "marker",
        "cursor",
        "truncated",
        "more",
        "next",
        "pagina",
        "partial",
        "incomplete",
        "timedout",
        "timed_out",
        "interrupted",
        "offset",
        "skipped",
    ];
    words.iter().any(|word| key.contains(word))
}

/// Whether it is one of several pages.
fn is_paged(name: &str, value: &RawValue) -> bool {
    let pages = [
        "page",
        "pages",
        "pagenumber",
        "pageindex",
        "currentpage",
        "totalpages",
        "pagecount",
        "pagestotal",
        "numpages",
        "numberofpages",
        "lastpage",
        "skip",
    ];
    let least = if matches!(name, "pageindex" | "skip") { 0.0 } else { 1.0 };
    pages.contains(&name) && number(value).is_some_and(|number| number > least)
}

fn says_it_is_whole(name: &str) -> bool {
    [
        "complete",
        "iscomplete",
        "completed",
        "last",
        "islast",
        "islastpage",
        "lastpage",
        "done",
        "success",
        "ok",
    ]
    .contains(&name)
}

fn says_it_failed(name: &str) -> bool {
    let words = ["error", "failure", "exception", "unprocessed", "throttl"];
    words.iter().any(|word| name.contains(word)) || matches!(name, "failed" | "failedaccounts" | "warnings")
}

/// Whether it is a number of accounts: `Count`, `totalCount`, `total_results`.
fn counts(name: &str) -> bool {
    let name = name.replace("accounts", "").replace("account", "");
    let other = ["page", "countr", "cost", "amount", "price", "spend", "discount", "retr", "time", "usage"];
    let words = ["count", "total", "numberof", "size"];
    words.iter().any(|word| name.contains(word))
        && !other.iter().any(|word| name.contains(word))
        && !matches!(&*name, "size")
}

/// Whether there is more: whatever is not null, false, empty or nought.
fn is_more(value: &RawValue) -> bool {
    let inner = |text: &str| text.chars().any(|c| !c.is_whitespace() && !"[]{}\"".contains(c));
    match value.get() {
        "null" | "false" => false,
        text if text.starts_with(['"', '[', '{']) => inner(text),
        number => number == "true" || number.parse::<f64>().is_ok_and(|number| number != 0.0),
    }
}

/// Lists are far shorter than any number that does not fit.
fn as_number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// A number, also one that is written as a text.
fn number(value: &RawValue) -> Option<f64> {
    value.get().trim_matches('"').trim().parse().ok()
}
