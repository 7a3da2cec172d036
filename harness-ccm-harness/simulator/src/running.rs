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

/// A running simulator, and its controls for the same process. It stops when it is dropped.
pub struct RunningSimulator {
    pub(crate) address: SocketAddr,
    pub(crate) state: Arc<State>,
    /// Dropping it stops the server.
    pub(crate) _running: watch::Sender<()>,
}

impl fmt::Debug for RunningSimulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningSimulator").field("address", &self.address).finish_non_exhaustive()
    }
}

impl RunningSimulator {
    /// Returns the address that the simulator listens on.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Returns the endpoint for clients.
    pub fn endpoint(&self) -> String {
        format!("http://{}/gateway", self.address)
    }

    /// Returns the logged requests to the API, in the order of their arrival. [`Settings::log_limit`] limits their number.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        lock(&self.state.log).all()
    }

    /// Clears the request log.
    pub fn forget_requests(&self) {
        lock(&self.state.log).forget();
    }

    /// Returns the records of all connectors, as the API returns them.
    pub fn connectors(&self) -> Vec<Value> {
        lock(&self.state.store).iter().map(|(_, record)| record.value.clone()).collect()
    }

    /// Changes the record of a connector at account scope without the API; returns whether the connector exists.
    pub fn edit(&self, id: &str, change: impl FnOnce(&mut Value)) -> bool {
        lock(&self.state.store).change(&at_account_scope(id), change).is_some()
    }

    /// Removes a connector at account scope without the API; returns whether it existed.
    pub fn delete(&self, id: &str) -> bool {
        lock(&self.state.store).remove(&at_account_scope(id))
    }

    /// Stores a connector or a whole record, of any type and without checks.
    pub fn insert(&self, raw: Value) {
        lock(&self.state.store).extend([raw]);
    }

    /// Stores all connectors or records of a file, which is a JSON array, without checks. Returns their number.
    ///
    /// **Errors.** The file cannot be read, or is not a JSON array.
    pub fn load(&self, file: impl AsRef<Path>) -> io::Result<usize> {
        let records = state_file::read(file.as_ref())?;
        let count = records.len();
        lock(&self.state.store).extend(records);
        Ok(count)
    }

    /// Removes connectors, requests, faults and references, and resets the rate limit. The settings stay.
    pub fn reset(&self) {
        self.state.reset();
    }

    /// Adds a reference to a connector at account scope. It blocks an unforced removal until
    /// [`stop_referring_to`](Self::stop_referring_to).
    pub fn refer_to(&self, id: &str) {
        lock(&self.state.referenced).insert(at_account_scope(id));
    }

    /// Removes the reference to a connector at account scope.
    pub fn stop_referring_to(&self, id: &str) {
        lock(&self.state.referenced).remove(&at_account_scope(id));
    }

    /// Returns the current settings.
    pub fn settings(&self) -> Settings {
        self.state.settings().as_ref().clone()
    }

    /// Changes the settings for all later requests.
    pub fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        self.state.change_settings(change);
    }

    /// Tests every connector with billing or optimization. Harness does this twice a day.
    pub async fn run_health_job(&self) {
        connection_test::health_job(&self.state).await;
    }

    /// Fails the next request. Of `fault`, only the kind, `after_commit`, `delay_ms` and `retry_after` apply.
    pub fn fail_next(&self, fault: Fault) {
        let Fault { kind, after_commit, delay_ms, retry_after, .. } = fault;
        self.fail_matching(Fault { after_commit, delay_ms, retry_after, ..kind.into() });
    }

    /// Adds a fault, which fails the requests that match it.
    pub fn fail_matching(&self, fault: Fault) {
        lock(&self.state.faults).add(fault);
    }

    /// Returns the active faults, in the order in which they were added. A fault that was used up while any fault is random
    /// stays in the list with the probability 0.
    pub fn faults(&self) -> Vec<ActiveFault> {
        lock(&self.state.faults).active()
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        lock(&self.state.faults).clear();
    }

    /// Stops the simulator, as dropping it does.
    pub fn shutdown(self) {
        drop(self);
    }
}

impl Drop for RunningSimulator {
    fn drop(&mut self) {
        self.state.save();
    }
}
