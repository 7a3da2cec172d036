use crate::wire::call::{AwsCall, AwsService};
use crate::wire::denial::{Denier, denied};
use crate::wire::failure::Failure;

/// The effect of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mishap {
    Throttled,
    Internal,
    Unavailable,
    ConcurrentModification,
    Error { status: u16, code: String, message: String },
    Denied { by: Denier, explicitly: bool },
    DeniedSaying(String),
    HangUp,
    Truncated,
    Held,
    Endless,
    Page { status: u16, body: String },
}

impl Mishap {
    /// Its word in the log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
            Self::ConcurrentModification => "concurrent modification",
            Self::Error { .. } => "error",
            Self::Denied { .. } | Self::DeniedSaying(_) => "denied",
            Self::HangUp => "hang-up",
            Self::Truncated => "truncated",
            Self::Held => "held",
            Self::Endless => "endless",
            Self::Page { .. } => "page",
        }
    }

    pub(crate) fn is_denial(&self) -> bool {
        matches!(self, Self::Denied { .. } | Self::DeniedSaying(_))
    }

    /// The error that the client receives, if it receives one of AWS.
    ///
    /// Codes as in the "Common errors" of the three API references.
    pub(crate) fn failure(&self, call: &AwsCall, permission: &str, resource: &str) -> Option<Failure> {
        let is_json = call.service == AwsService::Organizations;
        Some(match self {
            Self::Throttled if is_json => {
                Failure::new(400, "TooManyRequestsException", "You have sent too many requests")
            }
            Self::Throttled => Failure::new(400, "Throttling", "Rate exceeded"),
            Self::Internal if is_json => {
                Failure::new(500, "ServiceException", "AWS Organizations can't complete your request")
            }
            Self::Internal if call.service == AwsService::Iam => Failure::new(
                500,
                "ServiceFailure",
                "The request processing has failed because of an unknown error.",
            ),
            Self::Internal => Failure::new(
                500,
                "InternalFailure",
                "The request processing has failed because of an unknown error.",
            ),
            Self::Unavailable => Failure::new(503, "ServiceUnavailable", "Service Unavailable"),
            Self::ConcurrentModification if is_json => Failure::new(
                400,
                "ConcurrentModificationException",
                "The target of the operation is being modified",
            ),
            Self::ConcurrentModification => Failure::new(
                409,
                "ConcurrentModification",
                "Multiple requests to change this object were submitted simultaneously",
            ),
            Self::Error { status, code, message } => Failure::new(*status, code.as_str(), message),
            Self::Denied { by, explicitly } => {
                let why = if *explicitly { by.explicitly() } else { by.implicitly(permission) };
                denied(call, permission, resource, &why)
            }
            Self::DeniedSaying(why) => denied(call, permission, resource, why),
            Self::HangUp | Self::Truncated | Self::Held | Self::Endless | Self::Page { .. } => return None,
        })
    }
}
