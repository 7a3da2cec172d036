//! One account of an organization in `LocalAws`, with its connectors in memory.

use harness_ccm_aws::{AwsBackend, Pacing};
use harness_ccm_aws_servers::{CloudRole, LocalAws, id};
use harness_ccm_core::account::Account;
use harness_ccm_core::feature::FeatureSet;
use harness_ccm_core::id::AccountId;
use harness_ccm_core::intent::{Intent, RoleSettings};
use harness_ccm_core::memory::World;
use harness_ccm_core::plan::Plan;
use harness_ccm_fixtures::Scenario;

/// The role name in the intents of these tests.
pub(crate) const ROLE: &str = "HarnessCERole";

pub(crate) struct Site {
    pub(crate) aws: LocalAws,
    pub(crate) world: World,
}

impl Site {
    /// Members 2 to `last`; the management account is skipped.
    pub(crate) fn with_members(last: usize) -> Self {
        let accounts = (2..=last).map(|number| Account::new(account(number), format!("member {number}")));
        Self { aws: LocalAws::start().with_members(last), world: World::new(accounts) }
    }

    pub(crate) async fn backend(&self) -> AwsBackend {
        AwsBackend::from_sdk_config(&self.aws.sdk_config().await).with_pacing(Pacing::Unlimited)
    }

    /// A separate run: it must find every route again.
    pub(crate) async fn scenario(&self, intent: &Intent) -> Scenario {
        Scenario::new(&self.world, intent).with_roles(self.backend().await.roles())
    }

    pub(crate) fn role(&self, number: usize, name: &str) -> Option<CloudRole> {
        self.aws.edit(number, |account| account.iam.role(name).cloned())
    }
}

pub(crate) fn account(number: usize) -> AccountId {
    id(number).parse().unwrap()
}

pub(crate) fn intent(edit: impl FnOnce(&mut RoleSettings)) -> Intent {
    let mut settings = RoleSettings::default();
    edit(&mut settings);
    harness_ccm_fixtures::intent(FeatureSet::new().with_visibility()).with_role(settings)
}

/// Returns every reason for which something of an account is withheld, one per line.
pub(crate) fn withheld(plan: &Plan, number: usize) -> Vec<String> {
    plan.accounts()[&account(number)].withheld.iter().map(|withheld| withheld.reason.to_string()).collect()
}
