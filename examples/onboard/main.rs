//! The reference pipeline: onboards an organization, in memory by default, with real services with `--features live --backend
//! live`.
//!
//! The library makes all decisions. This program contains arguments, progress and printing.

mod arguments;
mod check;
mod commands;
mod files;
#[cfg(feature = "live")]
mod live;
mod logging;
mod output;
mod progress;
mod read;
mod replace;
mod session;
mod signals;

use std::process::ExitCode;

use arguments::Arguments;
use clap::Parser as _;

/// An error for people: what, where, what to do.
#[derive(Debug)]
struct Failure(String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(next) = cause {
            text.push_str("\n  caused by: ");
            text.push_str(&next.to_string());
            cause = next.source();
        }
        Self(text)
    }
}

/// A backend's error, with its remedy.
#[expect(clippy::needless_pass_by_value, reason = "it is made for `map_err`")]
fn failed(error: harness_ccm_core::Error) -> Failure {
    Failure(error.report())
}

/// A pipeline's error, with its remedy.
#[expect(clippy::needless_pass_by_value, reason = "it is made for `map_err`")]
fn unplanned(error: harness_ccm_core::pipeline::PipelineError) -> Failure {
    Failure(error.report())
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let wrong = error.use_stderr();
            if wrong {
                output::ask(&error.render());
            } else if let Err(failure) = output::data(&error.render()) {
                output::failure(&failure);
                return ExitCode::FAILURE;
            }
            // Exit code 2 is used already: it means that a plan has changes.
            return if wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    let run = async {
        logging::start()?;
        commands::run(arguments).await
    };
    match run.await {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            output::failure(&failure);
            ExitCode::FAILURE
        }
    }
}
