//! Sixty accounts while one call in five fails: the result, and the number of calls.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

use std::net::SocketAddr;
use std::time::Duration;

use harness_ccm_aws::AwsBackend;
use harness_ccm_aws_servers::{AwsFault, LocalAws};
use harness_ccm_core::apply::FailureBudget;
use harness_ccm_core::event::StepOutcome;
use harness_ccm_core::feature::{AutoStopping, Governance, Optimization};
use harness_ccm_core::prelude::*;
use harness_ccm_core::secret::Secret;
use harness_ccm_harness::{HarnessConnectors, TokioPause};
use harness_ccm_simulator::{Fault, RunningSimulator, Simulator};

const ACCOUNTS: usize = 60;
const KEY: &str = "pat.acct.0123456789abcdef01234567.SecretMark";

/// The share of each of four independent kinds: together they affect one call in five, `1 - (1 - EACH)^4`.
const EACH: f64 = 0.0543;

/// A quarter each: too many calls (429); lost before it took effect (503); lost after it took effect (503 instead of the
/// response); and a connection that is closed.
#[derive(Clone, Copy, Debug)]
enum Mix {
    /// It is closed without a response and without an effect.
    ClosedBefore,
    /// It is closed within the response, after the effect: half of the failures have taken effect.
    ClosedAfter,
}

/// Calls of a run.
#[derive(Clone, Copy, Debug)]
struct Calls {
    aws: usize,
    harness: usize,
}

struct Site {
    aws: LocalAws,
    harness: RunningSimulator,
}

impl Site {
    async fn new(seed: u64) -> Self {
        let aws = LocalAws::start().with_members(ACCOUNTS);
        aws.set_seed(seed);
        let harness = Simulator::builder()
            .account("acct".parse().unwrap())
            .api_key(Secret::new(KEY))
            .rate_limit(None)
            .seed(seed)
            .start(SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .unwrap();
        Self { aws, harness }
    }

    fn begin_to_fail(&self, mix: Mix) {
        let (closed, closed_there) = match mix {
            Mix::ClosedBefore => (AwsFault::hang_up(), Fault::hang_up()),
            Mix::ClosedAfter => (AwsFault::truncated(), Fault::truncated()),
        };
        let aws =
            [AwsFault::throttled(), AwsFault::unavailable(), AwsFault::unavailable().after_commit(), closed];
        let harness = [Fault::throttled(), Fault::page(503), Fault::page(503).after_commit(), closed_there];
        for (aws, harness) in aws.into_iter().zip(harness) {
            self.aws.fail(aws.with_probability(EACH));
            self.harness.fail_matching(harness.with_probability(EACH));
        }
    }

    fn stop_failing(&self) {
        self.aws.clear_faults();
        self.harness.clear_faults();
    }

    async fn pipeline(&self, features: &FeatureSet) -> Pipeline {
        // It does not wait before a retry; the number of tries is unchanged.
        let aws = AwsBackend::from_sdk_config(&self.aws.sdk_config().await);
        let connectors = HarnessConnectors::builder("acct".parse().unwrap(), Secret::new(KEY))
            .endpoint(self.harness.endpoint())
            .calls_per_minute(1_000_000)
            .retry_delay(Duration::from_millis(2))
            .build()
            .unwrap();
        let intent = Intent::us("acct".parse().unwrap()).with_rule(Rule::onboard(
            "all",
            Selector::all(),
            features.clone(),
        ));
        Pipeline::new(intent, aws.accounts(), aws.roles(), connectors)
            .with_limits(Limits::none())
            .with_apply_options(ApplyOptions::default().with_budget(FailureBudget::unlimited()))
            .with_pause(TokioPause)
    }

    fn take_calls(&self) -> (Calls, usize) {
        let (aws, harness) = (self.aws.take_calls(), self.harness.requests());
        self.harness.forget_requests();
        let failed = aws.iter().filter(|logged| logged.fault.is_some()).count()
            + harness.iter().filter(|request| request.fault.is_some()).count();
        (Calls { aws: aws.len(), harness: harness.len() }, failed)
    }
}

#[expect(clippy::cast_precision_loss, reason = "some hundreds")]
fn ratio(calls: usize, clean: usize) -> f64 {
    calls as f64 / clean as f64
}

/// Plans and applies.
async fn run(site: &Site, features: &FeatureSet) -> Report {
    let pipeline = site.pipeline(features).await;
    let plan = pipeline.plan().await.unwrap();
    pipeline.apply(&pipeline.check(plan).unwrap()).await
}

/// Three seeds with these features: everything is done or explained, the next run finishes it, and it takes at most this many
/// times the calls of a run without failures.
async fn weathers(mix: Mix, features: FeatureSet, most_aws: f64, most_harness: f64) {
    let site = Site::new(0).await;
    assert_eq!(run(&site, &features).await.status(), Status::Applied);
    let (clean, _) = site.take_calls();
    let mut all = Calls { aws: 0, harness: 0 };
    for seed in [1, 2, 3] {
        let site = Site::new(seed).await;
        site.begin_to_fail(mix);
        let report = run(&site, &features).await;
        let (calls, failed) = site.take_calls();
        for step in &report.steps {
            match &step.outcome {
                StepOutcome::Failed(diagnosis) => {
                    assert!(!diagnosis.message.is_empty() && diagnosis.remedy.is_some(), "{diagnosis}");
                }
                StepOutcome::Skipped => {}
                done => assert!(done.is_done(), "seed {seed}: {done}"),
            }
        }
        let (aws, harness) = (ratio(calls.aws, clean.aws), ratio(calls.harness, clean.harness));
        println!(
            "{mix:?}, seed {seed}: {failed} of {} calls failed; {calls:?} of a clean {clean:?}: {aws:.3} and {harness:.3} times; {} steps failed",
            calls.aws + calls.harness,
            report.failures().count()
        );
        let share = ratio(failed, calls.aws + calls.harness);
        assert!((0.12..0.28).contains(&share), "one in five: {share}");
        all = Calls { aws: all.aws + calls.aws, harness: all.harness + calls.harness };

        site.stop_failing();
        assert!(run(&site, &features).await.status().is_success(), "seed {seed}: the next run finishes it");
        let second = site.pipeline(&features).await.plan().await.unwrap();
        assert!(!second.has_changes() && second.is_complete(), "seed {seed}: {}", second.render());
        assert_eq!(site.harness.connectors().len(), ACCOUNTS, "seed {seed}: each has one connector");
    }
    // Requests carry the id of their run, so chance befalls others in each run: one seed alone is now above and now below.
    let (aws, harness) = (ratio(all.aws, 3 * clean.aws), ratio(all.harness, 3 * clean.harness));
    println!("{mix:?}: {aws:.3} times the AWS calls of a clean run, {harness:.3} times the Harness calls");
    assert!(aws <= most_aws, "{aws:.3} times the AWS calls of a clean run");
    assert!(harness <= most_harness, "{harness:.3} times the Harness calls of a clean run");
}

fn usual_features() -> FeatureSet {
    FeatureSet::new()
        .with_visibility()
        .with_governance(Governance::default())
        .with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2, AutoStopping::Rds]))
}

/// The aim is 1.3 times the AWS calls. Measured over three seeds: 1.27 to 1.30 (one seed alone 1.22 to 1.32), and 1.42 at Harness.
/// Repeating a fifth of the calls gives 1.25 times as many. The rest are three reads for each role whose creation took effect
/// without a response: the role is read whole to check whether it is as the call makes it.
#[tokio::test(flavor = "multi_thread")]
async fn sixty_accounts_are_onboarded_or_explained_while_one_call_in_five_fails() {
    weathers(Mix::ClosedBefore, usual_features(), 1.35, 1.6).await;
}

/// Then twice as many roles are read, about seven of 60. The smaller the role, the more that counts. Measured over three seeds:
/// 1.34 to 1.38 at AWS, 1.35 at Harness.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_while_half_of_the_failed_calls_have_taken_effect() {
    weathers(Mix::ClosedAfter, usual_features(), 1.44, 1.6).await;
    weathers(Mix::ClosedAfter, FeatureSet::new().with_visibility(), 1.44, 1.6).await;
}
