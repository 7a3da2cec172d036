//! Connectors with unknown fields: an update of one field changes only that field.

use std::collections::BTreeSet;

use harness_ccm_core::backend::ConnectorClient as _;
use harness_ccm_core::backend::{Expect, Written};
use harness_ccm_core::connector::{ConnectorSpec, ConnectorState};
use harness_ccm_core::feature::{
    AutoStopping, CommitmentService, CurReport, Feature, Named, ReportType, Word,
};
use harness_ccm_core::owner::OWNER_TAG;
use harness_ccm_simulator::Simulator;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};

use crate::support::{builder, start};

/// Any JSON that a server of another version may store.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no infinity", |x| x.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(any::<String>(), inner, 0..3).prop_map(Value::from_iter),
        ]
    })
}

/// Fields that this library does not know.
fn extras() -> impl Strategy<Value = Map<String, Value>> {
    btree_map("later_[a-zA-Z0-9.$ ü]{0,8}", anything(), 0..3).prop_map(Map::from_iter)
}

/// A list of words, known and not, in any order and some twice; or null.
fn words<T: Word>(unknown: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    let words: Vec<_> = T::ALL.iter().map(T::word).chain(unknown.iter().copied()).collect();
    vec(select(words), 0..6)
}

fn or_null<T>(list: Vec<T>) -> Value
where
    Value: From<Vec<T>>,
{
    if list.is_empty() { Value::Null } else { list.into() }
}

fn with(mut known: Value, extras: Map<String, Value>) -> Value {
    known.as_object_mut().unwrap().extend(extras);
    known
}

prop_compose! {
    /// A connector of ours as the server stores it.
    fn stored()(
        (names, kinds, services) in (
            words::<Feature>(&["TELEPATHY"]),
            words::<AutoStopping>(&["AZURE_VM", "TELEPORT"]),
            words::<CommitmentService>(&["Lambda"]),
        ),
        gov in select(vec![Value::Null, json!(true), json!(false)]),
        ignore in select(vec![Value::Null, json!(true), json!(false)]),
        session in select(vec![Value::Null, json!(900), json!(7200), json!(-1)]),
        description in select(vec![Value::Null, json!(""), json!("by \"hand\"\n")]),
        tags in btree_map(any::<String>(), any::<String>(), 0..4),
        report_type in select(vec![Value::Null, json!("CUR1.0"), json!("FOCUSv1.3"), json!("CUR9")]),
        oidc in any::<bool>(),
        (of_connector, of_spec, of_access, of_report) in (extras(), extras(), extras(), extras()),
        (of_credential, of_sign_in) in (extras(), extras()),
    ) -> Value {
        let billing = names.contains(&"BILLING");
        let report = with(
            json!({"reportName": "cur", "s3BucketName": "bucket", "region": null, "s3Prefix": null, "reportType": report_type}),
            of_report,
        );
        let credential = with(
            json!({"type": "OidcAuthentication", "region": "eu-west-1",
                "spec": with(json!({"iamRoleArn": "arn:aws:iam::123456789012:role/Oidc"}), of_sign_in)}),
            of_credential,
        );
        let access = with(
            json!({"crossAccountRoleArn": "arn:aws:iam::123456789012:role/HarnessCERole", "externalId": "the-id",
                "assumeRoleSessionDuration": session}),
            of_access,
        );
        let features = if names.is_empty() { vec!["VISIBILITY"] } else { names };
        let mut all_tags: Map<_, _> = tags.into_iter().map(|(key, value)| (key, json!(value))).collect();
        all_tags.insert(OWNER_TAG.into(), json!("tests"));
        let spec = with(
            json!({"crossAccountAccess": access, "awsAccountId": "123456789012", "isAWSGovCloudAccount": gov,
                "curAttributes": if billing { report } else { Value::Null }, "featuresEnabled": features,
                "autostoppingFeatures": or_null(kinds), "commitmentFeatures": or_null(services),
                "ignoreTestConnection": ignore, "credential": if oidc { credential } else { Value::Null }}),
            of_spec,
        );
        with(
            json!({"name": "name", "description": description, "orgIdentifier": null, "projectIdentifier": null,
                "accountIdentifier": "acct", "tags": all_tags, "type": "CEAws", "spec": spec}),
            of_connector,
        )
    }
}

fn known<T: Copy + Ord>(words: &BTreeSet<Named<T>>) -> BTreeSet<T> {
    words.iter().filter_map(|word| if let Named::Known(word) = word { Some(*word) } else { None }).collect()
}

/// A spec that equals the current state.
fn as_it_is(state: &ConnectorState) -> ConnectorSpec {
    let mut spec = ConnectorSpec::new(
        state.id.clone(),
        state.name.parse().unwrap(),
        state.role_arn.as_deref().unwrap().parse().unwrap(),
        state.external_id.as_deref().unwrap().parse().unwrap(),
        known(&state.features),
        "tests".parse().unwrap(),
    );
    spec.gov_cloud = state.gov_cloud;
    spec.report = state.report.as_ref().map(|report| {
        let mut wanted = CurReport::new(&report.name, &report.bucket);
        wanted.report_type = match &report.report_type {
            Some(Named::Known(known)) => Some(*known),
            None | Some(Named::Other(_)) => None,
        };
        wanted
    });
    spec
}

/// Adds a word, or removes it if it is present; the others keep their places.
fn toggle<T: Word + Ord>(wanted: &mut BTreeSet<T>, list: &mut Value, word: T) {
    let mut words = list.as_array().cloned().unwrap_or_default();
    if wanted.remove(&word) {
        words.retain(|other| other.as_str() != Some(word.word()));
    } else {
        wanted.insert(word);
        words.push(json!(word.word()));
    }
    *list = words.into();
}

/// Changes one field in the spec, and the same in the JSON.
fn change(which: u8, spec: &mut ConnectorSpec, state: &ConnectorState, json: &mut Value) {
    let access = "/spec/crossAccountAccess";
    let mut set = |pointer: &str, value: Value| *json.pointer_mut(pointer).unwrap() = value;
    match which {
        0 => {
            spec.name = "another name".parse().unwrap();
            set("/name", json!("another name"));
        }
        1 => {
            spec.external_id = "another-id".parse().unwrap();
            set(&format!("{access}/externalId"), json!("another-id"));
        }
        2 => {
            spec.role = "arn:aws:iam::123456789012:role/Another".parse().unwrap();
            set(&format!("{access}/crossAccountRoleArn"), json!(spec.role));
        }
        3 => toggle(
            &mut spec.features,
            json.pointer_mut("/spec/featuresEnabled").unwrap(),
            Feature::Governance,
        ),
        4 => {
            let mut kinds = known(&state.autostopping);
            toggle(&mut kinds, json.pointer_mut("/spec/autostoppingFeatures").unwrap(), AutoStopping::Rds);
            spec.autostopping = Some(kinds);
        }
        5 => {
            let mut services = known(&state.commitment);
            let list = json.pointer_mut("/spec/commitmentFeatures").unwrap();
            toggle(&mut services, list, CommitmentService::ElastiCache);
            spec.commitment = Some(services);
        }
        6 => {
            spec.gov_cloud = !spec.gov_cloud;
            set("/spec/isAWSGovCloudAccount", json!(spec.gov_cloud));
        }
        7 => {
            spec.settings.session = Some(3600.try_into().unwrap());
            set(&format!("{access}/assumeRoleSessionDuration"), json!(3600));
        }
        8 => {
            spec.settings.ignore_test = Some(!state.settings.ignore_test);
            set("/spec/ignoreTestConnection", json!(!state.settings.ignore_test));
        }
        9 if spec.report.is_some() => {
            let report = spec.report.as_mut().unwrap();
            report.report_type = Some(ReportType::Cur2);
            set("/spec/curAttributes/reportType", json!("CUR2.0"));
        }
        10 if spec.report.is_some() => {
            let report = spec.report.as_mut().unwrap();
            report.name = "another".into();
            set("/spec/curAttributes/reportName", json!("another"));
        }
        _ => {
            spec.tags.insert("team:x".into(), "a:b \u{1f600}".into());
            json["tags"]["team:x"] = json!("a:b \u{1f600}");
        }
    }
}

#[test]
fn one_field_changes_and_nothing_else() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let simulator = runtime.block_on(start(Simulator::builder().rate_limit(None)));
    let client = builder(&simulator.endpoint()).calls_per_minute(1_000_000).build().unwrap();
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(400) });
    let cases = (stored(), 0_u8..12);
    let outcome = runner.run(&cases, |(mut connector, which)| {
        connector["identifier"] = json!("the_one");
        simulator.delete("the_one");
        simulator.insert(connector.clone());
        let store = || simulator.connectors()[0]["connector"].clone();
        prop_assert_eq!(&store(), &connector, "as it was put there");
        runtime.block_on(async {
            let id = "the_one".parse().unwrap();
            let state = client.get_connector(&id).await.unwrap().unwrap();
            let mut spec = as_it_is(&state);
            prop_assert!(spec.differences(&state).is_empty(), "{:?}", spec.differences(&state));
            let written = client.put_connector(&spec, Expect::same(state.clone())).await.unwrap();
            prop_assert!(matches!(written, Written::Unchanged(_)));

            change(which, &mut spec, &state, &mut connector);
            if spec.features.is_empty() && state.features.iter().all(|f| matches!(f, Named::Known(_))) {
                // No feature would be left, which the server refuses.
                return Ok(());
            }
            let written = client.put_connector(&spec, Expect::same(state)).await.unwrap();
            prop_assert!(matches!(written, Written::Updated(_)), "{written:?}");
            prop_assert_eq!(store(), connector, "only that field");
            let again = client.put_connector(&spec, Expect::same(written.into_state())).await.unwrap();
            prop_assert!(matches!(again, Written::Unchanged(_)), "{again:?}");
            Ok(())
        })
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
