//! The connection test of Harness after an apply. A test is repeated, because IAM shows changes with a delay.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};

use crate::backend::{ConnectionTest, ConnectorClient, ConnectorListing, Pause, TestCause, TestFailure};
use crate::connector::{UnreadableConnector, sort_by_claim};
use crate::error::Diagnosis;
use crate::event::{Event, EventSink};
use crate::id::{AccountId, ConnectorId, OwnerId, Partition, RoleArn};
use crate::intent::{Choice, Desired, Hold, Unlisted};
use crate::owner::Ownership;
use crate::spans::in_account;
use crate::text::visible;

/// Options for testing connectors.
///
/// ```
/// use std::time::Duration;
///
/// use harness_ccm_core::verify::VerifyOptions;
///
/// let patient = VerifyOptions::default().with_attempts(8).with_delay(Duration::from_secs(5));
/// assert_eq!(patient.attempts, 8);
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// The number of connectors that are tested at the same time.
    pub concurrency: usize,
    /// The number of failed tests after which a connector counts as failed. A new role works after a few seconds, or after up to
    /// a minute.
    pub attempts: u32,
    /// The wait before the second attempt. The wait doubles with each further attempt.
    pub delay: Duration,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self { concurrency: 8, attempts: 5, delay: Duration::from_secs(4) }
    }
}

impl VerifyOptions {
    /// Sets the number of connectors that are tested at the same time. The minimum is one.
    #[must_use]
    pub fn with_concurrency(mut self, connectors: usize) -> Self {
        self.concurrency = connectors.max(1);
        self
    }

    /// Sets the number of tests of a failing connector. The minimum is one.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Sets the wait before the second attempt.
    #[must_use]
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// The result of the test of one connector.
///
/// ```
/// use harness_ccm_core::verify::Verdict;
///
/// /// Whether a person must look at it.
/// fn is_bad(verdict: &Verdict) -> bool {
///     match verdict {
///         Verdict::Passed | Verdict::Expected { .. } => false,
///         Verdict::Failed(failure) => !failure.summary.is_empty() || !failure.reasons.is_empty(),
///         _ => true,
///     }
/// }
/// assert!(!is_bad(&Verdict::Passed));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// The connector passed.
    Passed,
    /// The connector failed in every attempt.
    Failed(TestFailure),
    /// The connector failed, and was expected to fail.
    Expected {
        /// The reason that the connector cannot pass.
        why: ExpectedFailure,
        /// Harness' message.
        failure: TestFailure,
    },
    /// The test could not be made, so there is no result.
    Untested(Box<Diagnosis>),
}

/// The reason that a connector cannot pass its test, whatever the state of its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExpectedFailure {
    /// Harness cannot access the partition of the role.
    OutOfReach {
        /// The partition.
        partition: Partition,
    },
}

impl fmt::Display for ExpectedFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfReach { partition } => write!(f, "Harness cannot access the partition {partition}"),
        }
    }
}

/// One connector with its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Verified {
    /// The AWS account.
    pub account: AccountId,
    /// The connector.
    pub connector: ConnectorId,
    /// The result.
    pub verdict: Verdict,
    /// The causes of a failure, as far as Harness' texts show them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub causes: BTreeSet<TestCause>,
}

/// An account whose connector was not tested, although the connector is desired or ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Missing {
    /// The AWS account.
    pub account: AccountId,
    /// The reason.
    pub reason: MissingReason,
}

/// The reason that an account has no connector to test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MissingReason {
    /// The account has no connector in Harness.
    NoConnector,
    /// A rule names the account, but it is missing from the listing.
    NotListed {
        /// The rule.
        rule: String,
    },
    /// Our connector names the account, but it is missing from the listing.
    Unlisted {
        /// The connector.
        connector: ConnectorId,
    },
    /// A connector of the account cannot be read. It may be the connector to test.
    Unreadable(UnreadableConnector),
    /// No decision about the account is possible, or the account cannot be onboarded now.
    Account(Hold),
}

impl fmt::Display for MissingReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoConnector => f.write_str("no connector: plan and apply first"),
            Self::NotListed { rule } => {
                write!(f, "rule {rule:?} names it, but it is missing from the listing of accounts")
            }
            Self::Unlisted { connector } => write!(
                f,
                "its connector {connector} is ours, but the account is missing from the listing: check the source, or remove the connector"
            ),
            Self::Unreadable(connector) => connector.fmt(f),
            Self::Account(hold) => hold.fmt(f),
        }
    }
}

/// The results of all connection tests, sorted by account. A failed test never undoes what was applied.
///
/// ```
/// use harness_ccm_core::prelude::*;
///
/// # futures_executor::block_on(async {
/// # let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
/// # let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors());
/// # let _ = pipeline.run().await?;
/// let verification = pipeline.verify().await?;
/// println!("{verification}");
/// assert!(verification.is_good());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[must_use = "only the verification says which connectors failed"]
#[non_exhaustive]
pub struct Verification {
    /// The connectors.
    pub connectors: Vec<Verified>,
    /// The accounts without a test: desired accounts without a connector, and accounts that have a connector of ours and are not
    /// listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
}

impl Verification {
    /// Returns whether every desired account has a connector, and every connector passed or failed as
    /// [expected](Verdict::Expected).
    pub fn is_good(&self) -> bool {
        let good =
            |verified: &Verified| matches!(verified.verdict, Verdict::Passed | Verdict::Expected { .. });
        self.missing.is_empty() && self.connectors.iter().all(good)
    }

    /// Returns the number of connectors that passed.
    pub fn passed(&self) -> usize {
        self.connectors.iter().filter(|verified| verified.verdict == Verdict::Passed).count()
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Verified { account, connector, verdict, causes: _ } in &self.connectors {
            match verdict {
                Verdict::Passed => {}
                Verdict::Failed(failure) => {
                    writeln!(f, "{account}: connector {connector} fails: {}", visible(&words(failure)))?;
                    for cause in failure.causes() {
                        writeln!(f, "  remedy: {cause}")?;
                    }
                }
                Verdict::Expected { why, failure } => {
                    writeln!(
                        f,
                        "{account}: connector {connector} fails as expected ({why}): {}",
                        visible(&words(failure))
                    )?;
                }
                Verdict::Untested(diagnosis) => {
                    writeln!(f, "{account}: connector {connector} could not be tested: {diagnosis}")?;
                }
            }
        }
        for Missing { account, reason } in &self.missing {
            writeln!(f, "{account}: not tested: {}", visible(&reason.to_string()))?;
        }
        write!(f, "{} of {} connectors passed", self.passed(), self.connectors.len())?;
        match self.missing.len() {
            0 => writeln!(f, "."),
            1 => writeln!(f, "; 1 account is not tested."),
            many => writeln!(f, "; {many} accounts are not tested."),
        }
    }
}

fn words(failure: &TestFailure) -> String {
    let TestFailure { summary, reasons } = failure;
    // Harness may repeat the only reason as the summary.
    let reasons: Vec<&str> = reasons.iter().map(String::as_str).filter(|reason| reason != summary).collect();
    if reasons.is_empty() { summary.clone() } else { format!("{summary} ({})", reasons.join("; ")) }
}

/// Tests the connector of every account that is to be onboarded.
///
/// `connectors` is the listing from which the identifiers are taken, such as [`Observed::connectors`](crate::observe::Observed).
/// An account of `desired` is [missing](Verification::missing) if it has no connector, or has a connector that cannot be read. An
/// account with our connector is also missing if a complete listing of the pinned organization does not contain the account.
/// Other accounts are ignored.
///
/// ```
/// use harness_ccm_core::prelude::*;
/// use harness_ccm_core::verify::verify_accounts;
///
/// # futures_executor::block_on(async {
/// # let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
/// # let _ = Pipeline::new(intent.clone(), world.accounts(), world.roles(), world.connectors()).run().await?;
/// # let desired = intent.resolve(world.accounts().list_accounts(&intent.query()).await?)?;
/// let connectors = world.connectors();
/// let listed = connectors.list_connectors().await?;
/// let verification = verify_accounts(&desired, &listed, &connectors, &NoPause, VerifyOptions::default(), &NoEvents).await;
/// assert!(verification.is_good());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub async fn verify_accounts(
    desired: &Desired,
    connectors: &ConnectorListing,
    client: &dyn ConnectorClient,
    pause: &dyn Pause,
    options: VerifyOptions,
    events: &dyn EventSink,
) -> Verification {
    let ConnectorListing { connectors, unreadable } = connectors;
    let mut subjects = Vec::new();
    let mut missing: Vec<_> = desired
        .named
        .iter()
        .filter(|(_, named)| named.wanted)
        .map(|(id, named)| (id, MissingReason::NotListed { rule: named.rule.clone() }))
        .collect();
    if desired.unlisted == Unlisted::Unwanted && desired.owner != OwnerId::default() {
        missing.extend(connectors.iter().filter_map(|connector| {
            let account = connector.account.as_ref()?;
            let is_lost = connector.ownership(&desired.owner) == Ownership::Ours
                && !desired.accounts.contains_key(account)
                && !desired.named.contains_key(account);
            is_lost.then(|| (account, MissingReason::Unlisted { connector: connector.id.clone() }))
        }));
    }
    for (id, account) in &desired.accounts {
        let wanted = match &account.choice {
            Choice::Onboard(wanted) => wanted,
            Choice::Withhold(hold) if hold.is_incomplete() => {
                missing.push((id, MissingReason::Account(hold.clone())));
                continue;
            }
            Choice::Withhold(_) | Choice::Skip(_) | Choice::Retire => continue,
        };
        if let Some(odd) = unreadable.iter().find(|connector| connector.concerns(id)) {
            missing.push((id, MissingReason::Unreadable(odd.clone())));
            continue;
        }
        let mut theirs: Vec<_> =
            connectors.iter().filter(|connector| connector.account.as_ref() == Some(id)).collect();
        sort_by_claim(&mut theirs, &desired.owner, &wanted.connector.id);
        match theirs.first() {
            Some(connector) => subjects.push((id.clone(), connector.id.clone(), &wanted.connector.role)),
            None => missing.push((id, MissingReason::NoConnector)),
        }
    }
    missing.sort_by_key(|(id, _)| *id);
    events.event(&Event::VerifyStarted { connectors: subjects.len() });
    // Collected before streaming: a closure over references would keep this future from being `Send`.
    let mut tests = Vec::with_capacity(subjects.len());
    for (account, connector, role) in subjects {
        tests.push(async move {
            let work = test(&connector, role, client, pause, options);
            let verdict = in_account("verify", &account, work).await;
            events.event(&Event::ConnectorVerified { account: account.clone() });
            let causes =
                if let Verdict::Failed(failure) = &verdict { failure.causes() } else { BTreeSet::new() };
            Verified { account, connector, verdict, causes }
        });
    }
    let connectors = stream::iter(tests).buffered(options.concurrency.max(1)).collect().await;
    events.event(&Event::VerifyFinished);
    let missing =
        missing.into_iter().map(|(account, reason)| Missing { account: account.clone(), reason }).collect();
    Verification { connectors, missing }
}

async fn test(
    connector: &ConnectorId,
    role: &RoleArn,
    client: &dyn ConnectorClient,
    pause: &dyn Pause,
    options: VerifyOptions,
) -> Verdict {
    let mut delay = options.delay;
    let mut attempt = 1;
    loop {
        match client.test_connector(connector).await {
            Err(error) => return Verdict::Untested(Box::new(error.into())),
            Ok(ConnectionTest::Passed) => return Verdict::Passed,
            Ok(ConnectionTest::Failed(failure)) => {
                if !role.partition().is_reached_from_outside() {
                    let why = ExpectedFailure::OutOfReach { partition: role.partition() };
                    return Verdict::Expected { why, failure };
                }
                if attempt >= options.attempts {
                    return Verdict::Failed(failure);
                }
            }
        }
        pause.pause(delay).await;
        delay = delay.saturating_mul(2);
        attempt += 1;
    }
}
