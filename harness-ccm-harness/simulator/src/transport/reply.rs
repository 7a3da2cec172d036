use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use tokio::time::{Instant, sleep};

use crate::answer::Answer;
use crate::fault::{Fault, FaultKind};
use crate::handlers::routes;
use crate::incoming::Incoming;
use crate::lock::lock;
use crate::state::State;
use crate::transport::response;

/// The result of a request.
pub(crate) enum Reply {
    Answer(Response<Body>),
    /// The connection breaks after this number of bytes of the response.
    Cut(usize, Response<Body>),
    /// There is no response, and the connection stays open.
    Silence,
}

impl Reply {
    /// Handles a request to the API: applies latency, rate limit and faults, and logs the request with its result.
    pub(crate) async fn to(state: Arc<State>, incoming: Incoming) -> Self {
        let number = state.log_arrival(&incoming);
        let settings = state.settings();
        if settings.latency_ms > 0 {
            sleep(Duration::from_millis(settings.latency_ms)).await;
        }
        let key = incoming.header("x-api-key").unwrap_or_default();
        let is_refused = lock(&state.limiter).refuses(&settings, key, Instant::now());
        let (fault, reply) = if is_refused {
            (None, Self::throttled())
        } else {
            let fault = lock(&state.faults).take(&incoming);
            let reply = match &fault {
                None => {
                    let outcome = routes::handle(&state, &incoming).await;
                    Self::Answer(response::of_answer(Answer::of(outcome)))
                }
                Some(fault) => Self::spoiled(&state, &incoming, fault).await,
            };
            (fault, reply)
        };
        state.log_answer(number, reply.status(), fault.as_ref().map(|fault| &fault.kind));
        reply
    }

    /// The status of a complete response; 0 if the response is cut or missing.
    fn status(&self) -> u16 {
        match self {
            Self::Answer(response) => response.status().as_u16(),
            Self::Cut(..) | Self::Silence => 0,
        }
    }

    /// The response of the load balancer in front of Harness to too many requests. It has no `Retry-After`.
    fn throttled() -> Self {
        Self::Answer(page(429))
    }

    /// The result of a request that `fault` affects.
    async fn spoiled(state: &Arc<State>, incoming: &Incoming, fault: &Fault) -> Self {
        let act = async || Answer::of(routes::handle(state, incoming).await);
        let wait = || sleep(Duration::from_millis(fault.delay_ms));
        let early = match fault.kind {
            FaultKind::Truncated => Some(act().await),
            _ if fault.after_commit => Some(act().await),
            _ => None,
        };
        wait().await;
        let mut response = match &fault.kind {
            FaultKind::HangUp => return Self::Cut(0, response::of_text(500, "text/html", String::new())),
            FaultKind::Timeout => return Self::Silence,
            FaultKind::Truncated | FaultKind::Late => {
                let answer = match early {
                    Some(answer) => answer,
                    None => act().await,
                };
                if fault.kind == FaultKind::Truncated {
                    // The head is longer than a hundred bytes, so the connection breaks within the body.
                    return Self::Cut(100 + answer.body.len() / 2, response::of_answer(answer));
                }
                response::of_answer(answer)
            }
            FaultKind::Throttled => page(429),
            FaultKind::Gateway(status) => page(*status),
            FaultKind::UnknownError => response::of_answer(Answer::unknown()),
            FaultKind::Stale => response::of_answer(Answer::stale()),
            FaultKind::Heartbeat => response::of_answer(Answer::invalid(
                "The heartbeat task of the connector could not be created",
            )),
            FaultKind::PolicyDenied => {
                response::of_answer(Answer::policy_denied("simulated", "denied by a policy of the account"))
            }
            FaultKind::Unauthorized => response::of_answer(Answer::foreign_token()),
            FaultKind::TestFailed(summary) => response::of_answer(Answer::test_failed(
                summary,
                "Please try again later",
                std::slice::from_ref(summary),
            )),
            FaultKind::CcmUnreachable => response::of_answer(Answer::ccm_unreachable()),
            FaultKind::Answer { status, content_type, body } => {
                response::of_text(*status, content_type, body.clone())
            }
        };
        if let Some(seconds) = fault.retry_after {
            response.headers_mut().insert("retry-after", seconds.into());
        }
        Self::Answer(response)
    }
}

fn page(status: u16) -> Response<Body> {
    response::of_text(status, "text/html", format!("<html><body><h1>{status}</h1></body></html>"))
}
