use std::fmt;
use std::sync::Arc;

use crate::policy::evaluate::matches;
use crate::traffic::mishap::Mishap;
use crate::wire::call::AwsCall;
use crate::wire::denial::Denier;

type Condition = Arc<dyn Fn(&AwsCall) -> bool + Send + Sync>;

/// A fault: its effect, the affected requests, and its frequency.
///
/// A fault counts the requests that it matches. It skips the first ones ([`after`](Self::after)), affects the others with its
/// probability, and ends after a number of [`times`](Self::times). A new one affects the next request of any kind.
///
/// Randomness depends on the server's seed, the request and the number of its earlier occurrences: the same seed fails the same
/// requests, in whatever order concurrent ones arrive.
#[derive(Clone)]
#[must_use]
pub struct AwsFault {
    pub(crate) mishap: Mishap,
    actions: Vec<String>,
    account: Option<String>,
    condition: Option<Condition>,
    pub(crate) skip: u32,
    pub(crate) every: u32,
    pub(crate) times: Option<u32>,
    pub(crate) probability: f64,
    pub(crate) after_commit: bool,
}

impl fmt::Debug for AwsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsFault")
            .field("mishap", &self.mishap)
            .field("actions", &self.actions)
            .field("account", &self.account)
            .field("times", &self.times)
            .finish_non_exhaustive()
    }
}

impl From<Mishap> for AwsFault {
    fn from(mishap: Mishap) -> Self {
        Self {
            mishap,
            actions: Vec::new(),
            account: None,
            condition: None,
            skip: 0,
            every: 1,
            times: Some(1),
            probability: 1.0,
            after_commit: false,
        }
    }
}

/// Its effect.
impl AwsFault {
    /// Too many requests, with the code of the service.
    pub fn throttled() -> Self {
        Mishap::Throttled.into()
    }

    /// 500, with the code of the service.
    pub fn internal() -> Self {
        Mishap::Internal.into()
    }

    /// 503.
    pub fn unavailable() -> Self {
        Mishap::Unavailable.into()
    }

    /// Another client writes at the same time.
    pub fn concurrent_modification() -> Self {
        Mishap::ConcurrentModification.into()
    }

    /// An error of your own.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        Mishap::Error { status, code: code.into(), message: message.into() }.into()
    }

    /// `DeleteRole` finds policies that were detached already.
    pub fn still_attached() -> Self {
        let message = "Cannot delete entity, must detach all policies first.";
        Self::error(409, "DeleteConflict", message).on("iam:DeleteRole")
    }

    /// STS is not enabled in the region of the call.
    pub fn region_disabled() -> Self {
        let message = "STS is not activated in this region for account. Your account administrator can activate STS in this region using the IAM Console.";
        Self::error(403, "RegionDisabledException", message).on("sts:AssumeRole")
    }

    /// A statement of a policy of that kind denies it. Stays until it is cleared.
    ///
    /// A denial is matched by what the caller needs: `iam:TagRole` is also denied in a `CreateRole` with tags.
    pub fn denied_by(denier: Denier) -> Self {
        Self::from(Mishap::Denied { by: denier, explicitly: true }).always()
    }

    /// No policy of that kind allows it. Stays until it is cleared.
    pub fn not_allowed_by(denier: Denier) -> Self {
        Self::from(Mishap::Denied { by: denier, explicitly: false }).always()
    }

    /// A denial whose message ends like this; empty if AWS does not give the reason. Stays until it is cleared.
    pub fn denied_saying(why: &str) -> Self {
        Self::from(Mishap::DeniedSaying(why.into())).always()
    }

    /// A closed connection without a response.
    pub fn hang_up() -> Self {
        Mishap::HangUp.into()
    }

    /// The request takes effect, and the connection is closed within its response.
    pub fn truncated() -> Self {
        Self::from(Mishap::Truncated).after_commit()
    }

    /// No response until [`LocalAws::release`](crate::LocalAws::release); then the normal response.
    pub fn held() -> Self {
        Mishap::Held.into()
    }

    /// A response without an end.
    pub fn endless() -> Self {
        Mishap::Endless.into()
    }

    /// A page of HTML with this status instead of a response, such as the login page of a proxy.
    pub fn page(status: u16, body: &str) -> Self {
        Mishap::Page { status, body: body.into() }.into()
    }
}

/// The affected requests.
impl AwsFault {
    /// Only this action, or one of several if it is repeated: `iam:CreateRole`, `iam:*`.
    pub fn on(mut self, action: &str) -> Self {
        self.actions.push(action.into());
        self
    }

    /// Only requests about this account.
    pub fn in_account(mut self, account: &str) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Only requests for which this is true.
    pub fn when(mut self, condition: impl Fn(&AwsCall) -> bool + Send + Sync + 'static) -> Self {
        self.condition = Some(Arc::new(condition));
        self
    }

    /// Only the `n`-th matching request, counted from one.
    pub fn nth(self, n: u32) -> Self {
        self.after(n.saturating_sub(1)).times(1)
    }

    /// Only after this many matching requests.
    pub fn after(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// Only every `n`-th of them, until it is cleared.
    pub fn every(mut self, n: u32) -> Self {
        self.every = n.max(1);
        self.always()
    }

    /// For this many requests.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Until it is cleared.
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    /// At random, without end unless [`times`](Self::times) follows.
    pub fn with_probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self.always()
    }

    /// The request takes effect, and only its response is lost or replaced.
    pub fn after_commit(mut self) -> Self {
        self.after_commit = true;
        self
    }

    /// The affected part of the request: its action, or the permission that is denied.
    pub(crate) fn befalls(&self, call: &AwsCall) -> Option<String> {
        if self.account.as_ref().is_some_and(|account| *account != call.account)
            || self.condition.as_ref().is_some_and(|condition| !condition(call))
        {
            return None;
        }
        let candidates = if self.mishap.is_denial() { call.permissions() } else { vec![call.name()] };
        let named = |name: &String| {
            self.actions.is_empty() || self.actions.iter().any(|action| matches(action, name))
        };
        candidates.into_iter().find(named)
    }
}
