//! Requests without any response.
//!
//! HTTP clients have no types for most of this, or keep them private. A fault is therefore recognized by the kind of an I/O
//! error, and by words in the texts of the causes. The tests of both backends cause every fault with their own client.

use std::error::Error as StdError;
use std::io;

use super::peer::{PROXY, PROXY_USER, Peer, Sent};
use crate::error::{Effect, Error, ErrorKind, Retry};

/// The progress of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The connection was set up, with TLS. The request was not sent.
    Connecting,
    /// The request was sent, at least in part, and no response had begun.
    Awaiting,
    /// The body of the response was read.
    Reading,
}

/// The fault of a request that has no response, or only part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportFault {
    /// Nothing listens at the address.
    Refused,
    /// The host name has no address.
    UnknownHost,
    /// The connection could not be set up for another reason.
    NotConnected,
    /// The connection took too long.
    ConnectTimeout,
    /// The other side does not use TLS, or only an unsupported version.
    NoTls,
    /// The certificate of the other side was not accepted.
    Certificate(CertificateFault),
    /// The proxy requires authentication.
    ProxyAuthentication,
    /// The proxy does not connect to the service.
    ProxyRefused,
    /// The connection was closed before a response began.
    Closed,
    /// The connection was closed within the response.
    CutOff,
    /// The response did not begin, or did not end, in time.
    Late,
    /// The other side does not use HTTP.
    NoHttp,
    /// Another fault.
    Other,
}

/// The reason that a certificate was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// By the local clock it is no longer valid.
    Expired,
    /// By the local clock it is not yet valid.
    NotYetValid,
    /// It is for another host.
    WrongName,
    /// No known authority issued it: none has its issuer's name, or the one with that name has another key.
    UnknownIssuer,
    /// Another reason.
    Other,
}

impl TransportFault {
    /// Determines the fault from the error of an HTTP client. `stage` is the progress of the request, if the client knows it.
    pub fn of(error: &(dyn StdError + 'static), stage: Option<Stage>) -> Self {
        let causes = Causes::of(error);
        let stage = stage.unwrap_or_else(|| causes.stage());
        if let Some(certificate) = causes.certificate() {
            return Self::Certificate(certificate);
        }
        if causes.say(&["failed to lookup address", "dns error"]) {
            return Self::UnknownHost;
        }
        if causes.say(&["proxy authorization required", "proxy authentication required"]) {
            return Self::ProxyAuthentication;
        }
        if causes.are(&[io::ErrorKind::ConnectionRefused]) {
            return Self::Refused;
        }
        if causes.say(&["tunnel error"]) {
            return Self::ProxyRefused;
        }
        let late = causes.are(&[io::ErrorKind::TimedOut]) || causes.say(&["timed out", "timeout"]);
        match stage {
            Stage::Connecting if late => Self::ConnectTimeout,
            Stage::Connecting if causes.are(&[io::ErrorKind::InvalidData]) => Self::NoTls,
            Stage::Connecting => Self::NotConnected,
            Stage::Awaiting | Stage::Reading if late => Self::Late,
            Stage::Reading => Self::CutOff,
            Stage::Awaiting if causes.are(CLOSED) || causes.say(CLOSED_WORDS) => Self::Closed,
            Stage::Awaiting if causes.say(&["invalid HTTP", "message head is too large"]) => Self::NoHttp,
            Stage::Awaiting => Self::Other,
        }
    }

    /// Whether the error of an HTTP client is about a connection, and not about an earlier step: hyper's clients report that.
    pub fn is_of_connection(error: &(dyn StdError + 'static)) -> bool {
        Causes::of(error).say(&["client error ("])
    }

    /// Returns whether the service may have carried out the request.
    pub fn is_unsettled(self) -> bool {
        match self {
            Self::Refused
            | Self::UnknownHost
            | Self::NotConnected
            | Self::ConnectTimeout
            | Self::NoTls
            | Self::Certificate(_)
            | Self::ProxyAuthentication
            | Self::ProxyRefused => false,
            Self::Closed | Self::CutOff | Self::Late | Self::NoHttp | Self::Other => true,
        }
    }

    /// Whether the same request may succeed without any change.
    pub fn is_passing(self) -> bool {
        !matches!(self, Self::NoTls | Self::NoHttp | Self::Certificate(_) | Self::ProxyAuthentication)
    }

    /// Whether it shows that an address is wrong from which no response has ever come.
    pub fn is_wrong_address(self) -> bool {
        matches!(self, Self::Refused | Self::UnknownHost | Self::ProxyRefused) || !self.is_passing()
    }

    /// Returns the fault in words.
    pub fn message(self, peer: &Peer<'_>) -> String {
        let Peer { name, .. } = peer;
        match self {
            Self::Refused => format!("{name} cannot be reached: the connection was refused"),
            Self::UnknownHost => format!("{name} cannot be reached: its host name has no address"),
            Self::NotConnected => format!("{name} cannot be reached"),
            Self::ConnectTimeout => format!("{name} cannot be reached: there was no connection in time"),
            Self::NoTls => format!("the server that answers in place of {name} does not speak TLS"),
            Self::Certificate(fault) => {
                let what = match fault {
                    CertificateFault::Expired => "has expired, by the clock of this machine",
                    CertificateFault::NotYetValid => "is not valid yet, by the clock of this machine",
                    CertificateFault::WrongName => "is for another host name",
                    CertificateFault::UnknownIssuer => "is not trusted, since its issuer is unknown",
                    CertificateFault::Other => "is not accepted",
                };
                format!("the certificate of the server that answers for {name} {what}")
            }
            Self::ProxyAuthentication => {
                format!("the proxy on the way to {name} asks for a user and a password (HTTP 407)")
            }
            Self::ProxyRefused => format!("the proxy opens no connection to {name}"),
            Self::Closed => format!("{name} gave no answer: the connection was closed"),
            Self::CutOff => format!("{name} gave an incomplete answer: the connection was closed"),
            Self::Late => format!("{name} gave no answer in time"),
            Self::NoHttp => format!("the server that answers in place of {name} does not speak HTTP"),
            Self::Other => format!("{name} gave no answer"),
        }
    }

    /// Returns the remedy.
    pub fn remedy(self, peer: &Peer<'_>) -> String {
        let Peer { endpoint, bundle, .. } = peer;
        match self {
            Self::Refused | Self::UnknownHost | Self::NotConnected | Self::ConnectTimeout => {
                format!("check the network, {endpoint} and, if one is set, {PROXY}")
            }
            Self::NoTls | Self::NoHttp => {
                format!("check {endpoint}: scheme and port have to fit each other; and, if one is set, {PROXY}")
            }
            Self::Certificate(CertificateFault::Expired) => {
                "compare the clock of this machine with the right time; if it is right, have the certificate of the endpoint renewed, or that of the proxy that answers in its place".into()
            }
            Self::Certificate(CertificateFault::NotYetValid) => {
                "compare the clock of this machine with the right time: it is probably behind; if it is right, the certificate of the endpoint, or of the proxy that answers in its place, was issued too early".into()
            }
            Self::Certificate(CertificateFault::WrongName) => {
                format!("check the host name in {endpoint}; if it is right, a proxy or another server answers in its place: check {PROXY}")
            }
            Self::Certificate(CertificateFault::UnknownIssuer) => (*bundle).to_owned(),
            Self::Certificate(CertificateFault::Other) => {
                format!("check {endpoint} and, if one is set, {PROXY}: the certificate does not fit its use")
            }
            Self::ProxyAuthentication => PROXY_USER.to_owned(),
            Self::ProxyRefused => {
                format!("have the proxy allow the host, or leave the host out with NO_PROXY; check {PROXY} and {endpoint}")
            }
            Self::Closed | Self::CutOff | Self::Late | Self::Other => format!(
                "run again later; if this continues, an intermediate system ends connections: check {PROXY}, a firewall, and {endpoint}"
            ),
        }
    }

    /// Returns the error of a request that was sent as `sent`. It does not contain the cause.
    pub fn error(self, operation: &'static str, peer: &Peer<'_>, sent: Sent) -> Error {
        let effect = if self.is_unsettled() { sent.if_unsettled() } else { Effect::None };
        let error = Error::new(ErrorKind::Unavailable, operation, self.message(peer))
            .with_effect(effect)
            .with_remedy(self.remedy(peer));
        if self.is_passing() { error } else { error.with_retry(Retry::Never) }
    }
}

const CLOSED: &[io::ErrorKind] = &[
    io::ErrorKind::ConnectionReset,
    io::ErrorKind::ConnectionAborted,
    io::ErrorKind::BrokenPipe,
    io::ErrorKind::UnexpectedEof,
    io::ErrorKind::NotConnected,
];

/// The wording of hyper.
const CLOSED_WORDS: &[&str] = &[
    "connection closed",
    "operation was canceled",
    "channel closed",
    "dispatch task is gone",
    "connection error",
];

/// An error with all its causes.
struct Causes {
    texts: Vec<String>,
    kinds: Vec<io::ErrorKind>,
}

impl Causes {
    fn of(error: &(dyn StdError + 'static)) -> Self {
        let (mut texts, mut kinds) = (Vec::new(), Vec::new());
        let mut next = Some(error);
        while let Some(cause) = next {
            texts.push(cause.to_string());
            // The `source` of an I/O error skips its inner error, which may be another I/O error.
            let mut held = cause.downcast_ref::<io::Error>();
            while let Some(error) = held {
                kinds.push(error.kind());
                let inner = error.get_ref();
                texts.extend(inner.map(ToString::to_string));
                held = inner.and_then(|inner| inner.downcast_ref());
            }
            next = cause.source();
        }
        Self { texts, kinds }
    }

    fn are(&self, kinds: &[io::ErrorKind]) -> bool {
        self.kinds.iter().any(|kind| kinds.contains(kind))
    }

    fn say(&self, words: &[&str]) -> bool {
        self.texts.iter().any(|text| words.iter().any(|words| text.contains(words)))
    }

    fn stage(&self) -> Stage {
        if self.say(&["(Connect)", "tcp connect", "connect timeout", "tunnel error"]) {
            Stage::Connecting
        } else if self.say(&["reading a body", "end of file before message length", "body"]) {
            Stage::Reading
        } else {
            Stage::Awaiting
        }
    }

    /// rustls writes `invalid peer certificate:` and its reason, with or without the details.
    fn certificate(&self) -> Option<CertificateFault> {
        let said = self.texts.iter().find_map(|text| text.split_once("invalid peer certificate: "))?.1;
        let has = |words: &[&str]| words.iter().any(|words| said.starts_with(words));
        Some(if has(&["certificate expired", "Expired"]) && !has(&["ExpiredRevocationList"]) {
            CertificateFault::Expired
        } else if has(&["certificate not valid yet", "NotValidYet"]) {
            CertificateFault::NotYetValid
        } else if has(&["certificate not valid for name", "NotValidForName"]) {
            CertificateFault::WrongName
        } else if has(&["UnknownIssuer", "BadSignature"]) {
            CertificateFault::UnknownIssuer
        } else {
            CertificateFault::Other
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: Peer<'_> = Peer {
        name: "the service",
        endpoint: "the setting SERVICE_ENDPOINT",
        bundle: "name your authority in SERVICE_BUNDLE",
    };

    /// An error of a client with its text and its cause.
    #[derive(Debug)]
    struct Says(&'static str, Option<Box<dyn StdError>>);

    impl std::fmt::Display for Says {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    impl StdError for Says {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            self.1.as_deref()
        }
    }

    fn fault(text: &'static str) -> TransportFault {
        TransportFault::of(&Says("client error (Connect)", Some(Box::new(Says(text, None)))), None)
    }

    fn io(kind: io::ErrorKind, stage: Stage) -> TransportFault {
        // As rustls wraps it, twice.
        let error = io::Error::new(kind, io::Error::new(kind, Says("inner", None).to_string()));
        TransportFault::of(&Says("outer", Some(Box::new(error))), Some(stage))
    }

    #[test]
    fn every_certificate_fault_is_known_with_and_without_details() {
        use CertificateFault::{Expired, NotYetValid, Other, UnknownIssuer, WrongName};
        for (text, expected) in [
            ("invalid peer certificate: Expired", Expired),
            ("invalid peer certificate: certificate expired: verification time 2 (UNIX), but", Expired),
            ("invalid peer certificate: ExpiredRevocationList", Other),
            ("invalid peer certificate: NotValidYet", NotYetValid),
            ("invalid peer certificate: certificate not valid yet: verification time 1 (UNIX)", NotYetValid),
            ("invalid peer certificate: NotValidForName", WrongName),
            ("invalid peer certificate: certificate not valid for name \"a\"; certificate is", WrongName),
            ("invalid peer certificate: UnknownIssuer", UnknownIssuer),
            ("invalid peer certificate: BadSignature", UnknownIssuer),
            ("invalid peer certificate: BadEncoding", Other),
        ] {
            assert_eq!(fault(text), TransportFault::Certificate(expected), "{text}");
        }
    }

    #[test]
    fn io_errors_are_judged_by_how_far_the_request_came() {
        use Stage::{Awaiting, Connecting, Reading};
        use TransportFault as F;
        use io::ErrorKind as K;
        for (kind, connecting, awaiting, reading) in [
            (K::ConnectionRefused, F::Refused, F::Refused, F::Refused),
            (K::ConnectionReset, F::NotConnected, F::Closed, F::CutOff),
            (K::UnexpectedEof, F::NotConnected, F::Closed, F::CutOff),
            (K::BrokenPipe, F::NotConnected, F::Closed, F::CutOff),
            (K::TimedOut, F::ConnectTimeout, F::Late, F::Late),
            (K::InvalidData, F::NoTls, F::Other, F::CutOff),
            (K::NetworkUnreachable, F::NotConnected, F::Other, F::CutOff),
        ] {
            let found = [Connecting, Awaiting, Reading].map(|stage| io(kind, stage));
            assert_eq!(found, [connecting, awaiting, reading], "{kind}");
        }
    }

    #[test]
    fn every_fault_has_its_message_effect_retry_and_remedy() {
        use CertificateFault as C;
        use TransportFault as F;
        let all = [
            F::Refused,
            F::UnknownHost,
            F::NotConnected,
            F::ConnectTimeout,
            F::NoTls,
            F::Certificate(C::Expired),
            F::Certificate(C::NotYetValid),
            F::Certificate(C::WrongName),
            F::Certificate(C::UnknownIssuer),
            F::Certificate(C::Other),
            F::ProxyAuthentication,
            F::ProxyRefused,
            F::Closed,
            F::CutOff,
            F::Late,
            F::NoHttp,
            F::Other,
        ];
        let told: Vec<_> = all
            .into_iter()
            .map(|fault| {
                let error = fault.error("x:Put", &PEER, Sent::Write);
                assert_eq!(fault.error("x:Get", &PEER, Sent::Read).effect(), Effect::None, "{fault:?}");
                format!(
                    "{fault:?}: {:?}, {:?}\n  {}\n  {}",
                    error.effect(),
                    error.retry(),
                    error.message(),
                    error.remedy().unwrap_or_default()
                )
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn an_authority_is_proposed_for_an_unknown_issuer_alone() {
        use CertificateFault as C;
        for fault in [C::Expired, C::NotYetValid, C::WrongName, C::UnknownIssuer, C::Other] {
            let proposes = TransportFault::Certificate(fault).remedy(&PEER).contains("SERVICE_BUNDLE");
            assert_eq!(proposes, fault == C::UnknownIssuer, "{fault:?}");
        }
    }
}
