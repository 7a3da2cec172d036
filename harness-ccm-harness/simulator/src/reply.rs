use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use tokio::time::sleep;

use super::answer::{Answer, respond};
use super::api;
use super::fault::{Fault, FaultKind};
use super::incoming::Incoming;
use super::server::Server;

/// What becomes of a request.
pub(super) enum Reply {
    Answer(Response<Body>),
    /// The connection breaks after so many bytes of the answer.
    Cut(usize, Response<Body>),
    /// Nothing comes.
    Silence,
}

impl Reply {
    /// The status that the client gets to see; 0 for none.
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::Answer(response) => response.status().as_u16(),
            Self::Cut(..) | Self::Silence => 0,
        }
    }

    /// What the load balancer in front of Harness says to too many requests; it sends no `Retry-After`.
    pub(super) fn throttled() -> Self {
        Self::Answer(page(429))
    }

    /// The reply to a request that `fault` befalls.
    pub(super) async fn spoiled(server: &Arc<Server>, incoming: &Incoming, fault: &Fault) -> Reply {
        let act = async || Answer::of(api::handle(server, incoming).await);
        let wait = || sleep(Duration::from_millis(fault.delay_ms));
        let early = match fault.kind {
            FaultKind::Truncated => Some(act().await),
            _ if fault.after_commit => Some(act().await),
            _ => None,
        };
        wait().await;
        let mut response = match &fault.kind {
            FaultKind::HangUp => return Self::Cut(0, respond(500, "text/html", String::new())),
            FaultKind::Timeout => return Self::Silence,
            FaultKind::Truncated | FaultKind::Late => {
                let answer = match early {
                    Some(answer) => answer,
                    None => act().await,
                };
                if fault.kind == FaultKind::Truncated {
                    // The head takes more than a hundred bytes, so this ends within the body.
                    return Self::Cut(100 + answer.body.len() / 2, answer.into_response());
                }
                answer.into_response()
            }
            FaultKind::Throttled => page(429),
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
        Self::Answer(response)
    }
}

fn page(status: u16) -> Response<Body> {
    respond(status, "text/html", format!("<html><body><h1>{status}</h1></body></html>"))
}
