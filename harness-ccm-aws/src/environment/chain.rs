//! Finds the source of credentials from variables and profiles, in the order of `aws`.
//!
//! The order is that of `create_credential_resolver` of botocore. Only the source found here is used: if a profile begins with
//! an incomplete source, that is an error, and no other source replaces it.

use std::env::VarError;

use aws_credential_types::Credentials;
use harness_ccm_core::{Error, ErrorKind, Result};

use super::files::Kind;
use super::form::Fault;
use super::profile::{Profile, Profiles, Value};
use super::settings::{check_credentials, check_session, wrong};
use super::source::{CredentialSource, quoted};
use super::variables::{CONFIGURE, Read, given};

/// The source of credentials, with its parameters.
#[derive(Clone)]
pub(super) enum Base {
    Keys(Credentials),
    Process { command: String, account: Option<String> },
    WebIdentity { file: String, role: String, session: Option<String> },
    Sso(Sso),
    Login { session: String },
    Container,
    Instance,
}

#[derive(Clone)]
pub(super) struct Sso {
    pub(super) account: String,
    pub(super) role: String,
    pub(super) region: String,
    pub(super) start_url: String,
    pub(super) session: Option<String>,
}

/// A role that a profile assumes.
#[derive(Clone)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) external_id: Option<String>,
    pub(super) session: Option<String>,
}

/// The source that is used.
pub(super) struct Found {
    pub(super) source: CredentialSource,
    pub(super) base: Base,
    /// The roles that are assumed with it; the first is that of the chosen profile, and is assumed last.
    pub(super) roles: Vec<Role>,
}

/// A reader for sources that ignore variables.
const NO_VARIABLES: Option<&NoVariables> = None;
type NoVariables = fn(&str) -> std::result::Result<String, VarError>;

const CONTAINER: [&str; 2] = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];

/// Whether both keys are set, so that no other source is considered.
pub(super) fn are_keys_given(read: &impl Read) -> bool {
    keys_of_variables(read).is_some()
}

fn keys_of_variables(read: &impl Read) -> Option<Base> {
    let secret =
        ["AWS_SECRET_ACCESS_KEY", "SECRET_ACCESS_KEY"].into_iter().find_map(|name| given(read, name));
    let mut keys = Credentials::builder()
        .access_key_id(given(read, "AWS_ACCESS_KEY_ID")?)
        .secret_access_key(secret?)
        .provider_name("EnvironmentVariable");
    keys.set_session_token(given(read, "AWS_SESSION_TOKEN"));
    keys.set_account_id(given(read, "AWS_ACCOUNT_ID").map(Into::into));
    Some(Base::Keys(keys.build()))
}

/// Returns the source to which these variables and profiles lead.
///
/// **Errors.** `Invalid` for a profile that is not defined, or leads to credentials and is incomplete; `Unauthenticated` for a
/// profile that needs an MFA code.
/// asks for a code of a device.
pub(super) fn find(read: &impl Read, profiles: &Profiles) -> Result<Found> {
    let alone = |source, base| Ok(Found { source, base, roles: Vec::new() });
    if let Some(base) = keys_of_variables(read) {
        return alone(CredentialSource::Variables, base);
    }
    if let Some(missing) = profiles.missing() {
        return Err(missing);
    }
    let nobody = Profile::default();
    let profile = profiles.profile().unwrap_or(&nobody);
    check_credentials(profiles, profile)?;
    if assumes(profile) {
        return roles(read, profiles, profile);
    }
    if let Some((source, base)) = base(Some(read), profiles, profile)? {
        return alone(source, base);
    }
    if CONTAINER.iter().any(|name| given(read, name).is_some()) {
        return alone(CredentialSource::Container, container(read)?);
    }
    alone(CredentialSource::Instance, Base::Instance)
}

/// Settings that lead to other credentials, and are ignored because of this source.
pub(super) fn passed_over(read: &impl Read, profiles: &Profiles, found: &Found) -> Vec<String> {
    let variables = |names: &[&'static str]| {
        names
            .iter()
            .filter(|name| given(read, name).is_some())
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    let nobody = Profile::default();
    let chosen = profiles.profile().unwrap_or(&nobody);
    let profile = match profiles.variable {
        Some(variable) => variable.to_owned(),
        None => format!("the profile {:?}", profiles.chosen),
    };
    let web = "AWS_WEB_IDENTITY_TOKEN_FILE";
    let process = found.roles.is_empty() && chosen.get("credential_process").is_some();
    match &found.source {
        CredentialSource::Variables => {
            let named = profiles.variable.map(|_| profile).into_iter();
            named.chain(variables(&[web, CONTAINER[0], CONTAINER[1]])).collect()
        }
        CredentialSource::WebIdentity { profile: None } => {
            let own = base(NO_VARIABLES, profiles, chosen).is_ok_and(|own| own.is_some());
            own.then_some(profile).into_iter().chain(variables(&CONTAINER)).collect()
        }
        CredentialSource::Container | CredentialSource::Instance if found.roles.is_empty() => Vec::new(),
        CredentialSource::Keys { profile } if process => {
            let process = format!("the credential_process of the profile {profile:?}");
            [process].into_iter().chain(variables(&CONTAINER)).collect()
        }
        CredentialSource::Container => variables(&[web]),
        _ if found.roles.is_empty() => variables(&CONTAINER),
        _ => variables(&[web, CONTAINER[0], CONTAINER[1]]),
    }
}

/// Whether a profile assumes a role with credentials of another source. A web identity needs none.
fn assumes(profile: &Profile) -> bool {
    profile.get("role_arn").is_some() && profile.get("web_identity_token_file").is_none()
}

fn has_keys(profile: &Profile) -> bool {
    ["aws_access_key_id", "aws_secret_access_key"].iter().any(|key| profile.get(key).is_some())
}

/// An error about a setting of a profile.
fn fault(
    profiles: &Profiles,
    profile: &Profile,
    key: &str,
    what: impl Into<String>,
    remedy: &'static str,
) -> Error {
    let section = format!("the profile {:?}", profile.name);
    match profile.value(key) {
        Some(value) => wrong(profiles, &section, key, value, &Fault { what: what.into(), remedy }),
        None => Error::new(ErrorKind::Invalid, CONFIGURE, format!("{key} of {section} {}", what.into()))
            .with_remedy(remedy),
    }
}

/// The roles to which a profile leads, and their first source.
fn roles(read: &impl Read, profiles: &Profiles, first: &Profile) -> Result<Found> {
    const ONE: &str = "a profile with role_arn has one of source_profile and credential_source: correct it";
    let mut profile = first;
    let mut visited = vec![first];
    let mut roles = Vec::new();
    let (source, base) = loop {
        let own = |key: &str| profile.get(key).map(str::to_owned);
        roles.push(Role {
            arn: own("role_arn").unwrap_or_default(),
            external_id: own("external_id"),
            session: own("role_session_name"),
        });
        let name = match (profile.get("source_profile"), profile.get("credential_source")) {
            (Some(_), Some(_)) => {
                return Err(fault(
                    profiles,
                    profile,
                    "credential_source",
                    "is set in addition to source_profile",
                    ONE,
                ));
            }
            (None, None) => {
                return Err(fault(
                    profiles,
                    profile,
                    "role_arn",
                    "names a role, and neither source_profile nor credential_source says who assumes it",
                    ONE,
                ));
            }
            (None, Some(kind)) => break named_source(read, profiles, profile, kind)?,
            (Some(name), None) => name,
        };
        let Some(next) = profiles.named(name) else {
            return Err(fault(
                profiles,
                profile,
                "source_profile",
                format!("names the profile {name:?}, which is not defined"),
                "correct the name, or define the profile with `aws configure --profile NAME`",
            ));
        };
        check_credentials(profiles, next)?;
        let is_known = visited.iter().any(|seen| seen.name == next.name);
        if is_known && !(next.name == profile.name && has_keys(next)) {
            let names: Vec<_> = visited.iter().chain([&next]).map(|profile| profile.name.as_str()).collect();
            return Err(fault(
                profiles,
                profile,
                "source_profile",
                format!("makes a loop of profiles without keys: {}", names.join(" -> ")),
                "name a profile that has credentials of its own",
            ));
        }
        if has_keys(next) || !assumes(next) {
            match self::base(NO_VARIABLES, profiles, next)? {
                Some(found) => break found,
                None => {
                    return Err(fault(
                        profiles,
                        profile,
                        "source_profile",
                        format!("names the profile {name:?}, which has no credentials"),
                        "give that profile credentials, or name another one",
                    ));
                }
            }
        }
        visited.push(next);
        profile = next;
    };
    for profile in visited {
        check_mfa(profiles, profile)?;
    }
    Ok(Found { source, base, roles })
}

/// No one is there to type an MFA code.
fn check_mfa(profiles: &Profiles, profile: &Profile) -> Result<()> {
    let Some(serial) = profile.get("mfa_serial") else { return Ok(()) };
    let with =
        profile.get("source_profile").map(|base| format!(" --profile {}", quoted(base))).unwrap_or_default();
    Err(Error::new(
        ErrorKind::Unauthenticated,
        CONFIGURE,
        format!(
            "the profile {:?} asks for a code of the device {serial} (mfa_serial), and this program does not ask for codes",
            profile.name
        ),
    )
    .with_remedy(format!(
        "run `aws sts get-session-token --serial-number {} --token-code CODE{with}`, put what it prints into a profile, and name that \
         one in source_profile in place of mfa_serial; or, for one session, set the variables that `aws configure \
         export-credentials --profile {} --format env` prints",
        quoted(serial),
        quoted(&profiles.chosen)
    )))
}

/// The source that `credential_source` names.
fn named_source(
    read: &impl Read,
    profiles: &Profiles,
    profile: &Profile,
    kind: &str,
) -> Result<(CredentialSource, Base)> {
    match kind.to_ascii_lowercase().as_str() {
        "environment" => Err(fault(
            profiles,
            profile,
            "credential_source",
            "is Environment, and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set",
            "set them, or name a profile with keys in source_profile",
        )),
        "ecscontainer" if !CONTAINER.iter().any(|name| given(read, name).is_some()) => Err(fault(
            profiles,
            profile,
            "credential_source",
            "is EcsContainer, and neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set",
            "run in a task or pod that has a role, or name a profile with credentials in source_profile",
        )),
        "ecscontainer" => Ok((CredentialSource::Container, container(read)?)),
        _ => Ok((CredentialSource::Instance, Base::Instance)),
    }
}

/// The SDK uses the values of container variables that are set and empty.
fn container(read: &impl Read) -> Result<Base> {
    let misread = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];
    match misread.into_iter().find(|name| read(name).is_ok_and(|value| value.trim().is_empty())) {
        Some(name) => Err(Error::new(
            ErrorKind::Invalid,
            CONFIGURE,
            format!("the environment variable {name} is set and empty, which would count as a value"),
        )
        .with_remedy(format!("remove it: unset {name}"))),
        None => Ok(Base::Container),
    }
}

/// The credentials in a profile itself, in the order of `aws`. Variables apply only to the chosen profile.
fn base<R: Read>(
    read: Option<&R>,
    profiles: &Profiles,
    profile: &Profile,
) -> Result<Option<(CredentialSource, Base)>> {
    let name = || profile.name.clone();
    let own = |key: &str| profile.get(key).map(str::to_owned);
    if let Some(found) = web_identity(read, profiles, profile)? {
        return Ok(Some(found));
    }
    if ["sso_account_id", "sso_role_name"].iter().any(|key| profile.get(key).is_some()) {
        return Ok(Some((CredentialSource::Sso { profile: name() }, Base::Sso(sso(profiles, profile)?))));
    }
    if let Some(keys) = keys(Kind::Credentials, profiles, profile)? {
        return Ok(Some((CredentialSource::Keys { profile: name() }, keys)));
    }
    if let Some(session) = own("login_session") {
        return Ok(Some((CredentialSource::Login { profile: name() }, Base::Login { session })));
    }
    if let Some(command) = own("credential_process") {
        let base = Base::Process { command, account: own("aws_account_id") };
        return Ok(Some((CredentialSource::Process { profile: name() }, base)));
    }
    if let Some(keys) = keys(Kind::Config, profiles, profile)? {
        return Ok(Some((CredentialSource::Keys { profile: name() }, keys)));
    }
    if let Some(key) = ["sso_session", "sso_start_url"].into_iter().find(|key| profile.get(key).is_some()) {
        return Err(fault(
            profiles,
            profile,
            key,
            "is set, and sso_account_id and sso_role_name are missing",
            "add them, as `aws configure sso` does",
        ));
    }
    if profile.get("source_profile").is_some() && profile.get("role_arn").is_none() {
        return Err(fault(
            profiles,
            profile,
            "source_profile",
            "is set, and role_arn is missing",
            "add the role that is to be assumed, or remove source_profile",
        ));
    }
    Ok(None)
}

fn web_identity<R: Read>(
    read: Option<&R>,
    profiles: &Profiles,
    profile: &Profile,
) -> Result<Option<(CredentialSource, Base)>> {
    let variable = |name: &str| read.and_then(|read| given(read, name));
    let token = variable("AWS_WEB_IDENTITY_TOKEN_FILE");
    let source = CredentialSource::WebIdentity { profile: token.is_none().then(|| profile.name.clone()) };
    let Some(file) = token.or_else(|| profile.get("web_identity_token_file").map(str::to_owned)) else {
        return Ok(None);
    };
    let role = variable("AWS_ROLE_ARN").or_else(|| profile.get("role_arn").map(str::to_owned));
    let session =
        variable("AWS_ROLE_SESSION_NAME").or_else(|| profile.get("role_session_name").map(str::to_owned));
    match (role, &source) {
        (Some(role), _) => Ok(Some((source, Base::WebIdentity { file, role, session }))),
        (None, CredentialSource::WebIdentity { profile: Some(_) }) => Err(fault(
            profiles,
            profile,
            "web_identity_token_file",
            "is set, and role_arn is missing",
            "add the role that the token is for",
        )),
        (None, _) => Err(Error::new(
            ErrorKind::Invalid,
            CONFIGURE,
            "the environment variable AWS_WEB_IDENTITY_TOKEN_FILE is set, and AWS_ROLE_ARN is not",
        )
        .with_remedy("set AWS_ROLE_ARN too, or unset AWS_WEB_IDENTITY_TOKEN_FILE")),
    }
}

/// Keys of one of the files: `aws` does not combine them from both.
fn keys(kind: Kind, profiles: &Profiles, profile: &Profile) -> Result<Option<Base>> {
    const NAMES: [&str; 2] = ["aws_access_key_id", "aws_secret_access_key"];
    let own = |key: &str| profile.value_in(kind, key);
    let token = own("aws_session_token").or_else(|| own("aws_security_token"));
    let (id, secret) = match NAMES.map(own) {
        [Some(id), Some(secret)] => (id, secret),
        [None, None] if token.is_none() => return Ok(None),
        found => {
            let there = found.into_iter().flatten().chain(token).next();
            let missing: Vec<_> = NAMES
                .into_iter()
                .zip(found)
                .filter(|(_, value)| value.is_none())
                .map(|(name, _)| name)
                .collect();
            let place =
                there.map_or_else(String::new, |value: &Value| format!(" ({})", profiles.place(value)));
            let are = if missing.len() == 1 { "is" } else { "are" };
            let problem = format!(
                "the keys of the profile {:?} are not complete{place}: {} {are} missing there",
                profile.name,
                missing.join(" and ")
            );
            return Err(Error::new(ErrorKind::Invalid, CONFIGURE, problem).with_remedy(format!(
                "set them in one file: aws configure --profile {}",
                quoted(&profile.name)
            )));
        }
    };
    let mut keys = Credentials::builder()
        .access_key_id(id.text.as_str())
        .secret_access_key(secret.text.as_str())
        .provider_name("ProfileFile");
    keys.set_session_token(token.map(|token| token.text.clone()));
    keys.set_account_id(profile.get("aws_account_id").map(|account| account.to_owned().into()));
    Ok(Some(Base::Keys(keys.build())))
}

/// IAM Identity Center: the profile may repeat settings of its session in the newer form.
fn sso(profiles: &Profiles, profile: &Profile) -> Result<Sso> {
    const SIGN_UP: &str = "correct it, or write the profile again: aws configure sso";
    let session = match profile.value("sso_session") {
        None => None,
        Some(name) => Some(profiles.session(&name.text).ok_or_else(|| {
            let what = format!("names the section [sso-session {}], which is not defined", name.text);
            fault(profiles, profile, "sso_session", what, SIGN_UP)
        })?),
    };
    if let Some(session) = session {
        check_session(profiles, session)?;
    }
    let shared = |key: &str| {
        let (own, of_session) = (profile.get(key), session.and_then(|session| session.get(key)));
        match (own, of_session) {
            (Some(own), Some(other)) if own != other => {
                Err(fault(profiles, profile, key, "differs from that of its sso-session", SIGN_UP))
            }
            (own, of_session) => of_session
                .or(own)
                .map(str::to_owned)
                .ok_or_else(|| fault(profiles, profile, key, "is missing, for IAM Identity Center", SIGN_UP)),
        }
    };
    Ok(Sso {
        account: shared("sso_account_id")?,
        role: shared("sso_role_name")?,
        region: shared("sso_region")?,
        start_url: shared("sso_start_url")?,
        session: session.map(|session| session.name.clone()),
    })
}
