//! The time of AWS, which is used instead of the clock of this machine if that is wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_smithy_types::date_time::Format;

/// The smallest difference that is corrected. Smaller ones are within the tolerance of signatures and of the renewal of
/// sessions.
const NOTED: Duration = Duration::from_mins(1);

/// A difference that explains why AWS refused a signature: it allows five minutes.
const REFUSED: Duration = Duration::from_mins(4);

/// The clock of this machine, corrected by the `Date` of the responses of AWS. Clones share it.
///
/// The SDK has its own correction, but only for signatures: credentials still count as expired or valid by the wrong clock.
/// This clock therefore replaces it: the SDK uses it for signing and for the expiry of credentials.
#[derive(Clone, Debug)]
pub(crate) struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    local: SharedTimeSource,
    /// The number of milliseconds by which AWS is ahead.
    ahead: AtomicI64,
}

impl Default for Clock {
    fn default() -> Self {
        Self::over(SharedTimeSource::default())
    }
}

impl Clock {
    fn over(local: SharedTimeSource) -> Self {
        Self(Arc::new(Inner { local, ahead: AtomicI64::new(0) }))
    }

    /// Replaces the clock of a configuration.
    pub(crate) fn of(config: &SdkConfig) -> Self {
        config.time_source().map_or_else(Self::default, Self::over)
    }

    /// The time of AWS, as far as it is known.
    pub(crate) fn now(&self) -> SystemTime {
        let local = self.0.local.now();
        let ahead = self.0.ahead.load(Relaxed);
        let distance = Duration::from_millis(ahead.unsigned_abs());
        let moved = if ahead < 0 { local.checked_sub(distance) } else { local.checked_add(distance) };
        moved.unwrap_or(local)
    }

    fn learn(&self, server: SystemTime) {
        if distance(server, self.now()) < NOTED {
            return;
        }
        let local = self.0.local.now();
        let milliseconds = |distance: Duration| i64::try_from(distance.as_millis()).unwrap_or_default();
        let ahead = match server.duration_since(local) {
            Ok(ahead) => milliseconds(ahead),
            Err(behind) => -milliseconds(behind.duration()),
        };
        self.0.ahead.store(ahead, Relaxed);
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        Clock::now(self)
    }
}

fn distance(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other).unwrap_or_else(|before| before.duration())
}

/// The time at which a request was signed, by the clock of that moment.
#[derive(Debug)]
struct Signed(SystemTime);

impl Storable for Signed {
    type Storer = StoreReplace<Self>;
}

/// Marks a response whose request was signed with a wrong time.
#[derive(Clone, Copy, Debug)]
struct SignedAtAWrongTime;

/// Whether AWS may have refused the request only because of its time: it may succeed with a new signature.
pub(crate) fn is_refused_for_its_time(answer: &HttpResponse) -> bool {
    answer.status().is_client_error() && answer.extension::<SignedAtAWrongTime>().is_some()
}

/// The time of a response of AWS itself: a response of a proxy has no request id, and one from a cache has an age.
fn time_of(answer: &HttpResponse) -> Option<SystemTime> {
    let headers = answer.headers();
    if headers.get("x-amzn-requestid").is_none() || headers.get("age").is_some() {
        return None;
    }
    let date = DateTime::from_str(headers.get("date")?, Format::HttpDate).ok()?;
    SystemTime::try_from(date).ok()
}

#[dyn_dispatch_hint]
impl Intercept for Clock {
    fn name(&self) -> &'static str {
        "harness-ccm clock"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(Signed(self.now()));
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(server) = time_of(context.response()) else { return Ok(()) };
        self.learn(server);
        let signed = config.load::<Signed>().map(|signed| signed.0);
        if signed.is_some_and(|signed| distance(server, signed) > REFUSED) {
            context.response_mut().add_extension(SignedAtAWrongTime);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_follows_the_server_and_ignores_network_delays() {
        let clock = Clock::default();
        let near = |time: SystemTime| distance(clock.now(), time) < Duration::from_secs(30);
        for hours in [2, 48] {
            let shift = Duration::from_hours(hours);
            clock.learn(SystemTime::now() + shift);
            assert!(near(SystemTime::now() + shift));
            clock.learn(SystemTime::now() - shift);
            assert!(near(SystemTime::now() - shift));
        }
        clock.learn(SystemTime::now());
        let before = clock.0.ahead.load(Relaxed);
        clock.learn(SystemTime::now() + Duration::from_secs(40));
        assert_eq!(clock.0.ahead.load(Relaxed), before);
    }
}
