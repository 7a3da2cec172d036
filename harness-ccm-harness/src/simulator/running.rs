use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;

use super::fault::Fault;
use super::faults::ActiveFault;
use super::server::{Server, lock};
use super::store::{Key, key_of, raw_record};

/// One request that came in. Headers are not kept, so that no key is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedRequest {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query as it came, without `?`.
    pub query: String,
    /// The status of the answer; 0 for none: not yet, or never.
    pub status: u16,
    /// When it came, in milliseconds since the start of the simulator.
    pub at_ms: u64,
    /// What was made to go wrong with it, if anything: the word of a [`FaultKind`](super::FaultKind).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// A simulator at work; stops when dropped.
pub struct RunningSimulator {
    pub(super) address: SocketAddr,
    pub(super) server: Arc<Server>,
    /// Dropping it ends the server.
    pub(super) _running: watch::Sender<()>,
}

impl fmt::Debug for RunningSimulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningSimulator").field("address", &self.address).finish_non_exhaustive()
    }
}

impl RunningSimulator {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The endpoint to give to a client.
    pub fn endpoint(&self) -> String {
        format!("http://{}/gateway", self.address)
    }

    /// All requests to the API so far, in the order in which they came.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        lock(&self.server.log).clone()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        lock(&self.server.log).clear();
    }

    /// All connectors, as the API would answer them.
    pub fn connectors(&self) -> Vec<Value> {
        lock(&self.server.store).values().cloned().collect()
    }

    /// Changes the record of a connector at account scope behind everybody's back; answers whether there is one.
    pub fn edit(&self, id: &str, change: impl FnOnce(&mut Value)) -> bool {
        let found = lock(&self.server.store).get_mut(&account_scope(id)).map(change).is_some();
        self.server.save();
        found
    }

    /// Removes a connector at account scope behind everybody's back; answers whether there was one.
    pub fn delete(&self, id: &str) -> bool {
        let found = lock(&self.server.store).remove(&account_scope(id)).is_some();
        self.server.save();
        found
    }

    /// Puts a connector, or a whole record, there as it is: of any type, checked by nobody.
    pub fn insert(&self, raw: Value) {
        let record = raw_record(raw);
        lock(&self.server.store).insert(key_of(&record["connector"]), record);
        self.server.save();
    }

    /// Fails the next request, whatever it is.
    pub fn fail_next(&self, fault: Fault) {
        let Fault { kind, after_commit, delay_ms, retry_after, .. } = fault;
        self.fail_matching(Fault { after_commit, delay_ms, retry_after, ..kind.into() });
    }

    /// Fails the requests that `fault` names.
    pub fn fail_matching(&self, fault: Fault) {
        lock(&self.server.faults).add(fault);
    }

    /// The faults that are not used up, in the order in which they were asked for.
    pub fn faults(&self) -> Vec<ActiveFault> {
        lock(&self.server.faults).active()
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        lock(&self.server.faults).clear();
    }

    /// Stops serving, as dropping it does.
    pub fn shutdown(self) {
        drop(self);
    }
}

fn account_scope(id: &str) -> Key {
    (String::new(), String::new(), id.into())
}
