//! The events of a run as data, to show or record. The results of a run never depend on the receiver.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::backend::{Removed, Written};
use crate::error::{Diagnosis, Error};
use crate::id::AccountId;
use crate::resource::Resource;

/// Receives the events of a run. The task that does the work calls it, so it must return quickly. [`on_event`] makes one from a closure.
///
/// ```
/// use std::sync::Mutex;
/// use std::time::Instant;
///
/// use harness_ccm_core::prelude::*;
///
/// /// Says how long each step took. The core reads no clock, so whoever listens brings one.
/// #[derive(Debug, Default)]
/// struct Durations(Mutex<Option<Instant>>);
///
/// impl EventSink for Durations {
///     fn event(&self, event: &Event) {
///         let Ok(mut started) = self.0.lock() else { return };
///         match event {
///             Event::StepStarted { .. } => *started = Some(Instant::now()),
///             Event::StepFinished { account, resource, .. } => {
///                 let took = started.take().map(|started| started.elapsed());
///                 println!("{account}: {resource} took {took:?}");
///             }
///             _ => {}
///         }
///     }
/// }
///
/// # let world = World::new([]);
/// # let intent = Intent::us("my-account".parse()?);
/// // One step at a time, so that one start is enough to remember.
/// let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors())
///     .with_concurrency(1)
///     .with_observer(Durations::default());
/// # let _ = pipeline;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait EventSink: fmt::Debug + Send + Sync {
    /// Something happened.
    fn event(&self, event: &Event);
}

impl<T: EventSink + ?Sized> EventSink for Arc<T> {
    fn event(&self, event: &Event) {
        (**self).event(event);
    }
}

/// Receives events by a closure.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// let progress = on_event(|event| {
///     if let Event::StepFinished { account, resource, outcome, .. } = event {
///         eprintln!("{account}: {resource}: {outcome}");
///     }
/// });
/// progress.event(&Event::ApplyFinished);
/// ```
pub fn on_event(receive: impl Fn(&Event) + Send + Sync) -> impl EventSink {
    OnEvent(receive)
}

struct OnEvent<F>(F);

impl<F> fmt::Debug for OnEvent<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnEvent").finish_non_exhaustive()
    }
}

impl<F: Fn(&Event) + Send + Sync> EventSink for OnEvent<F> {
    fn event(&self, event: &Event) {
        (self.0)(event);
    }
}

/// Receives nothing.
///
/// ```
/// use harness_ccm_core::event::{Event, EventSink, NoEvents};
///
/// NoEvents.event(&Event::ObserveFinished); // and nobody hears of it
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEvents;

impl EventSink for NoEvents {
    fn event(&self, _event: &Event) {}
}

/// What happened, as plain data.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// use harness_ccm_core::prelude::*;
///
/// /// Counts the accounts that could not be read.
/// #[derive(Debug, Default)]
/// struct Gaps(AtomicUsize);
///
/// impl EventSink for Gaps {
///     fn event(&self, event: &Event) {
///         if let Event::AccountObserved { gap: Some(_), .. } = event {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", tag = "event")]
#[non_exhaustive]
pub enum Event {
    /// Reading begins.
    ObserveStarted {
        /// Accounts that will be read.
        accounts: usize,
        /// Connectors that were listed.
        connectors: usize,
    },
    /// One account was read, or could not be.
    AccountObserved {
        /// The account.
        account: AccountId,
        /// Why it could not be read, if it could not.
        gap: Option<Box<Diagnosis>>,
    },
    /// Reading ended.
    ObserveFinished,
    /// Writing begins.
    ApplyStarted {
        /// Steps in the plan.
        steps: usize,
    },
    /// A step begins.
    StepStarted {
        /// Its account.
        account: AccountId,
        /// What it writes.
        resource: Resource,
        /// What kind of change it is.
        operation: Operation,
    },
    /// A step ended; skipped steps end too.
    StepFinished {
        /// Its account.
        account: AccountId,
        /// What it writes.
        resource: Resource,
        /// What kind of change it is.
        operation: Operation,
        /// How it ended.
        outcome: StepOutcome,
    },
    /// Writing ended.
    ApplyFinished,
    /// Testing begins.
    VerifyStarted {
        /// Connectors to test.
        connectors: usize,
    },
    /// A connector was tested, for good.
    ConnectorVerified {
        /// Its account.
        account: AccountId,
    },
    /// Testing ended.
    VerifyFinished,
}

/// What kind of change a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Operation {
    /// It is created.
    Create,
    /// What an earlier run of ours created in part is finished.
    Finish,
    /// What is ours is changed.
    Update,
    /// What carries no mark is changed and marked as ours.
    Adopt,
    /// It is removed.
    Remove,
}

impl Operation {
    /// `+` creates or finishes, `~` changes, `-` removes.
    pub fn symbol(self) -> char {
        match self {
            Self::Create | Self::Finish => '+',
            Self::Update | Self::Adopt => '~',
            Self::Remove => '-',
        }
    }
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepOutcome {
    /// It was created.
    Created,
    /// It was changed.
    Updated,
    /// It was already as wanted.
    Unchanged,
    /// It was removed.
    Removed,
    /// It was already gone.
    AlreadyGone,
    /// It failed.
    Failed(Box<Diagnosis>),
    /// An earlier step of the account failed, and it builds on that.
    Skipped,
    /// The run ended before its turn: stopped, or its failure budget was spent.
    NotStarted,
}

impl<T> From<&Written<T>> for StepOutcome {
    fn from(written: &Written<T>) -> Self {
        match written {
            Written::Created(_) => Self::Created,
            Written::Updated(_) => Self::Updated,
            Written::Unchanged(_) => Self::Unchanged,
        }
    }
}

impl From<&Removed> for StepOutcome {
    fn from(removed: &Removed) -> Self {
        match removed {
            Removed::Removed => Self::Removed,
            Removed::AlreadyGone => Self::AlreadyGone,
        }
    }
}

impl From<&Error> for StepOutcome {
    fn from(error: &Error) -> Self {
        Self::Failed(Box::new(error.into()))
    }
}

impl StepOutcome {
    /// Whether the step is done.
    pub fn is_done(&self) -> bool {
        match self {
            Self::Created | Self::Updated | Self::Unchanged | Self::Removed | Self::AlreadyGone => true,
            Self::Failed(_) | Self::Skipped | Self::NotStarted => false,
        }
    }

    /// The outcome in a word, without its cause.
    #[cfg(feature = "tracing")]
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Removed => "removed",
            Self::AlreadyGone => "already gone",
            Self::Failed(_) => "failed",
            Self::Skipped => "skipped",
            Self::NotStarted => "not started",
        }
    }

    /// Whether something was written.
    pub(crate) fn wrote(&self) -> bool {
        matches!(self, Self::Created | Self::Updated | Self::Removed)
    }
}

impl fmt::Display for StepOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created => f.write_str("created"),
            Self::Updated => f.write_str("changed"),
            Self::Unchanged => f.write_str("already as wanted"),
            Self::Removed => f.write_str("removed"),
            Self::AlreadyGone => f.write_str("already gone"),
            Self::Failed(diagnosis) => write!(f, "failed: {diagnosis}"),
            Self::Skipped => f.write_str("skipped, because an earlier step of the account failed"),
            Self::NotStarted => f.write_str("not started"),
        }
    }
}
