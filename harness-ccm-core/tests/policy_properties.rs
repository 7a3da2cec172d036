//! Equivalence and coverage of generated policies, compared with an independent evaluator of single requests
//! (`iam-rs`).
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::collections::BTreeSet;

use harness_ccm_core::policy::{Decision, Grants, Permission, PolicyDocument};
use iam_rs::{Arn, Context, IAMPolicy, IAMRequest, PolicyEvaluator, Principal, PrincipalId};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A statement before it is serialized.
#[derive(Clone, Debug, PartialEq)]
struct Made {
    deny: bool,
    not_action: bool,
    actions: BTreeSet<String>,
    not_resource: bool,
    resources: BTreeSet<String>,
    condition: Option<(&'static str, BTreeSet<String>)>,
}

/// Patterns of few letters, so that they overlap. Each matches some of [`requests`].
fn made() -> impl Strategy<Value = Made> {
    let action = prop_oneof![
        8 => "s:[ab?]{1,2}",
        3 => "s:[ab]?\\*",
        1 => Just("t:a".to_owned()),
        1 => Just("*".to_owned())
    ];
    let resource = prop_oneof![
        4 => "[ab?]{1,2}".prop_map(|name| format!("arn:aws:s3:::{name}")),
        3 => "[ab]?\\*".prop_map(|name| format!("arn:aws:s3:::{name}")),
        2 => Just("*".to_owned())
    ];
    let values = prop::collection::btree_set("[xy]", 1..3);
    let condition =
        (prop::sample::select(vec!["StringEquals", "StringNotEquals", "StringEqualsIfExists"]), values);
    (
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.15),
        prop::collection::btree_set(action, 1..4),
        prop::bool::weighted(0.15),
        prop::collection::btree_set(resource, 1..3),
        prop::option::weighted(0.3, condition),
    )
        .prop_map(|(deny, not_action, actions, not_resource, resources, condition)| Made {
            deny,
            not_action,
            actions,
            not_resource,
            resources,
            condition,
        })
}

fn policy() -> impl Strategy<Value = Vec<Made>> {
    prop::collection::vec(made(), 1..4)
}

/// A policy that grants the same as `policy` or more, in one of a few ways.
fn widened(policy: &[Made], ways: &[(u8, u8)]) -> Vec<Made> {
    let mut policy = policy.to_vec();
    for (way, which) in ways {
        let which = usize::from(*which) % policy.len();
        let alone = policy.len() == 1;
        let statement = &mut policy[which];
        match way % 7 {
            0 if !statement.deny && !statement.not_action => {
                let all = statement.actions.iter().map(|action| format!("{}*", action.trim_end_matches('*')));
                statement.actions = all.collect();
            }
            1 if !statement.deny => statement.condition = None,
            2 if !statement.deny && !statement.not_resource => {
                statement.resources.insert("*".into());
            }
            3 if statement.deny && !alone => drop(policy.remove(which)),
            4 if !statement.deny => {
                if let Some((operator, values)) = &mut statement.condition {
                    if *operator == "StringNotEquals" {
                        let first = values.first().cloned();
                        *values = first.into_iter().collect();
                    } else {
                        values.extend(["x".into(), "y".into()]);
                    }
                }
            }
            5 => policy.push(Made {
                deny: false,
                not_action: false,
                actions: ["s:b*".to_owned()].into(),
                not_resource: false,
                resources: ["arn:aws:s3:::a*".to_owned()].into(),
                condition: None,
            }),
            _ => {}
        }
    }
    policy
}

/// Ways to write the same policy.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
struct Style {
    reversed: bool,
    upper: bool,
    lists: bool,
    repeated: bool,
    encoded: bool,
    wrapped: bool,
    sids: bool,
    principals: u8,
}

fn style() -> impl Strategy<Value = Style> {
    (any::<[bool; 7]>(), 0..3_u8).prop_map(
        |([reversed, upper, lists, repeated, encoded, wrapped, sids], principals)| Style {
            reversed,
            upper,
            lists,
            repeated,
            encoded,
            wrapped,
            sids,
            principals,
        },
    )
}

const PLAIN: Style = Style {
    reversed: false,
    upper: false,
    lists: true,
    repeated: false,
    encoded: false,
    wrapped: false,
    sids: false,
    principals: 0,
};

fn written(policy: &[Made], style: &Style) -> String {
    let list = |values: &BTreeSet<String>, upper: bool| {
        let mut values: Vec<_> =
            values.iter().map(|v| if upper { v.to_uppercase() } else { v.clone() }).collect();
        if style.reversed {
            values.reverse();
        }
        if style.repeated {
            values.push(values[0].clone());
        }
        if values.len() == 1 && !style.lists { json!(values[0]) } else { json!(values) }
    };
    let mut statements: Vec<Value> = policy
        .iter()
        .enumerate()
        .map(|(number, made)| {
            let mut statement = Map::new();
            if style.sids {
                statement.insert("Sid".into(), json!(format!("Statement{number}")));
            }
            statement.insert("Effect".into(), json!(if made.deny { "Deny" } else { "Allow" }));
            let action = if made.not_action { "NotAction" } else { "Action" };
            statement.insert(action.into(), list(&made.actions, style.upper));
            let resource = if made.not_resource { "NotResource" } else { "Resource" };
            statement.insert(resource.into(), list(&made.resources, false));
            if let Some((operator, values)) = &made.condition {
                let (operator, key) = if style.upper {
                    (operator.to_uppercase(), "APP:K")
                } else {
                    ((*operator).to_owned(), "app:k")
                };
                statement.insert("Condition".into(), json!({operator: {key: list(values, false)}}));
            }
            Value::Object(statement)
        })
        .collect();
    if style.reversed {
        statements.reverse();
    }
    let statement =
        if statements.len() == 1 && !style.lists { statements.remove(0) } else { json!(statements) };
    let document = json!({"Version": "2012-10-17", "Statement": statement});
    let text = if style.wrapped { json!([document]) } else { document }.to_string();
    if style.encoded { utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string() } else { text }
}

fn parse(policy: &[Made], style: &Style) -> PolicyDocument {
    PolicyDocument::parse(&written(policy, style)).unwrap()
}

fn plain(policy: &[Made]) -> PolicyDocument {
    parse(policy, &PLAIN)
}

/// A trust policy of two users and an account, written in one of three ways.
fn trust(style: &Style) -> PolicyDocument {
    let account = match style.principals {
        0 => "123456789012",
        1 => "arn:aws:iam::123456789012:root",
        _ => "arn:aws-us-gov:iam::123456789012:root",
    };
    let mut who = vec!["arn:aws:iam::210987654321:user/a", "arn:aws:iam::210987654321:user/b", account];
    if style.reversed {
        who.reverse();
    }
    let action = if style.upper { "STS:ASSUMEROLE" } else { "sts:AssumeRole" };
    let action = if style.lists { json!([action]) } else { json!(action) };
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Principal": {"AWS": who},
         "Condition": {"StringEquals": {"sts:ExternalId": ["one"]}}}]});
    PolicyDocument::parse(&document.to_string()).unwrap()
}

/// Action, resource and the value of the one condition key, of requests that distinguish these policies.
fn requests() -> Vec<(String, String, Option<&'static str>)> {
    let names = ["a", "b", "aa", "ab", "ba", "bb"];
    let actions = names.iter().map(|name| format!("s:{name}")).chain(["t:a".into(), "u:z".into()]);
    let resources: Vec<_> =
        names.iter().map(|name| format!("arn:aws:s3:::{name}")).chain(["arn:aws:sqs:::z".into()]).collect();
    let mut requests = Vec::new();
    for action in actions {
        for resource in &resources {
            for value in [None, Some("x"), Some("y"), Some("z")] {
                requests.push((action.clone(), resource.clone(), value));
            }
        }
    }
    requests
}

/// The [`requests`] that the other evaluator allows.
fn allowed(policy: &[Made]) -> Vec<bool> {
    let policy: IAMPolicy = serde_json::from_str(&written(policy, &PLAIN)).unwrap();
    let evaluator = PolicyEvaluator::with_policies(vec![policy]);
    let who = Principal::Aws(PrincipalId::String("arn:aws:iam::123456789012:role/r".into()));
    requests()
        .into_iter()
        .map(|(action, resource, value)| {
            let mut request = IAMRequest::new(who.clone(), action, Arn::parse(&resource).unwrap());
            if let Some(value) = value {
                request.context = Context::new().with_string("app:k", value);
            }
            evaluator.evaluate(&request).unwrap().decision == iam_rs::Decision::Allow
        })
        .collect()
}

fn grants_at_least(wide: &[bool], narrow: &[bool]) -> bool {
    wide.iter().zip(narrow).all(|(wide, narrow)| *wide || !narrow)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn equivalence_ignores_notation(policy in policy(), one in style(), other in style(), third in style()) {
        let [a, b, c] = [&one, &other, &third].map(|style| parse(&policy, style));
        prop_assert!(a.equivalent(&a), "reflexive");
        prop_assert!(a.equivalent(&b), "{} {}", a.to_json(), b.to_json());
        prop_assert!(b.equivalent(&a), "symmetric");
        prop_assert!(b.equivalent(&c) && a.equivalent(&c), "transitive");
        prop_assert!(PolicyDocument::parse(&a.to_json()).unwrap().equivalent(&a), "through the canonical form");
        let trusts = [&one, &other, &third].map(trust);
        prop_assert!(trusts[0].equivalent(&trusts[1]) && trusts[1].equivalent(&trusts[2]));
        prop_assert!(trusts[0].equivalent(&trusts[2]) && trusts[2].equivalent(&trusts[0]));
    }

    #[test]
    fn equivalence_respects_meaning(one in policy(), other in policy(), style in style()) {
        let (a, b) = (plain(&one), parse(&other, &style));
        prop_assert_eq!(a.equivalent(&b), b.equivalent(&a), "symmetric");
        if a.equivalent(&b) {
            prop_assert_eq!(allowed(&one), allowed(&other));
        }
        let mut changed = one.clone();
        changed[0].actions.insert("s:zz".into());
        prop_assert!(!plain(&changed).equivalent(&a), "another action");
        let mut changed = one.clone();
        changed[0].resources.insert("arn:aws:s3:::zz".into());
        prop_assert!(!plain(&changed).equivalent(&a), "another resource");
        let mut changed = one.clone();
        changed[0].condition = Some(("StringLike", ["x".to_owned()].into()));
        prop_assert!(!plain(&changed).equivalent(&a), "another condition");
        let mut changed = one.clone();
        changed[0].deny = !changed[0].deny;
        prop_assert!(!plain(&changed).equivalent(&a), "another effect");
        let mut changed = one;
        changed.push(changed[0].clone());
        prop_assert!(!plain(&changed).equivalent(&a), "one statement more");
    }

    #[test]
    fn equivalent_policies_cover_the_same(policy in policy(), one in style(), other in style()) {
        let (a, b) = (parse(&policy, &one), parse(&policy, &other));
        for (wide, narrow) in [(&a, &a), (&a, &b), (&b, &a)] {
            let coverage = Grants::of([wide]).cover(narrow);
            prop_assert!(coverage.is_complete(), "{:?} of {}", coverage, narrow.to_json());
        }
    }

    #[test]
    fn coverage_is_right_about_single_requests(
        narrow in policy(),
        ways in prop::collection::vec(any::<(u8, u8)>(), 0..4),
        other in policy(),
    ) {
        let wider = widened(&narrow, &ways);
        for (seen, asked) in [(&wider, &narrow), (&narrow, &wider), (&other, &narrow)] {
            let (document, wanted) = (plain(seen), plain(asked));
            let coverage = Grants::of([&document]).cover(&wanted);
            let really = grants_at_least(&allowed(seen), &allowed(asked));
            if coverage.is_complete() {
                prop_assert!(really, "{} does not grant all of {}", document.to_json(), wanted.to_json());
            }
            if really {
                prop_assert!(
                    coverage.missing.is_empty(),
                    "{} grants all of {}, but {:?} is said to be missing",
                    document.to_json(), wanted.to_json(), coverage.missing
                );
            }
        }
    }

    #[test]
    fn coverage_is_transitive_up_to_doubt(
        narrow in policy(),
        ways in prop::collection::vec(any::<(u8, u8)>(), 0..4),
        more in prop::collection::vec(any::<(u8, u8)>(), 0..4),
    ) {
        let middle = widened(&narrow, &ways);
        let wide = widened(&middle, &more);
        let [a, b, c] = [&wide, &middle, &narrow].map(|policy| plain(policy));
        if Grants::of([&a]).cover(&b).is_complete() && Grants::of([&b]).cover(&c).is_complete() {
            prop_assert!(Grants::of([&a]).cover(&c).missing.is_empty());
        }
    }

    #[test]
    fn excess_is_nothing_where_nothing_more_is_granted(
        narrow in policy(),
        ways in prop::collection::vec(any::<(u8, u8)>(), 0..4),
    ) {
        let wide = widened(&narrow, &ways);
        let (seen, wanted) = (plain(&wide), plain(&narrow));
        let excess = Grants::of([&seen]).excess(&Grants::of([&wanted]));
        if excess.is_empty() {
            prop_assert!(grants_at_least(&allowed(&narrow), &allowed(&wide)), "{} {}", seen.to_json(), wanted.to_json());
        }
    }

    #[test]
    fn simulation_and_decision_agree_with_the_other_evaluator(policy in policy()) {
        let document = plain(&policy);
        let grants = Grants::of([&document]);
        for ((action, resource, value), allowed) in requests().into_iter().zip(allowed(&policy)) {
            let simulated = grants.simulate(&action, &resource);
            if value.is_none() {
                prop_assert_eq!(simulated == Decision::Allowed, allowed, "{} on {}", action, resource);
                prop_assert!(simulated != Decision::Unknown);
            }
            match grants.decide(&Permission::new(action.clone(), resource.clone())) {
                Decision::Allowed => prop_assert!(allowed, "{} on {} under {:?}", action, resource, value),
                Decision::Denied => prop_assert!(!allowed, "{} on {} under {:?}", action, resource, value),
                Decision::Unknown => {}
            }
        }
    }
}

/// The generators produce what the properties need: not only unrelated policies.
#[test]
fn generated_policies_are_related() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let (mut complete, mut missing, mut doubtful) = (0, 0, 0);
    for _ in 0..400 {
        let narrow = policy().new_tree(&mut runner).unwrap().current();
        let ways = prop::collection::vec(any::<(u8, u8)>(), 0..4).new_tree(&mut runner).unwrap().current();
        let other = policy().new_tree(&mut runner).unwrap().current();
        for wide in [widened(&narrow, &ways), other] {
            let document = plain(&wide);
            let coverage = Grants::of([&document]).cover(&plain(&narrow));
            complete += usize::from(coverage.is_complete());
            missing += usize::from(!coverage.missing.is_empty());
            doubtful += usize::from(!coverage.unknown.is_empty());
        }
    }
    assert!(complete > 100 && missing > 100 && doubtful > 100, "{complete} {missing} {doubtful}");
}
