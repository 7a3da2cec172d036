//! Example plans.
#![allow(dead_code, reason = "shared by several test files, each of which uses a part")]

use harness_ccm_core::account::AccountState;
use harness_ccm_core::connector::ConnectorState;
use harness_ccm_core::feature::{FeatureSet, Governance};
use harness_ccm_core::intent::{Desired, Rule};
use harness_ccm_core::observe::{Observed, Seen};
use harness_ccm_core::owner::{ADOPTED_TAG, OWNER_TAG};
use harness_ccm_core::plan::{Mode, Plan, PlanOptions, make_plan};
use harness_ccm_core::selector::Selector;
use harness_ccm_core::{Error, ErrorKind};

use super::support::*;

pub(crate) fn upsert(desired: &Desired, observed: &Observed) -> Plan {
    make_plan(desired, observed, PlanOptions::default())
}

fn sync(desired: &Desired, observed: &Observed) -> Plan {
    make_plan(desired, observed, PlanOptions::default().with_mode(Mode::Sync))
}

/// One account with all its desired resources.
fn one() -> (Desired, Observed) {
    let desired = owned(visibility()).resolve(listing([1])).unwrap();
    let observed = applied(&desired);
    (desired, observed)
}

/// The plans by name.
pub(crate) fn plans() -> Vec<(&'static str, Plan)> {
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
    let adopt = make_plan(&whole, &others, PlanOptions::default().with_adopt());

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
    let wider = {
        let four = owned(visibility()).resolve(listing(1..=4)).unwrap();
        let mut observed = applied(&four);
        for number in [1, 3] {
            let role = seen_role(&mut observed, &four, number);
            role.tags.clear();
            role.trust = trusting_also(&role.trust, 0);
        }
        let mut duplicate = ConnectorState::new("old".parse().unwrap());
        duplicate.account = Some(id(2));
        observed.connectors.push(duplicate);
        upsert(&four, &observed)
    };
    let rules = {
        let mut intent = owned(visibility());
        let governed = FeatureSet::new().with_visibility().with_governance(Governance::default());
        let some = Selector::all().with_accounts([id(7), id(8), id(9)]);
        intent.rules.insert(0, Rule::onboard("governed", some, governed));
        let nine = intent.resolve(listing(1..=9)).unwrap();
        upsert(&nine, &nothing(&nine))
    };
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
        ("wider_trust", wider),
        ("two_rules", rules),
    ]
}
