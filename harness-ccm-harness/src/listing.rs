use std::collections::{BTreeMap, BTreeSet};

use harness_ccm_core::connector::ConnectorState;
use harness_ccm_core::{Error, ErrorKind, Result};
use reqwest::Method;
use serde_json::json;

use crate::client::HarnessConnectors;
use crate::convert::{Seen, read, seen};
use crate::http::{Call, Repeat};
use crate::wire::{CONNECTOR_TYPE, Page};

const OPERATION: &str = "harness:POST /connectors/listV2";
/// The largest page that Harness documents.
const PAGE_SIZE: &str = "100";
/// How often a list is walked anew because it changed under the walk.
const WALKS: usize = 4;

/// All connectors. Harness' pages shift while others write; a walk counts only if it found as many as there are.
pub(crate) async fn list(client: &HarnessConnectors) -> Result<Vec<ConnectorState>> {
    for _ in 0..WALKS {
        if let Some(connectors) = walk(client).await? {
            return Ok(connectors);
        }
    }
    Err(Error::new(
        ErrorKind::Unavailable,
        OPERATION,
        format!("the list changed during each of {WALKS} readings"),
    )
    .with_remedy("try again when nobody else is writing connectors"))
}

/// One walk; `None` if it did not find what was promised.
async fn walk(client: &HarnessConnectors) -> Result<Option<Vec<ConnectorState>>> {
    let filter = json!({ "filterType": "Connector", "types": [CONNECTOR_TYPE] });
    let mut ours = BTreeMap::new();
    let mut others = BTreeSet::new();
    let mut total = None;
    for index in 0_u64.. {
        let index = index.to_string();
        let query = [
            ("accountIdentifier", client.account().as_str()),
            ("pageIndex", &index),
            ("pageSize", PAGE_SIZE),
            // By default the last modified come first, and every write shifts the pages.
            ("sortOrders", "identifier,ASC"),
        ];
        let path = "/connectors/listV2".into();
        let call =
            Call { method: Method::POST, path, query: &query, body: Some(&filter), repeat: Repeat::Freely };
        let data =
            client.http().send(&call).await.0.map_err(|failure| failure.into_error(OPERATION, "", false))?;
        let Page { total_items, content } = read(OPERATION, data)?;
        let Some(now) = total_items else {
            return Err(Error::new(
                ErrorKind::Protocol,
                OPERATION,
                "the page does not say how many connectors there are",
            ));
        };
        if *total.get_or_insert(now) != now {
            return Ok(None);
        }
        let last = content.is_empty();
        for record in content {
            match seen(OPERATION, record)? {
                Seen::Ours(state) => drop(ours.insert(state.id.clone(), *state)),
                Seen::Other { key, kind: _ } => drop(others.insert(key)),
            }
        }
        let found = u64::try_from(ours.len() + others.len()).unwrap_or(u64::MAX);
        if found == now {
            return Ok(Some(ours.into_values().collect()));
        }
        if last || found > now {
            return Ok(None);
        }
    }
    Ok(None)
}
