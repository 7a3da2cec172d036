use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use harness_ccm_core::backend::RoleProvisioner;
use harness_ccm_core::id::{AccountId, HarnessAccountId};
use harness_ccm_core::route::Route;
use harness_ccm_core::secret::Secret;
use tokio::net::TcpListener;

use crate::assume_role::AssumeRole;
use crate::config::Config;
use crate::fault::Fault;
use crate::permissions::KeyPermissions;
use crate::running::RunningSimulator;
use crate::settings::Settings;
use crate::state::State;
use crate::stop::Stop;
use crate::transport::server::serve;

/// The entry point, see [`Simulator::builder`].
#[derive(Clone, Copy, Debug)]
pub struct Simulator;

impl Simulator {
    /// Returns a builder with the default settings.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder { config: Config::default() }
    }
}

/// Configures and starts a simulator.
#[derive(Clone, Debug)]
#[must_use]
pub struct SimulatorBuilder {
    config: Config,
}

impl SimulatorBuilder {
    /// Sets the only account that exists. By default every account exists, and all have the same connectors.
    pub fn account(mut self, account: HarnessAccountId) -> Self {
        self.config.account = Some(account);
        self
    }

    /// Adds a key with all permissions. If no key is added, every key is accepted that has the form of a token and does not
    /// name another account.
    pub fn api_key(self, key: Secret) -> Self {
        self.limited_key(key, KeyPermissions::all())
    }

    /// Adds a key with these permissions.
    pub fn limited_key(mut self, key: Secret, permissions: KeyPermissions) -> Self {
        self.config.keys.push((key, permissions));
        self
    }

    /// Sets the AWS account from which this Harness assumes roles. The default is the account of the clusters in the United
    /// States.
    pub fn harness_aws_account(mut self, account: AccountId) -> Self {
        self.config.harness_aws_account = Some(account);
        self
    }

    /// Sets how many requests a key may send within the window; 400 by default, `None` for no limit.
    pub fn rate_limit(self, limit: Option<u32>) -> Self {
        self.settings(|settings| settings.rate_limit = limit)
    }

    /// Sets the window of the rate limit; 60 seconds by default.
    pub fn window(self, window: Duration) -> Self {
        self.settings(|settings| settings.window_ms = milliseconds(window))
    }

    /// Sets the delay before every response; none by default.
    pub fn latency(self, latency: Duration) -> Self {
        self.settings(|settings| settings.latency_ms = milliseconds(latency))
    }

    /// Sets the time between the creation of a connector and its automatic first test; 100 milliseconds by default.
    pub fn first_test(self, delay: Duration) -> Self {
        self.settings(|settings| settings.first_test_ms = milliseconds(delay))
    }

    /// Changes settings that [`RunningSimulator::change_settings`] can also change later.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.config.settings);
        self
    }

    /// Sets the provisioner from which connection tests read the roles. Without it, they check only the connector.
    pub fn roles(mut self, roles: Option<Arc<dyn RoleProvisioner>>) -> Self {
        self.config.roles = roles;
        self
    }

    /// Sets the route to the roles.
    pub fn route(mut self, route: Route) -> Self {
        self.config.route = route;
        self
    }

    /// Makes connection tests assume the role, for AWS endpoints that evaluate trust policies themselves.
    pub fn assume_role(mut self, assume_role: Arc<dyn AssumeRole>) -> Self {
        self.config.assume_role = Some(assume_role);
        self
    }

    /// Sets the JSON file that stores the connectors. The simulator reads it at the start if it exists. It replaces the file
    /// atomically within half a second after a change, and when it stops. It does not start if the file has other content.
    pub fn state_file(mut self, file: Option<PathBuf>) -> Self {
        self.config.state_file = file;
        self
    }

    /// Adds a JSON file with initial connectors or whole records, which are stored without checks. The file is only read.
    pub fn load(mut self, file: impl Into<PathBuf>) -> Self {
        self.config.load.push(file.into());
        self
    }

    /// Serves `/_control/` on every address. By default it is served only on a loopback address, which other machines cannot
    /// reach.
    pub fn control(mut self) -> Self {
        self.config.control = Some(true);
        self
    }

    /// Serves no `/_control/`, not even on a loopback address.
    pub fn no_control(mut self) -> Self {
        self.config.control = Some(false);
        self
    }

    /// Sets the seed of random faults, see [`Fault`]; 0 by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = seed;
        self
    }

    /// Adds a fault that is active from the start.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.config.faults.push(fault);
        self
    }

    /// Listens on `address` (port 0 selects a free port) and serves until the simulator is shut down or dropped.
    ///
    /// **Errors.** The address cannot be bound, a file of connectors cannot be read, or the state file cannot be used.
    pub async fn start(self, address: SocketAddr) -> io::Result<RunningSimulator> {
        let serves_control = self.config.control.unwrap_or(address.ip().is_loopback());
        let state = State::new(self.config)?;
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (running, stop) = Stop::new();
        tokio::spawn(Arc::clone(&state).keep_saved(stop.clone()));
        tokio::spawn(serve(listener, Arc::clone(&state), serves_control, stop));
        Ok(RunningSimulator { address, state, _running: running })
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
