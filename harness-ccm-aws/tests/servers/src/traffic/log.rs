use std::collections::BTreeMap;

use crate::wire::call::AwsCall;

/// A request with its result.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedAwsCall {
    /// The request.
    pub call: AwsCall,
    /// The status that the client received; 0 for none.
    pub status: u16,
    /// The code of the error that it received.
    pub code: Option<String>,
    /// Whether the service carried out the request, whatever the client received.
    pub took_effect: bool,
    /// The fault, in a word.
    pub fault: Option<&'static str>,
}

/// The requests so far, in the order in which they arrived.
#[derive(Debug, Default)]
pub(crate) struct Log {
    calls: Vec<LoggedAwsCall>,
    /// The number of the first remaining one.
    first: usize,
}

impl Log {
    /// Adds a request and returns its number.
    pub(crate) fn arrival(&mut self, call: AwsCall) -> usize {
        self.calls.push(LoggedAwsCall { call, status: 0, code: None, took_effect: false, fault: None });
        self.first + self.calls.len() - 1
    }

    /// Returns the request of that number, if it was not taken yet.
    pub(crate) fn get_mut(&mut self, number: usize) -> Option<&mut LoggedAwsCall> {
        self.calls.get_mut(number.checked_sub(self.first)?)
    }

    pub(crate) fn all(&self) -> &[LoggedAwsCall] {
        &self.calls
    }

    /// Returns and removes them.
    pub(crate) fn take(&mut self) -> Vec<LoggedAwsCall> {
        self.first += self.calls.len();
        std::mem::take(&mut self.calls)
    }
}

/// Returns the number of calls of each action: `iam:CreateRole`.
pub(crate) fn counts<'a>(calls: impl IntoIterator<Item = &'a LoggedAwsCall>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for logged in calls {
        *counts.entry(logged.call.name()).or_default() += 1;
    }
    counts
}
