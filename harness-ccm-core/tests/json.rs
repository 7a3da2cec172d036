//! The JSON of twelve telling plans and of reports, word by word: renaming a field is a change of the format.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use std::collections::BTreeMap;

use futures_executor::block_on;
use harness_ccm_core::account::AccountState;
use harness_ccm_core::apply::{ApplyOptions, apply};
use harness_ccm_core::backend::{ConnectorClient as _, NoPause};
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::feature::{FeatureSet, Governance};
use harness_ccm_core::intent::{Desired, Rule};
use harness_ccm_core::limits::Limits;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{Observed, Seen};
use harness_ccm_core::owner::{ADOPTED_TAG, OWNER_TAG};
use harness_ccm_core::plan::{Mode, Plan, PlanOptions, plan};
use harness_ccm_core::report::Roster;
use harness_ccm_core::selector::Selector;
use harness_ccm_core::verify::{VerifyOptions, verify};
use harness_ccm_core::{Error, ErrorKind};
use support::*;

fn upsert(desired: &Desired, observed: &Observed) -> Plan {
    plan(desired, observed, PlanOptions::default())
}

fn sync(desired: &Desired, observed: &Observed) -> Plan {
    plan(desired, observed, PlanOptions::default().with_mode(Mode::Sync))
}

/// One account, with everything that it shall have.
fn one() -> (Desired, Observed) {
    let desired = owned(visibility()).resolve(listing([1])).unwrap();
    let observed = applied(&desired);
    (desired, observed)
}

/// The plans by name.
fn plans() -> Vec<(&'static str, Plan)> {
    let (whole, there) = one();
    let create = upsert(&whole, &nothing(&whole));
    let in_sync = upsert(&whole, &there);

    let governed = FeatureSet::new().with_visibility().with_governance(Governance::default());
    let more = owned(governed).resolve(listing([1])).unwrap();
    let change = upsert(&more, &there);

    let mut cut_off = there.clone();
    cut_off.connectors.clear();
    seen_role(&mut cut_off, &whole, 1).inline.clear();
    let finish = upsert(&whole, &cut_off);

    let mut others = there.clone();
    others.connectors[0].tags.clear();
    others.connectors[0].features.clear();
    seen_role(&mut others, &whole, 1).tags.clear();
    seen_role(&mut others, &whole, 1).inline.clear();
    let held_back = upsert(&whole, &others);
    let adopt = plan(&whole, &others, PlanOptions::default().with_adopt(true));

    let mut foreign = there.clone();
    foreign.connectors[0].tags.insert(OWNER_TAG.into(), "somebody".into());
    seen_role(&mut foreign, &whole, 1).tags.insert(OWNER_TAG.into(), "somebody".into());
    let of_another_owner = upsert(&whole, &foreign);

    let mut unread = nothing(&whole);
    let denied = Error::new(ErrorKind::Denied, "sts:AssumeRole", "no role lets the caller in")
        .with_subject("role HarnessCERole in account 000000000001")
        .with_remedy("name the right role")
        .with_source(std::io::Error::other("AccessDenied"));
    unread.roles.insert(wanted(&whole, 1).connector.role.clone(), Seen::Gap(denied.into()));
    let gap = upsert(&whole, &unread);

    let mut skipping = owned(visibility());
    skipping.rules = vec![Rule::skip("sandboxes", Selector::all(), "no spend")];
    let left = skipping.resolve(listing([1])).unwrap();
    let prune = sync(&left, &there);
    let mut adopted = there.clone();
    seen_role(&mut adopted, &whole, 1).tags.insert(ADOPTED_TAG.into(), String::new());
    let kept = sync(&left, &adopted);

    let closed = listing_with([1], 0, |account| account.state = AccountState::Suspended);
    let closed = owned(visibility()).resolve(closed).unwrap().retire();
    let out_of_reach = sync(&closed, &there);

    let gone = owned(visibility()).resolve(listing([2])).unwrap();
    let unlisted = sync(&gone, &there);
    vec![
        ("create", create),
        ("in_sync", in_sync),
        ("change", change),
        ("finish", finish),
        ("held_back", held_back),
        ("adopt", adopt),
        ("of_another_owner", of_another_owner),
        ("gap", gap),
        ("prune", prune),
        ("adopted_stays", kept),
        ("out_of_reach", out_of_reach),
        ("unlisted", unlisted),
    ]
}

#[test]
fn the_json_of_plans() {
    for (name, plan) in plans() {
        let text = plan.to_judged_json_text(&Limits::default());
        assert_eq!(Plan::from_json(&text).unwrap(), plan, "{name}");
        insta::assert_snapshot!(format!("plan_{name}"), text);
    }
}

#[test]
fn the_json_of_reports() {
    let world = World::new((1..=2).map(|number| account(number, &format!("team {number}"))));
    let desired = intent(visibility()).resolve(listing([1, 2])).unwrap();
    world.refuse_connector(&id(1), Some("not here"));
    let approved = upsert(&desired, &nothing(&desired)).check(&Limits::default()).unwrap();
    let options = ApplyOptions::default().with_concurrency(1);
    let report = block_on(apply(&approved, &world.roles(), &world.connectors(), &options, &NoEvents));
    insta::assert_snapshot!("report_apply", serde_json::to_string_pretty(&report).unwrap());
    let connectors = block_on(world.connectors().list_connectors()).unwrap();
    let options = VerifyOptions::default();
    world.edit_role(&id(2), &"HarnessCERole".parse().unwrap(), |role| role.inline.clear());
    let verification =
        block_on(verify(&desired, &connectors, &world.connectors(), &NoPause, options, &NoEvents));
    insta::assert_snapshot!("report_verify", serde_json::to_string_pretty(&verification).unwrap());
    let rules = [Rule::onboard("all", Selector::all(), visibility())];
    let roster = Roster::new(&desired, &rules).with_connectors(&desired, &connectors);
    insta::assert_snapshot!("report_accounts", serde_json::to_string_pretty(&roster).unwrap());
    let nothing_listed = intent(visibility()).resolve(Listing::complete([])).unwrap();
    insta::assert_snapshot!(
        "report_no_accounts",
        serde_json::to_string_pretty(&Roster::new(&nothing_listed, &rules)).unwrap()
    );
}

/// The keys below which a string is a sentence or a name that somebody chose. All other strings are words of the format,
/// identifiers, or values of AWS and Harness.
const FREE_TEXT: [&str; 8] =
    ["message", "name", "note", "causes", "remedy", "subject", "rule", "diagnostics"];

fn sentences(json: &serde_json::Value, key: &str, found: &mut BTreeMap<String, String>) {
    match json {
        serde_json::Value::String(text) if text.contains(' ') => drop(found.insert(key.into(), text.clone())),
        serde_json::Value::Array(items) => items.iter().for_each(|item| sentences(item, key, found)),
        serde_json::Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| sentences(value, key, found));
        }
        _ => {}
    }
}

#[test]
fn free_text_stands_only_where_it_is_expected() {
    let mut found = BTreeMap::new();
    for (_, plan) in plans() {
        let json = serde_json::from_str(&plan.to_judged_json_text(&Limits::default())).unwrap();
        sentences(&json, "", &mut found);
    }
    assert_eq!(found.remove("kind").as_deref(), Some(Plan::KIND), "a constant");
    found.retain(|key, _| !FREE_TEXT.contains(&key.as_str()));
    assert_eq!(found, BTreeMap::new());
}
