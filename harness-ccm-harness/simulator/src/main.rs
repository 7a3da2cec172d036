//! Runs the Harness simulator: `cargo run -p harness-ccm-simulator -- --listen 127.0.0.1:7000`.
//!
//! With the Cargo feature `aws` and an AWS endpoint in the environment (`AWS_ENDPOINT_URL`), connection tests read the roles
//! from that endpoint.
//!
//! On a loopback address, the program serves controls under `/_control/`: `curl -X PATCH
//! 127.0.0.1:7000/_control/settings -d '{"latency-ms": 50}'`. The documentation of `harness_ccm_simulator` lists them.

use std::fmt;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use harness_ccm_core::id::HarnessAccountId;
use harness_ccm_core::secret::Secret;
use harness_ccm_simulator::{Era, Fault, KeyPermissions, KeyReach, Simulator, SimulatorBuilder};

/// An offline server that behaves like the Harness API for cloud cost connectors.
#[derive(Debug, Parser)]
#[command(name = "harness-simulator", version)]
struct Arguments {
    /// The address to listen on; port 0 selects a free port.
    #[arg(long, default_value = "127.0.0.1:7000")]
    listen: SocketAddr,
    /// The identifier of the Harness account.
    #[arg(long, default_value = "sample")]
    account: HarnessAccountId,
    /// The only accepted API key; without it, any well-formed key is accepted.
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    /// The identifier of a connector that the key may view; can be repeated. Without it, the key may view all connectors.
    #[arg(long, value_name = "ID", requires = "api_key")]
    sees: Vec<String>,
    /// The maximum number of requests per minute and key; 0 for no limit.
    #[arg(long, default_value_t = 400)]
    rate_limit: u32,
    /// The delay before every response, in milliseconds.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// The file for the connectors: read at the start, written within half a second after a change and at the end.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// A file with initial connectors, a JSON array; can be repeated. The file is only read.
    #[arg(long, value_name = "FILE")]
    load: Vec<PathBuf>,
    /// A fault, such as `gateway=502:probability=0.05` or `hang-up:method=POST:nth=3:after-commit`; can be repeated.
    #[arg(long, value_name = "FAULT")]
    fault: Vec<Fault>,
    /// The seed of random faults.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Behaves like a server of 2023.
    #[arg(long)]
    y2023: bool,
    /// Adds fields that are newer than 2023 to every saved connector.
    #[arg(long, conflicts_with = "y2023")]
    newer_fields: bool,
    /// Serves `/_control/` on every address, not only on a loopback address.
    #[arg(long)]
    control: bool,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let account = arguments.account.clone();
    let mut builder = Simulator::builder()
        .account(arguments.account)
        .rate_limit(Some(arguments.rate_limit).filter(|limit| *limit > 0))
        .latency(Duration::from_millis(arguments.latency_ms))
        .state_file(arguments.state)
        .seed(arguments.seed)
        .settings(|settings| {
            settings.newer_fields = arguments.newer_fields;
            settings.era = if arguments.y2023 { Era::Y2023 } else { Era::Today };
        });
    builder = arguments.load.into_iter().fold(builder, SimulatorBuilder::load);
    builder = arguments.fault.into_iter().fold(builder, SimulatorBuilder::fault);
    if arguments.control {
        builder = builder.control();
    }
    if let Some(key) = arguments.api_key {
        let all = KeyPermissions::all();
        let sees = if arguments.sees.is_empty() { all } else { all.view(KeyReach::only(arguments.sees)) };
        builder = builder.limited_key(Secret::new(key), sees);
    }
    if std::env::var_os("AWS_ENDPOINT_URL").is_some() {
        builder = with_aws_roles(builder).await?;
    }
    // Signals are handled before the endpoint is printed: its reader may send one at once.
    let stop = Stop::new()?;
    let simulator = builder.start(arguments.listen).await?;
    writeln!(anstream::stdout(), "listening on {}", simulator.endpoint())?;
    note(format_args!("serves the account {account}: keys have the form pat.{account}.TOKEN.SECRET"));
    stop.asked().await;
    simulator.shutdown();
    Ok(())
}

/// Prints a message for the user. The simulator serves even if this fails.
fn note(text: fmt::Arguments<'_>) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Makes connection tests read the roles from the AWS endpoint in the environment.
#[cfg(feature = "aws")]
async fn with_aws_roles(builder: SimulatorBuilder) -> Result<SimulatorBuilder, Box<dyn std::error::Error>> {
    let roles = harness_ccm_aws::AwsBackend::from_env().await?.roles();
    Ok(builder.roles(Some(std::sync::Arc::new(roles))))
}

/// Warns that connection tests read no roles.
#[cfg(not(feature = "aws"))]
#[expect(clippy::unused_async, reason = "the variant with `aws` awaits")]
async fn with_aws_roles(builder: SimulatorBuilder) -> Result<SimulatorBuilder, Box<dyn std::error::Error>> {
    note(format_args!(
        "AWS_ENDPOINT_URL is set, but this program was built without the feature `aws`: connection tests read no roles"
    ));
    Ok(builder)
}

/// Waits for a request to end the program: SIGINT or SIGTERM.
#[cfg(unix)]
struct Stop {
    interrupted: tokio::signal::unix::Signal,
    terminated: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    /// Installs the signal handlers. From then on, the signals do not kill the program.
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupted: signal(SignalKind::interrupt())?,
            terminated: signal(SignalKind::terminate())?,
        })
    }

    async fn asked(mut self) {
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Stop;

#[cfg(not(unix))]
impl Stop {
    #[expect(clippy::unnecessary_wraps, reason = "the variant for Unix can fail")]
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn asked(self) {
        // If the program cannot wait for Ctrl-C, it ends.
        let _ = tokio::signal::ctrl_c().await;
    }
}
