use std::collections::VecDeque;
use std::sync::Arc;

use crate::permissions::KeyReach;
use crate::store::filter::Filter;
use crate::store::order::Order;
use crate::store::record::{Key, Record};

/// How many lists are remembered. A walk over pages asks for one list many times.
const REMEMBERED: usize = 16;

/// Lists that were asked for last. They are kept up to date with every change: neither filtering nor sorting ten thousand
/// connectors is for every page.
#[derive(Debug, Default)]
pub(crate) struct Listings(VecDeque<Listing>);

#[derive(Debug)]
struct Listing {
    /// Everything in the request that the list depends on.
    name: String,
    filter: Filter,
    order: Order,
    list: Vec<Arc<Record>>,
}

impl Listings {
    /// The list of that name, if it is kept.
    pub(crate) fn get(&self, name: &str) -> Option<&[Arc<Record>]> {
        self.0.iter().find(|listing| listing.name == name).map(|listing| listing.list.as_slice())
    }

    /// Keeps a list, in place of the one that has been here longest.
    pub(crate) fn keep(&mut self, name: String, filter: Filter, order: Order, list: Vec<Arc<Record>>) {
        if self.0.len() == REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(Listing { name, filter, order, list });
    }

    /// Takes note that a connector was put there, replaced or removed.
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
