use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use crate::config::Config;
use crate::fault::FaultKind;
use crate::incoming::Incoming;
use crate::lock::lock;
use crate::settings::Settings;
use crate::stop::Stop;
use crate::store::Store;
use crate::store::record::Key;
use crate::store::state_file::{self, StateFile};
use crate::traffic::faults::Faults;
use crate::traffic::limiter::Limiter;
use crate::traffic::log::Log;

/// The interval at which changes are written to the state file.
const SAVED_EVERY: Duration = Duration::from_millis(250);

/// The state that all requests share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) store: Mutex<Store>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) log: Mutex<Log>,
    pub(crate) limiter: Mutex<Limiter>,
    /// The connectors whose first test is running.
    pub(crate) under_test: Mutex<BTreeSet<Key>>,
    /// The connectors that other entities refer to.
    pub(crate) referenced: Mutex<BTreeSet<Key>>,
    /// The times at which clients removed connectors, while [`Settings::gone_is_error_ms`] is set.
    pub(crate) removed: Mutex<BTreeMap<Key, Instant>>,
    settings: Mutex<Arc<Settings>>,
    state_file: Option<StateFile>,
    started: Instant,
}

impl State {
    /// Returns the initial state, from the configuration and its files.
    ///
    /// **Errors.** A file of connectors cannot be read, or the state file cannot be used.
    pub(crate) fn new(config: Config) -> io::Result<Arc<Self>> {
        let mut store = Store::default();
        let state_file = match &config.state_file {
            Some(path) => {
                let (file, records) = StateFile::open(path)?;
                store.extend(records);
                Some(file)
            }
            None => None,
        };
        for file in &config.load {
            store.extend(state_file::read(file)?);
        }
        Ok(Arc::new(Self {
            store: Mutex::new(store),
            faults: Mutex::new(Faults::new(config.seed, &config.faults)),
            log: Mutex::default(),
            limiter: Mutex::default(),
            under_test: Mutex::default(),
            referenced: Mutex::default(),
            removed: Mutex::default(),
            settings: Mutex::new(Arc::new(config.settings.clone())),
            state_file,
            started: Instant::now(),
            config,
        }))
    }

    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&lock(&self.settings))
    }

    pub(crate) fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        change(Arc::make_mut(&mut lock(&self.settings)));
    }

    /// Removes connectors, faults, requests and references, and resets the rate limit.
    pub(crate) fn reset(&self) {
        lock(&self.store).replace([]);
        lock(&self.faults).clear();
        lock(&self.log).forget();
        lock(&self.limiter).forget();
        lock(&self.referenced).clear();
        lock(&self.removed).clear();
    }

    /// Writes the state file if one is configured and the connectors have changed.
    pub(crate) fn save(&self) {
        if let Some(file) = &self.state_file {
            file.write(|version| lock(&self.store).dump_newer_than(version));
        }
    }

    /// Writes changes to the state file, if one is configured, until the simulator stops.
    pub(crate) async fn keep_saved(self: Arc<Self>, stop: Stop) {
        while self.state_file.is_some()
            && tokio::time::timeout(SAVED_EVERY, stop.clone().wait()).await.is_err()
        {
            let state = Arc::clone(&self);
            // A failed write is repeated after the next interval; nothing is lost while the simulator runs.
            let _ = tokio::task::spawn_blocking(move || state.save()).await;
        }
    }

    /// Logs a request, and returns its number.
    pub(crate) fn log_arrival(&self, incoming: &Incoming) -> usize {
        let at_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        lock(&self.log).arrival(incoming, at_ms, self.settings().log_limit)
    }

    /// Logs the status of a request and the fault that affected it.
    pub(crate) fn log_answer(&self, number: usize, status: u16, fault: Option<&FaultKind>) {
        if let Some(logged) = lock(&self.log).get_mut(number) {
            logged.status = status;
            logged.fault = fault.map(|kind| kind.name().into());
        }
    }
}
