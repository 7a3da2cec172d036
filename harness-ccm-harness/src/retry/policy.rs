//! The table of retries: which calls are retried, how often, after which waits, and within which total time.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

use crate::error::Failure;

/// A kind of call, by the reaction to a temporary failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallKind {
    /// A request that changes nothing: it is sent again.
    Read,
    /// A write: it is sent again only if it certainly had no effect. Otherwise the current state is read, and decides.
    Write,
    /// A list of several pages that was inconsistent because others write meanwhile: it is read again.
    Listing,
}

/// The reaction to a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Send the same request again, after a wait.
    SendAgain,
    /// Read the current state after a wait: then either the write is done, or it is decided again.
    ReadBack,
    GiveUp,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    /// The maximum number of calls, including the first.
    pub(crate) tries: u32,
    /// The wait before the second try. Every further wait is twice as long; a random share of the same length is added.
    pub(crate) first_wait: Duration,
    pub(crate) longest_wait: Duration,
    /// During an outage, no try begins later than this after the first, and no pause that the server asks for.
    pub(crate) total: Duration,
}

/// The maximum `Retry-After` that the client waits for.
pub(crate) const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(5);

/// It exceeds the sum of the waits, so there are fewer tries only if the tries themselves take long.
const TOTAL: Duration = Duration::from_secs(200);

/// The parts that the builder of a client may set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RetrySettings {
    pub(crate) retries: u32,
    pub(crate) first_wait: Duration,
}

impl Default for RetrySettings {
    /// About two minutes in all.
    fn default() -> Self {
        Self { retries: 8, first_wait: Duration::from_millis(500) }
    }
}

impl RetrySettings {
    pub(crate) fn policy(self, kind: CallKind) -> Policy {
        match kind {
            CallKind::Read | CallKind::Write => Policy {
                tries: self.retries.saturating_add(1),
                first_wait: self.first_wait,
                longest_wait: Duration::from_secs(30),
                total: TOTAL,
            },
            CallKind::Listing => Policy {
                tries: 4,
                first_wait: Duration::ZERO,
                longest_wait: Duration::ZERO,
                total: Duration::MAX,
            },
        }
    }
}

impl Policy {
    pub(super) fn backoff(self) -> ExponentialBuilder {
        ExponentialBuilder::default()
            .with_min_delay(self.first_wait)
            .with_max_delay(self.longest_wait)
            .with_max_times(usize::try_from(self.tries.saturating_sub(1)).unwrap_or(usize::MAX))
            .with_jitter()
    }

    /// Returns the waits before the further tries.
    pub(super) fn waits(self) -> ExponentialBackoff {
        self.backoff().build()
    }

    /// Returns the wait before the next try, which follows the planned one; `None` if this failure was the last. `begun` is the
    /// start of the first try.
    pub(super) fn wait(
        self,
        planned: Option<Duration>,
        failure: &Failure,
        begun: Instant,
    ) -> Option<Duration> {
        let planned = planned?;
        let Some(asked) = failure.retry_after() else {
            let is_late = begun.elapsed().saturating_add(planned) > self.total;
            return (!is_late || !failure.is_outage()).then_some(planned);
        };
        let is_late = begun.elapsed() > self.total && failure.is_outage();
        (asked <= LONGEST_RETRY_AFTER && !is_late).then(|| planned.max(asked))
    }
}

/// Returns the reaction to a failure of such a call. `answered` is whether the endpoint has ever responded: if not, the address
/// or the certificate is wrong, and more tries only hide that.
pub(crate) fn next(kind: CallKind, failure: &Failure, answered: bool) -> Next {
    let asks_too_much = failure.retry_after().is_some_and(|asked| asked > LONGEST_RETRY_AFTER);
    let writes = kind == CallKind::Write;
    if writes && (failure.is_unsettled() || failure.is_stale()) {
        Next::ReadBack
    } else if !failure.is_passing() || asks_too_much || (!answered && failure.is_wrong_endpoint()) {
        Next::GiveUp
    } else {
        Next::SendAgain
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use harness_ccm_core::internal::{BodyForm, ForeignAnswer, Stage, TransportFault};
    use reqwest::{Client, StatusCode};
    use serde_json::json;

    use super::Next::{GiveUp, ReadBack, SendAgain};
    use super::*;
    use crate::codes::ErrorBody;

    fn refused(status: u16, code: &str, message: &str) -> Failure {
        let body = json!({"status": "ERROR", "code": code, "message": message});
        Failure::Refused(ErrorBody::parse(StatusCode::from_u16(status).unwrap(), &body, None).unwrap())
    }

    fn answer(status: u16, body: BodyForm, retry_after: Option<Duration>) -> Failure {
        Failure::Foreign {
            answer: ForeignAnswer { status, body },
            endpoint: "http://harness".into(),
            retry_after,
        }
    }

    fn page(status: u16, retry_after: Option<Duration>) -> Failure {
        answer(status, BodyForm::Html, retry_after)
    }

    /// A request that reached no server, and one whose connection was closed before a response.
    async fn lost() -> [Failure; 2] {
        let ask = async |url: &str| Client::new().get(url).send().await.unwrap_err();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let mut stream = listener.accept().unwrap().0;
            stream.read(&mut [0; 4096]).unwrap()
        });
        let closed = ask(&url).await;
        server.join().unwrap();
        // The listener ends with its thread.
        let refused = ask(&url).await;
        [(Stage::Connecting, refused), (Stage::Awaiting, closed)].map(|(stage, source)| Failure::Lost {
            fault: TransportFault::of(&source, Some(stage)),
            endpoint: url.clone(),
            source,
        })
    }

    #[tokio::test]
    async fn every_failure_of_every_kind_of_call_has_its_next_step() {
        let (short, long) = (LONGEST_RETRY_AFTER, LONGEST_RETRY_AFTER + Duration::from_secs(1));
        let [unsent, closed] = lost().await;
        let table = [
            ("a refused connection", unsent, SendAgain, SendAgain),
            ("closed without an answer", closed, SendAgain, ReadBack),
            ("too many calls", refused(429, "TOO_MANY_REQUESTS", "slow down"), SendAgain, SendAgain),
            ("too many calls, says a page", page(429, Some(short)), SendAgain, SendAgain),
            ("too long a pause", page(429, Some(long)), GiveUp, GiveUp),
            ("a fault of Harness", refused(500, "UNKNOWN_ERROR", "no"), SendAgain, ReadBack),
            (
                "a fault of Harness' supervision",
                refused(400, "INVALID_REQUEST", "heartbeat"),
                SendAgain,
                ReadBack,
            ),
            ("a gateway", page(502, None), SendAgain, ReadBack),
            ("a gateway that waits for too long", page(504, Some(long)), GiveUp, ReadBack),
            ("a request that came too late", page(408, None), SendAgain, ReadBack),
            ("an incomplete answer", answer(200, BodyForm::CutJson, None), SendAgain, ReadBack),
            ("no answer but a good status", answer(200, BodyForm::Empty, None), SendAgain, ReadBack),
            ("a page in place of an answer", page(200, None), GiveUp, ReadBack),
            ("a redirect", page(302, None), GiveUp, GiveUp),
            ("a proxy that requires a user", page(407, None), GiveUp, GiveUp),
            ("another client wrote", refused(400, "OPTIMISTIC_LOCKING_EXCEPTION", "no"), GiveUp, ReadBack),
            ("no permission", refused(403, "NG_ACCESS_DENIED", "no"), GiveUp, GiveUp),
            ("an unknown key", refused(401, "INVALID_TOKEN", "no"), GiveUp, GiveUp),
            ("not there", refused(404, "ENTITY_NOT_FOUND", "no"), GiveUp, GiveUp),
            ("taken", refused(400, "DUPLICATE_FIELD", "no"), GiveUp, GiveUp),
            ("a broken rule", refused(400, "INVALID_REQUEST", "no"), GiveUp, GiveUp),
        ];
        for (name, failure, read, write) in &table {
            assert_eq!(next(CallKind::Read, failure, true), *read, "{name}");
            assert_eq!(next(CallKind::Listing, failure, true), *read, "{name}");
            assert_eq!(next(CallKind::Write, failure, true), *write, "{name}");
        }
        let [(_, unsent, ..), (_, closed, ..), ..] = &table;
        for kind in [CallKind::Read, CallKind::Write] {
            assert_eq!(next(kind, unsent, false), GiveUp, "{kind:?}: nothing has ever answered there");
        }
        assert_eq!(next(CallKind::Read, closed, false), SendAgain);
    }

    #[test]
    fn every_kind_has_its_tries_waits_and_total() {
        let settings = RetrySettings::default();
        let exact = |kind| -> Vec<_> {
            let policy = settings.policy(kind);
            policy.waits().take(100).collect()
        };
        for kind in [CallKind::Read, CallKind::Write] {
            let waits = exact(kind);
            assert_eq!(waits.len(), 8, "{kind:?}");
            // The random part is at most as long as the wait.
            for (wait, least) in waits.iter().zip([0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]) {
                assert!((least..=2.0 * least).contains(&wait.as_secs_f64()), "{wait:?} of {least} s");
            }
            let total: Duration = waits.iter().sum();
            assert!((91..=183).contains(&total.as_secs()), "{total:?}");
        }
        assert_eq!(exact(CallKind::Listing), [Duration::ZERO; 3]);
    }

    #[test]
    fn the_builder_sets_the_number_of_retries_and_the_first_wait() {
        let settings = RetrySettings { retries: 2, first_wait: Duration::from_mins(1) };
        let policy = settings.policy(CallKind::Write);
        assert_eq!((policy.tries, policy.first_wait), (3, Duration::from_mins(1)));
        assert_eq!(RetrySettings { retries: 0, ..settings }.policy(CallKind::Read).waits().count(), 0);
        assert_eq!(RetrySettings { retries: u32::MAX, ..settings }.policy(CallKind::Read).tries, u32::MAX);
        assert_eq!(settings.policy(CallKind::Listing).tries, 4);
    }
}
