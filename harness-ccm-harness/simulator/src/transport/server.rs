use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{self, ConnectInfo, Request};
use axum::http::Response;
use tokio::net::TcpListener;

use crate::answer::Answer;
use crate::control;
use crate::incoming::Incoming;
use crate::state::State;
use crate::stop::Stop;
use crate::transport::cuttable_stream::{CuttableListener, Scissors};
use crate::transport::reply::Reply;
use crate::transport::response;

const MAX_BODY: usize = 64 << 20;

/// The context of the request handler.
#[derive(Clone, Debug)]
struct Context {
    state: Arc<State>,
    serves_control: bool,
    stop: Stop,
}

/// Accepts connections and handles their requests until the simulator stops.
pub(crate) async fn serve(listener: TcpListener, state: Arc<State>, serves_control: bool, stop: Stop) {
    let context = Context { state, serves_control, stop: stop.clone() };
    let service =
        Router::new().fallback(handle).with_state(context).into_make_service_with_connect_info::<Scissors>();
    // A failed connection does not stop the server, so there is no error to report.
    let _ = axum::serve(CuttableListener(listener), service).with_graceful_shutdown(stop.wait()).await;
}

async fn handle(
    extract::State(context): extract::State<Context>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return response::of_answer(Answer::error(400, "INVALID_REQUEST", "the body cannot be read"));
    };
    let incoming = Incoming::new(parts, body);
    if let Some(command) = incoming.path.strip_prefix("/_control/")
        && context.serves_control
    {
        return response::of_answer(control::handle(&context.state, &incoming, command).await);
    }
    // A separate task completes the request even if the client disconnects.
    let reply = tokio::spawn(Reply::to(context.state, incoming)).await;
    match reply.unwrap_or_else(|_| Reply::Answer(response::of_answer(Answer::unknown()))) {
        Reply::Answer(response) => response,
        Reply::Cut(bytes, response) => {
            scissors.cut_after(bytes);
            response
        }
        Reply::Silence => {
            context.stop.wait().await;
            scissors.cut_after(0);
            response::of_text(504, "text/html", String::new())
        }
    }
}
