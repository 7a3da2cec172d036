use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// Never lets more than `limit` calls arrive in any span of `window`.
///
/// The time at which a call arrives is not known here: it is after the call was sent and before its response. A call therefore
/// occupies a place from the moment in which it is sent until one window after its response. That is correct for any delay in
/// transit, and costs no more than the share of one response time in the window.
///
/// Calls are sent in the order in which they were requested; a call that is dropped while it waits occupies no place. Clones
/// share all.
#[derive(Clone, Debug)]
pub(crate) struct Pacer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    configured: usize,
    window: Duration,
    /// Whether the limit is lowered when the server reports that it is too high.
    yields: bool,
    /// The lock of the next caller while it waits.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    answered: Notify,
}

#[derive(Debug)]
struct State {
    limit: usize,
    limit_set: Option<Instant>,
    under_way: usize,
    /// The times of responses to calls that still occupy a place.
    answered: VecDeque<Instant>,
    /// The time until which the server requested no calls.
    quiet_until: Option<Instant>,
}

/// The place of one call; dropping it when the response has begun frees it.
#[derive(Debug)]
#[must_use]
pub(crate) struct Place<'a>(&'a Shared);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.under_way = state.under_way.saturating_sub(1);
        state.answered.push_back(Instant::now());
        self.0.answered.notify_one();
    }
}

impl Pacer {
    pub(crate) fn new(limit: u32, window: Duration, yields: bool) -> Self {
        let configured = usize::try_from(limit).unwrap_or(usize::MAX);
        Self(Arc::new(Shared {
            configured,
            window,
            yields,
            turn: tokio::sync::Mutex::default(),
            state: Mutex::new(State {
                limit: configured,
                limit_set: None,
                under_way: 0,
                answered: VecDeque::new(),
                quiet_until: None,
            }),
            answered: Notify::new(),
        }))
    }

    /// Returns when one more call may be sent, and counts it.
    pub(crate) async fn wait(&self) -> Place<'_> {
        let _turn = self.0.turn.lock().await;
        loop {
            // The lock is dropped before waiting: calls with a response need it meanwhile.
            let attempt = self.0.lock().take(&self.0, Instant::now());
            match attempt {
                Ok(()) => return Place(&self.0),
                Err(Some(at)) => sleep_until(at).await,
                // Running calls occupy all places. A response since then has left a notification.
                Err(None) => self.0.answered.notified().await,
            }
        }
    }

    /// Records that the server reported too many calls, and the requested pause, if there is one.
    pub(crate) fn throttled(&self, quiet: Option<Duration>) {
        let now = Instant::now();
        let mut state = self.0.lock();
        if let Some(quiet) = quiet {
            state.quiet_until = state.quiet_until.max(Some(now + quiet));
        }
        // One excess leads to many refused calls, and counts once.
        let settled = state.limit_set.is_none_or(|at| now.duration_since(at) >= self.0.window);
        if self.0.yields && settled {
            state.limit = (state.limit * 3 / 4).max(1);
            state.limit_set = Some(now);
        }
    }

    #[cfg(test)]
    fn limit(&self) -> usize {
        self.0.lock().limit
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is complete before the lock is released.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Occupies a place, or returns when to try again; `None` means after the next response.
    fn take(&mut self, shared: &Shared, now: Instant) -> Result<(), Option<Instant>> {
        if let Some(until) = self.quiet_until.filter(|until| *until > now) {
            return Err(Some(until));
        }
        if self.limit < shared.configured
            && self.limit_set.is_some_and(|at| now.duration_since(at) >= shared.window)
        {
            self.limit = (self.limit + (shared.configured / 20).max(1)).min(shared.configured);
            self.limit_set = Some(now);
        }
        while self.answered.front().is_some_and(|at| now.duration_since(*at) >= shared.window) {
            self.answered.pop_front();
        }
        if self.under_way + self.answered.len() < self.limit {
            self.under_way += 1;
            return Ok(());
        }
        Err(self.answered.front().map(|at| *at + shared.window))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    /// Returns the maximum number of calls that arrived in any span of a minute.
    fn busiest(arrivals: &mut [Instant]) -> usize {
        arrivals.sort();
        let within = |(at, start): (usize, &Instant)| {
            arrivals[at..].iter().take_while(|t| t.duration_since(*start) < MINUTE).count()
        };
        arrivals.iter().enumerate().map(within).max().unwrap_or_default()
    }

    /// Lets `callers` send `each` calls that need `there` to the server and as long back; returns the times of their arrival.
    async fn arrivals(pacer: &Pacer, callers: u64, each: u64, there: fn(u64) -> Duration) -> Vec<Instant> {
        let tasks: Vec<_> = (0..callers)
            .map(|caller| {
                let pacer = pacer.clone();
                tokio::spawn(async move {
                    let mut arrivals = Vec::new();
                    for call in 0..each {
                        let place = pacer.wait().await;
                        let way = there(caller * 31 + call * 7);
                        tokio::time::sleep(way).await;
                        arrivals.push(Instant::now());
                        tokio::time::sleep(way).await;
                        drop(place);
                    }
                    arrivals
                })
            })
            .collect();
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await.unwrap());
        }
        all
    }

    #[tokio::test(start_paused = true)]
    async fn no_minute_holds_more_arrivals_than_the_limit_and_hardly_fewer() {
        let pacer = Pacer::new(400, MINUTE, false);
        let begin = Instant::now();
        let mut arrivals = arrivals(&pacer, 32, 125, |n| Duration::from_millis(20 + n % 180)).await;
        assert_eq!(busiest(&mut arrivals), 400);
        // 4,000 calls: ten full minutes; the test does not wait for the last.
        let minutes = begin.elapsed().as_secs_f64() / 60.0;
        assert!(minutes < 9.0 / 0.95, "{minutes} minutes");
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_are_long_under_way_do_not_pile_up_at_the_server() {
        let pacer = Pacer::new(10, MINUTE, false);
        // Some take forty seconds to arrive, as behind a stalled connection, others arrive at once.
        let slow = |n| Duration::from_secs(if n % 3 == 0 { 40 } else { 0 });
        let mut arrivals = arrivals(&pacer, 20, 6, slow).await;
        assert!(busiest(&mut arrivals) <= 10, "{}", busiest(&mut arrivals));
    }

    #[tokio::test(start_paused = true)]
    async fn a_free_window_costs_no_time() {
        let pacer = Pacer::new(400, MINUTE, false);
        let start = Instant::now();
        for _ in 0..400 {
            drop(pacer.wait().await);
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_wait_takes_no_slot() {
        let pacer = Pacer::new(1, MINUTE, false);
        let place = pacer.wait().await;
        assert!(tokio::time::timeout(Duration::from_secs(5), pacer.wait()).await.is_err());
        drop(place);
        let start = Instant::now();
        drop(pacer.wait().await);
        assert_eq!(start.elapsed(), MINUTE);
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_yields_to_throttling_once_a_window_and_recovers() {
        let pacer = Pacer::new(400, MINUTE, true);
        for _ in 0..20 {
            pacer.throttled(None);
        }
        assert_eq!(pacer.limit(), 300);
        for expected in [320, 340, 360, 380, 400, 400] {
            tokio::time::sleep(MINUTE).await;
            drop(pacer.wait().await);
            assert_eq!(pacer.limit(), expected);
        }
        let stubborn = Pacer::new(400, MINUTE, false);
        stubborn.throttled(None);
        assert_eq!(stubborn.limit(), 400);
    }

    #[tokio::test(start_paused = true)]
    async fn all_callers_pause_as_long_as_the_server_requested() {
        let pacer = Pacer::new(400, MINUTE, false);
        pacer.throttled(Some(Duration::from_secs(7)));
        pacer.throttled(Some(Duration::from_secs(3)));
        let start = Instant::now();
        drop(pacer.clone().wait().await);
        assert_eq!(start.elapsed(), Duration::from_secs(7));
    }
}
