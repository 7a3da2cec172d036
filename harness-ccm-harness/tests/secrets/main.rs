//! The API key is sent in a header and occurs nowhere else.
//!
//! The test collects everything that is visible to a program while the client works under faults, at the most detailed level:
//! the log of every library, errors in every form, `Debug` of everything, plans, reports. It is one test, because a process has
//! one log.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../client/support.rs"]
#[allow(dead_code, reason = "shared with the tests of the client")]
mod support;

use std::io::{Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use harness_ccm_core::account::Account;
use harness_ccm_core::backend::{AccountSource, ConnectorClient, Expect, NoPause};
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::error::Diagnosis;
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::feature::FeatureSet;
use harness_ccm_core::id::Partition;
use harness_ccm_core::intent::{Intent, Rule};
use harness_ccm_core::limits::Limits;
use harness_ccm_core::memory::World;
use harness_ccm_core::secret::Secret;
use harness_ccm_core::selector::Selector;
use harness_ccm_core::testing::connectors::{ConnectorSite, suite_under_losses};
use harness_ccm_core::verify::{VerifyOptions, verify_accounts};
use harness_ccm_core::{Error, apply, observe, plan};
use harness_ccm_harness::HarnessConnectors;
use harness_ccm_simulator::{Fault, RunningSimulator, Simulator};
use serde_json::json;
use support::{KEY, builder, one_in_ten, spec, start};
use tracing_subscriber::fmt::MakeWriter;

const MARK: &str = "MARKED";

/// The whole collected output.
#[derive(Clone, Debug, Default)]
struct Seen(Arc<Mutex<Vec<u8>>>);

impl Write for Seen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Seen {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Seen {
    fn note(&mut self, text: impl AsRef<str>) {
        self.write_all(text.as_ref().as_bytes()).unwrap();
        self.write_all(b"\n").unwrap();
    }

    fn error(&mut self, error: &Error) {
        self.note(format!("{error}\n{error:?}\n{error:#?}\n{}", error.report()));
        self.note(serde_json::to_string(&Diagnosis::from(error)).unwrap());
    }

    /// Returns the output since the last call, as one text.
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }

    #[track_caller]
    fn is_clean(&self, after: &str) -> String {
        let text = self.take();
        let line = text.lines().find(|line| line.contains(MARK));
        assert_eq!(line, None, "after {after}");
        text
    }
}

/// The contract, with one response in ten failing, in virtual time.
fn the_suite_under_faults(chance: u64, seen: &mut Seen) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let simulator = start(one_in_ten(Simulator::builder().rate_limit(None).seed(chance))).await;
        let builder = builder(&simulator.endpoint()).calls_per_minute(100_000).retries(8);
        seen.note(format!("{builder:?} {builder:#?}"));
        let client = builder.build().unwrap();
        suite_under_losses(&client, &ConnectorSite::new("123456789012".parse().unwrap(), "suite_")).await;
        seen.note(format!("{client:?} {client:#?} {simulator:?}"));
        seen.note(format!("{:?} {:?}", simulator.requests(), simulator.connectors()));
        seen.note(serde_json::to_string(&simulator.requests()).unwrap());
    });
}

/// Every kind of failure, also from a server that repeats the key in its response.
async fn all_errors(simulator: &RunningSimulator, client: &HarnessConnectors, seen: &mut Seen) {
    let secret = KEY.rsplit('.').next().unwrap();
    let echoes = [
        json!({"status": "ERROR", "code": "INVALID_REQUEST", "message": format!("what is {KEY}?")}),
        json!({"status": "FAILURE", "code": "INVALID_REQUEST", "message": secret, "errors": [{"fieldId": KEY, "error": secret}]}),
        json!({"code": 400, "message": "Unable to process JSON", "details": format!("{{\"x-api-key\": \"{KEY}\"}}")}),
        json!({"status": "ERROR", "code": "HINT", "message": KEY,
            "responseMessages": [{"code": "HINT", "message": KEY}, {"code": "EXPLANATION", "message": secret}]}),
        json!({"status": "SUCCESS", "data": {"connector": null, "governanceMetadata": {"deny": true, "denyMessages": ["no"]}}}),
        json!({"status": "SUCCESS", "data": "no connector"}),
        json!(KEY),
    ];
    let faults = echoes
        .iter()
        .flat_map(|body| [200, 400, 401, 403, 500].map(|status| Fault::json(status, body)))
        .chain([
            Fault::page(502),
            Fault::throttled(),
            Fault::hang_up(),
            Fault::truncated(),
            Fault::timeout(),
            Fault::unauthorized(),
            Fault::policy_denied(),
            Fault::test_failed(KEY),
            Fault::ccm_unreachable(),
        ]);
    let mut failed = 0;
    for fault in faults {
        simulator.fail_matching(fault.always());
        let id = "aws1".parse().unwrap();
        let test = client.test_connector(&id).await;
        seen.note(format!("{:?}", test.as_ref().ok()));
        let results = [
            client.put_connector(&spec("aws1"), Expect::Absent).await.map(drop).err(),
            client.list_connectors().await.map(drop).err(),
            client.get_connector(&id).await.map(drop).err(),
            client.account_connection(Partition::Aws).await.map(drop).err(),
            client.key_owner().await.map(drop).err(),
            test.err(),
        ];
        for error in results.into_iter().flatten() {
            seen.error(&error);
            failed += 1;
        }
        simulator.clear_faults();
    }
    assert!(failed > 100, "{failed} errors");
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let unreached = builder(&format!("http://{unused}")).build().unwrap();
    seen.error(&unreached.list_connectors().await.unwrap_err());
    let foreign = HarnessConnectors::builder("another".parse().unwrap(), Secret::new(KEY));
    seen.error(&foreign.build().unwrap_err());
    let unsendable = HarnessConnectors::builder("acct".parse().unwrap(), Secret::new(format!("{KEY}\u{7}")));
    seen.error(&unsendable.build().unwrap_err());
}

/// The complete run, whose plan and report people store and share.
async fn plans_and_reports(simulator: &RunningSimulator, client: &HarnessConnectors, seen: &mut Seen) {
    let accounts = (1..=5).map(|n| Account::new(format!("{n:012}").parse().unwrap(), format!("team {n}")));
    let world = World::new(accounts);
    let external_id = "harness:891928451355:acct".parse().unwrap();
    let intent = Intent::new("acct".parse().unwrap(), Cluster::us(), external_id).with_rule(Rule::onboard(
        "all",
        Selector::all(),
        FeatureSet::new().with_visibility(),
    ));
    let desired = intent.resolve(world.accounts().list_accounts(&intent.query()).await.unwrap()).unwrap();
    seen.note(format!("{intent:?} {desired:?}"));
    // Two of the creations fail permanently, so that the report contains errors.
    let echo = json!({"status": "ERROR", "code": "INVALID_REQUEST", "message": format!("no {KEY}")});
    simulator.fail_matching(Fault::json(400, &echo).matching("POST", "\"connector\":").times(2));
    for _ in 0..2 {
        let options = observe::ObserveOptions::default();
        let observed =
            observe::observe_accounts(&desired, &world.roles(), client, options, &NoEvents).await.unwrap();
        let plan = plan::make_plan(&desired, &observed, plan::PlanOptions::default());
        seen.note(format!("{} {plan:?} {}", plan.render(), plan.to_json()));
        let approved = plan.check(&Limits::default()).unwrap();
        let options = apply::ApplyOptions::default();
        let report = apply::apply_plan(&approved, &world.roles(), client, &options, &NoEvents).await;
        seen.note(format!("{report} {report:?} {}", serde_json::to_string(&report).unwrap()));
    }
    let connectors = client.list_connectors().await.unwrap();
    assert_eq!(connectors.connectors.len(), 5);
    let verified =
        verify_accounts(&desired, &connectors, client, &NoPause, VerifyOptions::default(), &NoEvents).await;
    seen.note(format!("{verified} {verified:?} {}", serde_json::to_string(&verified).unwrap()));
}

/// Returns the request that arrives at a server which does not respond.
async fn received() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut bytes = vec![0; 4096];
        let length = stream.read(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    });
    let client = builder(&endpoint).retries(0).build().unwrap();
    client.get_connector(&"aws1".parse().unwrap()).await.unwrap_err();
    server.join().unwrap()
}

#[test]
fn the_key_is_sent_and_never_seen() {
    let mut seen = Seen::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(seen.clone())
        .init();

    for seed in 0..5 {
        the_suite_under_faults(seed, &mut seen);
    }
    let log = seen.is_clean("the suite");
    for from in ["TRACE harness_ccm_harness", " INFO harness_ccm_harness", " reqwest::", " hyper_util::"] {
        assert!(log.contains(from), "nothing was caught of {from}");
    }

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let simulator = start(Simulator::builder().rate_limit(None)).await;
        let client = builder(&simulator.endpoint())
            .calls_per_minute(100_000)
            .retries(1)
            .retry_delay(Duration::from_millis(1))
            .request_timeout(Duration::from_millis(300))
            .build()
            .unwrap();
        all_errors(&simulator, &client, &mut seen).await;
        let errors = seen.is_clean("every kind of error");
        assert!(errors.contains("what is ***?"), "the echo came through, without the key");
        simulator.reset();
        plans_and_reports(&simulator, &client, &mut seen).await;
        let texts = seen.is_clean("plans and reports");
        assert!(texts.contains("no ***"), "the report holds the error");

        // Proof that it was sent, and would have been found.
        assert!(received().await.contains(MARK));
        seen.is_clean("sending to a silent server");
        let talkative = reqwest::Client::builder().no_proxy().connection_verbose(true).build().unwrap();
        talkative.get(simulator.endpoint()).header("x-api-key", KEY).send().await.unwrap();
        assert!(seen.take().contains(MARK), "the scan finds what a careless client logs");
    });
}
