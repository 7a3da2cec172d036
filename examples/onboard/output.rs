//! The only place that prints: data to stdout, everything else to stderr, and keys to neither.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write as _};
use std::sync::{LazyLock, OnceLock};

use harness_ccm_core::config::key;
use harness_ccm_core::id::RunId;
use harness_ccm_core::secret::without_keys;
use harness_ccm_core::setting::Setting;
use harness_ccm_core::text::visible_lines;

use crate::Failure;

/// Variables whose values are secrets. Services may repeat values from requests, and people put keys into the wrong place.
const SECRETS: [&str; 4] = [
    "HARNESS_PLATFORM_API_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
];
/// Shorter values are test data, and may occur in any text.
const SHORTEST_SECRET: usize = 8;

static KNOWN: LazyLock<Vec<String>> = LazyLock::new(|| {
    let values = SECRETS.into_iter().filter_map(|name| std::env::var(name).ok());
    values.map(|value| value.trim().to_owned()).filter(|value| value.len() >= SHORTEST_SECRET).collect()
});

fn shown(text: &impl Display) -> String {
    let text = KNOWN.iter().fold(text.to_string(), |text, secret| text.replace(secret.as_str(), "…"));
    without_keys(&Setting::spelled(&text, spelling))
}

/// The spelling of a setting here: in the file, or by a flag.
fn spelling(setting: Setting) -> Option<&'static str> {
    match setting {
        Setting::Adopt => Some("--adopt"),
        Setting::Sync => Some("--mode sync"),
        Setting::Full => Some("--full"),
        Setting::Deep => Some("--deep"),
        other => key(other),
    }
}

/// Prints data unchanged, including its end. A closed pipe is not an error.
///
/// **Errors.** It cannot be written, for example because the disk is full.
pub(crate) fn data(text: &impl Display) -> Result<(), Failure> {
    unless_closed(deliver(text))
}

/// Prints data for a caller that needs to know whether it was read.
pub(crate) fn deliver(text: &impl Display) -> io::Result<()> {
    let mut stdout = anstream::stdout();
    stdout.write_all(shown(text).as_bytes()).and_then(|()| stdout.flush())
}

/// Treats a closed pipe as the end of the output, not as an error.
///
/// **Errors.** As for [`data`].
pub(crate) fn unless_closed(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if !is_closed(&error) => Err(Failure(format!("the output cannot be written: {error}"))),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Whether the output has no reader any more.
pub(crate) fn is_closed(error: &io::Error) -> bool {
    error.kind() == ErrorKind::BrokenPipe
}

/// Prints a line of data.
///
/// **Errors.** As for [`data`].
pub(crate) fn line(text: &impl Display) -> Result<(), Failure> {
    data(&format_args!("{text}\n"))
}

static RUN: OnceLock<RunId> = OnceLock::new();

/// Prints the id of the run: at its beginning, and with its error if it ends with one.
#[cfg_attr(
    not(feature = "live"),
    expect(dead_code, reason = "a rehearsal leaves no trace that is searched for")
)]
pub(crate) fn begin(run: &RunId) {
    tell_run(RUN.get_or_init(|| run.clone()));
}

fn tell_run(run: &RunId) {
    note(&format_args!("run {run}: CloudTrail has it in the user agent of each call"));
}

/// Prints the reason for which the program ends.
pub(crate) fn failure(Failure(text): &Failure) {
    note(&format_args!("error: {text}"));
    if let Some(run) = RUN.get() {
        tell_run(run);
    }
}

/// Prints a message to stderr. If that fails, the message is lost.
pub(crate) fn note(text: &impl Display) {
    ask(&format_args!("{text}\n"));
}

/// Does the same without a line break at the end. Control characters are shown instead of sent to the terminal.
pub(crate) fn ask(text: &impl Display) {
    let mut stderr = anstream::stderr();
    let _ = stderr.write_all(visible_lines(&shown(text)).as_bytes()).and_then(|()| stderr.flush());
}
