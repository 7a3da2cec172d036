//! Findings about roles of other makers, and adoption of them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/makers.rs"]
mod makers;

use harness_ccm_core::account::Account;
use harness_ccm_core::catalog::Release;
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::feature::{FeatureSet, Governance};
use harness_ccm_core::id::RoleName;
use harness_ccm_core::intent::Rule;
use harness_ccm_core::memory::World;
use harness_ccm_core::owner::{ADOPTED_TAG, OWNER_TAG};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::RoleState;
use harness_ccm_core::selector::Selector;
use harness_ccm_core::testing::published::{Inputs, Made, Maker};
use harness_ccm_fixtures::Scenario;
use makers::*;
use serde_json::{Value, json};

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
        "is not known to grant 11",
    )
    "#);
    insta::assert_debug_snapshot!(policy("HarnessAutostoppingCMKEBS", &|statement| {
        statement["Condition"]["StringEquals"]["kms:ViaService"] = json!("ec2.us-west-2.amazonaws.com");
    })[0].split(" actions").next(), @r#"
    Some(
        "is not known to grant 7",
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
        "trusts AIDACKCEVSQ6C2EXAMPLE, which was deleted: a new principal of the same name is not trusted",
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
        "has the permissions boundary Boundary, which may deny desired permissions: set the setting `role-boundary` to it if it does not",
    ]
    "#);
}

#[test]
fn a_trust_policy_restricted_to_another_principal_does_not_accept_harness() {
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
fn excess_permissions_are_a_finding_and_nothing_is_written() {
    // A role of 2023 trusts the whole account and may do anything with EC2; desired are two users and
    // visibility.
    let maker = Maker::MODULE_0_1_4;
    let inputs = inputs(["enable_events".to_owned(), "enable_optimization".to_owned()]);
    let made = maker.make(&inputs);
    let mut wanted = intent(maker, FeatureSet::new().with_visibility(), "");
    wanted.cluster = Cluster::us();
    let world = world(&made);
    let (_, plan) = make_plan(&world, &wanted, false);
    insta::assert_snapshot!(plan.render(), @r#"
    Risks: more is permitted than is desired:
    ! role HarnessCERole in 123456789012 prod: trusts the whole account 891928451355
        although only some of its users are needed
    ! role HarnessCERole in 123456789012 prod
        grants autoscaling:* on everything, which is not desired
        grants ec2:* on everything, which is not desired
        grants elasticloadbalancing:* on everything, which is not desired
        grants iam:PassRole on everything, which is not desired
        grants lambda:* on everything, which is not desired

    Changes:
    + connector prod in 123456789012 prod (missing)
        visibility for arn:aws:iam::123456789012:role/HarnessCERole
        rule "all"

    Notes:
    ? role HarnessCERole in 123456789012 prod: grants more than is desired: 36
        actions (acm:ListCertificates, cloudwatch:GetMetricStatistics,
        cloudwatch:ListMetrics and 33 more)

    Plan: 1 to create, 0 to change, 0 to adopt, 0 to remove in 1 account.
    1 in sync, 0 withheld, 0 accounts left out.
    In sync, but not ours: 1, left unchanged.
    About 0 calls to AWS and 2 to Harness (1 s at 400 a minute).
    Releases of the permissions that the roles match now: module-0.1.4 in 1.
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
        [
            "role HarnessCERole: also trusts arn:aws:iam::210987654321:role/ops",
            "connector prod: only the payer's connector orchestrates commitments: give this account a rule without the feature, and its role no such permissions"
        ]
    );
}

#[test]
fn adopting_adds_and_removes_nothing() {
    // ViewOnlyAccess and a wider trust existed for reasons of others; desired are two users and visibility.
    let maker = Maker::MODULE_0_1_8;
    let inputs = inputs(["enable_governance".to_owned()]);
    let mut made = maker.make(&inputs);
    made.cross_account.state.trust = edited(&made.cross_account.state.trust, |json| {
        json["Statement"][0]["Principal"] =
            json!({"AWS": ["arn:aws:iam::210987654321:role/ops", "AIDACKCEVSQ6C2EXAMPLE"]});
    });
    let mut wanted = intent(maker, FeatureSet::new().with_visibility(), "");
    wanted.cluster = Cluster::us();
    wanted.role.release = Release::NEWEST.into();
    let world = world(&made);
    let (_, cautious) = make_plan(&world, &wanted, false);
    assert!(!cautious.has_changes());
    insta::assert_snapshot!(cautious.render(), @"
    Risks: more is permitted than is desired:
    ! role HarnessCERole in 123456789012 prod: also trusts
        arn:aws:iam::210987654321:role/ops

    Held back: stays as it is, by choice:
    ! role HarnessCERole in 123456789012 prod withheld: created by another tool or a
        person, and differs; the setting `adopt` would change it: does not trust
        arn:aws:iam::891928451355:user/ce-prod-bucket-admin; does not trust
        arn:aws:iam::891928451355:user/prod-data-pipeline-dont-delete; trusts
        AIDACKCEVSQ6C2EXAMPLE, which was deleted: a new principal of the same name
        is not trusted; is not known to grant 1 action
        (ce:GetRightsizingRecommendation)
    ! connector prod in 123456789012 prod withheld: it waits for the role
        HarnessCERole, which is withheld

    Notes:
    ? role HarnessCERole in 123456789012 prod: grants more than is desired: 46
        actions (acm:ListCertificates, autoscaling:Describe*, cloudwatch:Get* and 43
        more)

    Nothing to do in 1 account.
    0 in sync, 2 withheld, 0 accounts left out.
    Releases of the permissions that the roles match now: none in 1.
    ");
    let (_, adopting) = make_plan(&world, &wanted, true);
    insta::assert_snapshot!(adopting.render(), @r#"
    Risks: more is permitted than is desired:
    ! role HarnessCERole in 123456789012 prod: also trusts
        arn:aws:iam::210987654321:role/ops

    Changes:
    ~ role HarnessCERole in 123456789012 prod (adopted)
        tag harness-ccm-adopted: (none) -> ViewOnlyAccess
        tag harness-ccm-owner: (none) -> harness-ccm
        trust: AIDACKCEVSQ6C2EXAMPLE, arn:aws:iam::210987654321:role/ops ->
          arn:aws:iam::210987654321:role/ops,
          arn:aws:iam::891928451355:user/ce-prod-bucket-admin,
          arn:aws:iam::891928451355:user/prod-data-pipeline-dont-delete
        policy HarnessCCM is missing
        rule "all"
    + connector prod in 123456789012 prod (missing)
        visibility for arn:aws:iam::123456789012:role/HarnessCERole
        rule "all"

    Notes:
    ? role HarnessCERole in 123456789012 prod: grants more than is desired: 46
        actions (acm:ListCertificates, autoscaling:Describe*, cloudwatch:Get* and 43
        more)

    Plan: 1 to create, 0 to change, 1 to adopt, 0 to remove in 1 account.
    0 in sync, 0 withheld, 0 accounts left out.
    About 9 calls to AWS and 2 to Harness (1 s at 400 a minute).
    Releases of the permissions that the roles match now: none in 1.
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
        assert!(!second.has_changes(), "{}", second.render());
    }
    // Our own attachment is removed again, earlier ones stay.
    let read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess".parse().unwrap();
    assert!(world.edit_role(&account(), &RoleName::cross_account(), |role| {
        role.attached.insert(read_only, None);
    }));
    let (_, third) = make_plan(&world, &wanted, false);
    let changes: Vec<_> = third.steps().flat_map(|(_, step)| step.describe()).collect();
    assert_eq!(changes, ["ReadOnlyAccess is no longer desired"]);
    // Without the tag it counts as a role that we created: it is brought to exactly the desired state.
    world.edit_role(&account(), &RoleName::cross_account(), |role| drop(role.tags.remove(ADOPTED_TAG)));
    let (_, fourth) = make_plan(&world, &wanted, false);
    let changes: Vec<_> = fourth.steps().flat_map(|(_, step)| step.describe()).collect();
    assert!(changes.iter().any(|change| change.starts_with("trust: ")), "{changes:?}");
    assert!(changes.contains(&"ViewOnlyAccess is no longer desired".to_owned()), "{changes:?}");
}

/// IAM allows a comma in the name of a policy, but not in the value of a tag.
#[test]
fn attachments_are_recorded_even_if_their_names_do_not_fit_into_a_tag() {
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
    assert!(!second.has_changes(), "{}", second.render());
    assert!(role.attached.contains_key(&policy.parse().unwrap()));
}
