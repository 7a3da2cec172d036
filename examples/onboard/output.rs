//! The one place that prints: data to stdout, everything else to stderr, and no key to either.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write as _};
use std::sync::LazyLock;

use harness_ccm_core::config::key;
use harness_ccm_core::secret::without_keys;
use harness_ccm_core::setting::Setting;
use harness_ccm_core::text::visible_lines;

use crate::Failure;

/// Variables whose values are secrets. Services say back what they were given, and people put keys into the wrong place.
const SECRETS: [&str; 4] = [
    "HARNESS_PLATFORM_API_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
];
/// Shorter values are test data, and would be found in any text.
const SHORTEST_SECRET: usize = 8;

static KNOWN: LazyLock<Vec<String>> = LazyLock::new(|| {
    let values = SECRETS.into_iter().filter_map(|name| std::env::var(name).ok());
    values.map(|value| value.trim().to_owned()).filter(|value| value.len() >= SHORTEST_SECRET).collect()
});

fn shown(text: &impl Display) -> String {
    let text = KNOWN.iter().fold(text.to_string(), |text, secret| text.replace(secret.as_str(), "…"));
    without_keys(&Setting::spelled(&text, spelling))
}

/// How people set it here: in the file, or by a flag.
fn spelling(setting: Setting) -> Option<&'static str> {
    match setting {
        Setting::Adopt => Some("--adopt"),
        Setting::Sync => Some("--mode sync"),
        Setting::Full => Some("--full"),
        Setting::Deep => Some("--deep"),
        other => key(other),
    }
}

/// Prints data, as it is: what it ends with is a part of it. Who closed the pipe wants no more.
///
/// **Errors.** If it cannot be written, such as on a full disk.
pub(crate) fn data(text: &impl Display) -> Result<(), Failure> {
    let mut stdout = anstream::stdout();
    let written = stdout.write_all(shown(text).as_bytes()).and_then(|()| stdout.flush());
    written.or_else(closed).map_err(|error| Failure(format!("the output cannot be written: {error}")))
}

/// Prints a line of data.
///
/// **Errors.** As [`data`].
pub(crate) fn line(text: &impl Display) -> Result<(), Failure> {
    data(&format_args!("{text}\n"))
}

/// Says something to whoever watches. If even that cannot be printed there is nobody to tell.
pub(crate) fn note(text: &impl Display) {
    ask(&format_args!("{text}\n"));
}

/// The same without an end of the line. What a terminal would obey is shown instead.
pub(crate) fn ask(text: &impl Display) {
    let mut stderr = anstream::stderr();
    let _ = stderr.write_all(visible_lines(&shown(text)).as_bytes()).and_then(|()| stderr.flush());
}

fn closed(error: io::Error) -> io::Result<()> {
    if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}
