use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Response;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::answer::{Answer, respond};
use super::builder::SimulatorBuilder;
use super::fault::FaultKind;
use super::faults::Faults;
use super::incoming::Incoming;
use super::limiter::Limiter;
use super::line::{Lines, Scissors};
use super::log::Log;
use super::reply::Reply;
use super::settings::Settings;
use super::state_file::{self, StateFile};
use super::store::{Key, Store};
use super::{api, control};

const MAX_BODY: usize = 64 << 20;

/// What all requests share.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) config: SimulatorBuilder,
    /// The same without eyes on AWS.
    pub(super) blind: SimulatorBuilder,
    pub(super) store: Mutex<Store>,
    pub(super) faults: Mutex<Faults>,
    pub(super) log: Mutex<Log>,
    pub(super) limiter: Mutex<Limiter>,
    /// The connectors whose first test is running.
    pub(super) under_test: Mutex<BTreeSet<Key>>,
    /// The connectors that other entities refer to.
    pub(super) referenced: Mutex<BTreeSet<Key>>,
    settings: Mutex<Arc<Settings>>,
    state_file: Option<StateFile>,
    serves_control: bool,
    started: Instant,
}

/// Every access is short and leaves things whole, so a poisoned lock is as good as any.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    pub(super) fn new(config: SimulatorBuilder, is_local: bool) -> io::Result<Arc<Self>> {
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
            blind: config.clone().roles(None),
            store: Mutex::new(store),
            faults: Mutex::new(Faults::new(config.seed, &config.faults)),
            log: Mutex::default(),
            limiter: Mutex::default(),
            under_test: Mutex::default(),
            referenced: Mutex::default(),
            settings: Mutex::new(Arc::new(config.settings.clone())),
            state_file,
            serves_control: config.control.unwrap_or(is_local),
            started: Instant::now(),
            config,
        }))
    }

    pub(super) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&lock(&self.settings))
    }

    pub(super) fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        change(Arc::make_mut(&mut lock(&self.settings)));
    }

    /// Forgets everything but the settings.
    pub(super) fn reset(&self) {
        lock(&self.store).replace([]);
        lock(&self.faults).clear();
        lock(&self.log).forget();
        lock(&self.limiter).forget();
        lock(&self.referenced).clear();
    }

    /// Writes the state file, if there is one and something has changed.
    pub(super) fn save(&self) {
        if let Some(file) = &self.state_file {
            file.write(&self.store);
        }
    }

    fn log_arrival(&self, incoming: &Incoming) -> usize {
        let at_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        lock(&self.log).arrival(incoming, at_ms, self.settings().log_limit)
    }

    fn log_answer(&self, number: usize, status: u16, fault: Option<&FaultKind>) {
        if let Some(logged) = lock(&self.log).get_mut(number) {
            logged.status = status;
            logged.fault = fault.map(|kind| kind.name().into());
        }
    }
}

pub(super) async fn serve(listener: TcpListener, server: Arc<Server>, stopped: watch::Receiver<()>) {
    let state = Shared { server, stopped: stopped.clone() };
    let service = Router::new()
        .fallback(handle)
        .with_state(state.clone())
        .into_make_service_with_connect_info::<Scissors>();
    tokio::spawn(keep_saved(Arc::clone(&state.server), stopped.clone()));
    // Accepting goes on whatever happens to a connection, so there is no error to report.
    let _ = axum::serve(Lines(listener), service).with_graceful_shutdown(end(stopped)).await;
}

/// How long a change may wait to be written to the state file.
const SAVED_EVERY: Duration = Duration::from_millis(250);

async fn keep_saved(server: Arc<Server>, stopped: watch::Receiver<()>) {
    while server.state_file.is_some()
        && tokio::time::timeout(SAVED_EVERY, end(stopped.clone())).await.is_err()
    {
        let server = Arc::clone(&server);
        // A failed write is tried again with the next change; nothing is lost while the simulator runs.
        let _ = tokio::task::spawn_blocking(move || server.save()).await;
    }
}

/// Comes when the simulator is dropped.
async fn end(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}

#[derive(Clone, Debug)]
struct Shared {
    server: Arc<Server>,
    stopped: watch::Receiver<()>,
}

async fn handle(
    State(shared): State<Shared>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return Answer::error(400, "INVALID_REQUEST", "the body can not be read").into_response();
    };
    let incoming = Incoming::new(parts, body);
    if let Some(command) = incoming.path.strip_prefix("/_control/")
        && shared.server.serves_control
    {
        return control::handle(&shared.server, &incoming, command).await;
    }
    // A task of its own: what has come in is carried out, whether the client waits for it or not.
    let reply = tokio::spawn(process(shared.server, incoming)).await;
    match reply.unwrap_or_else(|_| Reply::Answer(Answer::unknown().into_response())) {
        Reply::Answer(response) => response,
        Reply::Cut(bytes, response) => {
            scissors.cut_after(bytes);
            response
        }
        Reply::Silence => {
            end(shared.stopped).await;
            scissors.cut_after(0);
            respond(504, "text/html", String::new())
        }
    }
}

async fn process(server: Arc<Server>, incoming: Incoming) -> Reply {
    let number = server.log_arrival(&incoming);
    let settings = server.settings();
    if settings.latency_ms > 0 {
        sleep(Duration::from_millis(settings.latency_ms)).await;
    }
    let key = incoming.header("x-api-key").unwrap_or_default();
    let is_refused = lock(&server.limiter).refuses(&settings, key, Instant::now());
    let (fault, reply) = if is_refused {
        (None, Reply::throttled())
    } else {
        let fault = lock(&server.faults).take(&incoming);
        let reply = match &fault {
            None => Reply::Answer(Answer::of(api::handle(&server, &incoming).await).into_response()),
            Some(fault) => Reply::spoiled(&server, &incoming, fault).await,
        };
        (fault, reply)
    };
    server.log_answer(number, reply.status(), fault.as_ref().map(|fault| &fault.kind));
    reply
}
