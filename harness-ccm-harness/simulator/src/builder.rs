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

/// The simulator; see [`Simulator::builder`].
#[derive(Clone, Copy, Debug)]
pub struct Simulator;

impl Simulator {
    /// A simulator of one Harness account.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder { config: Config::default() }
    }
}

/// How the simulator shall behave.
#[derive(Clone, Debug)]
#[must_use]
pub struct SimulatorBuilder {
    config: Config,
}

impl SimulatorBuilder {
    /// The one account that exists; by default any does, and all have the same connectors.
    pub fn account(mut self, account: HarnessAccountId) -> Self {
        self.config.account = Some(account);
        self
    }

    /// Adds a key that may do everything; without any, each that has a token's form and names no other account is good.
    pub fn api_key(self, key: Secret) -> Self {
        self.limited_key(key, KeyPermissions::all())
    }

    /// Adds a key that may do so much.
    pub fn limited_key(mut self, key: Secret, permissions: KeyPermissions) -> Self {
        self.config.keys.push((key, permissions));
        self
    }

    /// The AWS account that this Harness assumes roles from; that of the clusters in the United States by default.
    pub fn harness_aws_account(mut self, account: AccountId) -> Self {
        self.config.harness_aws_account = Some(account);
        self
    }

    /// How many requests a key may send within the window; 400 by default, `None` for no limit.
    pub fn rate_limit(self, limit: Option<u32>) -> Self {
        self.settings(|settings| settings.rate_limit = limit)
    }

    /// The window of the rate limit; 60 seconds by default.
    pub fn window(self, window: Duration) -> Self {
        self.settings(|settings| settings.window_ms = milliseconds(window))
    }

    /// How long every answer takes.
    pub fn latency(self, latency: Duration) -> Self {
        self.settings(|settings| settings.latency_ms = milliseconds(latency))
    }

    /// How long after its creation a connector is tested by itself; 100 milliseconds by default.
    pub fn first_test(self, delay: Duration) -> Self {
        self.settings(|settings| settings.first_test_ms = milliseconds(delay))
    }

    /// Changes what can also be changed later, with [`RunningSimulator::change_settings`].
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.config.settings);
        self
    }

    /// Where connection tests find the roles; without, only what can be seen in the connector is judged.
    pub fn roles(mut self, roles: Option<Arc<dyn RoleProvisioner>>) -> Self {
        self.config.roles = roles;
        self
    }

    /// The way to the roles.
    pub fn route(mut self, route: Route) -> Self {
        self.config.route = route;
        self
    }

    /// Lets connection tests assume the role first, for AWS endpoints that judge trust themselves.
    pub fn assume_role(mut self, assume_role: Arc<dyn AssumeRole>) -> Self {
        self.config.assume_role = Some(assume_role);
        self
    }

    /// A JSON file that the connectors are read from at the start, if it is there. It is written within half a second after a
    /// change, and when the simulator stops: all or nothing. A file that holds something else is an error at the start.
    pub fn state_file(mut self, file: Option<PathBuf>) -> Self {
        self.config.state_file = file;
        self
    }

    /// A JSON file with connectors or whole records that exist from the start, without checks. The file is only read.
    pub fn load(mut self, file: impl Into<PathBuf>) -> Self {
        self.config.load.push(file.into());
        self
    }

    /// Serves `/_control/` wherever it listens. By default it is served where only this machine can reach it: on a loopback address.
    pub fn control(mut self) -> Self {
        self.config.control = Some(true);
        self
    }

    /// Serves no `/_control/`, not even on a loopback address.
    pub fn no_control(mut self) -> Self {
        self.config.control = Some(false);
        self
    }

    /// What chance is drawn from, see [`Fault`]; 0 by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = seed;
        self
    }

    /// Adds a fault that is there from the start.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.config.faults.push(fault);
        self
    }

    /// Listens on `address` (port 0 for any free one) and serves until it is shut down or dropped.
    ///
    /// **Errors.** If the address cannot be bound, or a file of connectors is not readable.
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
