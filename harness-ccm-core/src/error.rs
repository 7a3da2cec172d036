//! The common error type of all backends. An error states what happened, whether the call may have changed anything, and what to
//! do.

use std::error::Error as StdError;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::RunId;
use crate::secret::without_keys;
use crate::text::visible;

/// The result of a backend call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of a failure. Callers use the kind to decide what to do.
///
/// A program should react to each kind as follows:
///
/// | kind | reaction |
/// |---|---|
/// | `Throttled`, `NotReady`, `Unavailable` | The backend has retried already. Run again later. |
/// | `Conflict` | Another tool or a person changed the resource. Make a new plan and apply it. |
/// | `Unauthenticated` | Stop, because every other call will also fail. Renew the credentials. |
/// | `Denied` | If the failed call concerns one account, continue with the other accounts and inform the owner of that account. If a listing failed, stop and inform the administrator of the permissions. |
/// | `Invalid`, `LimitExceeded` | Only another intent or a higher quota helps. Inform the author of the intent. |
/// | `NotFound` | The resource was removed after it was read. Make a new plan. |
/// | `Unsupported`, `ReadOnly` | The program uses the wrong backend. |
/// | `Protocol` | The service changed, or a proxy changes the responses. Inform the maintainers of this crate. |
///
/// If the effect of a failed write is [`Unknown`](Effect::Unknown), the next plan shows whether the write took effect.
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
    /// The resource exists but cannot be used yet, because IAM is eventually consistent.
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
    /// Returns the kind in words, for use in a sentence.
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

/// Whether the failed call may have changed anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The call certainly changed nothing.
    #[default]
    None,
    /// The call may have taken effect, fully or in part. Observe the state before the next decision.
    Unknown,
}

/// Whether a failed call may succeed later.
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
    /// The call can succeed only after a change of settings or permissions.
    Never,
    /// The same call may succeed after a while.
    Later,
    /// The call may succeed after a new observation and with a new plan.
    AfterObserving,
}

/// A failed backend call.
///
/// `Display` prints what failed and why in one line, without the underlying errors. [`Error::report`] returns the whole chain of
/// errors. Services may repeat their input in messages, so this type removes secret [keys](crate::secret::without_keys) from
/// everything that it prints.
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
    /// Makes the error of `operation` (such as `iam:CreateRole`), with the message of the service or of the library.
    ///
    /// The effect is [`Effect::None`], and the retry advice follows from `kind`. Use [`with_effect`](Self::with_effect) and
    /// [`with_retry`](Self::with_retry) to set others.
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

    /// Sets whether the call may have changed anything.
    #[must_use]
    pub fn with_effect(mut self, effect: Effect) -> Self {
        self.0.effect = effect;
        self
    }

    /// Replaces the retry advice that follows from the kind.
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

    /// Sets the id of the run that made the call. The logs of the service contain this id.
    #[must_use]
    pub fn with_run(mut self, run: RunId) -> Self {
        self.0.run = Some(run);
        self
    }

    /// Sets the underlying error. When this type prints the underlying error, it removes secret keys. The underlying error itself
    /// stays unchanged.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Returns the kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns whether the call may have changed anything.
    pub fn effect(&self) -> Effect {
        self.0.effect
    }

    /// Returns whether the call may succeed later.
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// Returns the operation that failed, such as `iam:CreateRole` or `harness:PUT /connectors`.
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// Returns the subject of the call. The subject is empty if the operation alone identifies the call.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Returns the message of the service or of the library.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the remedy for a person.
    pub fn remedy(&self) -> Option<&str> {
        self.0.remedy.as_deref()
    }

    /// Returns the id of the run that made the call, if the backend sets one. `CloudTrail` shows the run id in the user agent of
    /// each call.
    pub fn run(&self) -> Option<&RunId> {
        self.0.run.as_ref()
    }

    /// Returns the error, its underlying errors and its remedy as text, with one line for each of them.
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

/// An [`Error`] as plain data, for reports, gaps and JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Diagnosis {
    /// The kind of failure.
    pub kind: ErrorKind,
    /// Whether the call may have changed anything.
    pub effect: Effect,
    /// Whether the call may succeed later.
    pub retry: Retry,
    /// The operation that failed.
    pub operation: String,
    /// The subject of the call.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// The message of the service or of the library.
    pub message: String,
    /// The underlying errors, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// The remedy for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The id of the run that made the call, if the backend sets one. `Display` does not print the run id, because a report
    /// prints it once at the end.
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
