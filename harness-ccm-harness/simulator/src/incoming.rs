use std::borrow::Cow;

use axum::body::Bytes;
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::Value;

use crate::answer::Answer;

/// A parsed request.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) method: String,
    pub(crate) path: String,
    /// The query as received, without `?`.
    pub(crate) raw_query: String,
    query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Incoming {
    pub(crate) fn new(parts: axum::http::request::Parts, body: Bytes) -> Self {
        let raw_query = parts.uri.query().unwrap_or_default().to_owned();
        Self {
            method: parts.method.as_str().into(),
            path: parts.uri.path().into(),
            query: decode(&raw_query),
            raw_query,
            headers: parts.headers,
            body,
        }
    }

    /// Returns the first non-empty value of a query parameter.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Returns all values of a query parameter.
    pub(crate) fn params(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns all query parameters, decoded.
    pub(crate) fn query(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Parses the body as JSON; `None` if it is empty.
    pub(crate) fn optional_json(&self) -> Result<Option<Value>, Answer> {
        if self.body.iter().all(u8::is_ascii_whitespace) { Ok(None) } else { self.json().map(Some) }
    }

    /// Parses the body as JSON. The content type must be JSON.
    pub(crate) fn json(&self) -> Result<Value, Answer> {
        let media = self.header("content-type").unwrap_or_default();
        if !media.to_ascii_lowercase().starts_with("application/json") {
            return Err(Answer::error(415, "MEDIA_NOT_SUPPORTED", "HTTP 415 Unsupported Media Type"));
        }
        serde_json::from_slice(&self.body).map_err(|error| Answer::unreadable(error.to_string()))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns path and query.
    pub(crate) fn target(&self) -> String {
        if self.raw_query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.raw_query)
        }
    }

    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// Returns the identifier of the connector that the request concerns, from the path or the body.
    pub(crate) fn identifier(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Body {
            connector: Named,
        }
        #[derive(Deserialize)]
        struct Named {
            identifier: String,
        }
        let (_, rest) = self.path.split_once("/connectors")?;
        match rest.trim_matches('/').strip_prefix("testConnection/").unwrap_or(rest.trim_matches('/')) {
            "" => serde_json::from_slice::<Body>(&self.body).ok().map(|body| body.connector.identifier),
            "listV2" | "listbyfqn" | "validateUniqueIdentifier" | "getceawstemplateurl" => None,
            "stats" | "catalogue" if self.method == "GET" => None,
            id => Some(id.into()),
        }
    }
}

fn decode(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}
