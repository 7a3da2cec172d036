use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use tokio::time::Instant;

use crate::settings::{Settings, Window};

/// Counts the requests of each key.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    /// The times of admitted requests, by a hash of the key. The key itself is not stored.
    admitted: BTreeMap<u64, VecDeque<Instant>>,
}

impl Limiter {
    /// Returns whether a request of `key` at `now` exceeds the limit. Refused requests do not count.
    pub(crate) fn refuses(&mut self, settings: &Settings, key: &str, now: Instant) -> bool {
        let Some(limit) = settings.rate_limit else { return false };
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let admitted = self.admitted.entry(hasher.finish()).or_default();
        let window = Duration::from_millis(settings.window_ms);
        let is_over = |since: &Instant| now.saturating_duration_since(*since) >= window;
        match settings.window {
            Window::Sliding => {
                while admitted.front().is_some_and(is_over) {
                    admitted.pop_front();
                }
            }
            Window::Fixed => {
                if admitted.front().is_some_and(is_over) {
                    admitted.clear();
                }
            }
        }
        let full = u32::try_from(admitted.len()).is_ok_and(|count| count >= limit);
        if !full {
            admitted.push_back(now);
        }
        full
    }

    pub(crate) fn forget(&mut self) {
        self.admitted.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(window: Window, at_ms: &[u64]) -> Vec<bool> {
        let settings = Settings { rate_limit: Some(2), window_ms: 100, window, ..Settings::default() };
        let (mut limiter, start) = (Limiter::default(), Instant::now());
        at_ms
            .iter()
            .map(|at| !limiter.refuses(&settings, "key", start + Duration::from_millis(*at)))
            .collect()
    }

    #[test]
    fn a_sliding_window_frees_one_place_at_a_time() {
        let sliding = admitted(Window::Sliding, &[0, 90, 95, 100, 150, 190, 191]);
        assert_eq!(sliding, [true, true, false, true, false, true, false]);
    }

    #[test]
    fn a_fixed_window_frees_all_at_once() {
        let fixed = admitted(Window::Fixed, &[0, 90, 95, 100, 150, 190, 200]);
        assert_eq!(fixed, [true, true, false, true, true, false, true]);
    }

    #[test]
    fn every_key_has_its_own() {
        let settings = Settings { rate_limit: Some(1), ..Settings::default() };
        let (mut limiter, now) = (Limiter::default(), Instant::now());
        assert!(!limiter.refuses(&settings, "a", now));
        assert!(!limiter.refuses(&settings, "b", now));
        assert!(limiter.refuses(&settings, "a", now));
    }
}
