use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::watch;

use crate::fault::Fault;
use crate::handlers::connection_test;
use crate::lock::lock;
use crate::settings::Settings;
use crate::state::State;
use crate::store::record::at_account_scope;
use crate::store::state_file;
use crate::traffic::faults::ActiveFault;
use crate::traffic::log::LoggedRequest;

/// A simulator at work, and the way to control it from within the same program. Stops when dropped.
pub struct RunningSimulator {
    pub(crate) address: SocketAddr,
    pub(crate) state: Arc<State>,
    /// Dropping it ends the server.
    pub(crate) _running: watch::Sender<()>,
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
        lock(&self.state.log).all()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        lock(&self.state.log).forget();
    }

    /// All connectors, as the API would answer them.
    pub fn connectors(&self) -> Vec<Value> {
        lock(&self.state.store).iter().map(|(_, record)| record.value.clone()).collect()
    }

    /// Changes the record of a connector at account scope behind everybody's back; answers whether there is one.
    pub fn edit(&self, id: &str, change: impl FnOnce(&mut Value)) -> bool {
        lock(&self.state.store).change(&at_account_scope(id), change).is_some()
    }

    /// Removes a connector at account scope behind everybody's back; answers whether there was one.
    pub fn delete(&self, id: &str) -> bool {
        lock(&self.state.store).remove(&at_account_scope(id))
    }

    /// Stores a connector or a whole record as it is: of any type, without checks.
    pub fn insert(&self, raw: Value) {
        lock(&self.state.store).extend([raw]);
    }

    /// Does so with all connectors or records in a file, a JSON array; answers how many there were.
    ///
    /// **Errors.** If the file cannot be read, or is no JSON array.
    pub fn load(&self, file: impl AsRef<Path>) -> io::Result<usize> {
        let records = state_file::read(file.as_ref())?;
        let count = records.len();
        lock(&self.state.store).extend(records);
        Ok(count)
    }

    /// Forgets connectors, requests, faults and references, and what the limiter has counted; the settings stay.
    pub fn reset(&self) {
        self.state.reset();
    }

    /// Makes something refer to a connector at account scope, which blocks its removal until [`stop_referring_to`](Self::stop_referring_to).
    pub fn refer_to(&self, id: &str) {
        lock(&self.state.referenced).insert(at_account_scope(id));
    }

    /// Makes nothing refer to a connector at account scope any more.
    pub fn stop_referring_to(&self, id: &str) {
        lock(&self.state.referenced).remove(&at_account_scope(id));
    }

    /// What can be changed.
    pub fn settings(&self) -> Settings {
        self.state.settings().as_ref().clone()
    }

    /// Changes it; requests that come from now on see it.
    pub fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        self.state.change_settings(change);
    }

    /// Tests every connector with billing or optimization, as Harness does twice a day.
    pub async fn run_health_job(&self) {
        connection_test::health_job(&self.state).await;
    }

    /// Fails the next request, whatever it is.
    pub fn fail_next(&self, fault: Fault) {
        let Fault { kind, after_commit, delay_ms, retry_after, .. } = fault;
        self.fail_matching(Fault { after_commit, delay_ms, retry_after, ..kind.into() });
    }

    /// Fails the requests that `fault` names.
    pub fn fail_matching(&self, fault: Fault) {
        lock(&self.state.faults).add(fault);
    }

    /// The faults that are not used up, in the order in which they were asked for.
    pub fn faults(&self) -> Vec<ActiveFault> {
        lock(&self.state.faults).active()
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        lock(&self.state.faults).clear();
    }

    /// Stops serving, as dropping it does.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for RunningSimulator {
    fn drop(&mut self) {
        self.state.save();
    }
}
