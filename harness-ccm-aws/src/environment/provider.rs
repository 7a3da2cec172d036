//! Makes the credentials provider of the source that was found.

use std::fmt::Write as _;
use std::path::PathBuf;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use harness_ccm_core::files::read_regular;
use harness_ccm_core::{Error, ErrorKind};

use super::chain::{Base, Found, Role};
use super::files::at_home;
use super::form::Form;
use super::process::Process;
use super::source::CredentialSource;
use super::variables::{Read, given};

const OPERATION: &str = "aws:credentials";

/// The maximum length of a token, in MiB: the SDK has no limit.
const MOST: u64 = 1;

/// Makes the provider of the source that was found. `settings` are the settings of the profile that the SDK receives.
pub(super) fn provider(
    found: Found,
    config: &ProviderConfig,
    settings: &str,
    read: &impl Read,
) -> SharedCredentialsProvider {
    let Found { source, base, roles } = found;
    let file = |text: &str| {
        ProfileFileCredentialsProvider::builder()
            .configure(config)
            .profile_files(files(text))
            .profile_name(PROFILE)
    };
    let (base, token) = match base {
        Base::Keys(keys) => (SharedCredentialsProvider::new(keys), None),
        Base::Process { command, account } => {
            (SharedCredentialsProvider::new(Process::new(source.clone(), &command, account)), None)
        }
        Base::WebIdentity { file: token, role, session } => {
            let place = at_home(&token, read);
            let role = Role { arn: role, external_id: None, session };
            let text = format!(
                "[{PROFILE}]\nweb_identity_token_file = {}\n{}{settings}",
                place.display(),
                role_settings(&role)
            );
            (SharedCredentialsProvider::new(file(&text).build()), Some(place))
        }
        Base::Sso(sso) => {
            let shared = format!("sso_region = {}\nsso_start_url = {}\n", sso.region, sso.start_url);
            let (own, section) = match &sso.session {
                Some(name) => (format!("sso_session = {name}\n"), format!("[sso-session {name}]\n{shared}")),
                None => (shared, String::new()),
            };
            let text = format!(
                "[{PROFILE}]\nsso_account_id = {}\nsso_role_name = {}\n{own}{settings}{section}",
                sso.account, sso.role
            );
            (SharedCredentialsProvider::new(file(&text).build()), None)
        }
        Base::Login { session } => {
            let text = format!("[{PROFILE}]\nlogin_session = {session}\n{settings}");
            (SharedCredentialsProvider::new(file(&text).build()), None)
        }
        Base::Container => {
            let text = format!("[{PROFILE}]\ncredential_source = EcsContainer\n{settings}");
            let token = given(read, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").map(PathBuf::from);
            (SharedCredentialsProvider::new(file(&text).build()), token)
        }
        Base::Instance => {
            let text = format!("[{PROFILE}]\ncredential_source = Ec2InstanceMetadata\n{settings}");
            (SharedCredentialsProvider::new(file(&text).build()), None)
        }
    };
    let base = Checked { inner: base, source, token };
    if roles.is_empty() {
        return SharedCredentialsProvider::new(base);
    }
    let roles = file(&roles_text(&roles, settings)).with_custom_provider(BASE, base);
    SharedCredentialsProvider::new(roles.build())
}

/// The name of the profile for the SDK.
pub(super) const PROFILE: &str = "default";

/// The name of the profile with the first credentials of roles for the SDK.
const BASE: &str = "HarnessCcmBase";

/// A text that replaces the two files.
pub(super) fn files(text: &str) -> EnvConfigFiles {
    EnvConfigFiles::builder().with_contents(EnvConfigFileKind::Config, text).build()
}

fn role_settings(role: &Role) -> String {
    let Role { arn, external_id, session } = role;
    let mut text = format!("role_arn = {arn}\n");
    for (key, value) in [("external_id", external_id), ("role_session_name", session)] {
        if let Some(value) = value {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{key} = {value}");
        }
    }
    text
}

/// Writes the roles as a chain of profiles that ends at [`BASE`].
fn roles_text(roles: &[Role], settings: &str) -> String {
    let mut text = String::new();
    for (at, role) in roles.iter().enumerate() {
        let (header, settings) =
            if at == 0 { (PROFILE.to_owned(), settings) } else { (format!("profile hop-{at}"), "") };
        let next = if at + 1 == roles.len() {
            format!("credential_source = {BASE}")
        } else {
            format!("source_profile = hop-{}", at + 1)
        };
        let _ = write!(text, "[{header}]\n{}{next}\n{settings}", role_settings(role));
    }
    text
}

/// Checks that the credentials of any source can be sent in a header: the SDK panics otherwise.
#[derive(Debug)]
struct Checked {
    inner: SharedCredentialsProvider,
    source: CredentialSource,
    /// Checks the file of a token, which the SDK reads without a limit.
    token: Option<PathBuf>,
}

impl Checked {
    async fn credentials(&self) -> provider::Result {
        if let Some(place) = &self.token
            && let Err(what) = check_token(place, self.source == CredentialSource::Container)
        {
            return Err(self.error(&format!(" needs the token in the file {}, and {what}", place.display())));
        }
        let credentials = self.inner.provide_credentials().await?;
        clean(&credentials).map_err(|what| self.error(&format!(": {what}")))
    }

    fn error(&self, what: &str) -> CredentialsError {
        let error = Error::new(ErrorKind::Unauthenticated, OPERATION, format!("{}{what}", self.source));
        CredentialsError::provider_error(error.with_remedy(self.source.remedy()))
    }
}

impl ProvideCredentials for Checked {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// Returns the problem of a file of a token, if there is one.
fn check_token(place: &std::path::Path, is_header: bool) -> Result<(), String> {
    let bytes = read_regular(place, MOST, "token").map_err(|error| format!("it cannot be read: {error}"))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| "it is not valid UTF-8")?;
    if text.trim().is_empty() {
        return Err("it is empty".into());
    }
    if is_header && Form::Line.fault(text).is_some() {
        return Err("it has a line end or a control character in it, which cannot be sent".into());
    }
    Ok(())
}

/// Returns credentials without white space around them, or the problem with them.
fn clean(credentials: &Credentials) -> Result<Credentials, String> {
    let checked = |what: &str, value: &str| {
        let value = value.trim();
        match Form::Secret.fault(value) {
            Some(fault) => Err(format!("the {what} {}", fault.what)),
            None if value.is_empty() => Err(format!("the {what} is empty")),
            None => Ok(value.to_owned()),
        }
    };
    let id = checked("access key id", credentials.access_key_id())?;
    let secret = checked("secret access key", credentials.secret_access_key())?;
    let token = match credentials.session_token().map(str::trim) {
        None | Some("") => None,
        Some(token) => Some(checked("session token", token)?),
    };
    let is_clean = id == credentials.access_key_id()
        && secret == credentials.secret_access_key()
        && token.as_deref() == credentials.session_token();
    if is_clean {
        // Including all properties that the SDK attached to them.
        return Ok(credentials.clone());
    }
    let mut cleaned =
        Credentials::builder().access_key_id(id).secret_access_key(secret).provider_name("Checked");
    cleaned.set_session_token(token);
    cleaned.set_expiry(credentials.expiry());
    cleaned.set_account_id(credentials.account_id().cloned());
    Ok(cleaned.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(id: &str, secret: &str, token: Option<&str>) -> Credentials {
        Credentials::new(id, secret, token.map(str::to_owned), None, "test")
    }

    #[test]
    fn keys_of_every_source_are_trimmed_and_have_no_control_characters() {
        let cleaned = clean(&keys(" AKIA\n", "\tsecret\r", Some("token\n"))).unwrap();
        assert_eq!((cleaned.access_key_id(), cleaned.secret_access_key()), ("AKIA", "secret"));
        assert_eq!(cleaned.session_token(), Some("token"));
        assert_eq!(clean(&keys("AKIA", "secret", Some(" "))).unwrap().session_token(), None);
        for (id, secret, token, what) in [
            ("AKIA\nMARKED", "x", None, "access key id"),
            ("AKIA", "MARKED\u{1}", None, "secret access key"),
            ("AKIA", "x", Some("MARKED MARKED"), "session token"),
            ("", "x", None, "access key id is empty"),
        ] {
            let error = clean(&keys(id, secret, token)).unwrap_err();
            assert!(error.contains(what) && !error.contains("MARKED"), "{error}");
        }
    }

    #[test]
    fn roles_go_from_the_chosen_profile_to_the_base() {
        let role = |arn: &str| Role { arn: arn.into(), external_id: None, session: None };
        let one = Role { external_id: Some("x".into()), session: Some("me".into()), ..role("one") };
        assert_eq!(
            roles_text(&[one, role("two")], "endpoint_url = http://x\n"),
            "[default]\nrole_arn = one\nexternal_id = x\nrole_session_name = me\nsource_profile = hop-1\nendpoint_url = http://x\n\
             [profile hop-1]\nrole_arn = two\ncredential_source = HarnessCcmBase\n"
        );
    }

    #[test]
    fn the_file_of_a_token_is_a_regular_one_with_something_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "e30.e30.\n").unwrap();
        check_token(&file, false).unwrap();
        assert!(check_token(&file, true).unwrap_err().contains("line end"));
        std::fs::write(&file, " \n").unwrap();
        assert!(check_token(&file, false).unwrap_err().contains("empty"));
        assert!(check_token(folder.path(), false).unwrap_err().contains("not a regular file"));
        assert!(check_token(&folder.path().join("none"), false).unwrap_err().contains("cannot be read"));
    }
}
