use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::incoming::Incoming;

/// The headers whose values are not logged.
const SECRET: [&str; 4] = ["x-api-key", "authorization", "cookie", "proxy-authorization"];

/// A logged request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query as received, without `?`.
    pub query: String,
    /// The headers. Names are in lower case. The value of a header with a secret is `***`.
    pub headers: BTreeMap<String, String>,
    /// The status of the response; 0 if there is no complete response, or none yet.
    pub status: u16,
    /// The time of arrival, in milliseconds since the start of the simulator.
    pub at_ms: u64,
    /// The name of the [`FaultKind`](crate::FaultKind) that affected the request, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// The request log. If it is full, the oldest requests are dropped.
#[derive(Debug, Default)]
pub(crate) struct Log {
    requests: VecDeque<LoggedRequest>,
    /// The number of the first request in the log.
    first: usize,
}

impl Log {
    /// Adds a request, and returns its number.
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

    /// Returns the request with this number, if it is still in the log.
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
