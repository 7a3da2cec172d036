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
use super::store::{Record, Store};

/// How many lists are remembered. A walk over pages asks for one list many times.
const REMEMBERED: usize = 16;

/// The largest page that Harness documents for `listV2`, and for the old list.
const LARGEST: (usize, usize) = (100, 1000);

/// A list: connectors are shared, never copied.
type List = Arc<[Arc<Record>]>;

/// Lists as they were made last, each with the version of the store that it is of.
#[derive(Debug, Default)]
pub(super) struct Listings(VecDeque<(String, u64, List)>);

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
    let found = server.listed(caller, incoming, &filter, &order);
    Ok(render(&found, index, size))
}

/// A page of the old list.
pub(super) fn old_page(server: &Server, caller: &Caller, incoming: &Incoming) -> Outcome {
    let (index, size) = (number(incoming, "pageIndex", 0)?, number(incoming, "pageSize", 100)?);
    if size > LARGEST.1 {
        return Err(too_large(LARGEST.1));
    }
    let order = Order::of(std::iter::empty(), "createdAt,DESC")?;
    Ok(render(&server.listed(caller, incoming, &Filter::of_old_list(incoming)?, &order), index, size))
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
    /// All connectors of a list, in its order.
    fn listed(&self, caller: &Caller, incoming: &Incoming, filter: &Filter, order: &Order) -> List {
        let visible = &caller.permissions.view;
        // Remembered under everything that the list depends on; what fewer may see is made anew.
        let name = (*visible == Reach::All).then(|| {
            let query = incoming.query().filter(|(key, _)| !key.starts_with("page"));
            let query: Vec<_> = query.map(|(key, value)| format!("{key}={value}")).collect();
            format!("{} {} {}", incoming.path, query.join("&"), incoming.text())
        });
        let store = &mut *lock(&self.store);
        let version = store.version();
        if let Some(found) = name.as_ref().and_then(|name| store.listings.get(name, version)) {
            return found;
        }
        let found = list(store, filter, order, visible);
        if let Some(name) = name {
            store.listings.remember(name, version, &found);
        }
        found
    }
}

fn list(store: &Store, filter: &Filter, order: &Order, visible: &Reach) -> List {
    let mut found: Vec<_> = store
        .iter()
        .filter(|(key, record)| filter.holds(key, record, visible))
        .map(|(_, record)| Arc::clone(record))
        .collect();
    found.sort_by(|a, b| order.compare(a, b));
    found.into()
}

impl Listings {
    fn get(&self, name: &str, version: u64) -> Option<List> {
        let found = self.0.iter().find(|(known, of, _)| *of == version && known == name);
        found.map(|(_, _, list)| Arc::clone(list))
    }

    fn remember(&mut self, name: String, version: u64, list: &List) {
        self.0.retain(|(known, of, _)| *of == version && *known != name);
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((name, version, Arc::clone(list)));
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

/// One page as JSON, put together from the texts of its connectors.
fn render(found: &[Arc<Record>], index: usize, size: usize) -> String {
    let from = index.saturating_mul(size).min(found.len());
    let content = &found[from..from.saturating_add(size).min(found.len())];
    let (total, pages) = (found.len(), found.len().div_ceil(size));
    let length: usize = content.iter().map(|record| record.json.len() + 1).sum();
    let mut page = String::with_capacity(length + 200);
    let _ = write!(
        page,
        r#"{{"totalPages":{pages},"totalItems":{total},"pageItemCount":{},"pageSize":{size},"content":["#,
        content.len()
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
