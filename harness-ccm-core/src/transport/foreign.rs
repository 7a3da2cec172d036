//! Responses that do not come from the service: pages of proxies, portals and gateways, and incomplete responses.

use std::fmt;

use serde::de::IgnoredAny;

use super::peer::{PROXY, PROXY_USER, Peer, Sent};
use crate::error::{Effect, Error, ErrorKind, Retry};

/// The kind of a response body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyForm {
    /// Empty.
    Empty,
    /// A web page.
    Html,
    /// Incomplete XML.
    CutXml,
    /// Complete XML.
    Xml,
    /// Incomplete JSON.
    CutJson,
    /// Complete JSON.
    Json,
    /// Another kind.
    Text,
}

impl BodyForm {
    /// Determines the kind of a body.
    pub fn of(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Self::Empty;
        }
        if Self::is_html(body) {
            return Self::Html;
        }
        if text.starts_with('<') {
            return if ends_as_xml(text) { Self::Xml } else { Self::CutXml };
        }
        if text.starts_with(['{', '[']) {
            return match serde_json::from_str::<IgnoredAny>(text) {
                Ok(_) => Self::Json,
                Err(error) if error.is_eof() => Self::CutJson,
                Err(_) => Self::Text,
            };
        }
        Self::Text
    }

    /// Whether it is a web page, by its start tag.
    pub fn is_html(body: &[u8]) -> bool {
        let start = String::from_utf8_lossy(body.get(..512).unwrap_or(body)).to_ascii_lowercase();
        let start = start.trim_start_matches('\u{feff}').trim_start();
        start.starts_with('<')
            && (start.starts_with("<!doctype html") || start.contains("<html") || start.contains("<body"))
    }

    /// Whether the end is missing.
    pub fn is_cut(self) -> bool {
        matches!(self, Self::Empty | Self::CutXml | Self::CutJson)
    }
}

impl fmt::Display for BodyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an empty body",
            Self::Html => "a web page",
            Self::CutXml => "XML without its end",
            Self::Xml => "XML",
            Self::CutJson => "JSON without its end",
            Self::Json => "JSON",
            Self::Text => "text",
        })
    }
}

/// Whether the first element ends at the end of the body.
fn ends_as_xml(text: &str) -> bool {
    let elements = text.split('<').skip(1);
    let Some(root) = elements.into_iter().find(|element| !element.starts_with(['?', '!'])) else {
        return false;
    };
    let name = root.split(|letter: char| letter.is_whitespace() || ">/".contains(letter)).next();
    name.is_some_and(|name| text.ends_with(&format!("</{name}>")))
        || (text.ends_with("/>") && !text.contains("</"))
}

/// A response that the interface of the service does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForeignAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The kind of its body.
    pub body: BodyForm,
}

impl ForeignAnswer {
    /// Whether it is an incomplete response: then the service has responded, and the same request may succeed.
    pub fn is_cut(self) -> bool {
        (200..300).contains(&self.status) && self.body.is_cut()
    }

    /// Returns its meaning, with the remedy.
    pub fn meaning(self, peer: &Peer<'_>) -> (ErrorKind, Retry, String) {
        let Peer { name, endpoint, .. } = peer;
        let later = || {
            format!(
                "run again later; if this continues, an intermediate system ends connections: check {PROXY}, a firewall, and {endpoint}"
            )
        };
        let in_its_place = || {
            format!(
                "a proxy, a page to sign in or another server answers in place of {name}: sign in there, or check {PROXY} and {endpoint}"
            )
        };
        match self.status {
            407 => (ErrorKind::Unavailable, Retry::Never, PROXY_USER.to_owned()),
            429 => (ErrorKind::Throttled, Retry::Later, later()),
            408 | 500.. => (ErrorKind::Unavailable, Retry::Later, later()),
            _ if self.is_cut() => (ErrorKind::Unavailable, Retry::Later, later()),
            _ => (ErrorKind::Protocol, Retry::Never, in_its_place()),
        }
    }

    /// Returns the event in words.
    pub fn message(self, peer: &Peer<'_>) -> String {
        match self.status {
            407 => format!("the proxy on the way to {} asks for a user and a password: {self}", peer.name),
            300..400 => format!("{self} is a redirect, and not an answer of {}", peer.name),
            _ => format!("{self} is not an answer of {}", peer.name),
        }
    }

    /// Returns the error of a request that was sent as `sent`.
    pub fn error(self, operation: &'static str, peer: &Peer<'_>, sent: Sent) -> Error {
        let (kind, retry, remedy) = self.meaning(peer);
        let effect = if self.is_unsettled() { sent.if_unsettled() } else { Effect::None };
        Error::new(kind, operation, self.message(peer))
            .with_effect(effect)
            .with_retry(retry)
            .with_remedy(remedy)
    }

    /// Returns whether the service may have carried out the request: a proxy that redirects or refuses has not forwarded it.
    pub fn is_unsettled(self) -> bool {
        matches!(self.status, 200..300 | 408 | 500..)
    }
}

impl fmt::Display for ForeignAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {} with {}", self.status, self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_known_by_its_start_and_its_end() {
        use BodyForm::{CutJson, CutXml, Empty, Html, Json, Text, Xml};
        for (body, form) in [
            ("", Empty),
            (" \r\n", Empty),
            ("<!DOCTYPE html><title>Sign in", Html),
            ("\u{feff}<HTML><body>", Html),
            ("<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC \"x\">\n<html xmlns=\"x\">", Html),
            ("<center><body>", Html),
            ("<?xml version=\"1.0\"?><A xmlns=\"x\"><B>1</B></A>\n", Xml),
            ("<A/>", Xml),
            ("<A><B>1</B>", CutXml),
            ("<A><B>1</", CutXml),
            ("<?xml version", CutXml),
            ("{\"a\": [1]}", Json),
            ("[]", Json),
            ("{\"a\": [1", CutJson),
            ("{\"a\": \"b", CutJson),
            ("{a}", Text),
            ("upstream connect error", Text),
        ] {
            assert_eq!(BodyForm::of(body.as_bytes()), form, "{body}");
        }
        assert_eq!(BodyForm::of(&[0xff, 0xfe, 0x00]), Text);
    }

    #[test]
    fn every_status_has_its_message_effect_retry_and_remedy() {
        let peer = Peer { name: "the service", endpoint: "the setting SERVICE_ENDPOINT", bundle: "" };
        let told: Vec<_> = [
            (200, BodyForm::Html),
            (200, BodyForm::CutXml),
            (200, BodyForm::Empty),
            (302, BodyForm::Html),
            (307, BodyForm::Empty),
            (403, BodyForm::Html),
            (407, BodyForm::Html),
            (408, BodyForm::Empty),
            (429, BodyForm::Text),
            (502, BodyForm::Html),
            (504, BodyForm::Html),
        ]
        .into_iter()
        .map(|(status, body)| {
            let error = ForeignAnswer { status, body }.error("x:Put", &peer, Sent::Write);
            format!(
                "{}: {}, {:?}, {:?}\n  {}",
                error.message(),
                error.kind(),
                error.effect(),
                error.retry(),
                error.remedy().unwrap_or_default()
            )
        })
        .collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn only_a_good_status_without_an_end_is_a_cut_answer() {
        let answer = |status, body| ForeignAnswer { status, body };
        assert!(answer(200, BodyForm::CutXml).is_cut() && answer(200, BodyForm::Empty).is_cut());
        assert!(!answer(200, BodyForm::Html).is_cut() && !answer(502, BodyForm::Empty).is_cut());
        let unsettled = [200, 302, 403, 407, 408, 429, 500, 502, 504]
            .map(|status| answer(status, BodyForm::Html).is_unsettled());
        assert_eq!(unsettled, [true, false, false, false, true, false, true, true, true]);
    }
}
