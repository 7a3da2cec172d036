use std::collections::VecDeque;

use crate::state::iam::CloudIam;

/// How far behind its writes an IAM is.
///
/// Counted in requests, since no test is timed: what was written shows only after so many further requests to the same account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    reads: u64,
    writes: u64,
}

impl Lag {
    /// Reads show what was written only after `requests` further ones.
    pub fn of_reads(requests: u64) -> Self {
        Self { reads: requests, writes: 0 }
    }

    /// Writes to a role or policy that was made a moment ago are refused as long as reads would not show it, and nobody can
    /// assume such a role.
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
    /// Another request comes in.
    pub(crate) fn count(&mut self) {
        self.requests += 1;
    }

    /// The request that came in last changed what was `before`.
    pub(crate) fn wrote(&mut self, before: CloudIam) {
        self.before.push_back((self.requests, before));
    }

    /// What is shown: as it was before the first write that does not show yet.
    pub(crate) fn shown(&mut self, lag: Lag) -> Option<&CloudIam> {
        while self.before.front().is_some_and(|(number, _)| self.requests - number > lag.reads) {
            self.before.pop_front();
        }
        self.before.front().map(|(_, iam)| iam)
    }
}
