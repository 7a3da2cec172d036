use std::fmt::Display;

/// A response that is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(status: u16, code: impl Into<String>, message: impl Display) -> Self {
        Self { status, code: code.into(), message: message.to_string() }
    }

    pub(crate) fn no_such_entity(message: impl Display) -> Self {
        Self::new(404, "NoSuchEntity", message)
    }

    pub(crate) fn already_exists(message: impl Display) -> Self {
        Self::new(409, "EntityAlreadyExists", message)
    }

    pub(crate) fn delete_conflict(message: impl Display) -> Self {
        Self::new(409, "DeleteConflict", message)
    }

    pub(crate) fn limit_exceeded(message: impl Display) -> Self {
        Self::new(409, "LimitExceeded", message)
    }

    pub(crate) fn invalid_input(message: impl Display) -> Self {
        Self::new(400, "InvalidInput", message)
    }

    pub(crate) fn malformed_policy(message: impl Display) -> Self {
        Self::new(400, "MalformedPolicyDocument", message)
    }

    /// The services' error for a parameter, which they check before anything else.
    pub(crate) fn validation(parameter: &str, value: &str, rule: &str) -> Self {
        let message = format!(
            "1 validation error detected: Value '{value}' at '{parameter}' failed to satisfy constraint: {rule}"
        );
        Self::new(400, "ValidationError", message)
    }

    pub(crate) fn unknown_action(action: &str) -> Self {
        Self::new(400, "InvalidAction", format!("Could not find operation {action}"))
    }
}
