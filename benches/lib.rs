//! Worlds for benchmarks.

use std::collections::BTreeMap;

use harness_ccm_core::account::Account;
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::feature::{FeatureSet, Governance, Optimization};
use harness_ccm_core::id::{AccountId, HarnessAccountId, InvalidId};
use harness_ccm_core::intent::{Desired, Intent, InvalidIntent, Rule, Selector};
use harness_ccm_core::observe::{Observed, Seen};

/// `count` active accounts.
pub fn accounts(count: u64) -> Result<Vec<Account>, InvalidId> {
    (1..=count)
        .map(|number| {
            Ok(Account::new(format!("{number:012}").parse::<AccountId>()?, format!("team-{number} prod")))
        })
        .collect()
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
    Ok(Intent::new(account, cluster, external_id)?.with_rule(Rule::onboard("all", Selector::all(), features)))
}

/// What is seen before the first run: no role and no connector anywhere.
pub fn nothing(desired: &Desired) -> Observed {
    let mut observed = Observed::default();
    observed.roles = desired
        .accounts
        .values()
        .flat_map(|account| &account.addresses)
        .map(|address| (address.arn.clone(), Seen::Absent))
        .collect::<BTreeMap<_, _>>();
    observed
}
