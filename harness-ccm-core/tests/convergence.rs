//! Plan, apply, observe, empty plan: for generated worlds, and after any single failure with a second run.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::collections::BTreeSet;

use futures_executor::block_on;
use harness_ccm_core::account::{Account, AccountState};
use harness_ccm_core::backend::ConnectorClient as _;
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::connector::ConnectorState;
use harness_ccm_core::feature::{FeatureSet, Governance, Named, Optimization};
use harness_ccm_core::id::AccountId;
use harness_ccm_core::intent::{Intent, Rule};
use harness_ccm_core::memory::World;
use harness_ccm_core::middleware::{FaultTiming, Faulty, WriteFault};
use harness_ccm_core::owner::OWNER_TAG;
use harness_ccm_core::plan::{Mode, PlanOptions};
use harness_ccm_core::policy::{PolicyDocument, Statement};
use harness_ccm_core::role::RoleState;
use harness_ccm_core::selector::Selector;
use harness_ccm_fixtures::Scenario;
use proptest::prelude::*;

/// The state of one account before the first run.
#[derive(Clone, Debug)]
struct Before {
    name: String,
    state: u8,
    role: u8,
    connector: u8,
}

fn before() -> impl Strategy<Value = Before> {
    ("[a-c -]{1,3}", 0..6_u8, 0..5_u8, 0..5_u8).prop_map(|(name, state, role, connector)| Before {
        name,
        state,
        role,
        connector,
    })
}

fn id(number: usize) -> AccountId {
    format!("{number:012}").parse().unwrap()
}

fn world(accounts: &[Before]) -> World {
    let mut world = World::new(accounts.iter().enumerate().map(|(number, before)| {
        let account = Account::new(id(number), before.name.clone());
        match before.state {
            0 => account.with_state(AccountState::Suspended),
            1 => account.with_state(AccountState::Closed),
            _ => account,
        }
    }));
    for (number, before) in accounts.iter().enumerate() {
        let trust = Cluster::us().trust(&"harness:891928451355:acct".parse().unwrap()).unwrap();
        let mut role =
            RoleState::new(format!("arn:aws:iam::{}:role/HarnessCERole", id(number)).parse().unwrap(), trust);
        match before.role {
            0 => {}
            1 => {
                let all = PolicyDocument::new([Statement::allow(["*"], ["*"]).unwrap()]);
                role.inline.insert("Admin".parse().unwrap(), all);
                role.attached
                    .insert("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess".parse().unwrap(), None);
                world = world.with_role(role);
            }
            2 => world = world.with_role(role),
            3 => {
                role.tags.insert(OWNER_TAG.into(), "harness-ccm".into());
                world = world.with_role(role);
            }
            _ => {
                role.tags.insert(OWNER_TAG.into(), "somebody".into());
                world = world.with_role(role);
            }
        }
        let mut connector = ConnectorState::new(format!("by_hand_{number}").parse().unwrap());
        connector.account = Some(id(number));
        connector.features = [Named::Other("NEW".into())].into();
        match before.connector {
            0 => {}
            1 => world = world.with_connector(connector),
            2 => {
                connector.tags.insert(OWNER_TAG.into(), "harness-ccm".into());
                world = world.with_connector(connector);
            }
            3 => {
                connector.tags.insert(OWNER_TAG.into(), "somebody".into());
                world = world.with_connector(connector);
            }
            _ => {
                connector.tags.insert(OWNER_TAG.into(), "harness-ccm".into());
                connector.account = Some(id(900 + number));
                world = world.with_connector(connector);
            }
        }
    }
    world
}

fn intent(kind: u8) -> Intent {
    let features = FeatureSet::new().with_visibility();
    let features = match kind {
        0 => features,
        1 => features.with_governance(Governance::default()),
        _ => features.with_governance(Governance::default()).with_optimization(Optimization::default()),
    };
    Intent::new("acct".parse().unwrap(), Cluster::us(), "harness:891928451355:acct".parse().unwrap())
        .with_rule(Rule::skip("skip", Selector::all().with_name("c*"), "not these"))
        .with_rule(Rule::onboard("all", Selector::all(), features))
}

/// Resources with another owner's mark, and unmarked ones without adoption, do not change.
fn foreign(world: &World, accounts: usize, adopt: bool) -> Vec<String> {
    let theirs = |tags: &std::collections::BTreeMap<String, String>| match tags.get(OWNER_TAG) {
        Some(owner) => owner != "harness-ccm",
        None => !adopt,
    };
    let roles = (0..accounts)
        .filter_map(|number| world.role(&id(number), &"HarnessCERole".parse().unwrap()))
        .filter(|role| theirs(&role.tags))
        .map(|role| format!("{role:?}"));
    let connectors = (0..accounts)
        .filter_map(|number| world.connector(&format!("by_hand_{number}").parse().unwrap()))
        .filter(|connector| theirs(&connector.tags))
        .map(|connector| format!("{connector:?}"));
    roles.chain(connectors).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_world_converges_also_after_any_single_failure(
        accounts in prop::collection::vec(before(), 1..7),
        kind in 0..3_u8,
        sync in any::<bool>(),
        adopt in any::<bool>(),
        write in 0..12_usize,
        when in 0..4_u8,
    ) {
        let world = world(&accounts);
        let intent = intent(kind);
        let mode = if sync { Mode::Sync } else { Mode::Upsert };
        let mut options = PlanOptions::default().with_mode(mode);
        options.adopt = adopt;
        let theirs = foreign(&world, accounts.len(), adopt);

        let scenario = Scenario::new(&world, &intent).with_options(options);
        let first = scenario.plan().plan;
        let when = [FaultTiming::Before, FaultTiming::After, FaultTiming::Crash].get(usize::from(when)).copied();
        let fault = WriteFault::new(when.map_or(usize::MAX, |_| write), when.unwrap_or(FaultTiming::Before));
        let roles = Faulty::new(world.roles(), fault);
        let connectors = roles.and(world.connectors());
        let faulty = Scenario::new(&world, &intent).with_roles(roles).with_connectors(connectors);
        let report = faulty.apply(first.clone());
        prop_assert_eq!(report.steps.len(), first.steps().count());

        scenario.converge();
        world.clear_journal();
        prop_assert!(!scenario.plan().plan.has_changes());
        prop_assert!(world.writes().is_empty());
        prop_assert_eq!(foreign(&world, accounts.len(), adopt), theirs);

        let connectors = block_on(world.connectors().list_connectors()).unwrap().connectors;
        let ours: Vec<_> = connectors
            .iter()
            .filter(|connector| connector.tags.get(OWNER_TAG).is_some_and(|owner| owner == "harness-ccm"))
            .filter_map(|connector| connector.account.clone())
            .collect();
        prop_assert_eq!(ours.iter().collect::<BTreeSet<_>>().len(), ours.len(), "no duplicate");
    }
}
