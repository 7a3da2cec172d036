//! Limits the rate of calls to the rates that AWS Organizations accepts.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The rate of calls to AWS Organizations.
///
/// The rates are those of the page "Quotas and service limits for AWS Organizations", per account. Other programs that call
/// from the same account share them: calls that are refused anyway are retried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pacing {
    /// The rates that AWS publishes.
    #[default]
    Published,
    /// No limit: for servers that have none.
    Unlimited,
}

/// The operations of AWS Organizations that are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    DescribeAccount,
    DescribeOrganization,
    DescribeOrganizationalUnit,
    ListRoots,
    ListAccounts,
    ListAccountsForParent,
    ListOrganizationalUnitsForParent,
    ListParents,
    ListTagsForResource,
}

impl Operation {
    const ALL: [Self; 9] = [
        Self::DescribeAccount,
        Self::DescribeOrganization,
        Self::DescribeOrganizationalUnit,
        Self::ListRoots,
        Self::ListAccounts,
        Self::ListAccountsForParent,
        Self::ListOrganizationalUnitsForParent,
        Self::ListParents,
        Self::ListTagsForResource,
    ];

    /// Its name in errors.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::DescribeAccount => "organizations:DescribeAccount",
            Self::DescribeOrganization => "organizations:DescribeOrganization",
            Self::DescribeOrganizationalUnit => "organizations:DescribeOrganizationalUnit",
            Self::ListRoots => "organizations:ListRoots",
            Self::ListAccounts => "organizations:ListAccounts",
            Self::ListAccountsForParent => "organizations:ListAccountsForParent",
            Self::ListOrganizationalUnitsForParent => "organizations:ListOrganizationalUnitsForParent",
            Self::ListParents => "organizations:ListParents",
            Self::ListTagsForResource => "organizations:ListTagsForResource",
        }
    }

    /// The calls per second, and the maximum burst.
    fn rate(self) -> (u32, u32) {
        match self {
            Self::DescribeAccount => (20, 30),
            Self::DescribeOrganizationalUnit => (2, 2),
            Self::DescribeOrganization | Self::ListRoots => (1, 2),
            Self::ListAccounts => (8, 12),
            Self::ListAccountsForParent | Self::ListOrganizationalUnitsForParent | Self::ListParents => {
                (5, 8)
            }
            Self::ListTagsForResource => (10, 15),
        }
    }
}

/// One token bucket for each operation.
#[derive(Debug)]
pub(crate) struct Pacer {
    pacing: Pacing,
    /// The time at which the bucket of each operation will be full again.
    full: Mutex<[Option<Instant>; Operation::ALL.len()]>,
}

impl Pacer {
    pub(crate) fn new(pacing: Pacing) -> Self {
        Self { pacing, full: Mutex::default() }
    }

    /// Waits until the operation may be called.
    pub(crate) async fn take(&self, operation: Operation) {
        if self.pacing == Pacing::Unlimited {
            return;
        }
        let wait = self.reserve(operation, Instant::now());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes a token, and returns when it can be used.
    fn reserve(&self, operation: Operation, now: Instant) -> Duration {
        let (rate, burst) = operation.rate();
        let interval = Duration::from_secs(1) / rate;
        let mut buckets = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bucket) = buckets.get_mut(operation as usize) else { return Duration::ZERO };
        let full = bucket.map_or(now, |full| full.max(now));
        *bucket = Some(full + interval);
        full.saturating_duration_since(now).saturating_sub(interval * (burst - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The duration of `calls` sequential calls, without waiting for it.
    fn duration(pacer: &Pacer, operation: Operation, begun: Instant, calls: u32) -> Duration {
        let end = (0..calls).fold(begun, |now, _| now + pacer.reserve(operation, now));
        end.duration_since(begun)
    }

    #[test]
    fn a_burst_is_sent_at_once_and_the_rest_at_the_published_rate() {
        for operation in Operation::ALL {
            let pacer = Pacer::new(Pacing::Published);
            let (rate, burst) = operation.rate();
            let begun = Instant::now();
            assert_eq!(duration(&pacer, operation, begun, burst), Duration::ZERO, "{operation:?}");
            let rest = duration(&pacer, operation, begun, 10 * rate);
            assert!(
                rest.abs_diff(Duration::from_secs(10)) < Duration::from_millis(1),
                "{operation:?}: {rest:?}"
            );
        }
    }

    #[test]
    fn callers_at_the_same_time_share_a_bucket_and_operations_do_not() {
        let (pacer, now) = (Pacer::new(Pacing::Published), Instant::now());
        let waits = (0..115).map(|_| pacer.reserve(Operation::ListTagsForResource, now));
        assert_eq!(waits.max(), Some(Duration::from_secs(10)));
        assert_eq!(pacer.reserve(Operation::ListAccounts, now), Duration::ZERO);
    }

    #[test]
    fn a_bucket_refills_without_calls_up_to_its_burst() {
        let (pacer, begun) = (Pacer::new(Pacing::Published), Instant::now());
        duration(&pacer, Operation::ListAccounts, begun, 100);
        let later = begun + Duration::from_hours(1);
        assert_eq!(duration(&pacer, Operation::ListAccounts, later, 12 + 8), Duration::from_secs(1));
    }

    #[tokio::test]
    async fn without_a_limit_no_call_waits() {
        let pacer = Pacer::new(Pacing::Unlimited);
        for _ in 0..10_000 {
            pacer.take(Operation::ListRoots).await;
        }
    }
}
