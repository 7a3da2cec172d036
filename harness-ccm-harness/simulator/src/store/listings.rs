use std::collections::VecDeque;
use std::sync::Arc;

use crate::permissions::KeyReach;
use crate::store::filter::Filter;
use crate::store::order::Order;
use crate::store::record::{Key, Record};

/// The maximum number of cached lists. A client that reads all pages requests the same list many times.
const REMEMBERED: usize = 16;

/// A cache of requested lists. Every change of a connector updates them, so that not every page filters and sorts ten thousand
/// connectors.
#[derive(Debug, Default)]
pub(crate) struct Listings(VecDeque<Listing>);

#[derive(Debug)]
struct Listing {
    /// All parts of the request that the list depends on.
    name: String,
    filter: Filter,
    order: Order,
    list: Vec<Arc<Record>>,
}

impl Listings {
    /// Returns the list with this name, if it is cached.
    pub(crate) fn get(&self, name: &str) -> Option<&[Arc<Record>]> {
        self.0.iter().find(|listing| listing.name == name).map(|listing| listing.list.as_slice())
    }

    /// Caches a list. If the cache is full, the list replaces the one that was cached first.
    pub(crate) fn keep(&mut self, name: String, filter: Filter, order: Order, list: Vec<Arc<Record>>) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(Listing { name, filter, order, list });
    }

    /// Updates the lists after a connector was added, replaced or removed.
    pub(crate) fn replaced(&mut self, key: &Key, before: Option<&Record>, after: Option<&Arc<Record>>) {
        for Listing { filter, order, list, .. } in &mut self.0 {
            let place = |list: &[Arc<Record>], record: &Record| {
                list.binary_search_by(|listed| order.compare(listed, record))
            };
            if let Some(Ok(at)) = before.map(|before| place(list, before)) {
                list.remove(at);
            }
            if let Some(after) = after.filter(|after| filter.holds(key, after, &KeyReach::All))
                && let Err(at) = place(list, after)
            {
                list.insert(at, Arc::clone(after));
            }
        }
    }

    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }
}
