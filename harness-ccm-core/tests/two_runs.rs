//! Two runs at the same time that name connectors differently.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use harness_ccm_core::connector::ConnectorState;
use harness_ccm_core::intent::Intent;
use harness_ccm_core::memory::World;
use harness_ccm_core::naming::Naming;
use harness_ccm_core::plan::{FindingKind, Mode, Plan};
use harness_ccm_core::resource::Resource;
use harness_ccm_fixtures::Scenario;
use support::*;

fn named(naming: Naming) -> Intent {
    owned(visibility()).with_naming(naming)
}

/// The connectors that a plan calls duplicates.
fn duplicates(plan: &Plan) -> Vec<String> {
    let findings = plan.accounts().values().flat_map(|account| &account.findings);
    let duplicates = findings.filter(|finding| finding.kind == FindingKind::DuplicateConnector);
    duplicates
        .filter_map(|finding| match &finding.resource {
            Resource::Connector(id) => Some(id.to_string()),
            _ => None,
        })
        .collect()
}

#[test]
fn the_next_plan_of_either_names_the_connectors_of_the_other_as_duplicates_and_removes_none() {
    let world = World::new((1..=3).map(|number| account(number, &format!("team {number}"))));
    let (guide, ids) = (named(Naming::Guide), named(Naming::AccountId));
    let of = |intent: &Intent| Scenario::new(&world, intent).with_mode(Mode::Sync);
    let (first, second) = (of(&guide).plan().plan, of(&ids).plan().plan);
    of(&guide).apply_whole(first);
    of(&ids).apply_whole(second);
    for (intent, others) in [(&guide, "aws00000000000"), (&ids, "team_")] {
        let plan = of(intent).plan().plan;
        assert!(!plan.has_changes() && plan.is_complete(), "{}", plan.render());
        let expected: Vec<_> = (1..=3).map(|number| format!("{others}{number}")).collect();
        assert_eq!(duplicates(&plan), expected);
        assert_eq!(plan.raised_by(&"duplicate-connector".parse().unwrap()), 3, "--fail-on finds them");
    }
}

#[test]
fn runs_that_name_alike_make_one_connector_each() {
    let world = World::new([account(1, "team 1")]);
    let intent = named(Naming::Guide);
    let of = || Scenario::new(&world, &intent);
    let (first, second) = (of().plan().plan, of().plan().plan);
    of().apply_whole(first);
    of().apply_whole(second);
    let plan = of().plan().plan;
    assert_eq!((plan.has_changes(), duplicates(&plan).len()), (false, 0));
    let states: Vec<ConnectorState> = of().plan().observed.connectors;
    assert_eq!(states.len(), 1);
}
