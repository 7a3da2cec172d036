use std::collections::BTreeMap;

use crate::wire::call::AwsCall;

/// A request with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedAwsCall {
    /// What came in.
    pub call: AwsCall,
    /// The status that the client saw; 0 if it saw none.
    pub status: u16,
    /// The code of the error that it saw.
    pub code: Option<String>,
    /// Whether the service did what was asked for, whatever the client saw.
    pub took_effect: bool,
    /// What was made to go wrong, in a word.
    pub fault: Option<&'static str>,
}

/// The requests so far, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Log {
    calls: Vec<LoggedAwsCall>,
    /// The number of the first that is still there.
    first: usize,
}

impl Log {
    /// Takes a request in and gives its number.
    pub(crate) fn arrival(&mut self, call: AwsCall) -> usize {
        self.calls.push(LoggedAwsCall { call, status: 0, code: None, took_effect: false, fault: None });
        self.first + self.calls.len() - 1
    }

    /// The request of that number, if it was not taken yet.
    pub(crate) fn get_mut(&mut self, number: usize) -> Option<&mut LoggedAwsCall> {
        self.calls.get_mut(number.checked_sub(self.first)?)
    }

    pub(crate) fn all(&self) -> &[LoggedAwsCall] {
        &self.calls
    }

    /// Gives them and forgets them.
    pub(crate) fn take(&mut self) -> Vec<LoggedAwsCall> {
        self.first += self.calls.len();
        std::mem::take(&mut self.calls)
    }
}

/// How often each action was called: `iam:CreateRole`.
pub(crate) fn counts<'a>(calls: impl IntoIterator<Item = &'a LoggedAwsCall>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for logged in calls {
        *counts.entry(logged.call.name()).or_default() += 1;
    }
    counts
}
