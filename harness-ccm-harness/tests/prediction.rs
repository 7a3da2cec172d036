//! The core's predictions of connection tests, compared with the results of a server that simulates IAM independently.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests are tests too")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use harness_ccm_core::account::Account;
use harness_ccm_core::backend::{ConnectionTest, ConnectorClient as _, Expect, RoleProvisioner as _};
use harness_ccm_core::catalog::{Release, Request};
use harness_ccm_core::cluster::{Cluster, TrustBy};
use harness_ccm_core::connector::ConnectorSpec;
use harness_ccm_core::feature::{
    AutoStopping, Billing, Commitment, CurReport, Feature, FeatureSet, Governance, GovernanceAccess,
    Optimization,
};
use harness_ccm_core::id::{AccountId, ExternalId, PolicyArn, RoleArn};
use harness_ccm_core::memory::World;
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::predict::{self, Prediction};
use harness_ccm_core::role::{RoleAddress, RoleSpec, RoleState};
use harness_ccm_core::route::Route;
use harness_ccm_core::secret::Secret;
use harness_ccm_core::session::SessionSeconds;
use harness_ccm_harness::HarnessConnectors;
use harness_ccm_simulator::{RunningSimulator, Simulator};

fn account(number: usize) -> AccountId {
    format!("{:012}", number + 1).parse().unwrap()
}

fn arn(number: usize) -> RoleArn {
    format!("arn:aws:iam::{}:role/HarnessCERole", account(number)).parse().unwrap()
}

fn external_id() -> ExternalId {
    "harness:891928451355:acct".parse().unwrap()
}

/// Every combination of the six features, each with all its options.
fn feature_sets() -> Vec<FeatureSet> {
    (0..64_u8)
        .map(|bits| {
            let on = |bit: u8| bits >> bit & 1 == 1;
            let mut set = FeatureSet::new();
            set.visibility = on(0);
            set.governance = on(1).then(|| Governance::new().with_access(GovernanceAccess::ViewOnly));
            set.optimization = on(2).then(Optimization::default);
            set.billing = on(3).then(|| Billing::new(CurReport::new("harness-cur", "acme-cost-reports")));
            set.commitment = on(4).then(|| Commitment::new().with_purchase());
            set.cluster_orchestration = on(5);
            set
        })
        .collect()
}

/// One role with a connector, both in a separate account.
#[derive(Clone, Debug)]
struct Case {
    what: String,
    role: Option<RoleState>,
    connector: ConnectorSpec,
    prediction: Prediction,
}

fn connector(number: usize, features: &FeatureSet) -> ConnectorSpec {
    let id = format!("aws{}", account(number));
    let mut connector = ConnectorSpec::new(
        id.parse().unwrap(),
        id.parse().unwrap(),
        arn(number),
        external_id(),
        features.names(),
        "tests".parse().unwrap(),
    );
    connector.autostopping = features.optimization.as_ref().map(Optimization::kinds);
    connector.report = features.billing.as_ref().map(|billing| billing.report.clone());
    connector
}

/// The role that a release of the catalogue defines for these features.
fn role(number: usize, release: Release, features: &FeatureSet, cluster: &Cluster) -> RoleSpec {
    let arn = arn(number);
    let permissions = Request::new(features, &arn, cluster)
        .with_release(release)
        .with_regions(["us-east-1"])
        .permissions()
        .unwrap_or_else(|refusal| panic!("{release} {features}: {refusal}"));
    let trust = cluster.trust(&external_id()).unwrap();
    let mut role = RoleSpec::new(RoleAddress::new(arn, Route::default()), trust, "tests".parse().unwrap())
        .with_inline("HarnessCCM".parse().unwrap(), permissions.merged());
    role.attached = permissions.attached;
    role
}

/// A world of these accounts, and a server that checks their roles.
async fn serve(world: &World) -> (RunningSimulator, HarnessConnectors) {
    let simulator = Simulator::builder()
        .roles(Some(Arc::new(world.roles())))
        .rate_limit(None)
        .first_test(Duration::from_hours(1))
        .start("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let client = HarnessConnectors::builder("acct".parse().unwrap(), Secret::new("pat.acct.a.b"))
        .endpoint(simulator.endpoint())
        .calls_per_minute(1_000_000)
        .build()
        .unwrap();
    (simulator, client)
}

fn reasons(test: &ConnectionTest) -> BTreeSet<&str> {
    match test {
        ConnectionTest::Passed => BTreeSet::new(),
        ConnectionTest::Failed(failure) => failure.reasons.iter().map(String::as_str).collect(),
        other => panic!("{other:?}"),
    }
}

/// Lets the server test every case; panics at the first wrong prediction. Returns how many passed and how many failed.
async fn compare(world: &World, cases: Vec<Case>) -> (usize, usize) {
    let (simulator, client) = serve(world).await;
    let verdicts: Vec<_> = stream::iter(cases)
        .map(|case| {
            let client = &client;
            async move {
                client.put_connector(&case.connector, Expect::Absent).await.expect(&case.what);
                let verdict = client.test_connector(&case.connector.id).await.expect(&case.what);
                (case, verdict)
            }
        })
        .buffer_unordered(16)
        .collect()
        .await;
    let mut counts = (0, 0);
    for (case, verdict) in &verdicts {
        let Case { what, role, connector: _, prediction } = case;
        match (prediction, verdict) {
            (Prediction::Passes, ConnectionTest::Passed) => counts.0 += 1,
            (Prediction::Fails(predicted), ConnectionTest::Failed(failure)) => {
                assert_eq!(predicted.summary, failure.summary, "{what}");
                let certain: BTreeSet<_> = predicted.reasons.iter().map(String::as_str).collect();
                // The server counts unknown permissions of a policy of AWS as not granted.
                let doubtful = role.as_ref().is_some_and(|role| role.attached.values().any(Option::is_none));
                if doubtful {
                    assert!(certain.is_subset(&reasons(verdict)), "{what}: {certain:?} {verdict:?}");
                } else {
                    assert_eq!(certain, reasons(verdict), "{what}");
                }
                counts.1 += 1;
            }
            _ => panic!("{what}: predicted {prediction:?}, got {verdict:?}"),
        }
    }
    drop(simulator);
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn every_feature_set_on_roles_of_every_release_is_predicted() {
    let sets = feature_sets();
    let everything = sets.last().unwrap();
    let mut roles = Vec::new();
    for release in Release::ALL {
        for wanted in &sets {
            // A role for just these features, one for all others, one for all, one for none.
            let mut others = everything.clone();
            others.visibility &= !wanted.visibility;
            others.governance = others.governance.filter(|_| wanted.governance.is_none());
            others.optimization = others.optimization.filter(|_| wanted.optimization.is_none());
            others.billing = others.billing.filter(|_| wanted.billing.is_none());
            others.commitment = others.commitment.filter(|_| wanted.commitment.is_none());
            others.cluster_orchestration &= !wanted.cluster_orchestration;
            for mut features in [wanted.clone(), others, everything.clone(), FeatureSet::new()] {
                // No release of the module supports it.
                features.cluster_orchestration &= release == Release::NEWEST;
                roles.push((release, wanted.clone(), features));
            }
        }
    }
    let world = World::new((0..roles.len()).map(|number| Account::new(account(number), "member")));
    let mut cases = Vec::new();
    for (number, (release, wanted, features)) in roles.into_iter().enumerate() {
        // A connector needs a feature.
        if wanted.is_empty() {
            continue;
        }
        let spec = role(number, release, &features, &Cluster::us());
        let connector = connector(number, &wanted);
        let prediction = predict::before_writing(std::slice::from_ref(&spec), &connector);
        let state = world.roles().put_role(&spec, Expect::Absent).await.unwrap().into_state();
        let what = format!("connector for {wanted} on a role of {release} for {features}");
        cases.push(Case { what, role: Some(state), connector, prediction });
    }
    let count = cases.len();
    assert_eq!(count, 63 * 4 * 3);
    let by_its_own = |case: &&Case, release: Release| {
        case.what.contains(release.as_str())
            && case.what.split_once(" on a role of ").is_some_and(|(connector, role)| {
                connector.strip_prefix("connector for ")
                    == role.split_once(" for ").map(|(_, features)| features)
            })
    };
    let sure = cases.iter().filter(|case| by_its_own(case, Release::NEWEST)).collect::<Vec<_>>();
    assert!(sure.len() >= 63);
    for case in sure {
        assert_eq!(
            case.prediction,
            Prediction::Passes,
            "the current release gives what it promises: {}",
            case.what
        );
    }
    let (passed, failed) = compare(&world, cases).await;
    assert_eq!(passed + failed, count, "no prediction was in doubt");
    assert!(passed > 100 && failed > 100, "{passed} passed, {failed} failed");
}

fn parse(statements: &str) -> PolicyDocument {
    PolicyDocument::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)).unwrap()
}

fn session(seconds: u32) -> SessionSeconds {
    seconds.try_into().unwrap()
}

/// One change of a role or a connector by another tool or a person, with its name.
type Variation = (&'static str, fn(&mut RoleState, &mut ConnectorSpec));

/// Other possible settings of a role or a connector.
#[expect(clippy::too_many_lines, reason = "it is a list")]
fn variations() -> Vec<Variation> {
    fn add(role: &mut RoleState, statement: &str) {
        role.inline.insert("More".parse().unwrap(), parse(statement));
    }
    fn attach(role: &mut RoleState, name: &str) {
        let arn: PolicyArn = format!("arn:aws:iam::aws:policy/{name}").parse().unwrap();
        role.attached.insert(arn, None);
    }
    fn trust(role: &mut RoleState, cluster: &Cluster, id: &str) {
        role.trust = cluster.trust(&id.parse().unwrap()).unwrap();
    }
    vec![
        ("as it is", |_, _| {}),
        ("no permission at all", |role, _| role.inline.clear()),
        ("no right to simulate", |role, _| {
            add(role, r#"{"Effect":"Deny","Action":"iam:Simulate*","Resource":"*"}"#);
        }),
        ("a denial", |role, _| {
            add(role, r#"{"Effect":"Deny","Action":["ec2:Describe*","s3:*"],"Resource":"*"}"#);
        }),
        ("a denial of other things", |role, _| {
            add(
                role,
                r#"{"Effect":"Deny","NotAction":["ec2:*","ecs:*","rds:*","cloudwatch:*","iam:*","s3:*","ce:*"],"Resource":"*"}"#,
            );
        }),
        ("a denial in other regions", |role, _| {
            add(
                role,
                r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}}"#,
            );
        }),
        ("a denial in one region", |role, _| {
            add(
                role,
                r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}"#,
            );
        }),
        ("a conditional permission", |role, _| {
            role.inline.clear();
            add(
                role,
                r#"{"Effect":"Allow","Action":"iam:*","Resource":"*"},{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}}}"#,
            );
        }),
        ("everything but one", |role, _| {
            role.inline.clear();
            add(role, r#"{"Effect":"Allow","NotAction":"cloudwatch:GetMetricData","Resource":"*"}"#);
        }),
        ("only other resources", |role, _| {
            role.inline.clear();
            add(role, r#"{"Effect":"Allow","Action":"*","NotResource":["arn:aws:s3:::acme-*"]}"#);
        }),
        ("administrator", |role, _| {
            role.inline.clear();
            attach(role, "AdministratorAccess");
        }),
        ("power user", |role, _| {
            role.inline.clear();
            attach(role, "PowerUserAccess");
        }),
        ("reader", |role, _| attach(role, "ReadOnlyAccess")),
        ("another external id", |role, _| trust(role, &Cluster::us(), "harness:891928451355:other")),
        ("two external ids", |role, _| {
            let also = Cluster::us().with_additional_external_ids([external_id()]);
            trust(role, &also, "harness:891928451355:other");
        }),
        ("the whole account", |role, _| {
            trust(role, &Cluster::us().with_trust_by(TrustBy::Account), external_id().as_str());
        }),
        ("the account narrowed", |role, _| {
            trust(role, &Cluster::us().with_trust_by(TrustBy::NarrowedAccount), external_id().as_str());
        }),
        ("a deleted user", |role, _| {
            let deleted = Cluster::us().with_trusted(vec!["AIDACKCEVSQ6C2EXAMPLE".into()]);
            trust(role, &deleted, external_id().as_str());
        }),
        ("another service", |role, _| {
            role.trust = parse(
                r#"{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"lambda.amazonaws.com"}}"#,
            );
        }),
        ("a European Harness", |role, _| trust(role, &Cluster::eu(), external_id().as_str())),
        ("a Harness of one's own", |role, _| {
            let own = Cluster::self_managed("210987654321".parse().unwrap());
            trust(role, &own, external_id().as_str());
        }),
        ("a denial without the external id", |role, _| {
            role.trust = parse(
                r#"{"Effect":"Allow","Action":"sts:*","Principal":"*"},{"Effect":"Deny","Action":"sts:AssumeRole","Principal":"*","Condition":{"StringNotEquals":{"sts:ExternalId":"harness:891928451355:acct"}}}"#,
            );
        }),
        ("an hour's session", |_, connector| connector.settings.session = Some(session(3_600))),
        ("a session longer than the role allows", |_, connector| {
            connector.settings.session = Some(session(3_601));
        }),
        ("a session as long as the role allows", |role, connector| {
            role.max_session = 7_200;
            connector.settings.session = Some(session(7_200));
        }),
        ("a session longer than the role allows, and another external id", |role, connector| {
            trust(role, &Cluster::us(), "harness:891928451355:other");
            connector.settings.session = Some(session(7_200));
        }),
        ("a session longer than the role allows, and no permission", |role, connector| {
            role.inline.clear();
            connector.settings.session = Some(session(7_200));
        }),
        ("GovCloud", |_, connector| connector.gov_cloud = true),
        ("no kinds listed", |_, connector| connector.autostopping = None),
        ("one kind", |_, connector| {
            if connector.features.contains(&Feature::Optimization) {
                connector.autostopping = Some([AutoStopping::Rds].into());
            }
        }),
        ("another report", |_, connector| {
            if let Some(report) = &mut connector.report {
                report.bucket = "another-bucket".into();
            }
        }),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_others_to_roles_are_predicted_too() {
    let sets = feature_sets();
    let chosen = [1, 2, 4, 8, 16, 32, 63].map(|number: usize| sets[number].clone());
    let variations = variations();
    let accounts = chosen.len() * (variations.len() + 1);
    let mut world = World::new((0..accounts).map(|number| Account::new(account(number), "member")));
    let mut cases = Vec::new();
    for features in &chosen {
        for (name, vary) in &variations {
            let number = cases.len();
            let spec = role(number, Release::NEWEST, features, &Cluster::us());
            let mut connector = connector(number, features);
            let mut state = RoleState::new(spec.address.arn.clone(), spec.trust.clone());
            state.inline.clone_from(&spec.inline);
            state.attached = spec.attached.iter().map(|policy| (policy.clone(), None)).collect();
            vary(&mut state, &mut connector);
            world = world.with_role(state.clone());
            let what = format!("{features}, {name}");
            cases.push((what, Some(state), connector));
        }
        let number = cases.len();
        cases.push((format!("{features}, no role"), None, connector(number, features)));
    }
    // The predictions are for the connectors as Harness stores them.
    let (simulator, client) = serve(&world).await;
    let mut judged = Vec::new();
    for (what, role, connector) in cases {
        let kept = client.put_connector(&connector, Expect::Absent).await.expect(&what).into_state();
        let prediction = predict::of_state(&kept, role.as_ref());
        judged.push(Case { what, role, connector, prediction });
    }
    drop(simulator);
    let (doubtful, sure): (Vec<_>, Vec<_>) =
        judged.into_iter().partition(|case| matches!(case.prediction, Prediction::Unknown(_)));
    // Only ViewOnlyAccess could grant reading the report there, and its whole text is unknown.
    let doubtful: Vec<_> = doubtful.iter().map(|case| case.what.as_str()).collect();
    assert_eq!(doubtful, [format!("{}, only other resources", sets[63])]);
    let (passed, failed) = compare(&world, sure).await;
    assert!(passed > 60 && failed > 60, "{passed} passed, {failed} failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_predicted_for_every_maximum_before_anything_is_written() {
    let visibility = FeatureSet::new().with_visibility();
    let least = [None, Some(900), Some(3_600), Some(7_200), Some(43_200)].map(|seconds| seconds.map(session));
    let asked = [None, Some(900), Some(3_600), Some(3_601), Some(7_200), Some(43_200)];
    let asked = asked.map(|seconds| seconds.map(session));
    let pairs: Vec<_> = least.iter().flat_map(|least| asked.iter().map(|asked| (*least, *asked))).collect();
    let world = World::new((0..pairs.len()).map(|number| Account::new(account(number), "member")));
    let mut cases = Vec::new();
    for (number, (least, asked)) in pairs.into_iter().enumerate() {
        let spec = role(number, Release::NEWEST, &visibility, &Cluster::us()).with_max_session(least);
        let mut connector = connector(number, &visibility);
        connector.settings.session = asked;
        let prediction = predict::before_writing(std::slice::from_ref(&spec), &connector);
        let state = world.roles().put_role(&spec, Expect::Absent).await.unwrap().into_state();
        let what = format!("{asked:?} of a role that was to allow {least:?}");
        cases.push(Case { what, role: Some(state), connector, prediction });
    }
    // Three maxima are an hour, under which three lengths do not fit; two hours are under one.
    assert_eq!(compare(&world, cases).await, (20, 10));
}
