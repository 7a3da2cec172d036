//! Detects values next to a list of accounts which say that the list is not complete.

use serde_json::value::RawValue;

use super::object::{elements, members};
use crate::source::field::plain;
use crate::source::value::shown;

/// The maximum depth of such values, as in `{"meta": {"paging": {"next": ..}}}`.
const DEEPEST: usize = 8;

/// Returns why a member next to a list shows that the list is incomplete, and where. `count` is the number of records,
/// once known.
pub(super) fn objection<'a>(
    key: &str,
    value: &'a RawValue,
    count: Option<usize>,
    depth: usize,
) -> Option<(&'a RawValue, String)> {
    let name = plain(key);
    // The metadata of an AWS response, and Terraform outputs, which may have any name.
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
            "the list was cut off ({}): get it again without --max-items, or with all its pages",
            shown(key)
        ),
        None if says_it_is_whole(&name) && value.get() == "false" => {
            format!("{} says that the list is not complete: get the complete list", shown(key))
        }
        None if says_it_failed(&name) && is_more(value) => {
            format!("{} reports a failure, so accounts may be missing: get the complete list", shown(key))
        }
        Some(count) if counts(&name) && number(value).is_some_and(|number| number > as_number(count)) => {
            format!(
                "{} counts more than the {count} accounts of the list: get the complete list, or remove this value if it counts something else",
                shown(key)
            )
        }
        _ if object => {
            // A link to the next page: `{"rel": "next", "href": ..}`.
            let is_next = |(key, value): &(String, &RawValue)| key == "rel" && value.get() == "\"next\"";
            if count.is_none() && inner.iter().any(is_next) {
                return Some((value, "the list was cut off (a link to the next page): get all pages".into()));
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

/// Whether services use this field to say that more pages follow.
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

/// Whether the value says that the list is one of several pages.
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

/// Whether the name means a number of accounts: `Count`, `totalCount`, `total_results`.
fn counts(name: &str) -> bool {
    let name = name.replace("accounts", "").replace("account", "");
    let other = ["page", "countr", "cost", "amount", "price", "spend", "discount", "retr", "time", "usage"];
    let words = ["count", "total", "numberof", "size"];
    words.iter().any(|word| name.contains(word))
        && !other.iter().any(|word| name.contains(word))
        && !matches!(&*name, "size")
}

/// Whether the value says that there is more: it is not null, false, empty or zero.
fn is_more(value: &RawValue) -> bool {
    let inner = |text: &str| text.chars().any(|c| !c.is_whitespace() && !"[]{}\"".contains(c));
    match value.get() {
        "null" | "false" => false,
        text if text.starts_with(['"', '[', '{']) => inner(text),
        number => number == "true" || number.parse::<f64>().is_ok_and(|number| number != 0.0),
    }
}

/// Converts a count. Lists are far shorter than any number that an `f64` rounds.
fn as_number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// Reads a number, or a text that contains one.
fn number(value: &RawValue) -> Option<f64> {
    value.get().trim_matches('"').trim().parse().ok()
}
