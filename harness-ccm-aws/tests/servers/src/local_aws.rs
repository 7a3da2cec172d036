use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread::JoinHandle;

use aws_config::SdkConfig;
use tokio::sync::watch;

use crate::environment;
use crate::server::{Shared, serve};
use crate::state::account::CloudAccount;
use crate::state::cloud::{CALLER_KEY, Cloud, id};
use crate::traffic::fault::AwsFault;
use crate::traffic::log::{LoggedAwsCall, counts};

/// An AWS in this process, on a free port of loopback, with its own thread. Ends when dropped.
#[derive(Debug)]
pub struct LocalAws {
    address: SocketAddr,
    shared: Shared,
    stop: Option<watch::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LocalAws {
    /// The management account alone; its user calls.
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Shared::new();
        let (stop, stopped) = watch::channel(());
        let served = shared.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
            runtime.block_on(serve(listener, served, stopped));
        });
        Self { address, shared, stop: Some(stop), thread: Some(thread) }
    }

    /// With members 2 to `last` under the root, each with the role that Organizations makes.
    #[must_use]
    pub fn with_members(self, last: usize) -> Self {
        self.with(|cloud| {
            for number in 2..=last {
                cloud.add_member(&id(number));
            }
        });
        self
    }

    /// With a unit under that root or unit.
    #[must_use]
    pub fn with_unit(self, id: &str, parent: &str) -> Self {
        self.with(|cloud| cloud.add_unit(id, parent));
        self
    }

    /// Reads the state, or changes it without a request.
    pub fn with<T>(&self, look: impl FnOnce(&mut Cloud) -> T) -> T {
        self.shared.with(|state| look(&mut state.cloud))
    }

    /// Does so with the account of a number.
    pub fn edit<T>(&self, number: usize, edit: impl FnOnce(&mut CloudAccount) -> T) -> T {
        self.with(|cloud| edit(cloud.accounts.get_mut(&id(number)).unwrap()))
    }

    /// Sets the principal of the credentials of the environment.
    pub fn call_as(&self, arn: &str) {
        self.with(|cloud| cloud.call_as(arn));
    }

    /// Returns its address.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the environment in which every AWS SDK calls only this server.
    pub fn environment(&self) -> [(&'static str, String); 6] {
        environment::variables(self.endpoint(), CALLER_KEY)
    }

    /// Returns a configuration of the SDK for the same, which does not wait between its attempts.
    pub async fn sdk_config(&self) -> SdkConfig {
        environment::sdk_config(self.endpoint(), CALLER_KEY).await
    }

    /// Adds a fault.
    pub fn fail(&self, fault: AwsFault) {
        self.shared.with(|state| state.faults.add(fault));
    }

    /// Ends all faults.
    pub fn clear_faults(&self) {
        self.shared.with(|state| state.faults.clear());
    }

    /// Sets the seed of random faults.
    pub fn set_seed(&self, seed: u64) {
        self.shared.with(|state| state.faults.seed = seed);
    }

    /// Releases the requests that are held at this moment.
    pub fn release(&self) {
        self.shared.released.send_modify(|times| *times += 1);
    }

    /// Returns the requests so far, in the order in which they arrived.
    pub fn calls(&self) -> Vec<LoggedAwsCall> {
        self.shared.with(|state| state.log.all().to_vec())
    }

    /// Returns the subjects of the calls of one action, such as the ARNs of `sts:AssumeRole`, in order.
    pub fn subjects(&self, action: &str) -> Vec<String> {
        let calls = self.calls();
        let these = calls.iter().filter(|logged| logged.call.name() == action);
        these.map(|logged| logged.call.subject().to_owned()).collect()
    }

    /// Returns the requests since the last call, and removes them.
    pub fn take_calls(&self) -> Vec<LoggedAwsCall> {
        self.shared.with(|state| state.log.take())
    }

    /// Returns the number of calls of each action so far.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        counts(&self.calls())
    }

    /// Returns the same since the calls were last taken, and removes them.
    pub fn take_counts(&self) -> BTreeMap<String, usize> {
        counts(&self.take_calls())
    }
}

impl Drop for LocalAws {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // If it panicked, the clients of the test have seen that.
            let _ = thread.join();
        }
    }
}
