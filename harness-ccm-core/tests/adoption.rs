//! Roles that others made: by every release of the public module, by the CloudFormation template, by hand.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

use std::collections::BTreeSet;

use harness_ccm_core::account::Account;
use harness_ccm_core::catalog::Release;
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::feature::{
    AutoStopping, Billing, Commitment, CurReport, FeatureSet, Governance, GovernanceAccess, Optimization,
};
use harness_ccm_core::id::{AccountId, RoleName};
use harness_ccm_core::intent::{Choice, Desired, Intent, RoleSettings, Rule};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::owner::{ADOPTED_TAG, OWNER_TAG};
use harness_ccm_core::plan::{AccountPlan, Plan, WithheldReason};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::{RoleSpec, RoleState};
use harness_ccm_core::selector::Selector;
use harness_ccm_core::testing::published::{Inputs, Made, Maker};
use harness_ccm_fixtures::Scenario;
use proptest::prelude::*;
use serde_json::{Value, json};

const ACCOUNT: &str = "123456789012";

fn account() -> AccountId {
    ACCOUNT.parse().unwrap()
}

fn inputs(on: impl IntoIterator<Item = String>) -> Inputs {
    let mut inputs = Inputs::of(account());
    inputs.switch_on(on);
    inputs
}

/// The release of the catalogue that a maker's roles are held against: its own, or the nearest one that is published.
fn release(maker: Maker) -> Release {
    if [Maker::MODULE_0_1_4, Maker::MODULE_0_1_8, Maker::TEMPLATE].contains(&maker) {
        Release::Module0_1_4
    } else {
        Release::Module1_0_1
    }
}

fn intent(maker: Maker, features: FeatureSet, prefix: &str) -> Intent {
    let cluster = Cluster::us().with_trusted(maker.principals());
    let mut role = RoleSettings::default();
    role.release = release(maker);
    role.prefix = prefix.parse().unwrap();
    let external_id = "harness:891928451355:acct".parse().unwrap();
    Intent::new("acct".parse().unwrap(), cluster, external_id).with_role(role).with_rule(Rule::onboard(
        "all",
        Selector::all(),
        features,
    ))
}

fn world(made: &Made) -> World {
    let world = World::new([Account::new(account(), "prod")]).with_role(made.cross_account.state.clone());
    match &made.lambda {
        Some(lambda) => world.with_role(lambda.state.clone()),
        None => world,
    }
}

fn make_plan(world: &World, intent: &Intent, adopt: bool) -> (Desired, Plan) {
    let planned = Scenario::new(world, intent).with_adopt(adopt).plan();
    (planned.desired, planned.plan)
}

fn roles(desired: &Desired) -> &[RoleSpec] {
    match &desired.accounts()[&account()].choice {
        Choice::Onboard(wanted) => &wanted.roles,
        other => panic!("{other:?}"),
    }
}

fn account_plan(plan: &Plan) -> &AccountPlan {
    &plan.accounts[&account()]
}

/// In what a role is said to fall short; empty if it is in sync.
fn gaps(plan: &Plan, role: &RoleName) -> Vec<String> {
    let plan = account_plan(plan);
    let target = format!("role {role}");
    let withheld = plan.withheld.iter().find(|withheld| withheld.resource.to_string() == target);
    match withheld.map(|withheld| &withheld.reason) {
        Some(WithheldReason::Unowned(gaps)) => gaps.iter().map(ToString::to_string).collect(),
        Some(other) => panic!("{role}: {other}"),
        None => {
            assert!(
                plan.in_sync.iter().any(|resource| resource.to_string() == target),
                "{role} is neither withheld nor in sync: {plan:?}"
            );
            Vec::new()
        }
    }
}

/// A judgement that shares nothing with the planner: on JSON, word by word.
mod naive {
    use super::*;

    fn strings(value: &Value) -> Vec<String> {
        match value {
            Value::String(text) => vec![text.clone()],
            Value::Array(items) => items.iter().map(|item| item.as_str().unwrap().to_owned()).collect(),
            _ => Vec::new(),
        }
    }

    fn matches(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.first(), text.first()) {
            (None, None) => true,
            (Some(b'*'), _) => {
                matches(&pattern[1..], text) || (!text.is_empty() && matches(pattern, &text[1..]))
            }
            (Some(b'?'), Some(t)) => *t != b'*' && matches(&pattern[1..], &text[1..]),
            (Some(p), Some(t)) => p == t && matches(&pattern[1..], &text[1..]),
            _ => false,
        }
    }

    fn any_matches(patterns: &Value, text: &str) -> bool {
        let text = text.to_lowercase();
        strings(patterns).iter().any(|pattern| matches(pattern.to_lowercase().as_bytes(), text.as_bytes()))
    }

    fn statements(document: &PolicyDocument) -> Vec<Value> {
        let document: Value = serde_json::from_str(&document.to_json()).unwrap();
        document["Statement"].as_array().unwrap().clone()
    }

    /// What `spec` wants and `role` does not grant.
    pub(super) fn lacking(spec: &RoleSpec, role: &RoleState) -> BTreeSet<String> {
        let granted: Vec<_> = role.documents().flat_map(statements).collect();
        let wanted: Vec<_> = spec.documents().flat_map(statements).collect();
        let mut lacking = BTreeSet::new();
        for statement in wanted {
            for action in strings(&statement["Action"]) {
                for resource in strings(&statement["Resource"]) {
                    let is_granted = granted.iter().any(|other| {
                        any_matches(&other["Action"], &action)
                            && any_matches(&other["Resource"], &resource)
                            && (other.get("Condition").is_none()
                                || other["Condition"] == statement["Condition"])
                    });
                    if !is_granted && !action.contains('\'') {
                        let words =
                            if resource == "*" { action.clone() } else { format!("{action} on {resource}") };
                        lacking.insert(words);
                    }
                }
            }
        }
        lacking
    }

    pub(super) fn unattached(spec: &RoleSpec, role: &RoleState) -> usize {
        spec.attached.iter().filter(|policy| !role.attached.contains_key(*policy)).count()
    }
}

/// Plans for a role as it was made, and holds the plan against the naive judgement.
fn assert_judged(case: &str, maker: Maker, inputs: &Inputs, made: &Made) -> usize {
    let intent = intent(maker, inputs.features(), &inputs.prefix);
    let world = world(made);
    let (desired, plan) = make_plan(&world, &intent, false);
    assert!(world.writes().is_empty());
    let mut short = 0;
    for spec in roles(&desired) {
        let name = spec.address.name();
        let theirs = [Some(&made.cross_account), made.lambda.as_ref()];
        let Some(state) =
            theirs.into_iter().flatten().map(|role| &role.state).find(|state| state.arn.name() == name)
        else {
            assert!(
                plan.steps().any(|(_, step)| step.action.resource().to_string() == format!("role {name}")),
                "{case}"
            );
            continue;
        };
        let (lacking, unattached) = (naive::lacking(spec, state), naive::unattached(spec, state));
        let gaps = gaps(&plan, name);
        // Most of what only looks is granted by ViewOnlyAccess too, whose text the naive reader does not know.
        let looks = |lacking: &String| {
            ["Describe", "List", "Get"].iter().any(|verb| lacking.contains(&format!(":{verb}")))
        };
        if state.attached.keys().any(|policy| policy.name() == "ViewOnlyAccess") && lacking.iter().any(looks)
        {
            continue;
        }
        assert_eq!(gaps.is_empty(), lacking.is_empty() && unattached == 0, "{case}: {gaps:?} {lacking:?}");
        if lacking.len() == 1 && unattached == 0 {
            let action = lacking.first().unwrap();
            assert_eq!(gaps.len(), 1, "{case}: {gaps:?}");
            assert!(gaps[0].contains(&format!("1 action ({action}")), "{case}: {action} is not in {gaps:?}");
        }
        short += usize::from(!gaps.is_empty());
    }
    short
}

#[test]
fn what_the_published_releases_make_is_in_sync_with_every_switch_alone_and_all_together() {
    let mut seen = 0;
    for maker in Maker::ALL {
        let all = maker.switches();
        let mut sets: Vec<Vec<String>> = all.iter().map(|switch| vec![switch.clone()]).collect();
        sets.push(all.clone());
        for on in sets {
            let mut inputs = inputs(on);
            if maker != Maker::TEMPLATE {
                inputs.prefix = "acme-".into();
            }
            let accounts = vec![Account::new(account(), "prod")];
            let said =
                intent(maker, inputs.features(), &inputs.prefix).resolve(Listing::complete(accounts)).is_ok();
            if inputs.features().is_empty() || !said {
                continue;
            }
            seen += 1;
            let case = format!("{maker} with {:?}", inputs.on);
            let made = maker.make(&inputs);
            // 0.1.8 is between two releases of the catalogue: it has governance as the later and optimization as the earlier,
            // but for the Lambda role.
            let between =
                ["enable_governance", "enable_optimization"].iter().any(|on| inputs.on.contains(*on));
            let own = maker != Maker::MODULE_0_1_8 || !between;
            let short = assert_judged(&case, maker, &inputs, &made);
            assert!(short == 0 || !own, "{case}: what it grants is not seen to be there");
        }
    }
    assert!(seen > 40, "only {seen} sets of switches can be said");
}

/// A document with one change, made on its JSON.
fn edited(document: &PolicyDocument, edit: impl FnOnce(&mut Value)) -> PolicyDocument {
    let mut json: Value = serde_json::from_str(&document.to_json()).unwrap();
    edit(&mut json);
    PolicyDocument::parse(&json.to_string()).unwrap()
}

/// Takes the action of this number, counted over all policies, out of the role; `None` if it was alone in its statement.
fn without_action(made: &mut Made, number: usize) -> Option<String> {
    let attached = &mut made.cross_account.state.attached;
    let mut places = Vec::new();
    for (arn, document) in attached.iter() {
        let Some(document) = document else { continue };
        let json: Value = serde_json::from_str(&document.to_json()).unwrap();
        for (index, statement) in json["Statement"].as_array().unwrap().iter().enumerate() {
            let actions = statement["Action"].as_array().cloned().unwrap_or_default();
            places.extend(actions.into_iter().map(|action| (arn.clone(), index, action)));
        }
    }
    if places.is_empty() {
        return None;
    }
    let (arn, index, action) = places.swap_remove(number % places.len());
    let document = attached.get_mut(&arn).unwrap();
    *document = document.take().map(|document| {
        edited(&document, |json| {
            let actions = json["Statement"][index]["Action"].as_array_mut().unwrap();
            actions.retain(|other| *other != action);
        })
    });
    Some(action.as_str().unwrap().to_owned())
}

fn any_maker() -> impl Strategy<Value = (Maker, Vec<String>)> {
    prop::sample::select(Maker::ALL.to_vec()).prop_flat_map(|maker| {
        (Just(maker), prop::sample::subsequence(maker.switches(), 0..=maker.switches().len()))
    })
}

/// Every feature on its own, with its options.
fn atoms(inputs: &Inputs) -> Vec<(String, FeatureSet)> {
    let report = CurReport::new("harness-cur", inputs.cur_bucket.clone());
    let none = FeatureSet::new;
    let mut atoms = vec![
        ("visibility".to_owned(), none().with_visibility()),
        ("view-only".to_owned(), none().with_governance(Governance::of(GovernanceAccess::ViewOnly))),
        ("billing".to_owned(), none().with_billing(Billing::new(report))),
        ("commitment".to_owned(), none().with_commitment(Commitment::looking())),
        ("purchases".to_owned(), none().with_commitment(Commitment::purchasing())),
        ("clusters".to_owned(), none().with_cluster_orchestration()),
    ];
    let kind =
        |kind: &AutoStopping| (kind.as_str().to_owned(), none().with_optimization(Optimization::of([*kind])));
    atoms.extend(AutoStopping::ALL.iter().map(kind));
    atoms
}

/// Those features of our own release that the made roles grant, by the naive judgement, and all of them in one set.
fn granted(maker: Maker, inputs: &Inputs, made: &Made) -> (Vec<String>, FeatureSet) {
    let (mut names, mut all) = (Vec::new(), FeatureSet::new());
    for (name, features) in atoms(inputs) {
        let desired = current(maker, features.clone())
            .resolve(Listing::complete([Account::new(account(), "prod")]))
            .unwrap();
        let theirs = [Some(&made.cross_account), made.lambda.as_ref()];
        let is_granted = roles(&desired).iter().all(|spec| {
            let mut theirs = theirs.iter().flatten().map(|role| &role.state);
            theirs.find(|state| state.arn == spec.address.arn).is_some_and(|state| {
                naive::lacking(spec, state).is_empty() && naive::unattached(spec, state) == 0
            })
        });
        if is_granted {
            names.push(name);
            let kinds = |set: &FeatureSet| {
                set.optimization.iter().flat_map(Optimization::kinds).collect::<BTreeSet<_>>()
            };
            let together: BTreeSet<_> = kinds(&all).union(&kinds(&features)).copied().collect();
            all.visibility |= features.visibility;
            all.cluster_orchestration |= features.cluster_orchestration;
            all.governance = features.governance.or(all.governance);
            all.billing = features.billing.or(all.billing);
            all.commitment = features.commitment.or(all.commitment);
            all.optimization = (!together.is_empty()).then(|| Optimization::of(together));
        }
    }
    (names, all)
}

fn current(maker: Maker, features: FeatureSet) -> Intent {
    let mut intent = intent(maker, features, "");
    intent.role.release = Release::Current;
    intent
}

#[test]
fn what_each_maker_grants_of_our_own_release() {
    let table: Vec<_> = Maker::ALL
        .iter()
        .map(|maker| {
            let inputs = inputs(maker.switches());
            format!("{maker}: {}", granted(*maker, &inputs, &maker.make(&inputs)).0.join(", "))
        })
        .collect();
    insta::assert_snapshot!(table.join("\n"), @r"
    module 0.1.4: visibility, billing, ec2, ec2-spot, asg, rds, alb
    module 0.1.8: visibility, view-only, billing, ec2, ec2-spot, asg, ecs, rds, alb, proxy
    module 1.0.0: visibility, view-only, billing, ec2, ec2-spot, ecs, rds, alb, proxy
    module 1.0.1: visibility, view-only, billing, ec2, ec2-spot, ecs, rds, alb, proxy
    module HEAD: visibility, view-only, billing, commitment, purchases, ec2, ec2-spot, ecs, rds, alb, proxy
    CloudFormation template: visibility, billing, ec2, ec2-spot, asg, rds, alb, proxy
    ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_features_that_a_role_grants_are_in_sync_whoever_made_it((maker, on) in any_maker()) {
        let inputs = inputs(on);
        let made = maker.make(&inputs);
        let (names, features) = granted(maker, &inputs, &made);
        prop_assume!(!features.is_empty());
        let world = world(&made);
        let (desired, plan) = make_plan(&world, &current(maker, features), false);
        for spec in roles(&desired) {
            let gaps = gaps(&plan, spec.address.name());
            prop_assert!(gaps.is_empty(), "{maker} with {:?} grants {names:?}: {gaps:?}", inputs.on);
        }
        prop_assert!(!plan.steps().any(|(_, step)| step.action.resource().to_string().starts_with("role ")));
    }

    #[test]
    fn any_switches_are_judged_as_a_naive_reader_judges_them(
        (maker, on) in any_maker(),
        secrets in 0..3_usize,
        lost in prop::option::of(any::<usize>()),
    ) {
        let mut inputs = inputs(on);
        if maker != Maker::TEMPLATE {
            inputs.secrets = (0..secrets)
                .map(|number| format!("arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:tls-{number}"))
                .collect();
        }
        let features = inputs.features();
        // What a release cannot say is refused when the intent is resolved: tested with the catalogue.
        let accounts = [Account::new(account(), "prod")];
        prop_assume!(!features.is_empty() && intent(maker, features, "").resolve(Listing::complete(accounts.to_vec())).is_ok());
        let mut made = maker.make(&inputs);
        let action = lost.and_then(|number| without_action(&mut made, number));
        assert_judged(&format!("{maker} with {:?} without {action:?}", inputs.on), maker, &inputs, &made);
    }
}

fn everything(maker: Maker) -> (Inputs, Made) {
    let inputs = inputs(maker.switches().into_iter().filter(|switch| switch != "enable_governance"));
    let made = maker.make(&inputs);
    (inputs, made)
}

fn gaps_of(maker: Maker, made: &Made, inputs: &Inputs) -> Vec<String> {
    let (desired, plan) = make_plan(&world(made), &intent(maker, inputs.features(), ""), false);
    gaps(&plan, roles(&desired).last().unwrap().address.name())
}

fn findings_of(maker: Maker, made: &Made, inputs: &Inputs) -> Vec<String> {
    let (_, plan) = make_plan(&world(made), &intent(maker, inputs.features(), ""), false);
    account_plan(&plan)
        .findings
        .iter()
        .map(|finding| format!("{}: {}", finding.resource, finding.kind))
        .collect()
}

#[test]
fn one_action_one_principal_or_one_condition_is_named_exactly() {
    let maker = Maker::MODULE_1_0_1;
    let (inputs, made) = everything(maker);
    assert_eq!(gaps_of(maker, &made, &inputs), [""; 0]);
    let with = |edit: &dyn Fn(&mut RoleState)| {
        let mut made = made.clone();
        edit(&mut made.cross_account.state);
        gaps_of(maker, &made, &inputs)
    };
    let policy = |name: &str, edit: &dyn Fn(&mut Value)| {
        with(&|role| {
            let document = role.attached.iter_mut().find(|(arn, _)| arn.name() == name).unwrap().1;
            *document =
                document.take().map(|document| edited(&document, |json| edit(&mut json["Statement"][0])));
        })
    };
    let trust = |edit: &dyn Fn(&mut Value)| {
        with(&|role| role.trust = edited(&role.trust, |json| edit(&mut json["Statement"][0])))
    };
    insta::assert_debug_snapshot!(policy("HarnessEventsMonitoringPolicy", &|statement| {
        statement["Action"].as_array_mut().unwrap().retain(|action| action != "rds:DescribeDBSnapshotAttributes");
    }), @r#"
    [
        "does not grant 1 action (rds:DescribeDBSnapshotAttributes)",
    ]
    "#);
    insta::assert_debug_snapshot!(policy("HarnessEventsMonitoringPolicy", &|statement| {
        statement["Condition"] = json!({"StringEquals": {"aws:RequestedRegion": "us-east-1"}});
    })[0].split(" actions").next(), @r#"
    Some(
        "cannot be told to grant 11",
    )
    "#);
    insta::assert_debug_snapshot!(policy("HarnessAutostoppingCMKEBS", &|statement| {
        statement["Condition"]["StringEquals"]["kms:ViaService"] = json!("ec2.us-west-2.amazonaws.com");
    })[0].split(" actions").next(), @r#"
    Some(
        "cannot be told to grant 7",
    )
    "#);
    insta::assert_debug_snapshot!(trust(&|statement| {
        statement["Principal"] = json!({"AWS": "arn:aws:iam::891928451355:user/ce-prod-bucket-admin"});
    }), @r#"
    [
        "does not trust arn:aws:iam::891928451355:user/prod-data-pipeline-dont-delete",
    ]
    "#);
    insta::assert_debug_snapshot!(trust(&|statement| {
        statement["Principal"] = json!({"AWS": ["arn:aws:iam::891928451355:user/ce-prod-bucket-admin", "AIDACKCEVSQ6C2EXAMPLE"]});
    }), @r#"
    [
        "does not trust arn:aws:iam::891928451355:user/prod-data-pipeline-dont-delete",
        "trusts AIDACKCEVSQ6C2EXAMPLE, which was deleted: whoever has its name now is not trusted",
    ]
    "#);
    insta::assert_debug_snapshot!(trust(&|statement| {
        statement["Condition"]["StringEquals"]["sts:ExternalId"] = json!("harness:891928451355:other");
    }), @r#"
    [
        "does not accept the external id harness:891928451355:acct",
    ]
    "#);
    insta::assert_debug_snapshot!(with(&|role| {
        role.boundary = Some(format!("arn:aws:iam::{ACCOUNT}:policy/Boundary").parse().unwrap());
    }), @r#"
    [
        "has the permissions boundary Boundary, which may take away what is wanted: set the setting `role-boundary` to it if it does not",
    ]
    "#);
}

#[test]
fn a_trust_policy_that_is_narrowed_to_somebody_else_does_not_let_harness_in() {
    let maker = Maker::MODULE_1_0_1;
    let (inputs, made) = everything(maker);
    for operator in ["ArnEquals", "ArnLike", "StringEquals", "StringLike", "ForAnyValue:ArnLike"] {
        let mut made = made.clone();
        let trust = &mut made.cross_account.state.trust;
        *trust = edited(trust, |json| {
            let others = json!({"aws:PrincipalArn": "arn:aws:iam::210987654321:user/other"});
            let condition = &mut json["Statement"][0]["Condition"];
            match condition.get_mut(operator) {
                Some(keys) => keys["aws:PrincipalArn"] = others["aws:PrincipalArn"].clone(),
                None => condition[operator] = others,
            }
        });
        assert!(!gaps_of(maker, &made, &inputs).is_empty(), "{operator}");
    }
}

#[test]
fn what_is_more_than_wanted_is_a_finding_and_nothing_is_written() {
    // A role of 2023 trusts the whole account and may do anything with EC2; wanted are two users and visibility.
    let maker = Maker::MODULE_0_1_4;
    let inputs = inputs(["enable_events".to_owned(), "enable_optimization".to_owned()]);
    let made = maker.make(&inputs);
    let mut wanted = intent(maker, FeatureSet::new().with_visibility(), "");
    wanted.cluster = Cluster::us();
    let world = world(&made);
    let (_, plan) = make_plan(&world, &wanted, false);
    insta::assert_snapshot!(plan.render(false), @r#"
    Risks: somebody may do more than is desired:
    ! role HarnessCERole in 123456789012 prod: trusts the whole account 891928451355
        where only some of its users are wanted
    ! role HarnessCERole in 123456789012 prod
        grants autoscaling:* on everything, which is not wanted
        grants ec2:* on everything, which is not wanted
        grants elasticloadbalancing:* on everything, which is not wanted
        grants iam:PassRole on everything, which is not wanted
        grants lambda:* on everything, which is not wanted

    Changes:
    + connector prod in 123456789012 prod (missing)
        visibility for arn:aws:iam::123456789012:role/HarnessCERole
        rule "all"

    Notes:
    ? role HarnessCERole in 123456789012 prod: grants more than is wanted: 36
        actions (acm:ListCertificates, cloudwatch:GetMetricStatistics,
        cloudwatch:ListMetrics and 33 more)

    Plan: 1 to create, 0 to change, 0 to adopt, 0 to remove in 1 account.
    1 in sync, 0 withheld, 0 accounts left out.
    1 of what is in sync is not ours: left as it is.
    About 0 calls to AWS and 2 to Harness (1 s at 400 a minute).
    "#);
    // One user too many.
    let (inputs, mut made) = everything(Maker::MODULE_1_0_1);
    made.cross_account.state.trust = edited(&made.cross_account.state.trust, |json| {
        json["Statement"][0]["Principal"]["AWS"]
            .as_array_mut()
            .unwrap()
            .push(json!("arn:aws:iam::210987654321:role/ops"));
    });
    assert_eq!(
        findings_of(Maker::MODULE_1_0_1, &made, &inputs),
        ["role HarnessCERole: also trusts arn:aws:iam::210987654321:role/ops"]
    );
}

#[test]
fn adopting_adds_and_takes_nothing_away() {
    // ViewOnlyAccess and a wider trust were there, for reasons of others; two users and visibility are wanted.
    let maker = Maker::MODULE_0_1_8;
    let inputs = inputs(["enable_governance".to_owned()]);
    let mut made = maker.make(&inputs);
    made.cross_account.state.trust = edited(&made.cross_account.state.trust, |json| {
        json["Statement"][0]["Principal"] =
            json!({"AWS": ["arn:aws:iam::210987654321:role/ops", "AIDACKCEVSQ6C2EXAMPLE"]});
    });
    let mut wanted = intent(maker, FeatureSet::new().with_visibility(), "");
    wanted.cluster = Cluster::us();
    wanted.role.release = Release::Current;
    let world = world(&made);
    let (_, cautious) = make_plan(&world, &wanted, false);
    assert!(!cautious.has_changes());
    insta::assert_snapshot!(cautious.render(false), @"
    Held back: stays as it is, by choice:
    ! role HarnessCERole in 123456789012 prod withheld: made by somebody else and
        differs; the setting `adopt` would change it: does not trust
        arn:aws:iam::891928451355:user/ce-prod-bucket-admin; does not trust
        arn:aws:iam::891928451355:user/prod-data-pipeline-dont-delete; trusts
        AIDACKCEVSQ6C2EXAMPLE, which was deleted: whoever has its name now is not
        trusted; cannot be told to grant 1 action (ce:GetRightsizingRecommendation)
    ! connector prod in 123456789012 prod withheld: it waits for the role
        HarnessCERole, which is withheld

    Nothing to do in 1 account.
    0 in sync, 2 withheld, 0 accounts left out.
    ");
    let (_, adopting) = make_plan(&world, &wanted, true);
    insta::assert_snapshot!(adopting.render(false), @r#"
    Risks: somebody may do more than is desired:
    ! role HarnessCERole in 123456789012 prod: also trusts
        arn:aws:iam::210987654321:role/ops

    Changes:
    ~ role HarnessCERole in 123456789012 prod (adopted)
        trust: AIDACKCEVSQ6C2EXAMPLE, arn:aws:iam::210987654321:role/ops ->
          arn:aws:iam::210987654321:role/ops,
          arn:aws:iam::891928451355:user/ce-prod-bucket-admin,
          arn:aws:iam::891928451355:user/prod-data-pipeline-dont-delete
        policy HarnessCCM is missing
        tag harness-ccm-adopted: (none) -> ViewOnlyAccess
        tag harness-ccm-owner: (none) -> harness-ccm
        rule "all"
    + connector prod in 123456789012 prod (missing)
        visibility for arn:aws:iam::123456789012:role/HarnessCERole
        rule "all"

    Notes:
    ? role HarnessCERole in 123456789012 prod: grants more than is wanted: 46
        actions (acm:ListCertificates, autoscaling:Describe*, cloudwatch:Get* and 43
        more)

    Plan: 1 to create, 0 to change, 1 to adopt, 0 to remove in 1 account.
    0 in sync, 0 withheld, 0 accounts left out.
    About 9 calls to AWS and 2 to Harness (1 s at 400 a minute).
    "#);
    Scenario::new(&world, &wanted).apply_whole(adopting);

    let role = world.role(&account(), &RoleName::cross_account()).unwrap();
    for policy in made.cross_account.state.attached.keys() {
        assert!(role.attached.contains_key(policy), "{policy} was there");
    }
    assert!(role.trust.to_json().contains("210987654321:role/ops"), "others still get in");
    assert!(!role.trust.to_json().contains("AIDA"), "IAM refuses a principal that was deleted");
    assert_eq!(role.tags.get(OWNER_TAG).map(String::as_str), Some("harness-ccm"));
    assert_eq!(role.tags.get(ADOPTED_TAG).map(String::as_str), Some("ViewOnlyAccess"));
    for adopt in [false, true] {
        let (_, second) = make_plan(&world, &wanted, adopt);
        assert!(!second.has_changes(), "{}", second.render(false));
    }
    // What we attached ourselves goes again, what was there stays.
    let read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess".parse().unwrap();
    assert!(world.edit_role(&account(), &RoleName::cross_account(), |role| {
        role.attached.insert(read_only, None);
    }));
    let (_, third) = make_plan(&world, &wanted, false);
    let changes: Vec<_> = third.steps().flat_map(|(_, step)| step.describe()).collect();
    assert_eq!(changes, ["ReadOnlyAccess is no longer wanted"]);
    // Without the tag it is like a role of our own making: brought to exactly what is wanted.
    world.edit_role(&account(), &RoleName::cross_account(), |role| drop(role.tags.remove(ADOPTED_TAG)));
    let (_, fourth) = make_plan(&world, &wanted, false);
    let changes: Vec<_> = fourth.steps().flat_map(|(_, step)| step.describe()).collect();
    assert!(changes.iter().any(|change| change.starts_with("trust: ")), "{changes:?}");
    assert!(changes.contains(&"ViewOnlyAccess is no longer wanted".to_owned()), "{changes:?}");
}

/// IAM allows a comma in the name of a policy, and not in the value of a tag.
#[test]
fn what_was_attached_is_remembered_though_its_names_make_no_tag() {
    let policy = "arn:aws:iam::123456789012:policy/Enforce,Quotas";
    let enforcing = Governance::default().with_enforcement_policies([policy.parse().unwrap()]);
    let elsewhere = Selector::all().with_accounts(["000000000009".parse().unwrap()]);
    let mut wanted = intent(Maker::MODULE_1_0_1, FeatureSet::new().with_visibility(), "");
    wanted.rules.insert(0, Rule::onboard("other", elsewhere, FeatureSet::new().with_governance(enforcing)));
    let arn = "arn:aws:iam::123456789012:role/HarnessCERole".parse().unwrap();
    let mut role = RoleState::new(arn, PolicyDocument::new([]));
    role.attached.insert(policy.parse().unwrap(), Some(PolicyDocument::new([])));
    let world = World::new([Account::new(account(), "prod")]).with_role(role);
    let (_, adopting) = make_plan(&world, &wanted, true);
    Scenario::new(&world, &wanted).apply_whole(adopting);
    let role = world.role(&account(), &RoleName::cross_account()).unwrap();
    assert_eq!(role.tags.get(ADOPTED_TAG).map(String::as_str), Some(":all"));
    let (_, second) = make_plan(&world, &wanted, false);
    assert!(!second.has_changes(), "{}", second.render(false));
    assert!(role.attached.contains_key(&policy.parse().unwrap()));
}
