//! All connectors, while others write.
//!
//! Pages are cut from the list at the moment in which each is asked for, so whoever creates or removes a connector meanwhile
//! shifts what comes later in the list. The list is therefore read oldest first, so that new connectors come last and changed
//! ones stay where they are, and its pages from the last to the first: a removal then shifts only what was read already. The
//! total of the last page that is read proves that nothing is missing.

use std::collections::{BTreeMap, BTreeSet};

use harness_ccm_core::connector::ConnectorState;
use harness_ccm_core::id::ConnectorId;
use harness_ccm_core::{Error, ErrorKind, Result};
use reqwest::Method;
use serde_json::json;

use crate::api::Api;
use crate::convert::{Seen, read, seen};
use crate::http::Body;
use crate::retry::CallKind;
use crate::wire::{CONNECTOR_TYPE, Page, Record};

const OPERATION: &str = "harness:POST /connectors/listV2";
/// The largest page that Harness documents.
const PAGE_SIZE: &str = "100";

pub(crate) async fn list(api: &Api) -> Result<Vec<ConnectorState>> {
    let tries = api.http().retry().policy(CallKind::Listing).tries;
    for _ in 0..tries {
        if let Some(connectors) = walk(api).await? {
            return Ok(connectors);
        }
    }
    Err(Error::new(
        ErrorKind::Unavailable,
        OPERATION,
        format!("in {tries} readings there were fewer connectors than Harness says that there are"),
    )
    .with_remedy("try again when nobody else is writing connectors"))
}

/// One reading; `None` if it did not find as many as there are.
async fn walk(api: &Api) -> Result<Option<Vec<ConnectorState>>> {
    let mut found = Found::default();
    let (mut total, first) = page(api, 0).await?;
    let at_first = total;
    // What was asked for is the most; the server may keep to less.
    let size = u64::try_from(first.len()).unwrap_or(u64::MAX);
    found.add(first)?;
    if found.count() >= total {
        return Ok(Some(found.into_connectors()));
    }
    if size == 0 {
        return Ok(None);
    }
    let last = |total: u64| total.saturating_sub(1) / size;
    // The first page once more at the end: a removal may have shifted something into it.
    for index in (0..=last(total)).rev() {
        let records;
        (total, records) = page(api, index).await?;
        found.add(records)?;
    }
    // What was created meanwhile stands behind the page that was the last.
    let mut index = Some(last(total));
    while let Some(at) = index.filter(|_| found.count() < total) {
        let before = found.count();
        let records;
        (total, records) = page(api, at).await?;
        found.add(records)?;
        index = at.checked_sub(1).filter(|_| found.count() > before);
    }
    // A server that does not sort as it was asked to proves something only while nobody writes.
    let proven = found.count() >= total && (found.in_order || total == at_first);
    Ok(proven.then(|| found.into_connectors()))
}

/// How many connectors there are, and one page of them.
async fn page(api: &Api, index: u64) -> Result<(u64, Vec<Record>)> {
    let filter = json!({ "filterType": "Connector", "types": [CONNECTOR_TYPE] });
    let index = index.to_string();
    let query = [
        ("pageIndex", index.as_str()),
        ("pageSize", PAGE_SIZE),
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

/// What pages held, each connector once.
struct Found {
    ours: BTreeMap<ConnectorId, ConnectorState>,
    others: BTreeSet<String>,
    /// Whether every page was sorted as it was asked for.
    in_order: bool,
}

impl Default for Found {
    fn default() -> Self {
        Self { ours: BTreeMap::new(), others: BTreeSet::new(), in_order: true }
    }
}

impl Found {
    fn add(&mut self, records: Vec<Record>) -> Result<()> {
        self.in_order &= records.is_sorted_by_key(|record| record.created_at);
        for record in records {
            match seen(OPERATION, record)? {
                Seen::Ours(state) => drop(self.ours.insert(state.id.clone(), *state)),
                Seen::Other { key, kind: _ } => drop(self.others.insert(key)),
            }
        }
        Ok(())
    }

    fn count(&self) -> u64 {
        u64::try_from(self.ours.len() + self.others.len()).unwrap_or(u64::MAX)
    }

    fn into_connectors(self) -> Vec<ConnectorState> {
        self.ours.into_values().collect()
    }
}
