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

/// How long a change may wait to be written to the state file.
const SAVED_EVERY: Duration = Duration::from_millis(250);

/// What all requests share.
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
    /// When connectors were removed by their users.
    pub(crate) removed: Mutex<BTreeMap<Key, Instant>>,
    settings: Mutex<Arc<Settings>>,
    state_file: Option<StateFile>,
    started: Instant,
}

impl State {
    /// The state at the start: what is in the files, and what is configured.
    ///
    /// **Errors.** If a file of connectors cannot be read, or the state cannot be kept where it is asked to be.
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

    /// Forgets everything but the settings.
    pub(crate) fn reset(&self) {
        lock(&self.store).replace([]);
        lock(&self.faults).clear();
        lock(&self.log).forget();
        lock(&self.limiter).forget();
        lock(&self.referenced).clear();
        lock(&self.removed).clear();
    }

    /// Writes the state file, if there is one and something has changed.
    pub(crate) fn save(&self) {
        if let Some(file) = &self.state_file {
            file.write(|version| lock(&self.store).dump_newer_than(version));
        }
    }

    /// Writes the state file again and again, if there is one, until the simulator stops.
    pub(crate) async fn keep_saved(self: Arc<Self>, stop: Stop) {
        while self.state_file.is_some()
            && tokio::time::timeout(SAVED_EVERY, stop.clone().wait()).await.is_err()
        {
            let state = Arc::clone(&self);
            // A failed write is tried again with the next change; nothing is lost while the simulator runs.
            let _ = tokio::task::spawn_blocking(move || state.save()).await;
        }
    }

    /// Takes note of a request, and gives its number.
    pub(crate) fn log_arrival(&self, incoming: &Incoming) -> usize {
        let at_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        lock(&self.log).arrival(incoming, at_ms, self.settings().log_limit)
    }

    /// Takes note of what became of it.
    pub(crate) fn log_answer(&self, number: usize, status: u16, fault: Option<&FaultKind>) {
        if let Some(logged) = lock(&self.log).get_mut(number) {
            logged.status = status;
            logged.fault = fault.map(|kind| kind.name().into());
        }
    }
}
