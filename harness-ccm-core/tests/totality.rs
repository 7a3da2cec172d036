//! Everything that is desired or owned is in a plan, for any observation.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use harness_ccm_core::account::AccountState;
use harness_ccm_core::intent::{Choice, Rule};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::observe::Seen;
use harness_ccm_core::owner::Ownership;
use harness_ccm_core::plan::{AccountPlan, Mode, PlanOptions, make_plan};
use harness_ccm_core::resource::Resource;
use harness_ccm_core::selector::Selector;
use harness_ccm_core::{Error, ErrorKind};
use proptest::prelude::*;
use support::*;

/// How often each resource is in an account's plan: as a step (two phases count once), as in sync, as withheld.
fn places(account: &AccountPlan) -> BTreeMap<Resource, [usize; 3]> {
    let mut places: BTreeMap<Resource, [usize; 3]> = BTreeMap::new();
    let steps: BTreeSet<_> = account.steps.iter().map(|step| step.action.resource()).collect();
    for resource in steps {
        places.entry(resource).or_default()[0] += 1;
    }
    for resource in &account.in_sync {
        places.entry(resource.clone()).or_default()[1] += 1;
    }
    for withheld in &account.withheld {
        places.entry(withheld.resource.clone()).or_default()[2] += 1;
    }
    places
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn everything_desired_or_owned_is_in_the_plan_once(
        worlds in prop::collection::vec((0..5_u8, 0..6_u8, 0..5_u8, any::<bool>()), 1..8),
        sync in any::<bool>(),
        adopt in any::<bool>(),
    ) {
        let numbers = 1..=worlds.len() as u64;
        let mut intent = owned(with_ec2());
        intent.rules.insert(0, Rule::skip("no", Selector::all().with_name("skip *"), "no"));
        let before: Vec<_> = numbers.clone().map(|n| account(n, &format!("team {n}"))).collect();
        let mut observed = applied(&intent.resolve(Listing::complete(before.clone())).unwrap());
        let mut accounts = Vec::new();
        for (number, (state, role, connector, skip)) in numbers.clone().zip(&worlds) {
            let name = if *skip { format!("skip {number}") } else { format!("team {number}") };
            let mut account = account(number, &name);
            match state {
                1 => account.state = AccountState::Suspended,
                2 => account.state = AccountState::Closed,
                3 => account.doubt = Some("doubt".into()),
                _ => {}
            }
            accounts.push(account);
            let arn: harness_ccm_core::id::RoleArn =
                format!("arn:aws:iam::{}:role/HarnessCERole", id(number)).parse().unwrap();
            match role {
                0 => drop(observed.roles.insert(arn, Seen::Absent)),
                1 => {
                    let gap = Error::new(ErrorKind::Denied, "sts:AssumeRole", "no way in");
                    observed.roles.insert(arn, Seen::Gap(gap.into()));
                }
                2 => drop(observed.roles.remove(&arn)),
                3 => if let Some(Seen::Present(state)) = observed.roles.get_mut(&arn) {
                    state.inline.clear();
                },
                4 => if let Some(Seen::Present(state)) = observed.roles.get_mut(&arn) {
                    state.tags.clear();
                    state.inline.clear();
                },
                _ => {}
            }
            let of_account = |state: &harness_ccm_core::connector::ConnectorState| state.account == Some(id(number));
            match connector {
                0 => observed.connectors.retain(|state| !of_account(state)),
                1 => observed.connectors.iter_mut().filter(|state| of_account(state)).for_each(|state| {
                    state.external_id = None;
                }),
                2 => observed.connectors.iter_mut().filter(|state| of_account(state)).for_each(|state| {
                    state.tags.clear();
                    state.external_id = None;
                }),
                _ => {}
            }
        }
        let desired = intent.resolve(Listing::complete(accounts.clone())).unwrap();
        let mode = if sync { Mode::Sync } else { Mode::Upsert };
        let mut options = PlanOptions::default().with_mode(mode);
        options.adopt = adopt;
        let plan = make_plan(&desired, &observed, options);
        for (account_id, desired_account) in desired.accounts() {
            let places = places(&plan.accounts()[account_id]);
            let mut expected: BTreeSet<Resource> = observed
                .connectors
                .iter()
                .filter(|state| state.account.as_ref() == Some(account_id))
                .filter(|state| state.ownership(&desired.owner) == Ownership::Ours)
                .map(|state| Resource::Connector(state.id.clone()))
                .collect();
            let whole = !places.keys().any(|resource| matches!(resource, Resource::Account(_)))
                && !desired_account.addresses.iter().any(|address| {
                    matches!(observed.roles.get(&address.arn), Some(Seen::Gap(_)))
                });
            if whole {
                for address in &desired_account.addresses {
                    if let Some(Seen::Present(state)) = observed.roles.get(&address.arn)
                        && state.ownership(&desired.owner) == Ownership::Ours
                        && !desired_account.account.state.is_out_of_reach()
                    {
                        expected.insert(Resource::Role(state.arn.clone()));
                    }
                }
                if let Choice::Onboard(wanted) = &desired_account.choice {
                    expected.extend(wanted.roles.iter().map(|role| Resource::Role(role.address.arn.clone())));
                }
            }
            for resource in &expected {
                let [steps, in_sync, withheld] = places.get(resource).copied().unwrap_or_default();
                prop_assert!(
                    steps + in_sync + withheld >= 1 && steps + in_sync <= 1 && withheld <= 1 && in_sync + withheld <= 1,
                    "{resource} of {account_id}: {steps} {in_sync} {withheld}\n{}",
                    plan.render()
                );
            }
        }
    }
}
