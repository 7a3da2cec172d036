//! A Harness account with an organization in memory.

use std::sync::Arc;

use harness_ccm_core::account::Account;
use harness_ccm_core::backend::{ConnectionTest, ConnectorClient, RoleProvisioner};
use harness_ccm_core::feature::FeatureSet;
use harness_ccm_core::id::{AccountId, RoleName};
use harness_ccm_core::intent::{Diagnostic, Intent};
use harness_ccm_core::memory::World;
use harness_ccm_core::plan::Plan;
use harness_ccm_core::role::RoleState;
use harness_ccm_core::route::Route;
use harness_ccm_core::secret::Secret;
use harness_ccm_fixtures::{HARNESS_ACCOUNT, Scenario, intent};
use harness_ccm_harness::HarnessConnectors;
use harness_ccm_simulator::{RunningSimulator, Simulator};
use serde_json::Value;

const KEY: &str = "pat.acct.0123456789abcdef01234567.SecretMark";

pub(crate) struct Site {
    pub(crate) simulator: RunningSimulator,
    pub(crate) world: World,
    pub(crate) connectors: HarnessConnectors,
}

pub(crate) fn id(number: u64) -> AccountId {
    format!("{number:012}").parse().unwrap()
}

pub(crate) fn payer() -> Account {
    Account::new(id(1), "payer").as_management()
}

impl Site {
    pub(crate) async fn new(accounts: impl IntoIterator<Item = Account>) -> Self {
        Self::of(World::new(accounts)).await
    }

    pub(crate) async fn of(world: World) -> Self {
        let roles: Arc<dyn RoleProvisioner> = Arc::new(world.roles());
        let simulator = Simulator::builder()
            .account(HARNESS_ACCOUNT.parse().unwrap())
            .api_key(Secret::new(KEY))
            .rate_limit(None)
            .roles(Some(roles))
            .route(Route::default())
            .start("127.0.0.1:0".parse().unwrap())
            .await
            .unwrap();
        let connectors = HarnessConnectors::builder(HARNESS_ACCOUNT.parse().unwrap(), Secret::new(KEY))
            .endpoint(simulator.endpoint())
            .calls_per_minute(100_000)
            .build()
            .unwrap();
        Self { simulator, world, connectors }
    }

    pub(crate) fn scenario(&self, intent: &Intent) -> Scenario {
        Scenario::new(&self.world, intent).with_connectors(self.connectors.clone())
    }

    /// These features for every account.
    pub(crate) fn with(&self, features: &FeatureSet) -> Scenario {
        self.scenario(&intent(features.clone()))
    }

    /// Returns the connector as Harness stores it.
    pub(crate) fn stored(&self, connector: &str) -> Value {
        let all = self.simulator.connectors();
        let found = all.into_iter().find(|record| record["connector"]["identifier"] == connector);
        found.unwrap_or_else(|| panic!("no connector {connector}"))["connector"].clone()
    }

    /// Changes a connector like its page in Harness.
    pub(crate) fn edit(&self, connector: &str, change: impl FnOnce(&mut Value)) {
        assert!(self.simulator.edit(connector, |record| change(&mut record["connector"]["spec"])));
    }

    pub(crate) fn role(&self, number: u64) -> RoleState {
        self.world.role(&id(number), &RoleName::cross_account()).unwrap()
    }

    /// Whether the role permits an action on all resources.
    pub(crate) fn permits(&self, number: u64, action: &str) -> bool {
        let role = self.role(number);
        role.inline.values().any(|document| document.to_json().contains(&format!("\"{action}\"")))
    }

    pub(crate) async fn test(&self, connector: &str) -> ConnectionTest {
        self.connectors.test_connector(&connector.parse().unwrap()).await.unwrap()
    }
}

/// Returns the lines of a plan that are not about accounts.
pub(crate) fn told(plan: &Plan) -> Vec<String> {
    plan.diagnostics().iter().map(Diagnostic::to_string).collect()
}

/// Returns the steps of a plan: the resource of each, and its description.
pub(crate) fn steps(plan: &Plan) -> Vec<String> {
    plan.steps()
        .map(|(_, step)| format!("{}: {}", step.action.resource(), step.describe().join(", ")))
        .collect()
}
