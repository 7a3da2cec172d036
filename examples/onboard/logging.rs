use std::io;

use tracing_subscriber::EnvFilter;

use crate::{Failure, output};

/// Says on stderr what libraries do, as far as `RUST_LOG` asks for it: `RUST_LOG=info`, or `harness_ccm=debug,aws_sdk_iam=trace`.
/// Without the variable nothing is said.
///
/// **Errors.** The variable makes no sense.
pub(crate) fn start() -> Result<(), Failure> {
    let Ok(directives) = std::env::var("RUST_LOG") else { return Ok(()) };
    let filter: EnvFilter = directives
        .parse()
        .map_err(|error| Failure(format!("the environment variable RUST_LOG makes no sense: {error}")))?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        // The time is that of whoever collects it.
        .without_time()
        .with_writer(|| Log);
    subscriber.try_init().map_err(|error| Failure(format!("nothing can be logged: {error}")))
}

/// Takes each event as one text, so that no key is cut in two before it is hidden.
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
