use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::incoming::Incoming;

/// Headers whose value is never kept.
const SECRET: [&str; 4] = ["x-api-key", "authorization", "cookie", "proxy-authorization"];

/// One request that came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query as it came, without `?`.
    pub query: String,
    /// The headers, names in lower case. Of those that carry secrets the value is `***`.
    pub headers: BTreeMap<String, String>,
    /// The status of the answer; 0 for none: not yet, or never.
    pub status: u16,
    /// When it came, in milliseconds since the start of the simulator.
    pub at_ms: u64,
    /// What was made to go wrong with it, if anything: the word of a [`FaultKind`](crate::FaultKind).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// The requests so far; the oldest are forgotten first.
#[derive(Debug, Default)]
pub(crate) struct Log {
    requests: VecDeque<LoggedRequest>,
    /// The number of the first that is still there.
    first: usize,
}

impl Log {
    /// Takes a request in and gives its number.
    pub(crate) fn arrival(&mut self, incoming: &Incoming, at_ms: u64, limit: usize) -> usize {
        let headers = incoming.headers.iter().map(|(name, value)| {
            let value = if SECRET.contains(&name.as_str()) { b"***" } else { value.as_bytes() };
            (name.as_str().to_owned(), String::from_utf8_lossy(value).into_owned())
        });
        self.requests.push_back(LoggedRequest {
            method: incoming.method.clone(),
            path: incoming.path.clone(),
            query: incoming.raw_query.clone(),
            headers: headers.collect(),
            status: 0,
            at_ms,
            fault: None,
        });
        while self.requests.len() > limit.max(1) {
            self.requests.pop_front();
            self.first += 1;
        }
        self.first + self.requests.len() - 1
    }

    /// The request of that number, if it is still there.
    pub(crate) fn get_mut(&mut self, number: usize) -> Option<&mut LoggedRequest> {
        self.requests.get_mut(number.checked_sub(self.first)?)
    }

    pub(crate) fn all(&self) -> Vec<LoggedRequest> {
        self.requests.iter().cloned().collect()
    }

    pub(crate) fn forget(&mut self) {
        self.first += self.requests.len();
        self.requests.clear();
    }
}
