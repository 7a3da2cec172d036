//! Roles of other makers: every release of the public module, the CloudFormation template, and manual ones.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/makers.rs"]
mod makers;

use std::collections::BTreeSet;

use harness_ccm_core::account::Account;
use harness_ccm_core::catalog::Release;
use harness_ccm_core::feature::{
    AutoStopping, Billing, Commitment, CurReport, FeatureSet, Governance, GovernanceAccess, Optimization,
};
use harness_ccm_core::intent::Intent;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::{RoleSpec, RoleState};
use harness_ccm_core::testing::published::{Inputs, Made, Maker};
use makers::*;
use proptest::prelude::*;
use serde_json::Value;

/// An independent judgement, without any code of the planner: on JSON, literally.
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

    /// The permissions that `spec` needs and `role` does not grant.
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

/// Plans for an unchanged role, and compares the plan with the naive judgement.
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
        // Most read permissions are also granted by ViewOnlyAccess, whose text the naive reader does not know.
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
fn roles_of_published_releases_are_in_sync_with_each_switch_and_all_together() {
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
            // 0.1.8 is between two releases of the catalogue: its governance is that of the later one, and its optimization
            // that of the earlier one, except for the Lambda role.
            let between =
                ["enable_governance", "enable_optimization"].iter().any(|on| inputs.on.contains(*on));
            let own = maker != Maker::MODULE_0_1_8 || !between;
            let short = assert_judged(&case, maker, &inputs, &made);
            assert!(short == 0 || !own, "{case}: what it grants is not seen to be there");
        }
    }
    assert!(seen > 40, "only {seen} sets of switches can be said");
}

/// Removes the action with this number, counted over all policies, from the role; `None` if it was alone in its
/// statement.
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

/// Every feature separately, with its options.
fn atoms(inputs: &Inputs) -> Vec<(String, FeatureSet)> {
    let report = CurReport::new("harness-cur", inputs.cur_bucket.clone());
    let none = FeatureSet::new;
    let mut atoms = vec![
        ("visibility".to_owned(), none().with_visibility()),
        (
            "view-only".to_owned(),
            none().with_governance(Governance::new().with_access(GovernanceAccess::ViewOnly)),
        ),
        ("billing".to_owned(), none().with_billing(Billing::new(report))),
        ("commitment".to_owned(), none().with_commitment(Commitment::new())),
        ("purchases".to_owned(), none().with_commitment(Commitment::new().with_purchase())),
        ("clusters".to_owned(), none().with_cluster_orchestration()),
    ];
    let kind = |kind: &AutoStopping| {
        (kind.as_str().to_owned(), none().with_optimization(Optimization::new().with_kinds([*kind])))
    };
    atoms.extend(AutoStopping::ALL.iter().map(kind));
    atoms
}

/// The features of our own release that the created roles grant, by the naive judgement, and all of them in one
/// set.
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
            all.optimization = (!together.is_empty()).then(|| Optimization::new().with_kinds(together));
        }
    }
    (names, all)
}

fn current(maker: Maker, features: FeatureSet) -> Intent {
    let mut intent = intent(maker, features, "");
    intent.role.release = Release::NEWEST.into();
    intent
}

#[test]
fn the_features_of_our_release_that_each_maker_grants() {
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
    fn the_features_that_a_role_grants_are_in_sync_for_any_maker((maker, on) in any_maker()) {
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
        // A feature that a release does not include is refused when the intent is resolved: tested with the
        // catalogue.
        let accounts = [Account::new(account(), "prod")];
        prop_assume!(!features.is_empty() && intent(maker, features, "").resolve(Listing::complete(accounts.to_vec())).is_ok());
        let mut made = maker.make(&inputs);
        let action = lost.and_then(|number| without_action(&mut made, number));
        assert_judged(&format!("{maker} with {:?} without {action:?}", inputs.on), maker, &inputs, &made);
    }
}
