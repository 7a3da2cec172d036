//! Serves the Harness simulator: `cargo run --example harness_simulator --features live -- --listen 127.0.0.1:7000`.
//!
//! With an AWS endpoint in the environment (`AWS_ENDPOINT_URL`) connection tests are judged against the roles that are there.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use harness_ccm_aws::AwsBackend;
use harness_ccm_core::backend::RoleProvisioner;
use harness_ccm_core::id::HarnessAccountId;
use harness_ccm_core::secret::Secret;
use harness_ccm_harness::simulator::Simulator;

/// A Harness of your own, offline.
#[derive(Debug, Parser)]
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
    /// Requests a minute; 0 for no limit.
    #[arg(long, default_value_t = 400)]
    rate_limit: u32,
    /// How long every answer takes, in milliseconds.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Keeps the connectors in this file.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let mut builder = Simulator::builder()
        .account(arguments.account)
        .rate_limit(Some(arguments.rate_limit).filter(|limit| *limit > 0))
        .latency(Duration::from_millis(arguments.latency_ms))
        .state_file(arguments.state);
    if let Some(key) = arguments.api_key {
        builder = builder.api_key(Secret::new(key));
    }
    if std::env::var_os("AWS_ENDPOINT_URL").is_some() {
        let roles: Arc<dyn RoleProvisioner> = Arc::new(AwsBackend::from_env().await?.roles());
        builder = builder.roles(Some(roles));
    }
    let simulator = builder.start(arguments.listen).await?;
    anstream::println!("listening on {}", simulator.endpoint());
    tokio::signal::ctrl_c().await?;
    simulator.shutdown();
    Ok(())
}
