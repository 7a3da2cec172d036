//! The rules of the planner, each in the smallest world that shows it.

mod support;

use std::collections::BTreeSet;

use harness_ccm_core::account::AccountState;
use harness_ccm_core::backend::Expect;
use harness_ccm_core::error::{Error, ErrorKind};
use harness_ccm_core::feature::{Feature, FeatureSet, Governance, Named};
use harness_ccm_core::files::kind_of;
use harness_ccm_core::intent::Rule;
use harness_ccm_core::limits::Limits;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::observe::{Observed, Seen};
use harness_ccm_core::owner::OWNER_TAG;
use harness_ccm_core::plan::{
    Action, FindingKind, Mode, Plan, PlanOptions, PlanRejected, Reason, WithheldReason, make_plan,
};
use harness_ccm_core::policy::{PolicyDocument, Statement};
use harness_ccm_core::resource::Resource;
use harness_ccm_core::selector::Selector;
use proptest::prelude::*;
use support::*;

fn upsert(desired: &harness_ccm_core::intent::Desired, observed: &Observed) -> Plan {
    make_plan(desired, observed, PlanOptions::default())
}

fn words(plan: &Plan) -> Vec<String> {
    plan.steps()
        .map(|(id, step)| {
            format!("{id} {} {} ({})", step.operation().symbol(), step.action.resource(), step.reason)
        })
        .collect()
}

#[test]
fn a_new_account_gets_its_role_and_then_its_connector() {
    let desired = desired(visibility(), [1]);
    let plan = upsert(&desired, &nothing(&desired));
    assert_eq!(
        words(&plan),
        ["000000000001 + role HarnessCERole (missing)", "000000000001 + connector team_1 (missing)"]
    );
    insta::assert_snapshot!(plan.render(), @r#"
    Changes:
    + role HarnessCERole in 000000000001 team 1 (missing)
        19 actions, trusts arn:aws:iam::891928451355:user/ce-prod-bucket-admin,
          arn:aws:iam::891928451355:user/prod-data-pipeline-dont-delete
        rule "all"
    + connector team_1 in 000000000001 team 1 (missing)
        visibility for arn:aws:iam::000000000001:role/HarnessCERole
        rule "all"

    Plan: 2 to create, 0 to change, 0 to adopt, 0 to remove in 1 account.
    0 in sync, 0 withheld, 0 accounts left out.
    About 3 calls to AWS and 2 to Harness (1 s at 400 a minute).
    "#);
}

#[test]
fn a_desired_state_is_not_a_change() {
    let desired = desired(with_ec2(), 1..4);
    let plan = upsert(&desired, &applied(&desired));
    assert!(!plan.has_changes(), "{}", plan.render());
    assert_eq!(plan.counts().in_sync, 6);
}

#[test]
fn drift_names_the_fields_and_touches_nothing_else() {
    let desired = desired(visibility(), 1..4);
    let mut observed = applied(&desired);
    observed.connectors[1].features.insert(Named::Known(Feature::Governance));
    observed.connectors[1].external_id = Some("other".into());
    let role = seen_role(&mut observed, &desired, 3);
    role.inline.values_mut().for_each(|document| {
        *document = PolicyDocument::new([Statement::allow(["ec2:DescribeRegions"], ["*"]).unwrap()]);
    });
    let plan = upsert(&desired, &observed);
    insta::assert_snapshot!(plan.render(), @r#"
    Changes:
    ~ connector team_2 in 000000000002 team 2 (differs)
        externalId: other -> harness:891928451355:acct
        featuresEnabled: VISIBILITY, GOVERNANCE -> VISIBILITY
        rule "all"
    ~ role HarnessCERole in 000000000003 team 3 (differs)
        policy HarnessCCM: +18 actions (ce:GetRightsizingRecommendation,
          cloudwatch:GetMetricData, ec2:DescribeInstances* and 15 more)
        rule "all"

    Plan: 0 to create, 2 to change, 0 to adopt, 0 to remove in 3 accounts.
    4 in sync, 0 withheld, 0 accounts left out.
    About 6 calls to AWS and 3 to Harness (1 s at 400 a minute).
    Releases of the permissions that the roles match now: 2026-11 in 2, none in 1.
    "#);
}

#[test]
fn a_role_of_another_tool_that_grants_enough_is_in_sync() {
    let desired = desired(visibility(), [1]);
    let mut observed = applied(&desired);
    let role = seen_role(&mut observed, &desired, 1);
    role.tags.clear();
    let document = PolicyDocument::new([
        Statement::allow(["ecs:*", "ec2:Describe*", "rds:Describe*", "cloudwatch:*", "ce:*"], ["*"]).unwrap(),
        Statement::allow(["iam:SimulatePrincipalPolicy"], ["*"]).unwrap(),
    ]);
    role.inline.clear();
    role.attached.insert("arn:aws:iam::000000000001:policy/Own".parse().unwrap(), Some(document));
    let plan = upsert(&desired, &observed);
    assert!(!plan.has_changes(), "{}", plan.render());
    assert_eq!(plan.counts().withheld, 0);
    let findings = &plan.accounts()[&id(1)].findings;
    assert!(findings.iter().any(|finding| matches!(finding.kind, FindingKind::Excess(_))), "{findings:?}");
}

#[test]
fn a_role_of_another_tool_that_falls_short_is_withheld_until_adopted() {
    let desired = desired(visibility(), [1]);
    let mut observed = applied(&desired);
    observed.connectors.clear();
    let role = seen_role(&mut observed, &desired, 1);
    role.tags.clear();
    role.inline.clear();
    let cautious = upsert(&desired, &observed);
    assert!(!cautious.has_changes());
    let withheld = &cautious.accounts()[&id(1)].withheld;
    assert!(matches!(withheld[0].reason, WithheldReason::Unowned(_)), "{withheld:?}");
    assert!(
        matches!(withheld[1].reason, WithheldReason::WaitsFor { incomplete: false, .. }),
        "the connector must wait: {withheld:?}"
    );
    let adopting = make_plan(&desired, &observed, PlanOptions::default().with_adopt());
    assert_eq!(
        words(&adopting),
        ["000000000001 ~ role HarnessCERole (adopted)", "000000000001 + connector team_1 (missing)"]
    );
}

#[test]
fn a_foreign_mark_is_a_refusal_even_when_adopting() {
    let desired = desired(visibility(), [1]);
    let mut observed = applied(&desired);
    seen_role(&mut observed, &desired, 1).tags.insert(OWNER_TAG.into(), "somebody".into());
    observed.connectors[0].tags.insert(OWNER_TAG.into(), "somebody".into());
    observed.connectors[0].external_id = None;
    for mode in [Mode::Upsert, Mode::Sync] {
        let plan = make_plan(&desired, &observed, PlanOptions::default().with_adopt().with_mode(mode));
        assert!(!plan.has_changes(), "{}", plan.render());
        assert!(
            plan.accounts()[&id(1)]
                .withheld
                .iter()
                .all(|w| w.reason == WithheldReason::Foreign { name: "somebody".into() })
        );
    }
}

#[test]
fn unreadable_resources_are_withheld_and_never_count_as_absent() {
    let desired = desired(visibility(), [1, 2]);
    let mut observed = nothing(&desired);
    let gap = Error::new(ErrorKind::Denied, "sts:AssumeRole", "no way in");
    observed.roles.insert(wanted(&desired, 1).connector.role.clone(), Seen::Gap(gap.into()));
    for mode in [Mode::Upsert, Mode::Sync] {
        let plan = make_plan(&desired, &observed, PlanOptions::default().with_mode(mode));
        assert!(plan.accounts()[&id(1)].steps.is_empty());
        assert!(!plan.is_complete());
        assert_eq!(plan.accounts()[&id(2)].steps.len(), 2, "the others go on");
    }
}

#[test]
fn undesired_resources_are_removed_only_in_sync_mode_and_only_if_ours() {
    let before = desired(visibility(), [1, 2]);
    let mut observed = applied(&before);
    observed.connectors[1].tags.clear();
    let mut nobody = intent(visibility());
    nobody.rules.clear();
    let after = nobody.resolve(Listing::complete([account(1, "team 1"), account(2, "team 2")])).unwrap();
    let cautious = upsert(&after, &observed);
    assert!(!cautious.has_changes());
    assert!(cautious.accounts()[&id(1)].withheld.iter().all(|w| w.reason == WithheldReason::Mode));
    let sync = make_plan(&after, &observed, PlanOptions::default().with_mode(Mode::Sync));
    assert_eq!(
        words(&sync),
        [
            "000000000001 - connector team_1 (no longer desired)",
            "000000000001 - role HarnessCERole (no longer desired)",
        ]
    );
    let kept = &sync.accounts()[&id(2)].withheld[0];
    assert_eq!(kept.resource.to_string(), "role HarnessCERole", "the connector that stays names it");
    assert!(matches!(kept.reason, WithheldReason::InUse { .. }), "{}", kept.reason);
}

#[test]
fn a_connector_whose_account_left_is_removed_only_in_sync_mode() {
    let accounts = [account(1, "team 1"), account(2, "team 2")];
    let observed = applied(&owned(visibility()).resolve(Listing::complete(accounts.clone())).unwrap());
    let after = owned(visibility()).resolve(Listing::complete(accounts[..1].to_vec())).unwrap();
    assert_eq!(upsert(&after, &observed).accounts()[&id(2)].withheld[0].reason, WithheldReason::Mode);
    let sync = make_plan(&after, &observed, PlanOptions::default().with_mode(Mode::Sync));
    assert_eq!(words(&sync), ["000000000002 - connector team_2 (no longer desired)"]);
}

#[test]
fn a_connector_of_an_unknown_account_stays_with_the_default_owner() {
    let observed = applied(&desired(visibility(), [1, 2]));
    let mut everybodys = owned(visibility());
    everybodys.owner = harness_ccm_core::id::OwnerId::default();
    let listed = everybodys.resolve(Listing::complete([account(1, "team 1")])).unwrap();
    let sync = make_plan(&listed, &observed, PlanOptions::default().with_mode(Mode::Sync));
    assert!(!sync.has_changes(), "{}", sync.render());
    insta::assert_snapshot!(sync.accounts()[&id(2)].withheld[0].reason, @"its account is not listed, and with the default owner it may belong to another organization: choose your own owner, or remove it by hand");
    // A known account that is left out is different: it belongs to this organization.
    let mut nobody = intent(visibility());
    nobody.rules.clear();
    let left_out = nobody.resolve(Listing::complete([account(1, "team 1"), account(2, "team 2")])).unwrap();
    assert!(make_plan(&left_out, &observed, PlanOptions::default().with_mode(Mode::Sync)).has_changes());
}

#[test]
fn no_two_accounts_get_one_identifier_in_a_plan() {
    // Another tool's connector has the name of the first account, and the name with its id appended is that of the
    // second.
    let accounts = [account(1, "prod"), account(2, "prod_000000000001")];
    let desired = intent(visibility()).resolve(Listing::complete(accounts.clone())).unwrap();
    let mut stranger = applied(&desired).connectors[0].clone();
    stranger.id = "prod".parse().unwrap();
    stranger.account = Some(id(9));
    stranger.tags.clear();
    let mut observed = nothing(&desired);
    observed.connectors = vec![stranger];
    let steps = words(&upsert(&desired, &observed));
    let connectors: Vec<_> = steps.iter().filter(|step| step.contains("connector")).collect();
    assert_eq!(
        connectors,
        [
            "000000000001 + connector prod__000000000001 (missing)",
            "000000000002 + connector prod_000000000001 (missing)",
        ]
    );
}

#[test]
fn an_existing_connector_keeps_its_identifier_and_ours_wins_among_several() {
    let desired = desired(visibility(), [1]);
    let mut observed = applied(&desired);
    let mut older = observed.connectors[0].clone();
    older.id = "by_hand".parse().unwrap();
    older.tags.clear();
    older.created_at = -1;
    observed.connectors[0].id = "kept".parse().unwrap();
    observed.connectors.insert(0, older);
    let plan = upsert(&desired, &observed);
    assert!(!plan.has_changes(), "{}", plan.render());
    let account = &plan.accounts()[&id(1)];
    assert!(account.in_sync.contains(&Resource::Connector("kept".parse().unwrap())), "{account:?}");
    assert_eq!(account.findings[0].resource.to_string(), "connector by_hand");
}

#[test]
fn an_identifier_that_another_account_holds_is_settled_by_the_account_id() {
    let desired = desired(visibility(), [1]);
    let mut observed = nothing(&desired);
    let mut other = connector_state(&wanted(&desired, 1).connector);
    other.account = Some(id(9));
    other.tags.clear();
    observed.connectors.push(other);
    let plan = upsert(&desired, &observed);
    assert_eq!(words(&plan)[1], "000000000001 + connector team_1_000000000001 (missing)");
}

#[test]
fn granting_changes_the_role_first_and_withdrawing_the_connector_first() {
    let (less, more) = (desired(visibility(), [1]), desired(with_ec2(), [1]));
    let order = |plan: Plan| words(&plan).iter().map(|line| line[13..].to_owned()).collect::<Vec<_>>();
    assert_eq!(
        order(upsert(&more, &applied(&less))),
        ["~ role HarnessCERole (differs)", "~ connector team_1 (differs)"]
    );
    assert_eq!(
        order(upsert(&less, &applied(&more))),
        ["~ connector team_1 (differs)", "~ role HarnessCERole (differs)"]
    );
}

#[test]
fn trading_one_feature_for_another_widens_the_role_in_between() {
    let before = desired(with_ec2(), [1]);
    let features = FeatureSet::new().with_governance(Governance::default()).with_visibility();
    let after = desired(features, [1]);
    let plan = upsert(&after, &applied(&before));
    let steps: Vec<_> = plan.accounts()[&id(1)].steps.iter().collect();
    assert_eq!(
        steps.iter().map(|step| step.reason).collect::<Vec<_>>(),
        [Reason::Bridge, Reason::Drift, Reason::Drift]
    );
    let (Action::PutRole { spec: wide, .. }, Action::PutRole { spec: last, expect: Expect::Same(between) }) =
        (&steps[0].action, &steps[2].action)
    else {
        panic!("{steps:?}");
    };
    assert!(wide.differences(between).is_empty(), "the last step expects what the first one leaves");
    let grants = harness_ccm_core::policy::Grants::of(wide.inline.values());
    for document in last.inline.values().chain(wanted(&before, 1).roles[0].inline.values()) {
        assert!(grants.cover(document).is_complete(), "never fewer permissions than before or after");
    }
}

#[test]
fn inaccessible_accounts_are_withheld_or_skipped() {
    let states = [
        AccountState::PendingActivation,
        AccountState::Suspended,
        AccountState::Unknown("MOON".into()),
        AccountState::Closed,
    ];
    let accounts: Vec<_> = (1..).zip(states).map(|(n, state)| account(n, "x").with_state(state)).collect();
    let desired = intent(visibility()).resolve(Listing::complete(accounts.clone())).unwrap();
    let plan = upsert(&desired, &nothing(&desired));
    assert!(!plan.has_changes());
    assert_eq!((plan.counts().withheld, plan.counts().skipped), (3, 1));
    // No action changes a suspended account; the other two wait for something.
    assert_eq!(plan.counts().incomplete, 2);
}

#[test]
fn limits_refuse_before_the_first_write() {
    let desired_all = desired(visibility(), 1..=40);
    let mut observed = applied(&desired_all);
    for connector in &mut observed.connectors {
        connector.external_id = None;
    }
    let limits = Limits::default();
    assert!(upsert(&desired_all, &observed).check(&limits).is_ok(), "40 of 80 is half");
    for number in 1..=5 {
        seen_role(&mut observed, &desired_all, number).tags.clear();
        seen_role(&mut observed, &desired_all, number).tags.insert(OWNER_TAG.into(), "harness-ccm".into());
        seen_role(&mut observed, &desired_all, number).inline.clear();
    }
    assert_eq!(
        upsert(&desired_all, &observed).check(&limits).unwrap_err(),
        PlanRejected::Updates { changed: 45, existing: 80 }
    );
    let mut none = intent(visibility());
    none.rules.clear();
    let all: Vec<_> = (1..=40).map(|number| account(number, "left out")).collect();
    let nothing_wanted = none.resolve(Listing::complete(all)).unwrap();
    let sync = make_plan(&nothing_wanted, &observed, PlanOptions::default().with_mode(Mode::Sync));
    assert_eq!(sync.check(&limits).unwrap_err(), PlanRejected::NothingWanted { removed: 80 });
    none.rules = vec![Rule::onboard("some", Selector::all().with_name("team ?"), visibility())];
    let all: Vec<_> = (1..=40).map(|number| account(number, &format!("team {number}"))).collect();
    let few = none.resolve(Listing::complete(all)).unwrap();
    let sync = make_plan(&few, &applied(&desired_all), PlanOptions::default().with_mode(Mode::Sync));
    assert_eq!(sync.check(&limits).unwrap_err(), PlanRejected::Removals { removed: 62, existing: 80 });
}

#[test]
fn a_plan_survives_its_file_and_another_version_is_refused() {
    let desired = desired(with_ec2(), 1..3);
    let mut observed = applied(&desired);
    observed.connectors[0].external_id = None;
    seen_role(&mut observed, &desired, 2).inline.clear();
    let plan = upsert(&desired, &observed);
    let text = plan.to_json().to_string();
    assert_eq!(Plan::from_json(&text).unwrap(), plan);
    let newer = text.replace("\"format_version\":3", "\"format_version\":7");
    insta::assert_snapshot!(Plan::from_json(&newer).unwrap_err(), @"the plan has format version 7, this version applies 3: make a new plan");
}

#[test]
fn a_plan_file_begins_with_its_kind_and_a_file_of_another_kind_is_refused() {
    let desired = desired(visibility(), 1..3);
    let plan = upsert(&desired, &nothing(&desired));
    let text = plan.to_json_text();
    assert_eq!(kind_of(text.as_bytes()), Some(Plan::KIND));
    assert_eq!(Plan::from_json(&text).unwrap(), plan);
    assert_eq!(Plan::from_json(&format!("\u{feff}{text}")).unwrap(), plan, "with a byte order mark");
    assert_eq!(kind_of(format!("\u{feff}{text}").as_bytes()), Some(Plan::KIND));
    insta::assert_snapshot!(Plan::from_json("{\"format_version\":3}").unwrap_err(), @r#"not a plan file: it does not begin with the "kind" "harness-ccm plan""#);
    let other = text.replace(Plan::KIND, "harness-ccm kept listing");
    insta::assert_snapshot!(Plan::from_json(&other).unwrap_err(), @r#"not a plan file: it does not begin with the "kind" "harness-ccm plan""#);
    insta::assert_snapshot!(Plan::from_json("id,name").unwrap_err(), @"not a plan file: line 1, column 1: it is not JSON");
}

#[test]
fn tags_are_never_read_as_policy_documents() {
    let desired = desired(with_ec2(), [1]);
    for tags in
        [[("document", "0123456789abcdef"), ("document", "x")], [("Version", "1"), ("Statement", "x")]]
    {
        let mut observed = applied(&intent(visibility()).resolve(listing([1])).unwrap());
        observed.connectors[0].tags = tags.map(|(key, value)| (key.into(), value.into())).into();
        let plan = make_plan(&desired, &observed, PlanOptions::default().with_adopt());
        assert!(plan.has_changes());
        assert_eq!(Plan::from_json(&plan.to_json_text()).unwrap(), plan, "{tags:?}");
        assert!(!plan.to_json()["documents"].to_string().contains("\"x\""), "{tags:?}");
    }
}

#[test]
fn a_value_that_does_not_belong_in_a_plan_is_reported_with_its_path() {
    let desired = desired(visibility(), 1..3);
    let text = upsert(&desired, &nothing(&desired)).to_json_text();
    let shown = |edit: &dyn Fn(&mut serde_json::Value)| {
        let mut file = serde_json::from_str(&text).unwrap();
        edit(&mut file);
        Plan::from_json(&file.to_string()).unwrap_err().to_string()
    };
    insta::assert_snapshot!(shown(&|file| file["accounts"]["000000000002"]["steps"][0]["action"]["put_role"]["spec"]["owner"] = 1.into()), @"not a plan file: the value at accounts.000000000002.steps[0].action.put_role.spec.owner is not valid in a plan");
    insta::assert_snapshot!(shown(&|file| file["documents"] = serde_json::json!([])), @"not a plan file: the value at documents is not valid in a plan");
    let trust = |file: &serde_json::Value| {
        let role = &file["accounts"]["000000000001"]["steps"][0]["action"]["put_role"]["spec"];
        role["trust"]["document"].as_str().unwrap().to_owned()
    };
    let name = trust(&serde_json::from_str(&text).unwrap());
    let lost = shown(&|file| drop(file["documents"].as_object_mut().unwrap().remove(&name)));
    assert_eq!(lost, format!("not a plan file: the value at documents.{name} is not valid in a plan"));
    let hostile = shown(&|file| {
        let roles = file["documents"].as_object_mut().unwrap();
        let role = roles.remove(&name).unwrap();
        roles.insert("\u{feff}\u{1b}[2J".into(), role);
    });
    assert_eq!(hostile, lost, "what is missing is named, not what stands in its place");
    let hostile = shown(&|file| {
        let account = &mut file["accounts"]["000000000001"]["steps"][0]["action"]["put_role"]["spec"];
        account["trust"]["document"] = "\u{feff}\u{1b}[2J".into();
    });
    insta::assert_snapshot!(hostile, @r"not a plan file: the value at documents.\u{feff}\u{1b}[2J is not valid in a plan");
    assert_eq!(text.matches("sts:AssumeRole").count(), 1, "each document stands there once");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn shuffled_input_gives_the_same_plan_to_the_byte(
        mut order in Just((1..=12_u64).collect::<Vec<_>>()).prop_shuffle(),
        drift in prop::collection::vec(0..4_u8, 12),
    ) {
        let build = |numbers: &[u64]| {
            let desired = desired(with_ec2(), numbers.iter().copied());
            let mut observed = applied(&desired);
            for connector in &mut observed.connectors {
                let number: usize = connector.account.as_ref().unwrap().as_str().parse().unwrap();
                match drift[number - 1] {
                    1 => connector.external_id = None,
                    2 => connector.tags.clear(),
                    3 => connector.account = None,
                    _ => {}
                }
            }
            observed.connectors.sort_by_key(|connector| numbers.iter().position(|n| connector.account == Some(id(*n))));
            make_plan(&desired, &observed, PlanOptions::default().with_mode(Mode::Sync)).to_json().to_string()
        };
        let shuffled = build(&order);
        order.sort_unstable();
        prop_assert_eq!(build(&order), shuffled);
    }
}

#[test]
fn a_plan_names_its_owner_and_the_connectors_without_an_account() {
    let desired = owned(visibility()).resolve(listing([1])).unwrap();
    let mut observed = applied(&desired);
    let mut stray = observed.connectors[0].clone();
    stray.id = "stray".parse().unwrap();
    stray.account = None;
    stray.role_arn = None;
    observed.connectors.push(stray);
    let plan = upsert(&desired, &observed);
    assert_eq!(plan.unassigned(), ["stray".parse().unwrap()]);
    assert_eq!(plan.owner().as_str(), "finops");
    assert!(upsert(&desired, &applied(&desired)).unassigned().is_empty());
}

#[test]
fn the_actions_of_every_new_role_are_counted() {
    let mut intent = owned(visibility());
    let wider = Rule::onboard("wider", Selector::all().with_accounts([id(2)]), with_ec2());
    intent.rules.insert(0, wider);
    let desired = intent.resolve(listing(1..=3)).unwrap();
    let plan = upsert(&desired, &nothing(&desired));
    let text = plan.render().full().to_string();
    let shown: Vec<_> = text.lines().filter_map(|line| line.split_once(" actions, trusts")).collect();
    let shown: Vec<usize> = shown.into_iter().map(|(count, _)| count.trim().parse().unwrap()).collect();
    let allowed = |number| {
        let role = wanted(&desired, number).roles.last().unwrap();
        let actions = role.documents().flat_map(|document| document.allowed_actions());
        actions.collect::<BTreeSet<_>>().len()
    };
    assert_eq!(shown, [1, 2, 3].map(allowed), "{text}");
    assert!(allowed(1) < allowed(2));
}
