use std::fmt::Write as _;
use std::sync::Arc;

use crate::answer::{Answer, Outcome};
use crate::handlers::access::Caller;
use crate::incoming::Incoming;
use crate::lock::lock;
use crate::permissions::KeyReach;
use crate::settings::LargePages;
use crate::state::State;
use crate::store::filter::Filter;
use crate::store::order::Order;
use crate::store::record::Record;

/// The largest page sizes that Harness documents: for `listV2`, and for the old list.
const LARGEST: (usize, usize) = (100, 1000);

/// One page of a list, and the length of the list.
#[derive(Debug)]
struct Page {
    index: usize,
    size: usize,
    total: usize,
    content: Vec<Arc<Record>>,
}

/// Returns a page of `listV2`.
pub(crate) fn page(state: &State, caller: &Caller, incoming: &Incoming) -> Outcome {
    let body = incoming.optional_json()?;
    let (index, asked) = (number(incoming, "pageIndex", 0)?, number(incoming, "pageSize", 50)?);
    let size = match state.settings().large_pages {
        LargePages::Reject if asked > LARGEST.0 => return Err(too_large(LARGEST.0)),
        LargePages::Cap => asked.min(LARGEST.0),
        LargePages::Reject | LargePages::Allow => asked,
    };
    let filter = Filter::of_body(incoming, body.as_ref())?;
    let order = Order::of(incoming.params("sortOrders"), "lastModifiedAt,DESC")?;
    Ok(cut(state, caller, incoming, filter, order, (index, size)).render())
}

/// Returns a page of the old list.
pub(crate) fn old_page(state: &State, caller: &Caller, incoming: &Incoming) -> Outcome {
    let (index, size) = (number(incoming, "pageIndex", 0)?, number(incoming, "pageSize", 100)?);
    if size > LARGEST.1 {
        return Err(too_large(LARGEST.1));
    }
    let order = Order::of(std::iter::empty(), "createdAt,DESC")?;
    Ok(cut(state, caller, incoming, Filter::of_old_list(incoming)?, order, (index, size)).render())
}

fn too_large(most: usize) -> Answer {
    Answer::violations(&[("pageSize", format!("must be less than or equal to {most}"))])
}

/// Parses a number of the query. A negative number and the page size 0 cause a server exception.
fn number(incoming: &Incoming, name: &str, default: usize) -> Result<usize, Answer> {
    let Some(text) = incoming.param(name) else { return Ok(default) };
    let number: i64 = text.parse().map_err(|_| Answer::bad_parameter())?;
    usize::try_from(number)
        .ok()
        .filter(|number| *number > 0 || name != "pageSize")
        .ok_or_else(Answer::unknown)
}

/// Returns one page of the list of connectors that the caller may view.
fn cut(
    state: &State,
    caller: &Caller,
    incoming: &Incoming,
    filter: Filter,
    order: Order,
    (index, size): (usize, usize),
) -> Page {
    let cut = |list: &[Arc<Record>]| {
        let content = list.iter().skip(index.saturating_mul(size)).take(size);
        Page { index, size, total: list.len(), content: content.cloned().collect() }
    };
    let mut store = lock(&state.store);
    let visible = &caller.permissions.view;
    if *visible != KeyReach::All {
        // Only lists for callers that may view all connectors are cached.
        return cut(&store.list(&filter, &order, visible));
    }
    let query = incoming.query().filter(|(key, _)| !key.starts_with("page"));
    let query: Vec<_> = query.map(|(key, value)| format!("{key}={value}")).collect();
    let name = format!("{} {} {}", incoming.path, query.join("&"), incoming.text());
    store.with_kept_list(name, filter, order, cut)
}

impl Page {
    /// Returns the page as JSON, joined from the JSON texts of its connectors.
    fn render(&self) -> String {
        let Self { index, size, total, content } = self;
        let length: usize = content.iter().map(|record| record.json.len() + 1).sum();
        let mut page = String::with_capacity(length + 200);
        let (pages, count) = (total.div_ceil(*size), content.len());
        let _ = write!(
            page,
            r#"{{"totalPages":{pages},"totalItems":{total},"pageItemCount":{count},"pageSize":{size},"content":["#
        );
        for (at, record) in content.iter().enumerate() {
            if at > 0 {
                page.push(',');
            }
            page.push_str(&record.json);
        }
        let _ = write!(page, r#"],"pageIndex":{index},"empty":{},"pageToken":null}}"#, content.is_empty());
        page
    }
}
