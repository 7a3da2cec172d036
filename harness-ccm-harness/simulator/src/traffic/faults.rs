use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::incoming::Incoming;

/// An active fault, with counts of requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct ActiveFault {
    /// The fault. Its probability is 0 if it was used up while any fault was random.
    pub fault: Fault,
    /// The number of requests that matched it.
    pub matched: u32,
    /// The number of requests that it affected.
    pub befell: u32,
}

/// The active faults, in the order in which they were added. At most one affects a request: the first that can.
#[derive(Debug)]
pub(crate) struct Faults {
    seed: u64,
    active: Vec<ActiveFault>,
    /// The number of occurrences of each request while any fault was random.
    drawn: BTreeMap<String, u32>,
}

impl Faults {
    pub(crate) fn new(seed: u64, faults: &[Fault]) -> Self {
        let mut all = Self { seed, active: Vec::new(), drawn: BTreeMap::new() };
        for fault in faults {
            all.add(fault.clone());
        }
        all
    }

    pub(crate) fn add(&mut self, fault: Fault) {
        if fault.times != Some(0) {
            self.active.push(ActiveFault { fault, matched: 0, befell: 0 });
        }
    }

    pub(crate) fn active(&self) -> Vec<ActiveFault> {
        self.active.clone()
    }

    pub(crate) fn clear(&mut self) {
        self.active.clear();
        self.drawn.clear();
    }

    /// Returns the fault that affects this request, if any, and updates the counts.
    pub(crate) fn take(&mut self, incoming: &Incoming) -> Option<Fault> {
        if self.active.is_empty() {
            return None;
        }
        let identifier = incoming.identifier().unwrap_or_default();
        let uncertain = self.active.iter().any(|active| active.fault.probability < 1.0);
        let occurrence = if uncertain {
            let request = format!("{} {} {identifier}", incoming.method, incoming.target());
            let occurrence = self.drawn.entry(request.clone()).or_default();
            *occurrence += 1;
            format!("{request} {occurrence}")
        } else {
            String::new()
        };
        let mut chosen = None;
        for (at, active) in self.active.iter_mut().enumerate() {
            if !befalls(&active.fault, incoming, &identifier) {
                continue;
            }
            active.matched += 1;
            let due = active.matched > active.fault.skip;
            if chosen.is_none() && due && active.fault.probability > draw(self.seed, at, &occurrence) {
                active.befell += 1;
                chosen = Some(at);
            }
        }
        let at = chosen?;
        let fault = self.active[at].fault.clone();
        // A draw depends on the position of the fault. While any fault is random, a used-up fault therefore stays in the list.
        if fault.times == Some(self.active[at].befell) {
            if uncertain {
                self.active[at].fault.probability = 0.0;
            } else {
                self.active.remove(at);
            }
        }
        Some(fault)
    }
}

fn befalls(fault: &Fault, incoming: &Incoming, identifier: &str) -> bool {
    let held = |text: &str, held: &str| text.is_empty() || held.contains(text);
    (fault.method.is_empty() || incoming.method.eq_ignore_ascii_case(&fault.method))
        && held(&fault.path, &incoming.path)
        && (fault.identifier.is_empty() || fault.identifier == identifier)
        && (held(&fault.contains, &incoming.target()) || held(&fault.contains, &incoming.text()))
}

/// Returns a number from 0 to less than 1 that depends only on the arguments: FNV-1a, its bits mixed as in `SplitMix64`.
fn draw(seed: u64, fault: usize, request: &str) -> f64 {
    let start = seed.to_le_bytes().into_iter().chain(fault.to_le_bytes());
    let hash = start.chain(request.bytes()).fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let high = u32::try_from((hash ^ (hash >> 31)) >> 32).unwrap_or_default();
    f64::from(high) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_even_and_repeatable() {
        let below = (0..10_000).filter(|n| draw(7, 0, &format!("GET /x {n}")) < 0.1).count();
        assert!((900..1_100).contains(&below), "{below}");
        assert!((draw(7, 0, "GET /x 1") - draw(7, 0, "GET /x 1")).abs() < f64::EPSILON);
        let differs = (0..100).filter(|n| (draw(1, 0, "x") < 0.5) != (draw(*n, 0, "x") < 0.5)).count();
        assert!(differs > 20, "the seed decides: {differs}");
    }
}
