use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::traffic::fault::AwsFault;
use crate::wire::call::AwsCall;

/// All faults, in the order in which they were added: the first that affects a request is used.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) seed: u64,
    active: Vec<Active>,
    /// The number of occurrences of a request, for randomness.
    came: BTreeMap<String, u32>,
}

#[derive(Debug)]
struct Active {
    fault: AwsFault,
    matched: u32,
    befell: u32,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: AwsFault) {
        self.active.push(Active { fault, matched: 0, befell: 0 });
    }

    pub(crate) fn clear(&mut self) {
        self.active.clear();
        self.came.clear();
    }

    /// The fault that affects this request, with the part of it that is denied.
    pub(crate) fn take(&mut self, call: &AwsCall) -> Option<(AwsFault, String)> {
        let request = format!("{} {} {:?}", call.name(), call.account, call.parameters);
        let is_chancy = self.active.iter().any(|active| active.fault.probability < 1.0);
        let occurrence = if is_chancy {
            let occurrence = self.came.entry(request.clone()).or_default();
            *occurrence += 1;
            *occurrence
        } else {
            0
        };
        let mut chosen = None;
        for (at, active) in self.active.iter_mut().enumerate() {
            let Active { fault, matched, befell } = active;
            let Some(permission) = fault.befalls(call) else { continue };
            *matched += 1;
            let turn = matched
                .checked_sub(fault.skip)
                .is_some_and(|past| past > 0 && past.is_multiple_of(fault.every));
            let is_due = turn && fault.times.is_none_or(|times| *befell < times);
            let draw = || draw(&format!("{} {at} {occurrence} {request}", self.seed));
            if chosen.is_none() && is_due && (fault.probability >= 1.0 || fault.probability > draw()) {
                *befell += 1;
                chosen = Some((fault.clone(), permission));
            }
        }
        chosen
    }
}

/// A number from 0 up to 1 that depends only on this text.
fn draw(text: &str) -> f64 {
    let digest = Sha256::digest(text.as_bytes());
    let high = digest.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    f64::from(high) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_even_and_repeatable() {
        let below = (0..10_000).filter(|n| draw(&format!("7 {n}")) < 0.1).count();
        assert!((900..1_100).contains(&below), "{below}");
        assert!((draw("1 x") - draw("1 x")).abs() < f64::EPSILON);
    }
}
