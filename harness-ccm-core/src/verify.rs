//! The connection test of Harness after an apply, repeated while IAM still catches up.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};

use crate::backend::{ConnectionTest, ConnectorClient, Pause, TestCause, TestFailure};
use crate::connector::{ConnectorState, sort_by_claim};
use crate::error::Diagnosis;
use crate::event::{Event, EventSink};
use crate::id::{AccountId, ConnectorId, OwnerId, Partition, RoleArn};
use crate::intent::{Choice, Desired, Hold, Unlisted};
use crate::owner::Ownership;
use crate::spans::in_account;
use crate::text::visible;

/// How connectors are tested.
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
    /// How many connectors are tested at the same time.
    pub concurrency: usize,
    /// The number of failed tests after which a connector counts as failed. A new role works after seconds, or up to a minute.
    pub attempts: u32,
    /// How long to wait before the second attempt; it doubles with each.
    pub delay: Duration,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self { concurrency: 8, attempts: 5, delay: Duration::from_secs(4) }
    }
}

impl VerifyOptions {
    /// Sets how many connectors are tested at the same time; at least one.
    #[must_use]
    pub fn with_concurrency(mut self, connectors: usize) -> Self {
        self.concurrency = connectors.max(1);
        self
    }

    /// Sets how often a failing connector is tested; at least once.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Sets how long to wait before the second attempt.
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
/// /// Whether somebody has to look at it.
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
    /// It passed.
    Passed,
    /// It failed every time.
    Failed(TestFailure),
    /// It failed, as it had to.
    Expected {
        /// Why it had to.
        why: ExpectedFailure,
        /// What Harness says.
        failure: TestFailure,
    },
    /// There is no result: the test could not be made.
    Untested(Box<Diagnosis>),
}

/// Why a connector cannot pass its test, whatever is done in the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExpectedFailure {
    /// Harness cannot enter the partition of the role.
    OutOfReach {
        /// The partition.
        partition: Partition,
    },
}

impl fmt::Display for ExpectedFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfReach { partition } => write!(f, "Harness cannot enter the partition {partition}"),
        }
    }
}

/// One connector and its verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Verified {
    /// The AWS account.
    pub account: AccountId,
    /// The connector.
    pub connector: ConnectorId,
    /// The verdict.
    pub verdict: Verdict,
    /// What lies behind a failure, as far as Harness' texts tell.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub causes: BTreeSet<TestCause>,
}

/// An account whose connector is not tested, though it is desired or ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Missing {
    /// The AWS account.
    pub account: AccountId,
    /// Why.
    pub reason: MissingReason,
}

/// Why an account has no connector to test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MissingReason {
    /// There is none in Harness.
    NoConnector,
    /// A rule names the account, and the listing does not have it.
    NotListed {
        /// The rule.
        rule: String,
    },
    /// A connector of ours names the account, and the listing does not have it.
    Unlisted {
        /// The connector.
        connector: ConnectorId,
    },
    /// Whether it shall have one is not known, or it cannot be served now.
    Account(Hold),
}

impl fmt::Display for MissingReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoConnector => f.write_str("no connector: plan and apply first"),
            Self::NotListed { rule } => {
                write!(f, "rule {rule:?} names it, and the listing of accounts does not have it")
            }
            Self::Unlisted { connector } => write!(
                f,
                "its connector {connector} is ours, and the listing does not have the account: check the source, or remove the connector"
            ),
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
#[must_use = "connectors that failed are told only here"]
#[non_exhaustive]
pub struct Verification {
    /// The connectors.
    pub connectors: Vec<Verified>,
    /// Accounts without a test: desired accounts without a connector, and accounts with a connector of ours that are not listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
}

impl Verification {
    /// Whether every desired account has a connector, and every connector passed, or failed as [expected](Verdict::Expected).
    pub fn is_good(&self) -> bool {
        let good =
            |verified: &Verified| matches!(verified.verdict, Verdict::Passed | Verdict::Expected { .. });
        self.missing.is_empty() && self.connectors.iter().all(good)
    }

    /// How many passed.
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
    // Harness may say the one reason as the summary too.
    let reasons: Vec<&str> = reasons.iter().map(String::as_str).filter(|reason| reason != summary).collect();
    if reasons.is_empty() { summary.clone() } else { format!("{summary} ({})", reasons.join("; ")) }
}

/// Tests the connector of every account that is to be onboarded.
///
/// `connectors` is the listing to take identifiers from, such as [`Observed::connectors`](crate::observe::Observed). Accounts of
/// `desired` that have none are [missing](Verification::missing), and so are accounts with a connector of ours that a complete listing
/// of the pinned organization lacks. Other accounts are not looked at.
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
    connectors: &[ConnectorState],
    client: &dyn ConnectorClient,
    pause: &dyn Pause,
    options: VerifyOptions,
    events: &dyn EventSink,
) -> Verification {
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
    // Made before they are streamed: a closure over references would keep this future from being `Send`.
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
