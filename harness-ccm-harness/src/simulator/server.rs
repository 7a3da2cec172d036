use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

use super::answer::{Answer, respond};
use super::builder::SimulatorBuilder;
use super::fault::Fault;
use super::running::LoggedRequest;
use super::store::{Store, key_of, raw_record};
use super::{api, control};

const MAX_BODY: usize = 4 << 20;

/// What all requests share.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) config: SimulatorBuilder,
    pub(super) store: Mutex<Store>,
    pub(super) faults: Mutex<Vec<Fault>>,
    pub(super) log: Mutex<Vec<LoggedRequest>>,
    recent: Mutex<VecDeque<Instant>>,
    started: Instant,
}

/// A request, taken apart.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Incoming {
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    }
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
        Ok(Arc::new(Self {
            config,
            store: Mutex::new(store),
            faults: Mutex::default(),
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

    fn take_fault(&self, incoming: &Incoming, raw_query: &str) -> Option<Fault> {
        let target = format!("{}?{raw_query}", incoming.path);
        let mut faults = lock(&self.faults);
        let at = faults.iter().position(|fault| fault.befalls(&incoming.method, &target, &incoming.body))?;
        let fault = faults[at].clone();
        faults[at].times = faults[at].times.saturating_sub(1);
        if faults[at].times == 0 {
            faults.remove(at);
        }
        Some(fault)
    }
}

pub(super) async fn serve(listener: TcpListener, server: Arc<Server>) {
    let router = Router::new().fallback(handle).with_state(server);
    // It ends only by being aborted.
    let _ = axum::serve(listener, router).await;
}

async fn handle(State(server): State<Arc<Server>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let raw_query = parts.uri.query().unwrap_or_default().to_owned();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return Answer::error(400, "INVALID_REQUEST", "the body can not be read").into_response();
    };
    let incoming = Incoming {
        method: parts.method.as_str().into(),
        path: parts.uri.path().into(),
        query: decode(&raw_query),
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    if let Some(command) = incoming.path.strip_prefix("/_control/") {
        return control::handle(&server, &incoming, command);
    }
    let at = {
        let mut log = lock(&server.log);
        log.push(LoggedRequest {
            method: incoming.method.clone(),
            path: incoming.path.clone(),
            query: raw_query.clone(),
            status: 0,
            at_ms: u64::try_from(server.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        log.len() - 1
    };
    let response = answer(&server, &incoming, &raw_query).await;
    if let Some(logged) = lock(&server.log).get_mut(at) {
        logged.status = response.status().as_u16();
    }
    response
}

async fn answer(server: &Arc<Server>, incoming: &Incoming, raw_query: &str) -> Response<Body> {
    sleep(server.config.latency).await;
    if server.is_over_the_limit() {
        return respond(429, "text/html", "<html><body>429 Too Many Requests</body></html>".into());
    }
    let fault = server.take_fault(incoming, raw_query);
    let Some(fault) = fault else { return Answer::of(api::handle(server, incoming).await).into_response() };
    if fault.after_commit {
        let _ = api::handle(server, incoming).await;
    }
    sleep(Duration::from_millis(fault.delay_ms)).await;
    let mut response = respond(fault.status, &fault.content_type, fault.body);
    if let Some(seconds) = fault.retry_after {
        response.headers_mut().insert("retry-after", seconds.into());
    }
    response
}

fn decode(query: &str) -> Vec<(String, String)> {
    reqwest::Url::parse(&format!("http://localhost/?{query}"))
        .map(|url| url.query_pairs().into_owned().collect())
        .unwrap_or_default()
}
