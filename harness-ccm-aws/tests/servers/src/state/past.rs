use std::collections::VecDeque;

use crate::state::iam::CloudIam;

/// The delay of IAM's reads after its writes.
///
/// It is counted in requests, because no test is timed: a write becomes visible only after this many further requests to the
/// same account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    reads: u64,
    writes: u64,
}

impl Lag {
    /// Reads show a write only after `requests` further ones.
    pub fn of_reads(requests: u64) -> Self {
        Self { reads: requests, writes: 0 }
    }

    /// Writes to a new role or policy are refused as long as reads would not show it, and such a role cannot be assumed.
    #[must_use]
    pub fn and_writes(mut self) -> Self {
        self.writes = self.reads;
        self
    }

    pub(crate) fn is_none(self) -> bool {
        self.reads == 0
    }

    pub(crate) fn hits_writes(self) -> bool {
        self.writes > 0
    }
}

/// An IAM as it was before each of its last writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    requests: u64,
    before: VecDeque<(u64, CloudIam)>,
}

impl Past {
    /// Counts another request.
    pub(crate) fn count(&mut self) {
        self.requests += 1;
    }

    /// Records that the latest request changed the state that was `before`.
    pub(crate) fn wrote(&mut self, before: CloudIam) {
        self.before.push_back((self.requests, before));
    }

    /// Returns the visible state: that before the first write that is not visible yet.
    pub(crate) fn shown(&mut self, lag: Lag) -> Option<&CloudIam> {
        while self.before.front().is_some_and(|(number, _)| self.requests - number > lag.reads) {
            self.before.pop_front();
        }
        self.before.front().map(|(_, iam)| iam)
    }
}
