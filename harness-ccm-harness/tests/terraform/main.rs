//! Work together with the public Terraform provider (`harness_platform_connector_awscc`): its requests are accepted, and it can
//! read the connectors of our client without crashing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod beside;
mod estate;
mod init;
mod provider;

use std::collections::BTreeSet;

use harness_ccm_core::backend::{ConnectorClient, Expect, Written};
use harness_ccm_core::connector::{ConnectorSpec, ConnectorState};
use harness_ccm_core::feature::{AutoStopping, CommitmentService, CurReport, Feature, ReportType};
use harness_ccm_core::secret::Secret;
use harness_ccm_harness::HarnessConnectors;
use harness_ccm_simulator::{Era, Fault, RunningSimulator, SavePolicy, Simulator};
use provider::{Argument, Provider, Read, Resource};
use reqwest::Method;
use serde_json::{Value, json};

const ACCOUNT: &str = "AbCdEfGhIjKlMnOpQrStUv";
const KEY: &str = "pat.AbCdEfGhIjKlMnOpQrStUv.0123456789abcdef01234567.SecretMark";
const ARN: &str = "arn:aws:iam::123456789012:role/HarnessCERole";

async fn start() -> (RunningSimulator, Provider) {
    let builder = Simulator::builder().account(ACCOUNT.parse().unwrap()).api_key(Secret::new(KEY));
    let simulator = builder.rate_limit(None).start("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let provider = Provider::new(&simulator.endpoint(), ACCOUNT, KEY);
    (simulator, provider)
}

fn ours(simulator: &RunningSimulator) -> HarnessConnectors {
    let client = HarnessConnectors::builder(ACCOUNT.parse().unwrap(), Secret::new(KEY));
    client.endpoint(simulator.endpoint()).calls_per_minute(100_000).build().unwrap()
}

fn resource(identifier: &str, features: &[&str]) -> Resource {
    Resource {
        identifier: identifier.into(),
        name: identifier.into(),
        account: "123456789012".into(),
        role: ARN.into(),
        external_id: "harness:891928451355:AbCdEfGhIjKlMnOpQrStUv".into(),
        features: features.iter().map(|feature| (*feature).to_owned()).collect(),
        ..Resource::default()
    }
}

#[tokio::test]
async fn requests_of_the_provider_are_accepted() {
    let (simulator, terraform) = start().await;
    let mut all = vec![
        resource("bare", &["VISIBILITY"]),
        resource("two", &["OPTIMIZATION", "VISIBILITY"]),
        resource("all_four", &["BILLING", "OPTIMIZATION", "VISIBILITY", "GOVERNANCE"]),
        resource("newer", &["COMMITMENT_ORCHESTRATOR", "CLUSTER_ORCHESTRATOR"]),
    ];
    let mut described = resource("described", &["GOVERNANCE"]);
    described.description = "by Terraform".into();
    described.tags = vec!["team:payments".into(), "marked".into()];
    let mut billing = resource("billing", &["BILLING"]);
    billing.report = ("cur".into(), "costs".into());
    all.extend([described, billing]);
    for wanted in &all {
        // A creation takes its state from the response, and a plan right after it is empty.
        let body = wanted.body();
        assert_eq!(body["connector"]["_"], Value::Null);
        assert!(body["connector"].as_object().unwrap().contains_key("_"));
        assert_eq!(terraform.create(wanted).await, Read::State(wanted.clone()), "{body}");
        assert_eq!(terraform.read(&wanted.identifier).await, Read::State(wanted.clone()));
        let mut renamed = wanted.clone();
        renamed.name = format!("{} renamed", wanted.name);
        assert_eq!(terraform.update(&renamed).await, Read::State(renamed.clone()));
        assert_eq!(terraform.delete(&wanted.identifier).await, Ok(()));
        assert_eq!(terraform.read(&wanted.identifier).await, Read::Gone);
    }
    // One call each: create, refresh, update, destroy; and the last read of the removed connector.
    let counts: Vec<_> = ["POST", "GET", "PUT", "DELETE"]
        .iter()
        .map(|method| simulator.requests().iter().filter(|request| request.method == *method).count())
        .collect();
    assert_eq!(counts, [all.len(), 2 * all.len(), all.len(), all.len()]);
    assert!(
        simulator.requests().iter().all(|request| request.query == format!("accountIdentifier={ACCOUNT}"))
    );
}

/// All 64 sets of features.
fn feature_sets() -> impl Iterator<Item = BTreeSet<Feature>> {
    (0..1_u32 << Feature::ALL.len()).map(|bits| {
        let chosen = Feature::ALL.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0);
        chosen.map(|(_, feature)| *feature).collect()
    })
}

fn spec(number: usize, features: BTreeSet<Feature>) -> ConnectorSpec {
    let id = format!("aws{number:012}");
    let mut spec = ConnectorSpec::new(
        id.parse().unwrap(),
        id.parse().unwrap(),
        format!("arn:aws:iam::{number:012}:role/HarnessCERole").parse().unwrap(),
        "harness:891928451355:AbCdEfGhIjKlMnOpQrStUv".parse().unwrap(),
        features,
        "tests".parse().unwrap(),
    );
    let has = |feature| spec.features.contains(&feature);
    let autostopping = has(Feature::Optimization).then(|| [AutoStopping::Ec2, AutoStopping::Rds].into());
    let commitment = has(Feature::Commitment).then(|| [CommitmentService::Ec2].into());
    let report = has(Feature::Billing).then(|| {
        let report = CurReport::new("cur", "costs");
        report.with_type(if number.is_multiple_of(2) { ReportType::Cur2 } else { ReportType::Cur1 })
    });
    (spec.autostopping, spec.commitment, spec.report) = (autostopping, commitment, report);
    spec
}

/// The fields that the provider must find in a connector of ours.
#[track_caller]
fn finds(read: Read, spec: &ConnectorSpec) {
    let Read::State(state) = read else { panic!("{}: {read:?}", spec.id) };
    assert_eq!(state.identifier, spec.id.as_str());
    assert_eq!(state.account, spec.account().as_str());
    assert_eq!(state.role, spec.role.to_string());
    let features: BTreeSet<_> = state.features.iter().cloned().collect();
    assert_eq!(features.len(), spec.features.len(), "{features:?}");
    let report = spec.report.as_ref().map(|report| (report.name.clone(), report.bucket.clone()));
    assert_eq!(state.report, report.unwrap_or_default());
    assert!(state.tags.iter().any(|tag| tag.contains("tests")), "the owner mark: {:?}", state.tags);
}

#[tokio::test]
async fn the_provider_reads_what_our_client_writes_for_every_set_of_features() {
    let (simulator, terraform) = start().await;
    let client = ours(&simulator);
    let mut written: Vec<(ConnectorSpec, ConnectorState)> = Vec::new();
    for (number, features) in feature_sets().enumerate() {
        let spec = spec(number, features);
        match client.put_connector(&spec, Expect::Absent).await {
            Ok(Written::Created(state)) => {
                finds(terraform.read(spec.id.as_str()).await, &spec);
                written.push((spec, state));
            }
            Ok(other) => panic!("{other:?}"),
            Err(refused) => {
                assert!(spec.features.is_empty(), "Harness refuses no other set: {refused}");
                assert_eq!(terraform.read(spec.id.as_str()).await, Read::Gone, "and nothing is left of it");
            }
        }
    }
    assert_eq!(written.len(), 63);
    // The results of our updates: every set turned into its opposite, the full one into one feature.
    for (number, (before, state)) in written.iter().enumerate() {
        let opposite: BTreeSet<_> =
            Feature::ALL.iter().copied().filter(|f| !before.features.contains(f)).collect();
        let features = if opposite.is_empty() { [Feature::Visibility].into() } else { opposite };
        let mut after = spec(number + 1, features);
        after.id = before.id.clone();
        after.role = before.role.clone();
        let put = client.put_connector(&after, Expect::same(state.clone())).await.unwrap();
        assert!(matches!(put, Written::Updated(_)), "{put:?}");
        finds(terraform.read(after.id.as_str()).await, &after);
    }
    // Our list requests only our type, as the provider's library requires: it does not know some types.
    simulator.insert(json!({"identifier": "secrets", "name": "secrets", "type": "Local", "spec": {}}));
    assert_eq!(terraform.list(&json!({"filterType": "Connector", "types": ["CEAws"]})).await, Ok(50));
    let unfiltered = terraform.list(&json!({"filterType": "Connector"})).await;
    assert!(unfiltered.unwrap_err().contains("panic"), "that crash is not ours to prevent");
}

#[tokio::test]
async fn the_provider_takes_over_and_gives_back() {
    let (simulator, terraform) = start().await;
    let client = ours(&simulator);
    let spec = spec(1, [Feature::Visibility, Feature::Commitment].into());
    client.put_connector(&spec, Expect::Absent).await.unwrap();
    // An apply of the provider replaces the whole connector, and so removes fields that it does not know.
    let mut adopted = resource(spec.id.as_str(), &["VISIBILITY", "COMMITMENT_ORCHESTRATOR"]);
    adopted.account = spec.account().to_string();
    adopted.role = spec.role.to_string();
    assert_eq!(terraform.update(&adopted).await, Read::State(adopted.clone()));
    let stored = simulator.connectors()[0]["connector"].clone();
    assert_eq!((&stored["tags"], &stored["spec"]["commitmentFeatures"]), (&json!({}), &Value::Null));
    let state = client.list_connectors().await.unwrap().connectors.remove(0);
    assert!(!spec.differences(&state).is_empty(), "which our comparison sees");
}

#[tokio::test]
async fn the_provider_crashes_on_some_answers_but_not_on_our_records() {
    let (simulator, terraform) = start().await;
    let crashes = async |id: &str| matches!(terraform.read(id).await, Read::Panic(_));
    // Missing connectors, in both forms of the server's responses.
    for era in [Era::Today, Era::Y2023, Era::NotFoundEverywhere] {
        simulator.change_settings(|settings| settings.era = era);
        assert_eq!(terraform.read("aws1").await, Read::Gone, "{era:?}");
        assert!(terraform.delete("aws1").await.is_err(), "removing what is gone is an error there");
    }
    simulator
        .fail_next(Fault::json(404, &json!({"status": "ERROR", "code": "SOMETHING_ELSE", "message": "m"})));
    assert!(crashes("aws1").await, "404 with any other code");
    simulator.fail_next(Fault::page(404));
    assert!(crashes("aws1").await, "404 without JSON");
    // Records that no client of ours writes.
    let record = |id: &str, spec: Value| json!({"identifier": id, "name": id, "type": "CEAws", "spec": spec});
    let access = json!({"crossAccountRoleArn": ARN, "externalId": "x"});
    for (id, spec, crash) in [
        ("no_access", json!({"crossAccountAccess": null, "featuresEnabled": ["VISIBILITY"]}), true),
        (
            "no_report",
            json!({"crossAccountAccess": access, "curAttributes": null, "featuresEnabled": ["BILLING"]}),
            true,
        ),
        (
            "no_need",
            json!({"crossAccountAccess": access, "curAttributes": null, "featuresEnabled": ["OPTIMIZATION"]}),
            false,
        ),
        (
            "new_words",
            json!({"crossAccountAccess": access, "featuresEnabled": ["TELEPATHY"], "labels": {}}),
            false,
        ),
    ] {
        simulator.insert(record(id, spec));
        assert_eq!(crashes(id).await, crash, "{id}");
    }
    simulator.insert(json!({"identifier": "local", "name": "l", "type": "Local", "spec": {}}));
    assert!(crashes("local").await, "a type that its library has no word for");
    simulator.insert(json!({"identifier": "azure", "name": "l", "type": "CEAzure", "spec": {}}));
    assert!(matches!(terraform.read("azure").await, Read::Error(_)), "a wrong type that it has a word for");
    // Denials and refusals are errors.
    simulator.change_settings(|settings| settings.policies.push(SavePolicy::new("p", "no")));
    let denied = terraform.create(&resource("aws1", &["VISIBILITY"])).await;
    assert!(matches!(&denied, Read::Error(text) if text.contains("polic")), "{denied:?}");
    let numeric = terraform.create(&resource("aws1", &["NONSENSE"])).await;
    assert!(matches!(&numeric, Read::Error(text) if text.contains("decode")), "{numeric:?}");
    for fault in [Fault::unauthorized(), Fault::page(502), Fault::throttled(), Fault::unknown_error()] {
        simulator.fail_next(fault);
        assert!(matches!(terraform.read("no_need").await, Read::Error(_)));
    }
    // Newer servers return values that it does not know.
    simulator.change_settings(|settings| {
        settings.policies.clear();
        settings.newer_fields = true;
    });
    let wanted = resource("aws2", &["VISIBILITY"]);
    assert_eq!(terraform.create(&wanted).await, Read::State(wanted));
}

#[tokio::test]
async fn identifiers_that_it_imports() {
    let (simulator, terraform) = start().await;
    simulator.change_settings(|settings| {
        settings.scopes.insert("org/project".into());
    });
    for import in ["aws1", "org/aws1", "org/project/aws1"] {
        let mut wanted = resource("aws1", &["GOVERNANCE"]);
        let parts: Vec<_> = import.split('/').collect();
        let scope = |at: usize| (parts.len() > at + 1).then(|| parts[at].to_owned());
        (wanted.org, wanted.project) = (scope(0), scope(1));
        assert_eq!(terraform.create(&wanted).await, Read::State(wanted.clone()));
        assert_eq!(terraform.import(import).await, Read::State(wanted), "{import}");
    }
    assert_eq!(
        simulator.requests().iter().filter(|request| request.method == Method::GET.as_str()).count(),
        3
    );
    assert_eq!(Argument::parse("org/project/aws1").identifier, "aws1");
}
