//! The table of retries: which calls are retried, how often, after which waits, and within which total time.

use std::time::Duration;

use harness_ccm_core::ErrorKind;

/// A kind of call, by the reason that it may succeed a little later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallKind {
    /// One request to AWS Organizations. Its rates are low, and all callers from the same account share them.
    Organizations,
    /// One request to AWS STS.
    Sts,
    /// One request to IAM, read or write. IAM refuses to create a second role or policy of the same name, and every other write
    /// has the same result if it is sent twice.
    Iam,
    /// A read of several requests, of which IAM shows one part and does not show another yet.
    ReadInParts,
    /// A write to an existing role or policy, which the write does not see yet.
    WriteToExisting,
    /// The deletion of a policy whose uses were removed, which IAM does not count yet.
    Deletion,
    /// A read that should show a write.
    ReadBack,
}

/// The failure after which a call is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// Temporary failures of one request: throttling, server errors, lost connections. The SDK classifies them, together with
    /// [`Classifier`](super::Classifier).
    PassingFailure,
    /// An error of this kind.
    Error(ErrorKind),
    /// A result that the caller does not accept as the current state.
    PastState,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) after: After,
    /// The maximum number of calls, including the first.
    pub(crate) tries: u32,
    /// The wait before the second try. Every further wait is twice as long.
    pub(crate) first_wait: Duration,
    pub(crate) longest_wait: Duration,
}

/// The SDK waits a random share of these times.
const fn request(tries: u32) -> Policy {
    Policy {
        after: After::PassingFailure,
        tries,
        first_wait: Duration::from_secs(1),
        longest_wait: Duration::from_secs(20),
    }
}

/// 15 seconds in all, which covers the usual delay of IAM after writes.
const fn lag(after: After) -> Policy {
    Policy { after, tries: 6, first_wait: Duration::from_millis(500), longest_wait: Duration::from_secs(8) }
}

/// The maximum number of tries for a server that has never responded: more tries only hide that the address is wrong.
pub(super) const UNANSWERED_TRIES: u32 = 3;

/// The timeouts of one try of a request: for connecting, and in all.
pub(super) const CONNECT_LIMIT: Duration = Duration::from_secs(5);
pub(super) const TRY_LIMIT: Duration = Duration::from_secs(20);

/// The time for which reads may show the state before a write: other clients wait as long (Terraform's AWS provider: two
/// minutes).
pub(crate) const WRITTEN_LATELY: Duration = Duration::from_mins(2);

impl CallKind {
    pub(crate) const fn policy(self) -> Policy {
        match self {
            Self::Organizations => request(10),
            Self::Sts | Self::Iam => request(5),
            Self::ReadInParts => lag(After::Error(ErrorKind::NotFound)),
            Self::WriteToExisting => lag(After::Error(ErrorKind::NotReady)),
            Self::Deletion => lag(After::Error(ErrorKind::Conflict)),
            Self::ReadBack => lag(After::PastState),
        }
    }
}

impl Policy {
    /// The wait after `tries` tries; `None` after the last.
    pub(super) fn wait(&self, tries: u32) -> Option<Duration> {
        let doubled = 2_u32.checked_pow(tries.checked_sub(1)?)?;
        (tries < self.tries).then(|| self.longest_wait.min(self.first_wait.saturating_mul(doubled)))
    }

    /// Whether a call with this error is retried.
    pub(super) fn repeats(&self, kind: ErrorKind) -> bool {
        self.after == After::Error(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [CallKind; 7] = [
        CallKind::Organizations,
        CallKind::Sts,
        CallKind::Iam,
        CallKind::ReadInParts,
        CallKind::WriteToExisting,
        CallKind::Deletion,
        CallKind::ReadBack,
    ];

    #[test]
    fn every_kind_has_its_tries_waits_and_total() {
        let rows: Vec<_> = ALL
            .iter()
            .map(|kind| {
                let policy = kind.policy();
                let waits: Vec<_> = (1..).map_while(|tries| policy.wait(tries)).collect();
                let total: Duration = waits.iter().sum();
                let seconds: Vec<_> = waits.iter().map(Duration::as_secs_f64).collect();
                format!("{kind:?}: {:?}, {} tries, waits {seconds:?}, {total:?}", policy.after, policy.tries)
            })
            .collect();
        insta::assert_snapshot!(rows.join("\n"), @r"
        Organizations: PassingFailure, 10 tries, waits [1.0, 2.0, 4.0, 8.0, 16.0, 20.0, 20.0, 20.0, 20.0], 111s
        Sts: PassingFailure, 5 tries, waits [1.0, 2.0, 4.0, 8.0], 15s
        Iam: PassingFailure, 5 tries, waits [1.0, 2.0, 4.0, 8.0], 15s
        ReadInParts: Error(NotFound), 6 tries, waits [0.5, 1.0, 2.0, 4.0, 8.0], 15.5s
        WriteToExisting: Error(NotReady), 6 tries, waits [0.5, 1.0, 2.0, 4.0, 8.0], 15.5s
        Deletion: Error(Conflict), 6 tries, waits [0.5, 1.0, 2.0, 4.0, 8.0], 15.5s
        ReadBack: PastState, 6 tries, waits [0.5, 1.0, 2.0, 4.0, 8.0], 15.5s
        ");
    }

    #[test]
    fn only_the_error_of_the_row_is_tried_again() {
        let kinds = [ErrorKind::NotFound, ErrorKind::NotReady, ErrorKind::Conflict, ErrorKind::Denied];
        for kind in ALL {
            let policy = kind.policy();
            let repeated: Vec<_> = kinds.into_iter().filter(|error| policy.repeats(*error)).collect();
            match policy.after {
                After::Error(error) => assert_eq!(repeated, [error], "{kind:?}"),
                After::PassingFailure | After::PastState => assert_eq!(repeated, [], "{kind:?}"),
            }
        }
    }
}
