use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Response, StatusCode};

use crate::answer::Answer;

/// Returns the HTTP response with this status and JSON body.
pub(crate) fn of_answer(answer: Answer) -> Response<Body> {
    of_text(answer.status, "application/json", answer.body)
}

/// Returns an HTTP response with any text as its body. An invalid status becomes 502.
pub(crate) fn of_text(status: u16, content_type: &str, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    if let Ok(value) = content_type.parse() {
        response.headers_mut().insert(CONTENT_TYPE, value);
    }
    response
}
