//! Serves the Harness simulator: `cargo run -p harness-ccm-simulator -- --listen 127.0.0.1:7000`.
//!
//! With the feature `aws` and an AWS endpoint in the environment (`AWS_ENDPOINT_URL`) connection tests are judged against the
//! roles that are there.
//! On a loopback address it is controlled under `/_control/`: `curl -X PATCH 127.0.0.1:7000/_control/settings -d
//! '{"latency-ms": 50}'`; the documentation of `harness_ccm_simulator` has the list.

use std::fmt;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use harness_ccm_core::id::HarnessAccountId;
use harness_ccm_core::secret::Secret;
use harness_ccm_simulator::{Era, Fault, KeyPermissions, KeyReach, Simulator, SimulatorBuilder};

/// A Harness of your own, offline.
#[derive(Debug, Parser)]
#[command(name = "harness-simulator", version)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:7000")]
    listen: SocketAddr,
    /// The Harness account.
    #[arg(long, default_value = "sample")]
    account: HarnessAccountId,
    /// The only API key that is let in; without it any well-formed one is.
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    /// A connector that the key may view, and no other than those named so: a key whose resource group has only some.
    #[arg(long, value_name = "ID", requires = "api_key")]
    sees: Vec<String>,
    /// Requests a minute and key; 0 for no limit.
    #[arg(long, default_value_t = 400)]
    rate_limit: u32,
    /// How long every answer takes, in milliseconds.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Keeps the connectors in this file: read at the start, written within half a second after a change and at the end.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Connectors that are there from the start: a JSON array. The file is only read.
    #[arg(long, value_name = "FILE")]
    load: Vec<PathBuf>,
    /// A fault, such as `gateway=502:probability=0.05` or `hang-up:method=POST:nth=3:after-commit`.
    #[arg(long, value_name = "FAULT")]
    fault: Vec<Fault>,
    /// What the chance in faults is drawn from.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Answers as a server of 2023 would.
    #[arg(long)]
    y2023: bool,
    /// Answers with fields that came after 2023, asked for or not.
    #[arg(long, conflicts_with = "y2023")]
    newer_fields: bool,
    /// Serves `/_control/` although others than this machine may reach it.
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
    // Before anybody learns that it runs: whoever does may ask it to end at once.
    let stop = Stop::new()?;
    let simulator = builder.start(arguments.listen).await?;
    writeln!(anstream::stdout(), "listening on {}", simulator.endpoint())?;
    note(format_args!("serves the account {account}: keys have the form pat.{account}.TOKEN.SECRET"));
    stop.asked().await;
    simulator.shutdown();
    Ok(())
}

/// For people. The simulator serves even if this cannot be printed.
fn note(text: fmt::Arguments<'_>) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Lets connection tests look at the roles behind the AWS endpoint in the environment.
#[cfg(feature = "aws")]
async fn with_aws_roles(builder: SimulatorBuilder) -> Result<SimulatorBuilder, Box<dyn std::error::Error>> {
    let roles = harness_ccm_aws::AwsBackend::from_env().await?.roles();
    Ok(builder.roles(Some(std::sync::Arc::new(roles))))
}

/// Says that the endpoint is not looked at: a verdict that looks at no role is better expected than found out.
#[cfg(not(feature = "aws"))]
#[expect(clippy::unused_async, reason = "the variant with `aws` awaits")]
async fn with_aws_roles(builder: SimulatorBuilder) -> Result<SimulatorBuilder, Box<dyn std::error::Error>> {
    note(format_args!(
        "AWS_ENDPOINT_URL is set, but this program was built without the feature `aws`: connection tests read no roles"
    ));
    Ok(builder)
}

/// Waits until the program is asked to end, from a terminal or by its supervisor.
#[cfg(unix)]
struct Stop {
    interrupted: tokio::signal::unix::Signal,
    terminated: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    /// From here on, a signal is taken as a wish.
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
        // If this cannot be waited for, the program ends.
        let _ = tokio::signal::ctrl_c().await;
    }
}
