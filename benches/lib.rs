//! Worlds for benchmarks.

use harness_ccm_core::account::Account;
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::feature::{FeatureSet, Governance, Optimization};
use harness_ccm_core::id::{AccountId, HarnessAccountId, InvalidId};
use harness_ccm_core::intent::{Intent, InvalidIntent, Rule};
use harness_ccm_core::selector::{Selector, TagCondition};
pub use harness_ccm_fixtures::nothing;

/// `count` active accounts.
pub fn accounts(count: u64) -> Result<Vec<Account>, InvalidId> {
    (1..=count)
        .map(|number| {
            Ok(Account::new(format!("{number:012}").parse::<AccountId>()?, format!("team-{number} prod")))
        })
        .collect()
}

/// `count` active accounts with all details, a third of them with names that collide.
pub fn known_accounts(count: u64) -> Result<Vec<Account>, InvalidId> {
    let units = [["Workloads", "Prod"], ["Workloads", "Dev"], ["Sandbox", "People"]];
    let accounts = accounts(count)?.into_iter().zip(units.iter().cycle());
    Ok(accounts
        .zip(1..)
        .map(|((mut account, units), number): (_, u64)| {
            if number.is_multiple_of(3) {
                account.name = format!("team {}", number % 50);
            }
            account
                .with_ou_path(*units)
                .with_tags([("team", format!("{}", number % 100)), ("env", units[1].into())])
        })
        .collect())
}

/// Rules like those of a large organization: a hundred lists of accounts, units, names, tags, and all other
/// accounts.
pub fn many_rules(accounts: &[Account]) -> Result<Intent, Box<dyn std::error::Error>> {
    let mut intent = intent()?;
    let everybody = intent.rules.split_off(0);
    let lists = accounts.chunks(accounts.len().div_ceil(200).max(1)).step_by(2);
    let listed = lists.enumerate().map(|(number, accounts)| {
        let ids = accounts.iter().map(|account| account.id.clone());
        Rule::skip(format!("list {number}"), Selector::all().with_accounts(ids), "listed")
    });
    intent.rules.extend(listed);
    for number in 0..20 {
        let team = Selector::all().with_tag("team", TagCondition::is(number.to_string()));
        intent.rules.push(Rule::skip(format!("tag {number}"), team, "tagged"));
        let name = Selector::all().with_name(format!("*{number}7*prod"));
        intent.rules.push(Rule::skip(format!("name {number}"), name, "named"));
    }
    let sandbox = Selector::all().with_ou_path("Sandbox/**".parse()?);
    intent.rules.push(Rule::skip("sandbox", sandbox, "no spend"));
    intent.rules.extend(everybody);
    Ok(intent)
}

/// An intent that gives every account visibility, governance and optimization.
pub fn intent() -> Result<Intent, InvalidIntent> {
    let account: HarnessAccountId = "bench".parse()?;
    let cluster = Cluster::us();
    let external_id = "harness:891928451355:bench".parse()?;
    let features = FeatureSet::new()
        .with_visibility()
        .with_governance(Governance::default())
        .with_optimization(Optimization::default());
    Ok(Intent::new(account, cluster, external_id).with_rule(Rule::onboard("all", Selector::all(), features)))
}
