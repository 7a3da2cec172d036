//! Plans of thousands of accounts.
#![allow(dead_code, clippy::unwrap_used, reason = "shared by several test files, each of which uses a part")]

use harness_ccm_core::feature::{AutoStopping, FeatureSet, Governance, Optimization};
use harness_ccm_core::intent::{Desired, Rule};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::observe::Seen;
use harness_ccm_core::owner::OWNER_TAG;
use harness_ccm_core::plan::{Mode, Plan, PlanOptions, make_plan};
use harness_ccm_core::selector::Selector;
use harness_ccm_core::{Error, ErrorKind};

use super::support::*;

/// The number of rules in addition to the one for all other accounts.
const RULES: u64 = 11;

/// One account in this many is an exception.
const EXCEPTIONS: u64 = 33;

/// Nothing exists, and every account gets the same.
pub(crate) fn created(count: u64) -> Plan {
    let desired = everything(count);
    make_plan(&desired, &nothing(&desired), PlanOptions::default())
}

/// Every role and connector exists and gets another feature.
pub(crate) fn changed(count: u64) -> Plan {
    let before = owned(visibility()).resolve(listing(1..=count)).unwrap();
    make_plan(&everything(count), &applied(&before), PlanOptions::default())
}

fn everything(count: u64) -> Desired {
    owned(all_features()).resolve(listing(1..=count)).unwrap()
}

fn all_features() -> FeatureSet {
    with_ec2().with_governance(Governance::default())
}

/// Twelve rules, and three accounts in a hundred with another problem, each with its own words.
pub(crate) fn with_exceptions(count: u64) -> Plan {
    let mut intent = owned(all_features());
    for number in 0..RULES {
        let features = match number % 4 {
            0 => visibility(),
            1 => with_ec2(),
            2 => visibility().with_governance(Governance::default()),
            _ => visibility()
                .with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2, AutoStopping::Rds])),
        };
        let name = Selector::all().with_name(format!("team *{number:02}"));
        let rule = match number {
            0 => Rule::skip("sandboxes", name, "no spend"),
            _ => Rule::onboard(format!("rule {number}"), name, features),
        };
        intent.rules.insert(0, rule);
    }
    let accounts = (1..=count).map(|number| account(number, &format!("team {number}")));
    let desired = intent.resolve(Listing::complete(accounts)).unwrap();
    let mut observed = nothing(&desired);
    let made = applied(&desired);
    for number in (1..=count).filter(|number| number.is_multiple_of(EXCEPTIONS)) {
        let Some(wanted) = onboarded(&desired, number) else { continue };
        let role = wanted.connector.role.clone();
        let Some(Seen::Present(state)) = made.roles.get(&role) else { continue };
        let mut state = state.clone();
        let mut connector = connector_state(&wanted.connector);
        let word = format!("word {number}");
        match number / EXCEPTIONS % 6 {
            0 => {
                let error = Error::new(ErrorKind::Denied, "sts:AssumeRole", word);
                observed.roles.insert(role, Seen::Gap(error.into()));
                continue;
            }
            1 => drop(connector.tags.insert(OWNER_TAG.into(), word)),
            2 => drop(state.tags.insert(OWNER_TAG.into(), word)),
            3 => state.trust = trusting_also(&state.trust, number),
            4 => connector.external_id = Some(word),
            _ => {
                state.inline.clear();
                state.tags.insert("team".into(), word);
            }
        }
        observed.roles.insert(role, Seen::Present(state));
        observed.connectors.push(connector);
    }
    make_plan(&desired, &observed, PlanOptions::default().with_mode(Mode::Sync))
}
