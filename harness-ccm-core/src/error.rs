//! The one error type of all backends: what happened, whether anything was changed, and what to do about it.

use std::error::Error as StdError;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::secret::without_keys;
use crate::text::visible;

/// The result of a backend call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure it is, in terms of what a caller decides by it.
///
/// What a program does about each:
///
/// | kind | what to do |
/// |---|---|
/// | `Throttled`, `NotReady`, `Unavailable` | The backend has tried again already. Put the event back, or run later. |
/// | `Conflict` | Somebody else wrote. Plan anew and apply that. |
/// | `Unauthenticated` | Stop: every other call will fail too. Renew the credentials. |
/// | `Denied` | Of one account: go on with the others and tell its owner. Of a listing: stop and tell whoever grants permissions. |
/// | `Invalid`, `LimitExceeded` | Nothing will help but another intent, or a higher quota. Tell whoever writes the intent. |
/// | `NotFound` | It was removed since it was read. Plan anew. |
/// | `Unsupported`, `ReadOnly` | The program asks the wrong backend. |
/// | `Protocol` | The service changed, or something stands between. Tell the maintainers. |
///
/// Where the effect of a failed write is [`Unknown`](Effect::Unknown), the next plan finds out what became of it.
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
    /// What was named does not exist.
    NotFound,
    /// The state that was found is not the state that the call expected.
    Conflict,
    /// The credentials are good, but may not do this.
    Denied,
    /// The credentials are missing, expired or wrong.
    Unauthenticated,
    /// Too many requests, even after the backend's own retries.
    Throttled,
    /// Exists, but cannot be used yet (IAM is eventually consistent).
    NotReady,
    /// The service cannot be reached, or answers with a fault of its own.
    Unavailable,
    /// The request can never succeed as it is.
    Invalid,
    /// A quota of the service stands in the way.
    LimitExceeded,
    /// The backend cannot do this.
    Unsupported,
    /// The answer is not what the service's interface promises.
    Protocol,
    /// A write was asked of a read-only backend.
    ReadOnly,
}

impl ErrorKind {
    /// The kind in words, for a sentence.
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

/// What the failed call may have changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Certainly nothing.
    #[default]
    None,
    /// Perhaps all or part of what was asked: observe before deciding anything.
    Unknown,
}

/// Whether the same call may succeed at another time.
///
/// ```
/// use harness_ccm_core::{Error, ErrorKind, Retry};
///
/// let error = Error::new(ErrorKind::Conflict, "iam:PutRolePolicy", "the role is not as it was observed");
/// let what_to_do = match error.retry() {
///     Retry::Never => "tell somebody",
///     Retry::Later => "run again in a while",
///     Retry::AfterObserving => "plan anew, and apply that plan",
/// };
/// assert_eq!(what_to_do, "plan anew, and apply that plan");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// Not before somebody changed something.
    Never,
    /// Yes, after a while.
    Later,
    /// Yes, after the state was observed and planned anew.
    AfterObserving,
}

/// A failed backend call.
///
/// `Display` says what failed and why in one line, without the source: print the whole chain with [`Error::report`] or an error
/// reporter. Services say back what they were given, so [keys](crate::secret::without_keys) are taken out of everything that it prints.
///
/// ```
/// use harness_ccm_core::{Error, ErrorKind, Retry};
///
/// /// What becomes of an event whose run failed.
/// fn decide(error: &Error) -> &'static str {
///     match error.retry() {
///         Retry::Later => "put it back into the queue, with a delay",
///         Retry::AfterObserving => "run it again: a new plan starts from what is there",
///         Retry::Never => "tell somebody, with error.report()",
///     }
/// }
///
/// let error = Error::new(ErrorKind::Denied, "sts:AssumeRole", "not authorized to perform sts:AssumeRole")
///     .with_subject("account 123456789012")
///     .with_remedy("let the caller assume the bootstrap role");
/// assert!(decide(&error).starts_with("tell somebody"));
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
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// A failure of `operation` (such as `iam:CreateRole`) with what the service or the library says about it.
    ///
    /// Effect is [`Effect::None`] and the retry advice follows from `kind`, unless set otherwise.
    pub fn new(kind: ErrorKind, operation: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            effect: Effect::None,
            retry: kind.default_retry(),
            operation,
            subject: String::new(),
            message: without_keys(&message.into()),
            remedy: None,
            source: None,
        }))
    }

    /// Names what the call was about, such as `role HarnessCERole in account 123456789012`.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.0.subject = without_keys(&subject.into());
        self
    }

    /// Says what may have been changed.
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

    /// Says in words what a person can do about it.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(without_keys(&remedy.into()));
        self
    }

    /// Keeps the underlying error. What this type prints of it shows no key; its own text is as it is.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What may have been changed.
    pub fn effect(&self) -> Effect {
        self.0.effect
    }

    /// Whether trying again makes sense.
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// The operation that failed, such as `iam:CreateRole` or `harness:PUT /connectors`.
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// What the call was about; empty if the operation says it all.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// What the service or the library says about it.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What a person can do about it.
    pub fn remedy(&self) -> Option<&str> {
        self.0.remedy.as_deref()
    }

    /// The whole chain and the remedy as text, one line each.
    pub fn report(&self) -> String {
        Diagnosis::from(self).to_string()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, operation, subject, message, effect: _, retry: _, remedy: _, source: _ } = &*self.0;
        write!(f, "{operation}")?;
        if !subject.is_empty() {
            write!(f, " for {}", visible(subject))?;
        }
        write!(f, ": {kind}: {}", visible(message))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, effect, retry, operation, subject, message, remedy, source } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("effect", effect)
            .field("retry", retry)
            .field("operation", operation)
            .field("subject", subject)
            .field("message", message)
            .field("remedy", remedy)
            .field("source", &source.as_ref().map(|source| without_keys(&format!("{source:?}"))))
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}

/// An [`Error`] as plain data: what reports, gaps and JSON carry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Diagnosis {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// What may have been changed.
    pub effect: Effect,
    /// Whether trying again makes sense.
    pub retry: Retry,
    /// The operation that failed.
    pub operation: String,
    /// What the call was about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// What the service or the library says about it.
    pub message: String,
    /// The underlying errors, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// What a person can do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl From<&Error> for Diagnosis {
    fn from(error: &Error) -> Self {
        let Inner { kind, effect, retry, operation, subject, message, remedy, source: _ } = &*error.0;
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
        let Self { kind, effect, retry: _, operation, subject, message, causes, remedy } = self;
        write!(f, "{}", visible(operation))?;
        if !subject.is_empty() {
            write!(f, " for {}", visible(subject))?;
        }
        write!(f, ": {kind}: {}", visible(message))?;
        for cause in causes {
            write!(f, "\n  caused by: {}", visible(cause))?;
        }
        if *effect == Effect::Unknown {
            write!(f, "\n  it may have taken effect anyway: the next plan tells")?;
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
    fn keys_that_a_service_says_back_are_not_printed() {
        const KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let error = Error::new(ErrorKind::Unauthenticated, "sts:AssumeRole", format!("got '{KEY}'"))
            .with_subject(KEY)
            .with_remedy(format!("not {KEY}"))
            .with_source(std::io::Error::other(format!("it was pat.{KEY}.x.y")));
        let told = format!("{error} {error:?} {} {:?}", error.report(), Diagnosis::from(&error));
        assert!(!told.contains("K7MDENG"), "{told}");
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
    fn the_report_holds_the_chain_and_the_remedy() {
        insta::assert_snapshot!(denied().with_effect(Effect::Unknown).report(), @r"
        sts:AssumeRole for account 123456789012: access denied: not authorized
          caused by: the inner reason
          it may have taken effect anyway: the next plan tells
          remedy: let the bootstrap role trust the caller
        ");
    }

    #[test]
    fn every_kind_has_an_advice_and_a_name() {
        assert_eq!(Error::new(ErrorKind::Throttled, "x", "y").retry(), Retry::Later);
        assert_eq!(Error::new(ErrorKind::Conflict, "x", "y").retry(), Retry::AfterObserving);
        assert_eq!(Error::new(ErrorKind::Invalid, "x", "y").retry(), Retry::Never);
    }
}
