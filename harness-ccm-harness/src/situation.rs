//! The table of the meanings of Harness' refusals; [`codes`](crate::codes) determines which of them an error body is.

use harness_ccm_core::ErrorKind;

pub(crate) const KEY: &str =
    "check that the API key has not expired and belongs to this Harness account and cluster";
pub(crate) const SLOWER: &str = "lower the calls per minute, or let other users of this key finish first";
pub(crate) const LATER: &str = "try again later; if this continues, see https://status.harness.io";
/// After a page, which a proxy may have sent.
pub(crate) const LATER_OR_PROXY: &str = "try again later; if this continues, see https://status.harness.io, and check the proxy in HTTPS_PROXY, HTTP_PROXY or ALL_PROXY";
pub(crate) const ENDPOINT: &str = "check the endpoint: it ends right before /ng/api";

/// The reason that Harness refuses a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Situation {
    UnknownKey,
    NoPermission,
    TooManyCalls,
    NotFound,
    Taken,
    Stale,
    Referenced,
    NoSupervision,
    NotImplemented,
    Fault,
    UnknownOption,
    ConnectorLimit,
    OtherType,
    NoForceDelete,
    NoReport,
    OtherRoleAccount,
    NoAccount,
    NoFeature,
    BadIdentifier,
    BadName,
    OtherRule,
    UnknownPath,
    OtherRequest,
    NoRefusal,
}

impl Situation {
    pub(crate) const ALL: [Self; 24] = [
        Self::UnknownKey,
        Self::NoPermission,
        Self::TooManyCalls,
        Self::NotFound,
        Self::Taken,
        Self::Stale,
        Self::Referenced,
        Self::NoSupervision,
        Self::NotImplemented,
        Self::Fault,
        Self::UnknownOption,
        Self::ConnectorLimit,
        Self::OtherType,
        Self::NoForceDelete,
        Self::NoReport,
        Self::OtherRoleAccount,
        Self::NoAccount,
        Self::NoFeature,
        Self::BadIdentifier,
        Self::BadName,
        Self::OtherRule,
        Self::UnknownPath,
        Self::OtherRequest,
        Self::NoRefusal,
    ];

    /// The kind of the core's error, and the remedy.
    pub(crate) fn meaning(self) -> (ErrorKind, Option<&'static str>) {
        use ErrorKind as K;
        match self {
            Self::UnknownKey => (K::Unauthenticated, Some(KEY)),
            Self::NoPermission => (
                K::Denied,
                Some(
                    "give the key's user or service account connector view, edit and delete at account scope",
                ),
            ),
            Self::TooManyCalls => (K::Throttled, Some(SLOWER)),
            Self::NotFound => (K::NotFound, Some("observe again: it no longer exists")),
            Self::Taken => (
                K::Conflict,
                Some("observe again: a connector with that identifier was created in the meantime"),
            ),
            Self::Stale => (K::Conflict, Some("observe again: another client is writing the same connector")),
            Self::Referenced => (
                K::Conflict,
                Some("remove what refers to the connector in Harness first, or delete it by force"),
            ),
            Self::NoSupervision | Self::Fault => (K::Unavailable, Some(LATER)),
            Self::NotImplemented => (K::Unsupported, None),
            Self::UnknownOption => (
                K::Invalid,
                Some(
                    "this Harness does not know an option that was sent: leave out the newest ones, such as the report type",
                ),
            ),
            Self::ConnectorLimit => (
                K::LimitExceeded,
                Some("the Harness plan limits the number of connectors; ask for a larger one"),
            ),
            Self::OtherType => (
                K::Conflict,
                Some(
                    "the identifier belongs to a connector of another type: choose another by a naming rule",
                ),
            ),
            Self::NoForceDelete => (
                K::Denied,
                Some(
                    "have force delete enabled in Harness' default settings, or remove what refers to the connector",
                ),
            ),
            Self::NoReport => (
                K::Invalid,
                Some("name the report and its bucket: billing.report = { name = \"...\", bucket = \"...\" }"),
            ),
            Self::OtherRoleAccount => (
                K::Invalid,
                Some("the connector's AWS account and its role's account differ: make them the same"),
            ),
            Self::NoAccount => (K::Invalid, Some("give the Harness account id")),
            Self::NoFeature => (K::Invalid, Some("give the account at least one feature")),
            Self::BadIdentifier => (
                K::Invalid,
                Some(
                    "choose an identifier out of letters, digits, _ and $ that is not a reserved word, by a naming rule",
                ),
            ),
            Self::BadName => (
                K::Invalid,
                Some(
                    "choose a name of up to 128 letters, digits, spaces, dots, hyphens, slashes and underscores, by a naming rule",
                ),
            ),
            Self::OtherRule => (K::Invalid, Some("change what the message names, then run again")),
            Self::UnknownPath | Self::NoRefusal => (K::Protocol, Some(ENDPOINT)),
            Self::OtherRequest => (K::Invalid, None),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn all_situations_are_listed_once() {
        let names: BTreeSet<_> = Situation::ALL.iter().map(|situation| format!("{situation:?}")).collect();
        assert_eq!(names.len(), Situation::ALL.len());
        // The last variant of the enum: a new one after it changes the number.
        assert_eq!(Situation::NoRefusal as usize + 1, Situation::ALL.len());
    }
}
