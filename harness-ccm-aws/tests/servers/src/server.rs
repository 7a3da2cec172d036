//! HTTP on loopback.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{self, Request};
use axum::http::Response;
use futures_util::stream;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::traffic::dispatch::{Incoming, State};
use crate::traffic::reply::{Answer, Reply};
use crate::wire::time;

const MAX_BODY: usize = 1 << 20;

/// A part of an endless body.
const PIECE: &[u8] = &[b' '; 16 << 10];

/// The shared state of the server and its owner.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) state: Arc<Mutex<State>>,
    /// The number of releases of held requests.
    pub(crate) released: watch::Sender<u64>,
}

impl Shared {
    pub(crate) fn new() -> Self {
        Self { state: Arc::new(Mutex::new(State::new())), released: watch::Sender::new(0) }
    }

    /// A test that panicked while it held the lock reports the reason itself.
    pub(crate) fn with<T>(&self, use_state: impl FnOnce(&mut State) -> T) -> T {
        use_state(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Serves until the other side of `stop` is dropped.
pub(crate) async fn serve(listener: std::net::TcpListener, shared: Shared, mut stop: watch::Receiver<()>) {
    let listener = TcpListener::from_std(listener).unwrap();
    let service = Router::new().fallback(handle).with_state(shared);
    tokio::select! {
        // Accepting continues after any failed connection, so there is no error to report.
        _ = async { axum::serve(listener, service).await } => {}
        // It waits for this error: the sender was dropped.
        _ = stop.changed() => {}
    }
}

async fn handle(
    extract::State(shared): extract::State<Shared>,
    request: Request,
) -> Result<Response<Body>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await.unwrap_or_default().to_vec();
    let headers = parts.headers.iter();
    let headers = headers.map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let incoming = Incoming { headers: headers.collect(), body };
    let mut released = shared.released.subscribe();
    Ok(match shared.with(|state| state.reply(&incoming)) {
        Reply::Answer(answer) => whole(&answer),
        Reply::HangUp => {
            let lost = stream::iter([Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset))]);
            Response::new(Body::from_stream(lost))
        }
        Reply::Truncated(answer) => {
            let half = Bytes::from(answer.body.clone().into_bytes()).slice(..answer.body.len() / 2);
            let pieces = stream::unfold(0, move |number| {
                let half = half.clone();
                async move {
                    if number == 0 {
                        return Some((Ok(half), 1));
                    }
                    // The earlier part is sent first.
                    tokio::task::yield_now().await;
                    Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), number + 1))
                }
            });
            with_body(&answer, Body::from_stream(pieces))
        }
        Reply::Endless(answer) => {
            let pieces = stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(PIECE)));
            with_body(&answer, Body::from_stream(pieces))
        }
        Reply::Held(number) => {
            // The shared state contains the sender.
            let _ = released.changed().await;
            whole(&shared.with(|state| state.answer(&incoming, number)))
        }
    })
}

fn whole(answer: &Answer) -> Response<Body> {
    with_body(answer, Body::from(answer.body.clone()))
}

fn with_body(answer: &Answer, body: Body) -> Response<Body> {
    Response::builder()
        .status(answer.status)
        .header("content-type", &answer.content_type)
        .header("date", time::http(answer.date))
        .header("x-amzn-requestid", "local")
        .body(body)
        .unwrap()
}
