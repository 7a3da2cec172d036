//! The common error type of all backends: what happened, whether anything was changed, and what to do about
//! it.

use std::error::Error as StdError;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::RunId;
use crate::secret::without_keys;
use crate::text::visible;

/// The result of a backend call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of a failure, by which callers decide what to do.
///
/// What a program should do for each kind:
///
/// | kind | what to do |
/// |---|---|
/// | `Throttled`, `NotReady`, `Unavailable` | The backend has retried already. Put the event back, or run later. |
/// | `Conflict` | Another tool or a person changed the resource. Plan again and apply the new plan. |
/// | `Unauthenticated` | Stop: every other call will fail too. Renew the credentials. |
/// | `Denied` | For one account: continue with the others and inform its owner. For a listing: stop and inform the administrator of the permissions. |
/// | `Invalid`, `LimitExceeded` | Only another intent or a higher quota helps. Inform the author of the intent. |
/// | `NotFound` | The resource was removed after it was read. Plan again. |
/// | `Unsupported`, `ReadOnly` | The program uses the wrong backend. |
/// | `Protocol` | The service changed, or a proxy changes its responses. Inform the maintainers. |
///
/// If the effect of a failed write is [`Unknown`](Effect::Unknown), the next plan shows whether it took effect.
///
/// ```
/// use harness_ccm_core::{Error, ErrorKind, Retry};
///
/// let error = Error::new(ErrorKind::Throttled, "iam:GetRole", "Rate exceeded");
/// assert_eq!(error.retry(), Retry::Later);
/// let error = Error::new(ErrorKind::Conflict, "iam:PutRolePolicy", "the role is not as it was observed");
/// assert_eq!(error.retry(), Retry::AfterObserving);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// The named resource does not exist.
    NotFound,
    /// The current state is not the state that the call expected.
    Conflict,
    /// The credentials are valid, but do not permit the call.
    Denied,
    /// The credentials are missing, expired or wrong.
    Unauthenticated,
    /// Too many requests, even after the backend's own retries.
    Throttled,
    /// The resource exists, but cannot be used yet (IAM is eventually consistent).
    NotReady,
    /// The service cannot be reached, or returns a server error.
    Unavailable,
    /// The request can never succeed without a change.
    Invalid,
    /// A quota of the service is exceeded.
    LimitExceeded,
    /// The backend does not support the call.
    Unsupported,
    /// The response does not match the service's documented interface.
    Protocol,
    /// A read-only backend refused a write.
    ReadOnly,
}

impl ErrorKind {
    /// The kind in words, for use in a sentence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "not found",
            Self::Conflict => "conflict",
            Self::Denied => "access denied",
            Self::Unauthenticated => "not authenticated",
            Self::Throttled => "throttled",
            Self::NotReady => "not ready yet",
            Self::Unavailable => "unavailable",
            Self::Invalid => "invalid",
            Self::LimitExceeded => "limit exceeded",
            Self::Unsupported => "unsupported",
            Self::Protocol => "unexpected answer",
            Self::ReadOnly => "read-only",
        }
    }

    fn default_retry(self) -> Retry {
        match self {
            Self::Throttled | Self::NotReady | Self::Unavailable => Retry::Later,
            Self::Conflict => Retry::AfterObserving,
            Self::NotFound
            | Self::Denied
            | Self::Unauthenticated
            | Self::Invalid
            | Self::LimitExceeded
            | Self::Unsupported
            | Self::Protocol
            | Self::ReadOnly => Retry::Never,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The possible effect of the failed call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Certainly nothing.
    #[default]
    None,
    /// The call may have been carried out, fully or in part: observe before any decision.
    Unknown,
}

/// Whether the same call may succeed later.
///
/// ```
/// use harness_ccm_core::{Error, ErrorKind, Retry};
///
/// let error = Error::new(ErrorKind::Conflict, "iam:PutRolePolicy", "the role is not as it was observed");
/// let what_to_do = match error.retry() {
///     Retry::Never => "report it",
///     Retry::Later => "run again later",
///     Retry::AfterObserving => "make a new plan and apply it",
/// };
/// assert_eq!(what_to_do, "make a new plan and apply it");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// Only after a change of settings or permissions.
    Never,
    /// Yes, after a while.
    Later,
    /// Yes, with a new observation and a new plan.
    AfterObserving,
}

/// A failed backend call.
///
/// `Display` says in one line what failed and why, without the source: print the whole chain with [`Error::report`] or an error
/// reporter. Services may repeat their input in messages, so [keys](crate::secret::without_keys) are removed from all output of
/// this type.
///
/// ```
/// use harness_ccm_core::{Error, ErrorKind, Retry};
///
/// /// Decides what to do with an event whose run failed.
/// fn decide(error: &Error) -> &'static str {
///     match error.retry() {
///         Retry::Later => "put it back into the queue, with a delay",
///         Retry::AfterObserving => "run it again: a new plan starts from the current state",
///         Retry::Never => "inform a person, with error.report()",
///     }
/// }
///
/// let error = Error::new(ErrorKind::Denied, "sts:AssumeRole", "not authorized to perform sts:AssumeRole")
///     .with_subject("account 123456789012")
///     .with_remedy("let the caller assume the bootstrap role");
/// assert!(decide(&error).starts_with("inform a person"));
/// assert!(error.report().contains("let the caller assume"));
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    effect: Effect,
    retry: Retry,
    operation: &'static str,
    subject: String,
    message: String,
    remedy: Option<String>,
    run: Option<RunId>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// A failure of `operation` (such as `iam:CreateRole`) with the message of the service or the library.
    ///
    /// The effect is [`Effect::None`] and the retry advice follows from `kind`, unless set otherwise.
    pub fn new(kind: ErrorKind, operation: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            effect: Effect::None,
            retry: kind.default_retry(),
            operation,
            subject: String::new(),
            message: without_keys(&message.into()),
            remedy: None,
            run: None,
            source: None,
        }))
    }

    /// Sets the subject of the call, such as `role HarnessCERole in account 123456789012`.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.0.subject = without_keys(&subject.into());
        self
    }

    /// Sets the possible effect.
    #[must_use]
    pub fn with_effect(mut self, effect: Effect) -> Self {
        self.0.effect = effect;
        self
    }

    /// Replaces the retry advice of the kind.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Sets the remedy for a person.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(without_keys(&remedy.into()));
        self
    }

    /// Sets the run in which the call was made, so that the logs of the service can be searched for it.
    #[must_use]
    pub fn with_run(mut self, run: RunId) -> Self {
        self.0.run = Some(run);
        self
    }

    /// Sets the underlying error. This type removes keys when it prints the error; the error itself is
    /// unchanged.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The possible effect.
    pub fn effect(&self) -> Effect {
        self.0.effect
    }

    /// Whether another attempt can succeed.
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// The operation that failed, such as `iam:CreateRole` or `harness:PUT /connectors`.
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// The subject of the call; empty if the operation is enough.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The message of the service or the library.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The remedy for a person.
    pub fn remedy(&self) -> Option<&str> {
        self.0.remedy.as_deref()
    }

    /// The run in which the call was made, if its backend says it: what `CloudTrail` has in the user agent of each call.
    pub fn run(&self) -> Option<&RunId> {
        self.0.run.as_ref()
    }

    /// The whole chain and the remedy as text, one line each.
    pub fn report(&self) -> String {
        Diagnosis::from(self).to_string()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, operation, subject, message, .. } = &*self.0;
        write!(f, "{operation}")?;
        if !subject.is_empty() {
            write!(f, " for {}", visible(subject))?;
        }
        write!(f, ": {kind}: {}", visible(message))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, effect, retry, operation, subject, message, remedy, run, source } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("effect", effect)
            .field("retry", retry)
            .field("operation", operation)
            .field("subject", subject)
            .field("message", message)
            .field("remedy", remedy)
            .field("run", run)
            .field("source", &source.as_ref().map(|source| without_keys(&format!("{source:?}"))))
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}

/// An [`Error`] as plain data: the form in reports, gaps and JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Diagnosis {
    /// The kind of failure.
    pub kind: ErrorKind,
    /// The possible effect.
    pub effect: Effect,
    /// Whether another attempt can succeed.
    pub retry: Retry,
    /// The operation that failed.
    pub operation: String,
    /// The subject of the call.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The message of the service or the library.
    pub message: String,
    /// The underlying errors, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// The remedy for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The run in which the call was made, if its backend sets it. The text does not repeat it: it is printed once, at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

impl From<&Error> for Diagnosis {
    fn from(error: &Error) -> Self {
        let Inner { kind, effect, retry, operation, subject, message, remedy, run, source: _ } = &*error.0;
        let mut causes = Vec::new();
        let mut next = error.source();
        while let Some(cause) = next {
            causes.push(without_keys(&cause.to_string()));
            next = cause.source();
        }
        Self {
            kind: *kind,
            effect: *effect,
            retry: *retry,
            operation: (*operation).into(),
            subject: subject.clone(),
            message: message.clone(),
            causes,
            remedy: remedy.clone(),
            run: run.clone(),
        }
    }
}

impl From<Error> for Diagnosis {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, effect, retry: _, operation, subject, message, causes, remedy, run: _ } = self;
        write!(f, "{}", visible(operation))?;
        if !subject.is_empty() {
            write!(f, " for {}", visible(subject))?;
        }
        write!(f, ": {kind}: {}", visible(message))?;
        for cause in causes {
            write!(f, "\n  caused by: {}", visible(cause))?;
        }
        if *effect == Effect::Unknown {
            write!(f, "\n  it may have taken effect anyway: the next plan shows the result")?;
        }
        if let Some(remedy) = remedy {
            write!(f, "\n  remedy: {}", visible(remedy))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_messages_of_a_service_are_not_printed() {
        const KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let error = Error::new(ErrorKind::Unauthenticated, "sts:AssumeRole", format!("got '{KEY}'"))
            .with_subject(KEY)
            .with_remedy(format!("not {KEY}"))
            .with_source(std::io::Error::other(format!("it was pat.{KEY}.x.y")));
        let text = format!("{error} {error:?} {} {:?}", error.report(), Diagnosis::from(&error));
        assert!(!text.contains("K7MDENG"), "{text}");
    }

    fn denied() -> Error {
        Error::new(ErrorKind::Denied, "sts:AssumeRole", "not authorized")
            .with_subject("account 123456789012")
            .with_source(std::io::Error::other("the inner reason"))
            .with_remedy("let the bootstrap role trust the caller")
    }

    #[test]
    fn display_is_one_line_without_the_source() {
        assert_eq!(
            denied().to_string(),
            "sts:AssumeRole for account 123456789012: access denied: not authorized"
        );
    }

    #[test]
    fn the_report_contains_the_chain_and_the_remedy() {
        insta::assert_snapshot!(denied().with_effect(Effect::Unknown).report(), @r"
        sts:AssumeRole for account 123456789012: access denied: not authorized
          caused by: the inner reason
          it may have taken effect anyway: the next plan shows the result
          remedy: let the bootstrap role trust the caller
        ");
    }

    #[test]
    fn every_kind_has_a_retry_advice_and_a_name() {
        assert_eq!(Error::new(ErrorKind::Throttled, "x", "y").retry(), Retry::Later);
        assert_eq!(Error::new(ErrorKind::Conflict, "x", "y").retry(), Retry::AfterObserving);
        assert_eq!(Error::new(ErrorKind::Invalid, "x", "y").retry(), Retry::Never);
    }
}
