use serde::{Deserialize, Serialize};

/// An answer that is forced on some requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Fault {
    /// Only requests of this method; empty for all.
    pub method: String,
    /// Only requests that hold this text in their path, query or body; empty for all.
    pub contains: String,
    /// How many requests it befalls.
    pub times: u32,
    /// Whether the request takes effect before it is answered so.
    pub after_commit: bool,
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// The body's type.
    pub content_type: String,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u64>,
    /// How many milliseconds to hold the answer back: longer than the client waits, and it is a timeout.
    pub delay_ms: u64,
}

impl Default for Fault {
    fn default() -> Self {
        Self {
            method: String::new(),
            contains: String::new(),
            times: 1,
            after_commit: false,
            status: 503,
            body: "<html><body><h1>503 Service Unavailable</h1></body></html>".into(),
            content_type: "text/html".into(),
            retry_after: None,
            delay_ms: 0,
        }
    }
}

impl Fault {
    /// A gateway's page with this status, for the next request.
    pub fn page(status: u16) -> Self {
        Self { status, body: format!("<html><body><h1>{status}</h1></body></html>"), ..Self::default() }
    }

    /// A JSON answer with this status, for the next request.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self { status, body: body.to_string(), content_type: "application/json".into(), ..Self::default() }
    }

    /// Only for requests of `method` with `text` in path, query or body.
    #[must_use]
    pub fn matching(mut self, method: &str, text: &str) -> Self {
        self.method = method.into();
        self.contains = text.into();
        self
    }

    /// For so many requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// The request takes effect, and only its answer is lost.
    #[must_use]
    pub fn after_commit(mut self) -> Self {
        self.after_commit = true;
        self
    }

    /// With `Retry-After`, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Held back for so many milliseconds.
    #[must_use]
    pub fn delayed(mut self, milliseconds: u64) -> Self {
        self.delay_ms = milliseconds;
        self
    }

    pub(super) fn befalls(&self, method: &str, target: &str, body: &str) -> bool {
        (self.method.is_empty() || self.method.eq_ignore_ascii_case(method))
            && (target.contains(&self.contains) || body.contains(&self.contains))
    }
}
