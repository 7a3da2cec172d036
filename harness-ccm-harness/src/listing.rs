//! Lists all connectors, while other clients write.
//!
//! The server cuts a page from the list when it is requested, so a client that creates or removes a connector meanwhile shifts
//! the later part of the list. The list is therefore read oldest first, so that new connectors come last and changed ones keep
//! their place, and its pages from the last to the first: a removal then shifts only the part that was read already. The total
//! of the last page read proves that nothing is missing. If the last page is full, the page after it must be empty: then the
//! total is not too small either.

use std::collections::BTreeMap;

use harness_ccm_core::backend::ConnectorListing;
use harness_ccm_core::{Error, ErrorKind, Result};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api::Api;
use crate::convert::{Seen, key, read, seen};
use crate::http::Body;
use crate::retry::CallKind;
use crate::wire::{CONNECTOR_TYPE, Page};

const OPERATION: &str = "harness:POST /connectors/listV2";
/// The largest page that Harness documents.
const PAGE_SIZE: u64 = 100;
/// The maximum number of pages before a list counts as endless: fifty times those of 10,000 accounts, and over twelve minutes
/// of calls.
const MOST_PAGES: u64 = 5_000;
/// The maximum number of consecutive pages without a new connector. Removals by other clients repeat a part of the list, never
/// this much.
const MOST_BARREN: u32 = 8;

pub(crate) async fn list(api: &Api) -> Result<ConnectorListing> {
    let tries = api.http().retry().policy(CallKind::Listing).tries;
    let mut pages = Pages { api, asked: 0 };
    for _ in 0..tries {
        if let Some(found) = walk(&mut pages).await? {
            return Ok(found.into_listing());
        }
    }
    Err(Error::new(
        ErrorKind::Unavailable,
        OPERATION,
        format!("in {tries} readings the number of connectors was not the one that Harness reports"),
    )
    .with_remedy("try again when no other client is writing connectors"))
}

/// Reads the list once; `None` if the number of connectors differs from the total.
async fn walk(pages: &mut Pages<'_>) -> Result<Option<Found>> {
    let mut found = Found::default();
    let (mut total, first) = pages.page(0).await?;
    let at_first = total;
    // The requested size is the maximum; the server may return less.
    let size = u64::try_from(first.len()).unwrap_or(u64::MAX);
    found.add(&first);
    if found.count() >= total {
        let is_whole = size < PAGE_SIZE || ends(pages, 1, &mut found).await?;
        return Ok(is_whole.then_some(found));
    }
    if size == 0 {
        return Ok(None);
    }
    let last = |total: u64| total.saturating_sub(1) / size;
    if last(total) >= MOST_PAGES {
        return Err(endless(&format!("Harness says that there are {total} connectors, {size} on a page")));
    }
    // The first page again at the end: a removal may have shifted a connector into it.
    let mut barren = 0;
    let mut is_full = false;
    let end = last(total) + 1;
    for index in (0..end).rev() {
        let before = found.count();
        let records;
        (total, records) = pages.page(index).await?;
        found.add(&records);
        is_full |= index + 1 == end && u64::try_from(records.len()).is_ok_and(|count| count >= size);
        barren = if found.count() > before { 0 } else { barren + 1 };
        if barren > MOST_BARREN {
            return Ok(None);
        }
    }
    // Connectors that were created meanwhile follow the previous last page.
    let mut index = Some(last(total));
    while let Some(at) = index.filter(|_| found.count() < total) {
        let before = found.count();
        let records;
        (total, records) = pages.page(at).await?;
        found.add(&records);
        index = at.checked_sub(1).filter(|_| found.count() > before);
    }
    // The result of a server that does not sort as requested is a proof only if no client writes meanwhile.
    let proven = found.count() >= total
        && (found.in_order || total == at_first)
        && (!is_full || ends(pages, end, &mut found).await?);
    Ok(proven.then_some(found))
}

/// Whether the list ends before this page, or goes on with as many connectors as Harness reports by now.
async fn ends(pages: &mut Pages<'_>, index: u64, found: &mut Found) -> Result<bool> {
    let (total, records) = pages.page(index).await?;
    found.add(&records);
    Ok(records.is_empty() || found.count() == total)
}

fn endless(what: &str) -> Error {
    Error::new(
        ErrorKind::Protocol,
        OPERATION,
        format!("{what}: a list of more than {MOST_PAGES} pages is not read"),
    )
    .with_remedy("check the endpoint: no Harness account is known to have so many connectors")
}

/// The pages of the list, counted.
struct Pages<'a> {
    api: &'a Api,
    asked: u64,
}

impl Pages<'_> {
    async fn page(&mut self, index: u64) -> Result<(u64, Vec<Value>)> {
        if self.asked >= MOST_PAGES {
            return Err(endless("the list of connectors has no end"));
        }
        self.asked += 1;
        page(self.api, index).await
    }
}

/// The number of connectors, and one page of them.
async fn page(api: &Api, index: u64) -> Result<(u64, Vec<Value>)> {
    let filter = json!({ "filterType": "Connector", "types": [CONNECTOR_TYPE] });
    let (index, size) = (index.to_string(), PAGE_SIZE.to_string());
    let query = [
        ("pageIndex", index.as_str()),
        ("pageSize", size.as_str()),
        ("sortOrders", "createdAt,ASC"),
        ("sortOrders", "identifier,ASC"),
    ];
    let data = api
        .call(Method::POST, "/ng/api/connectors/listV2", &query, Some(Body::Json(&filter)), CallKind::Read)
        .await
        .map_err(|failure| failure.into_error(OPERATION, "", false))?;
    let Page { total_items, content } = read(OPERATION, data)?;
    let total = total_items.ok_or_else(|| {
        let message = "the page does not say how many connectors there are";
        Error::new(ErrorKind::Protocol, OPERATION, message)
    })?;
    Ok((total, content))
}

/// The content of pages, each connector once.
struct Found {
    seen: BTreeMap<String, Seen>,
    /// Whether every page was sorted as requested.
    in_order: bool,
}

impl Default for Found {
    fn default() -> Self {
        Self { seen: BTreeMap::new(), in_order: true }
    }
}

impl Found {
    fn add(&mut self, records: &[Value]) {
        let created_at = |record: &Value| record.get("createdAt").and_then(Value::as_i64);
        self.in_order &= records.is_sorted_by_key(created_at);
        self.seen.extend(records.iter().map(|record| (key(record), seen(record))));
    }

    fn count(&self) -> u64 {
        u64::try_from(self.seen.len()).unwrap_or(u64::MAX)
    }

    fn into_listing(self) -> ConnectorListing {
        let (mut connectors, mut unreadable) = (BTreeMap::new(), Vec::new());
        for seen in self.seen.into_values() {
            match seen {
                Seen::Ours(state) => drop(connectors.insert(state.id.clone(), *state)),
                Seen::Unreadable(odd) => unreadable.push(odd),
                Seen::Other { kind: _ } => {}
            }
        }
        ConnectorListing::new(connectors.into_values()).with_unreadable(unreadable)
    }
}
