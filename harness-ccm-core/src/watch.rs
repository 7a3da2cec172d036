//! Progress, for whoever wants to show it. Results never depend on a watcher.

use std::fmt;

use serde::Serialize;

use crate::apply::Outcome;
use crate::id::AccountId;

/// Is told what happens. Called from whatever task does the work, so it should be quick.
pub trait Watch: fmt::Debug + Send + Sync {
    /// Something happened.
    fn event(&self, event: &Event);
}

/// Watches nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoWatch;

impl Watch for NoWatch {
    fn event(&self, _event: &Event) {}
}

/// What happened, as plain data.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
        /// What it does, in words.
        step: String,
    },
    /// A step ended; skipped steps end too.
    StepFinished {
        /// Its account.
        account: AccountId,
        /// What it does, in words.
        step: String,
        /// How it ended.
        outcome: Outcome,
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
