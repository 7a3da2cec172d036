use std::collections::BTreeSet;

use regex::{Regex, RegexBuilder};
use serde_json::{Value, json};

use super::answer::{Answer, Outcome};
use super::incoming::Incoming;
use super::store::{Store, text};

/// A page of `listV2`.
pub(super) fn page(store: &Store, filter: &Value, incoming: &Incoming) -> Outcome {
    if text(filter, "filterType") != "Connector" {
        return Err(Answer::unreadable("missing type id property 'filterType'"));
    }
    let param = |name: &str| incoming.param(name);
    let number = |name: &str, default: usize| match param(name) {
        None => Ok(default),
        Some(value) => {
            value.parse().map_err(|_| Answer::error(500, "UNKNOWN_ERROR", format!("{name} must be a number")))
        }
    };
    let (index, size) = (number("pageIndex", 0)?, number("pageSize", 50)?);
    if size == 0 {
        return Err(Answer::error(500, "UNKNOWN_ERROR", "Page size must not be less than one"));
    }
    let term = param("searchTerm").map(pattern).transpose()?;
    let names = strings(filter, "connectorNames")
        .into_iter()
        .map(|name| pattern(&name))
        .collect::<Result<Vec<_>, _>>()?;
    let (org, project) =
        (param("orgIdentifier").unwrap_or_default(), param("projectIdentifier").unwrap_or_default());
    let mut found: Vec<&Value> = store
        .iter()
        .filter(|((o, p, _), record)| {
            o == org && p == project && matches(record, filter, &names, term.as_ref())
        })
        .map(|(_, record)| record)
        .collect();
    sort(&mut found, param("sortOrders").unwrap_or("lastModifiedAt,DESC"));
    let total = found.len();
    let content: Vec<_> = found.into_iter().skip(index.saturating_mul(size)).take(size).cloned().collect();
    Ok(
        json!({"totalPages": total.div_ceil(size), "totalItems": total, "pageItemCount": content.len(), "pageSize": size,
        "empty": content.is_empty(), "content": content, "pageIndex": index, "pageToken": null}),
    )
}

fn pattern(text: &str) -> Result<Regex, Answer> {
    RegexBuilder::new(text)
        .case_insensitive(true)
        .build()
        .map_err(|_| Answer::error(500, "UNKNOWN_ERROR", "the regular expression is not valid"))
}

fn strings(value: &Value, key: &str) -> BTreeSet<String> {
    let list = value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(Into::into).collect()
}

fn matches(record: &Value, filter: &Value, names: &[Regex], term: Option<&Regex>) -> bool {
    let connector = &record["connector"];
    let spec = &connector["spec"];
    let member = |key: &str, value: &str| {
        let wanted = strings(filter, key);
        wanted.is_empty() || wanted.contains(value)
    };
    let aws = &filter["ccmConnectorFilter"];
    let mut accounts = strings(aws, "awsAccountIds");
    accounts.extend(aws["awsAccountId"].as_str().map(str::to_owned));
    let features = strings(spec, "featuresEnabled");
    let enabled = strings(aws, "featuresEnabled");
    let tags = |wanted: &serde_json::Map<String, Value>| {
        wanted.iter().any(|(k, v)| connector["tags"].get(k) == Some(v))
    };
    let found = |term: &Regex| {
        ["name", "identifier", "description"].iter().any(|f| term.is_match(text(connector, f)))
    };
    let is_ccm = text(connector, "type").starts_with("CE");
    member("types", text(connector, "type"))
        && (strings(filter, "categories").is_empty()
            || (is_ccm && strings(filter, "categories").contains("CLOUD_COST")))
        && member("connectorIdentifiers", text(connector, "identifier"))
        && member("connectivityStatuses", text(&record["status"], "status"))
        && (names.is_empty() || names.iter().any(|name| name.is_match(text(connector, "name"))))
        && term.is_none_or(found)
        && filter["tags"].as_object().is_none_or(|wanted| wanted.is_empty() || tags(wanted))
        && (accounts.is_empty() || accounts.contains(text(spec, "awsAccountId")))
        && (enabled.is_empty() || !enabled.is_disjoint(&features))
        && strings(aws, "featuresDisabled").is_disjoint(&features)
}

fn sort(records: &mut [&Value], order: &str) {
    let (field, direction) = order.split_once(',').unwrap_or((order, "ASC"));
    let key = |record: &Value| match field {
        "identifier" | "name" => (0, text(&record["connector"], field).to_owned()),
        _ => (record[field].as_i64().unwrap_or_default(), String::new()),
    };
    records.sort_by_cached_key(|record| key(record));
    if direction.eq_ignore_ascii_case("DESC") {
        records.reverse();
    }
}
