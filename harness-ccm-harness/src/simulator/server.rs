use std::collections::VecDeque;
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
use super::fault::{Fault, FaultKind};
use super::faults::Faults;
use super::incoming::Incoming;
use super::line::{Lines, Scissors};
use super::running::LoggedRequest;
use super::store::{Store, key_of, raw_record};
use super::{api, control};

const MAX_BODY: usize = 4 << 20;

/// What all requests share.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) config: SimulatorBuilder,
    pub(super) store: Mutex<Store>,
    pub(super) faults: Mutex<Faults>,
    pub(super) log: Mutex<Vec<LoggedRequest>>,
    recent: Mutex<VecDeque<Instant>>,
    started: Instant,
}

/// Every access is short and leaves things whole, so a poisoned lock is as good as any.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    pub(super) fn new(config: SimulatorBuilder) -> io::Result<Arc<Self>> {
        let mut store = Store::new();
        if let Some(file) = config.state_file.as_ref().filter(|file| file.exists()) {
            let records: Vec<serde_json::Value> = serde_json::from_slice(&std::fs::read(file)?)?;
            store.extend(
                records.into_iter().map(raw_record).map(|record| (key_of(&record["connector"]), record)),
            );
        }
        let faults = Mutex::new(Faults::new(config.seed, &config.faults));
        Ok(Arc::new(Self {
            config,
            faults,
            store: Mutex::new(store),
            log: Mutex::default(),
            recent: Mutex::default(),
            started: Instant::now(),
        }))
    }

    /// Writes the state file, if there is one. A simulator that can not write it goes on from memory.
    pub(super) fn save(&self) {
        if let Some(file) = &self.config.state_file {
            let records: Vec<_> = lock(&self.store).values().cloned().collect();
            if let Ok(text) = serde_json::to_vec_pretty(&records) {
                let _ = std::fs::write(file, text);
            }
        }
    }

    fn log_arrival(&self, incoming: &Incoming) -> usize {
        let mut log = lock(&self.log);
        log.push(LoggedRequest {
            method: incoming.method.clone(),
            path: incoming.path.clone(),
            query: incoming.raw_query.clone(),
            status: 0,
            at_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            fault: None,
        });
        log.len() - 1
    }

    fn log_answer(&self, at: usize, response: &Response<Body>, fault: Option<&FaultKind>) {
        if let Some(logged) = lock(&self.log).get_mut(at) {
            logged.status = response.status().as_u16();
            logged.fault = fault.map(|kind| kind.name().into());
        }
    }

    fn log_loss(&self, at: usize, fault: &FaultKind) {
        if let Some(logged) = lock(&self.log).get_mut(at) {
            logged.fault = Some(fault.name().into());
        }
    }

    fn is_over_the_limit(&self) -> bool {
        let Some(limit) = self.config.rate_limit else { return false };
        let mut recent = lock(&self.recent);
        while recent.front().is_some_and(|oldest| oldest.elapsed() >= self.config.window) {
            recent.pop_front();
        }
        let over = recent.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        if !over {
            recent.push_back(Instant::now());
        }
        over
    }
}

/// What becomes of a request.
enum Reply {
    Answer(Response<Body>),
    /// The connection breaks after so many bytes of the answer.
    Cut(usize, Response<Body>),
    /// Nothing comes.
    Silence,
}

pub(super) async fn serve(listener: TcpListener, server: Arc<Server>, stopped: watch::Receiver<()>) {
    let state = Shared { server, stopped: stopped.clone() };
    let service =
        Router::new().fallback(handle).with_state(state).into_make_service_with_connect_info::<Scissors>();
    // Accepting goes on whatever happens to a connection, so there is no error to report.
    let _ = axum::serve(Lines(listener), service).with_graceful_shutdown(end(stopped)).await;
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
    if let Some(command) = incoming.path.strip_prefix("/_control/") {
        return control::handle(&shared.server, &incoming, command);
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
    let at = server.log_arrival(&incoming);
    sleep(server.config.latency).await;
    if server.is_over_the_limit() {
        let response = throttled();
        server.log_answer(at, &response, None);
        return Reply::Answer(response);
    }
    let fault = lock(&server.faults).take(&incoming);
    let Some(fault) = fault else {
        let response = Answer::of(api::handle(&server, &incoming).await).into_response();
        server.log_answer(at, &response, None);
        return Reply::Answer(response);
    };
    let reply = spoiled(&server, &incoming, &fault).await;
    match &reply {
        Reply::Answer(response) => server.log_answer(at, response, Some(&fault.kind)),
        Reply::Cut(..) | Reply::Silence => server.log_loss(at, &fault.kind),
    }
    reply
}

/// The reply to a request that `fault` befalls.
async fn spoiled(server: &Arc<Server>, incoming: &Incoming, fault: &Fault) -> Reply {
    let act = async || Answer::of(api::handle(server, incoming).await);
    let wait = || sleep(Duration::from_millis(fault.delay_ms));
    let early = match fault.kind {
        FaultKind::Truncated => Some(act().await),
        _ if fault.after_commit => Some(act().await),
        _ => None,
    };
    wait().await;
    let mut response = match &fault.kind {
        FaultKind::HangUp => return Reply::Cut(0, respond(500, "text/html", String::new())),
        FaultKind::Timeout => return Reply::Silence,
        FaultKind::Truncated | FaultKind::Late => {
            let answer = match early {
                Some(answer) => answer,
                None => act().await,
            };
            if fault.kind == FaultKind::Truncated {
                // The head takes more than a hundred bytes, so this ends within the body.
                return Reply::Cut(100 + answer.body.to_string().len() / 2, answer.into_response());
            }
            answer.into_response()
        }
        FaultKind::Throttled => throttled(),
        FaultKind::Gateway(status) => page(*status),
        FaultKind::UnknownError => Answer::unknown().into_response(),
        FaultKind::Stale => Answer::stale().into_response(),
        FaultKind::Heartbeat => {
            Answer::invalid("The heartbeat task of the connector could not be created").into_response()
        }
        FaultKind::PolicyDenied => {
            Answer::policy_denied("simulated", "denied by a policy of the account").into_response()
        }
        FaultKind::Unauthorized => Answer::foreign_token().into_response(),
        FaultKind::TestFailed(summary) => {
            Answer::test_failed(summary, "Please try again later", std::slice::from_ref(summary))
                .into_response()
        }
        FaultKind::CcmUnreachable => Answer::ccm_unreachable().into_response(),
        FaultKind::Answer { status, content_type, body } => respond(*status, content_type, body.clone()),
    };
    if let Some(seconds) = fault.retry_after {
        response.headers_mut().insert("retry-after", seconds.into());
    }
    Reply::Answer(response)
}

/// What the load balancer in front of Harness says; it sends no `Retry-After`.
fn throttled() -> Response<Body> {
    page(429)
}

fn page(status: u16) -> Response<Body> {
    respond(status, "text/html", format!("<html><body><h1>{status}</h1></body></html>"))
}
