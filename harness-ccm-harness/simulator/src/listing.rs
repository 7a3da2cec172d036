use std::cmp::Ordering;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;

use super::access::{Caller, Reach};
use super::answer::{Answer, Outcome};
use super::filter::Filter;
use super::incoming::Incoming;
use super::server::{Server, lock};
use super::settings::LargePages;
use super::store::{Key, Record, Store};

/// How many lists are remembered. A walk over pages asks for one list many times.
const REMEMBERED: usize = 16;

/// The largest page that Harness documents for `listV2`, and for the old list.
const LARGEST: (usize, usize) = (100, 1000);

/// Lists that were asked for last. They are kept up to date with every change: neither filtering nor sorting ten thousand
/// connectors is for every page.
#[derive(Debug, Default)]
pub(super) struct Listings(VecDeque<Listing>);

#[derive(Debug)]
struct Listing {
    /// Everything in the request that the list depends on.
    name: String,
    filter: Filter,
    order: Order,
    list: Vec<Arc<Record>>,
}

/// What one page holds, and of how many.
#[derive(Debug)]
struct Page {
    index: usize,
    size: usize,
    total: usize,
    content: Vec<Arc<Record>>,
}

/// A page of `listV2`.
pub(super) fn page(server: &Server, caller: &Caller, incoming: &Incoming) -> Outcome {
    let body = incoming.optional_json()?;
    let (index, asked) = (number(incoming, "pageIndex", 0)?, number(incoming, "pageSize", 50)?);
    let size = match server.settings().large_pages {
        LargePages::Reject if asked > LARGEST.0 => return Err(too_large(LARGEST.0)),
        LargePages::Cap => asked.min(LARGEST.0),
        LargePages::Reject | LargePages::Allow => asked,
    };
    let filter = Filter::of_body(incoming, body.as_ref())?;
    let order = Order::of(incoming.params("sortOrders"), "lastModifiedAt,DESC")?;
    Ok(server.cut(caller, incoming, filter, order, (index, size)).render())
}

/// A page of the old list.
pub(super) fn old_page(server: &Server, caller: &Caller, incoming: &Incoming) -> Outcome {
    let (index, size) = (number(incoming, "pageIndex", 0)?, number(incoming, "pageSize", 100)?);
    if size > LARGEST.1 {
        return Err(too_large(LARGEST.1));
    }
    let order = Order::of(std::iter::empty(), "createdAt,DESC")?;
    Ok(server.cut(caller, incoming, Filter::of_old_list(incoming)?, order, (index, size)).render())
}

fn too_large(most: usize) -> Answer {
    Answer::violations(&[("pageSize", format!("must be less than or equal to {most}"))])
}

/// A number of the query. Negative ones, and pages of no size, reach code that throws.
fn number(incoming: &Incoming, name: &str, default: usize) -> Result<usize, Answer> {
    let Some(text) = incoming.param(name) else { return Ok(default) };
    let number: i64 = text.parse().map_err(|_| Answer::bad_parameter())?;
    usize::try_from(number)
        .ok()
        .filter(|number| *number > 0 || name != "pageSize")
        .ok_or_else(Answer::unknown)
}

impl Server {
    /// Cuts a page out of a list.
    fn cut(
        &self,
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
        let store = &mut *lock(&self.store);
        let visible = &caller.permissions.view;
        if *visible != Reach::All {
            // What fewer may see is made anew.
            return cut(&list(store, &filter, &order, visible));
        }
        let query = incoming.query().filter(|(key, _)| !key.starts_with("page"));
        let query: Vec<_> = query.map(|(key, value)| format!("{key}={value}")).collect();
        let name = format!("{} {} {}", incoming.path, query.join("&"), incoming.text());
        if let Some(known) = store.listings.0.iter().find(|listing| listing.name == name) {
            return cut(&known.list);
        }
        let list = list(store, &filter, &order, visible);
        let page = cut(&list);
        if store.listings.0.len() == REMEMBERED {
            store.listings.0.pop_front();
        }
        store.listings.0.push_back(Listing { name, filter, order, list });
        page
    }
}

fn list(store: &Store, filter: &Filter, order: &Order, visible: &Reach) -> Vec<Arc<Record>> {
    let found = store.iter().filter(|(key, record)| filter.holds(key, record, visible));
    let mut found: Vec<_> = found.map(|(_, record)| Arc::clone(record)).collect();
    found.sort_by(|a, b| order.compare(a, b));
    found
}

impl Listings {
    /// Takes note that a connector was put there, replaced or removed.
    pub(super) fn replaced(&mut self, key: &Key, before: Option<&Record>, after: Option<&Arc<Record>>) {
        for Listing { filter, order, list, .. } in &mut self.0 {
            let place = |list: &[Arc<Record>], record: &Record| {
                list.binary_search_by(|listed| order.compare(listed, record))
            };
            if let Some(Ok(at)) = before.map(|before| place(list, before)) {
                list.remove(at);
            }
            if let Some(after) = after.filter(|after| filter.holds(key, after, &Reach::All))
                && let Err(at) = place(list, after)
            {
                list.insert(at, Arc::clone(after));
            }
        }
    }

    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

/// The order of a list: fields, each with a direction.
#[derive(Debug)]
struct Order(Vec<(Field, bool)>);

#[derive(Clone, Copy, Debug)]
enum Field {
    Name,
    Identifier,
    Kind,
    Created,
    Modified,
    /// A field that is not known here: all are alike in it.
    Unknown,
}

impl Order {
    /// Reads `field,DIRECTION` as often as it is given.
    fn of<'a>(given: impl Iterator<Item = &'a str>, default: &'a str) -> Result<Self, Answer> {
        let mut given: Vec<_> = given.filter(|order| !order.is_empty()).collect();
        if given.is_empty() {
            given.push(default);
        }
        let read = |order: &str| {
            let (field, direction) = order.split_once(',').ok_or_else(Answer::unknown)?;
            let field = match field {
                "name" => Field::Name,
                "identifier" => Field::Identifier,
                "type" => Field::Kind,
                "createdAt" => Field::Created,
                "lastModifiedAt" | "timeWhenConnectorIsLastUpdated" => Field::Modified,
                _ => Field::Unknown,
            };
            match direction.to_ascii_uppercase().as_str() {
                "ASC" => Ok((field, false)),
                "DESC" => Ok((field, true)),
                _ => Err(Answer::unknown()),
            }
        };
        given.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    fn compare(&self, a: &Record, b: &Record) -> Ordering {
        let by = |field: Field| match field {
            Field::Name => a.facts.name.cmp(&b.facts.name),
            Field::Identifier => a.facts.identifier.cmp(&b.facts.identifier),
            Field::Kind => a.facts.kind.cmp(&b.facts.kind),
            Field::Created => (a.facts.created, a.order).cmp(&(b.facts.created, b.order)),
            Field::Modified => (a.facts.modified, a.touched).cmp(&(b.facts.modified, b.touched)),
            Field::Unknown => Ordering::Equal,
        };
        self.0
            .iter()
            .map(|(field, down)| if *down { by(*field).reverse() } else { by(*field) })
            .find(|order| order.is_ne())
            .unwrap_or_else(|| a.order.cmp(&b.order))
    }
}

impl Page {
    /// The page as JSON, put together from the texts of its connectors.
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn connector(number: usize, name: &str) -> Value {
        json!({"identifier": format!("c{number}"), "name": name, "type": "CEAws", "spec": {}})
    }

    /// A list that is kept up to date is the list that would be made anew.
    #[test]
    fn lists_follow_every_change() {
        let filter = || {
            let text = json!({"filterType": "Connector", "connectorNames": ["keep"]}).to_string();
            let (parts, ()) = axum::http::Request::new(()).into_parts();
            let incoming = Incoming::new(parts, text.clone().into());
            Filter::of_body(&incoming, serde_json::from_str(&text).ok().as_ref()).unwrap()
        };
        let orders = ["lastModifiedAt,DESC", "createdAt,ASC", "name,DESC", "identifier,ASC", "unknown,ASC"];
        let order = |text: &str| Order::of([text].into_iter(), "").unwrap();
        let mut store = Store::default();
        for text in orders {
            let listing =
                Listing { name: text.into(), filter: filter(), order: order(text), list: Vec::new() };
            store.listings.0.push_back(listing);
        }
        for step in 0..400_usize {
            let (number, name) = (step * 7 % 30, ["keep a", "drop", "keep b"][step / 3 % 3]);
            let key = crate::store::at_account_scope(&format!("c{number}"));
            match step % 5 {
                0 | 1 => {
                    let record = json!({"connector": connector(number, name), "createdAt": step % 11});
                    drop(store.insert(record));
                }
                2 => drop(store.touch(&key, |record| record["connector"]["name"] = json!(name))),
                3 => drop(store.change(&key, |record| record["connector"]["name"] = json!(name))),
                _ => drop(store.remove(&key)),
            }
            for text in orders {
                let kept = store.listings.0.iter().find(|listing| listing.name == text).unwrap();
                let anew = list(&store, &filter(), &order(text), &Reach::All);
                let orders =
                    |list: &[Arc<Record>]| list.iter().map(|r| (r.order, r.touched)).collect::<Vec<_>>();
                assert_eq!(orders(&kept.list), orders(&anew), "{text} after step {step}");
            }
        }
    }
}
