use std::io;

use tracing_subscriber::EnvFilter;

use crate::{Failure, output};

/// Prints the activity of libraries on stderr, as selected by `RUST_LOG`: `RUST_LOG=info`, or
/// `harness_ccm=debug,aws_sdk_iam=trace`. Without the variable it prints nothing.
///
/// **Errors.** The variable is invalid.
pub(crate) fn start() -> Result<(), Failure> {
    let Ok(directives) = std::env::var("RUST_LOG") else { return Ok(()) };
    let filter: EnvFilter = directives
        .parse()
        .map_err(|error| Failure(format!("the environment variable RUST_LOG is invalid: {error}")))?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        // The log collector adds the time.
        .without_time()
        .with_writer(|| Log);
    subscriber.try_init().map_err(|error| Failure(format!("nothing can be logged: {error}")))
}

/// Collects each event as one text, so that no key is split before it is hidden.
#[derive(Debug)]
struct Log;

impl io::Write for Log {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        output::ask(&String::from_utf8_lossy(event));
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
