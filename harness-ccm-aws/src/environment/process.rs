//! A program that prints credentials (`credential_process` of a profile).
//!
//! Unlike the SDK's provider, it limits time and output, does not wait for processes that the program leaves behind, and shows
//! none of the program's output: that may contain keys.

use std::io;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use futures_util::future::{Either, select};
use harness_ccm_core::secret::Secret;
use harness_ccm_core::timestamp::Timestamp;
use harness_ccm_core::{Error, ErrorKind};
use serde_json::{Map, Value};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::time::timeout;

use super::source::CredentialSource;

/// The timeout of the program: it may prompt a person.
const LIMIT: Duration = Duration::from_mins(1);

/// The time for reading the pipe after the program ended: another process may keep the pipe open.
const REST: Duration = Duration::from_secs(1);

/// The maximum length of its output, in bytes. Credentials take about two thousand.
const MOST: u64 = 1 << 16;

/// Runs the program for every request of credentials.
#[derive(Debug)]
pub(super) struct Process {
    source: CredentialSource,
    /// It may contain a password.
    command: Secret,
    account: Option<String>,
    limit: Duration,
}

impl Process {
    pub(super) fn new(source: CredentialSource, command: &str, account: Option<String>) -> Self {
        Self { source, command: Secret::new(command), account, limit: LIMIT }
    }

    async fn credentials(&self) -> provider::Result {
        let output = match timeout(self.limit, self.output()).await {
            Ok(output) => output,
            Err(_) => Err(format!("did not end within {} seconds", self.limit.as_secs())),
        };
        let credentials = output.and_then(|bytes| read(&bytes, self.account.as_deref()));
        credentials.map_err(|what| {
            let error =
                Error::new(ErrorKind::Unauthenticated, "aws:credentials", format!("{} {what}", self.source));
            CredentialsError::provider_error(error.with_remedy(self.source.remedy()))
        })
    }

    /// Returns its output, or the error.
    async fn output(&self) -> Result<Vec<u8>, String> {
        let unreadable = |error: io::Error| format!("cannot be run: {error}");
        let mut child = shell(self.command.expose())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(unreadable)?;
        let Some(stdout) = child.stdout.take() else { return Err("cannot be run: it has no output".into()) };
        let mut bytes = Vec::new();
        let status = {
            let mut reading = pin!(read_bounded(stdout, &mut bytes));
            match select(reading.as_mut(), pin!(child.wait())).await {
                Either::Left((Err(error), _)) => return Err(unreadable(error)),
                Either::Left((Ok(TooLong(true)), _)) => return Err(too_long()),
                Either::Left((Ok(TooLong(false)), ending)) => ending.await,
                // Its output is in the pipe by now.
                Either::Right((status, _)) => match timeout(REST, reading).await {
                    Ok(Ok(TooLong(true))) => return Err(too_long()),
                    _ => status,
                },
            }
        };
        let status: ExitStatus = status.map_err(unreadable)?;
        if status.success() {
            Ok(bytes)
        } else {
            Err(format!("failed ({status}); its output is not shown, because it may contain keys"))
        }
    }
}

impl ProvideCredentials for Process {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// Whether the output was longer than the limit.
struct TooLong(bool);

fn too_long() -> String {
    format!("printed more than {} KiB, which no credentials take", MOST >> 10)
}

async fn read_bounded(from: impl AsyncRead + Unpin, bytes: &mut Vec<u8>) -> io::Result<TooLong> {
    from.take(MOST + 1).read_to_end(bytes).await?;
    Ok(TooLong(bytes.len() as u64 > MOST))
}

/// As `aws` does on Windows: the shell receives the line unchanged, within quotation marks.
#[cfg(windows)]
fn shell(line: &str) -> Command {
    let mut command = Command::new("cmd.exe");
    command.arg("/C").raw_arg(format!("\"{line}\""));
    command
}

#[cfg(not(windows))]
fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(line);
    command
}

/// Parses credentials as such programs print them; the error never contains the output.
fn read(bytes: &[u8], account: Option<&str>) -> Result<Credentials, String> {
    let object: Map<String, Value> =
        serde_json::from_slice(bytes).map_err(|_| "did not print a JSON object alone".to_owned())?;
    let find = |name: &str| {
        let found = object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        found.filter(|value| !value.is_null())
    };
    let text = |name: &str| match find(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
        Some(_) => Err(format!("printed a {name} that is not a text")),
    };
    let needed = |name: &str| text(name)?.ok_or_else(|| format!("printed no {name}"));
    match find("Version") {
        Some(version) if version.as_i64() == Some(1) => {}
        Some(_) => return Err("printed a Version other than 1".into()),
        None => return Err("printed no Version, which must be 1".into()),
    }
    let expiry = match text("Expiration")? {
        None => None,
        Some(time) => {
            let time: Timestamp = time.parse().map_err(|_| {
                "printed an Expiration that is not a time with an offset (ISO 8601)".to_owned()
            })?;
            let seconds = u64::try_from(time.as_unix_seconds()).unwrap_or_default();
            let expiry = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            if expiry <= SystemTime::now() {
                return Err(format!(
                    "printed credentials that expired at {time} by the clock of this machine"
                ));
            }
            Some(expiry)
        }
    };
    let mut credentials = Credentials::builder()
        .access_key_id(needed("AccessKeyId")?)
        .secret_access_key(needed("SecretAccessKey")?)
        .provider_name("CredentialProcess");
    credentials.set_session_token(text("SessionToken")?.map(str::to_owned));
    credentials.set_expiry(expiry);
    credentials.set_account_id(text("AccountId")?.or(account).map(|account| account.to_owned().into()));
    Ok(credentials.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &str = r#"{"Version":1,"AccessKeyId":"AKIAMARKED","SecretAccessKey":"MARKED"}"#;

    fn process(command: &str) -> Process {
        let source = CredentialSource::Process { profile: "p".into() };
        Process {
            limit: Duration::from_secs(3),
            ..Process::new(source, command, Some("111122223333".into()))
        }
    }

    async fn failure(command: &str) -> String {
        let error = process(command).credentials().await.unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().downcast_ref::<Error>().unwrap();
        let report = cause.report();
        assert!(
            report.contains("the credential_process of the profile \"p\"") && report.contains("remedy"),
            "{report}"
        );
        assert!(!report.contains("MARKED"), "{report}");
        report
    }

    #[test]
    fn the_output_is_read_and_errors_do_not_contain_it() {
        let keys = read(KEYS.as_bytes(), Some("111122223333")).unwrap();
        assert_eq!((keys.access_key_id(), keys.secret_access_key()), ("AKIAMARKED", "MARKED"));
        assert_eq!(keys.account_id().unwrap().as_str(), "111122223333");
        let keys = read(
            br#"{"version":1,"accessKeyId":" A\n","SecretAccessKey":"b","SessionToken":"c","Expiration":"2126-01-01T00:00:00+00:00"}"#,
            None,
        )
        .unwrap();
        assert_eq!((keys.access_key_id(), keys.session_token()), ("A", Some("c")));
        assert!(keys.expiry().is_some());
        for (text, what) in [
            ("MARKED", "did not print a JSON object"),
            ("[]", "did not print a JSON object"),
            (r#"{"AccessKeyId":"MARKED"}"#, "no Version"),
            (r#"{"Version":2}"#, "Version other than 1"),
            (r#"{"Version":1,"AccessKeyId":"MARKED"}"#, "no SecretAccessKey"),
            (r#"{"Version":1,"AccessKeyId":" ","SecretAccessKey":"MARKED"}"#, "no AccessKeyId"),
            (r#"{"Version":1,"AccessKeyId":7,"SecretAccessKey":"MARKED"}"#, "AccessKeyId that is not a text"),
            (r#"{"Version":1,"Expiration":"MARKED"}"#, "Expiration that is not a time"),
            (r#"{"Version":1,"Expiration":"2020-01-01T00:00:00Z"}"#, "expired at 2020-01-01T00:00:00Z"),
        ] {
            let error = read(text.as_bytes(), None).unwrap_err();
            assert!(error.contains(what) && !error.contains("MARKED"), "{error}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_program_has_limits_of_time_and_output_and_its_error_does_not_contain_its_output() {
        let keys = process(&format!("echo '{KEYS}'")).credentials().await.unwrap();
        assert_eq!(keys.access_key_id(), "AKIAMARKED");
        assert!(failure("echo MARKED; echo MARKED >&2; exit 3").await.contains("failed (exit status: 3)"));
        assert!(failure("exec sleep 60").await.contains("did not end within 3 seconds"));
        assert!(failure("exec yes MARKED").await.contains("printed more than 64 KiB"));
        assert!(failure("/there/is/none").await.contains("failed (exit status: 127)"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn background_processes_of_the_program_are_not_waited_for() {
        let keys = process(&format!("echo '{KEYS}'; sleep 5 & exit 0")).credentials().await.unwrap();
        assert_eq!(keys.access_key_id(), "AKIAMARKED");
    }
}
