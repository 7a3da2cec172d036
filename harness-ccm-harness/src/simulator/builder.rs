use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use harness_ccm_core::backend::RoleProvisioner;
use harness_ccm_core::id::HarnessAccountId;
use harness_ccm_core::route::Route;
use harness_ccm_core::secret::Secret;
use tokio::sync::watch;

use super::fault::Fault;
use super::running::RunningSimulator;
use super::server::{Server, serve};

/// The simulator; see [`Simulator::builder`].
#[derive(Clone, Copy, Debug)]
pub struct Simulator;

impl Simulator {
    /// A simulator of one Harness account.
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder {
            account: None,
            key: None,
            rate_limit: Some(400),
            window: Duration::from_mins(1),
            latency: Duration::ZERO,
            first_test: Duration::from_millis(100),
            roles: None,
            route: Route::default(),
            state_file: None,
            seed: 0,
            faults: Vec::new(),
        }
    }
}

/// How the simulator shall behave.
#[derive(Clone, Debug)]
#[must_use]
pub struct SimulatorBuilder {
    pub(super) account: Option<HarnessAccountId>,
    pub(super) key: Option<Secret>,
    pub(super) rate_limit: Option<u32>,
    pub(super) window: Duration,
    pub(super) latency: Duration,
    pub(super) first_test: Duration,
    pub(super) roles: Option<Arc<dyn RoleProvisioner>>,
    pub(super) route: Route,
    pub(super) state_file: Option<PathBuf>,
    pub(super) seed: u64,
    pub(super) faults: Vec<Fault>,
}

impl SimulatorBuilder {
    /// The one account that exists; by default any.
    pub fn account(mut self, account: HarnessAccountId) -> Self {
        self.account = Some(account);
        self
    }

    /// The one key that is good; by default any that has a token's form and names no other account.
    pub fn api_key(mut self, key: Secret) -> Self {
        self.key = Some(key);
        self
    }

    /// How many requests a key may send within the window; 400 by default, `None` for no limit.
    pub fn rate_limit(mut self, limit: Option<u32>) -> Self {
        self.rate_limit = limit;
        self
    }

    /// The sliding window of the rate limit; 60 seconds by default.
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// How long every answer takes.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// How long after its creation a connector is tested by itself; 100 milliseconds by default.
    pub fn first_test(mut self, delay: Duration) -> Self {
        self.first_test = delay;
        self
    }

    /// Where connection tests find the roles; without, only what can be seen in the connector is judged.
    pub fn roles(mut self, roles: Option<Arc<dyn RoleProvisioner>>) -> Self {
        self.roles = roles;
        self
    }

    /// The way to the roles.
    pub fn route(mut self, route: Route) -> Self {
        self.route = route;
        self
    }

    /// A JSON file that the connectors are read from at the start and written to after every change.
    pub fn state_file(mut self, file: Option<PathBuf>) -> Self {
        self.state_file = file;
        self
    }

    /// What chance is drawn from, see [`Fault`]; 0 by default.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Adds a fault that is there from the start.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Listens on `address` (port 0 for any free one) and serves until it is shut down or dropped.
    ///
    /// **Errors.** If the address can not be bound or the state file is not readable.
    pub async fn start(self, address: SocketAddr) -> io::Result<RunningSimulator> {
        let server = Server::new(self)?;
        let listener = tokio::net::TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (running, stopped) = watch::channel(());
        tokio::spawn(serve(listener, Arc::clone(&server), stopped));
        Ok(RunningSimulator { address, server, _running: running })
    }
}
