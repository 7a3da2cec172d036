//! The settings of a profile: the form of their values, and those that the SDK receives.
//!
//! The SDK reads no file of profiles itself: it receives a text of the settings below, each checked. Other settings have no
//! effect.

use std::fmt::Write as _;

use harness_ccm_core::{Error, ErrorKind, Result};

use super::form::{Fault, Form, RETRY_MODES};
use super::ini::nested;
use super::profile::{Profile, Profiles, Value};
use super::variables::CONFIGURE;

/// The purpose of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// It configures calls; this crate reads it.
    Calls,
    /// It configures calls; the SDK reads it.
    Sdk,
    /// It configures credentials.
    Credentials,
}

const SETTINGS: &[(&str, Form, Use)] = {
    use Form::{Arn, Command, Count, Line, Path, Plain, Region, Secret, Switch, Url, Word};
    &[
        ("region", Region, Use::Calls),
        ("retry_mode", Word(RETRY_MODES), Use::Calls),
        ("max_attempts", Count, Use::Calls),
        ("ca_bundle", Line, Use::Calls),
        ("endpoint_url", Url, Use::Sdk),
        ("ignore_configured_endpoint_urls", Switch, Use::Sdk),
        ("services", Plain, Use::Sdk),
        ("use_fips_endpoint", Switch, Use::Sdk),
        ("use_dualstack_endpoint", Switch, Use::Sdk),
        ("sdk_ua_app_id", Plain, Use::Sdk),
        ("ec2_metadata_service_endpoint", Url, Use::Sdk),
        ("ec2_metadata_service_endpoint_mode", Word(&["ipv4", "ipv6"]), Use::Sdk),
        ("ec2_metadata_v1_disabled", Switch, Use::Sdk),
        ("aws_access_key_id", Secret, Use::Credentials),
        ("aws_secret_access_key", Secret, Use::Credentials),
        ("aws_session_token", Secret, Use::Credentials),
        ("aws_security_token", Secret, Use::Credentials),
        ("aws_account_id", Plain, Use::Credentials),
        ("role_arn", Arn, Use::Credentials),
        ("role_session_name", Plain, Use::Credentials),
        ("external_id", Plain, Use::Credentials),
        ("mfa_serial", Plain, Use::Credentials),
        ("source_profile", Line, Use::Credentials),
        (
            "credential_source",
            Word(&["Environment", "Ec2InstanceMetadata", "EcsContainer"]),
            Use::Credentials,
        ),
        ("web_identity_token_file", Path, Use::Credentials),
        ("login_session", Arn, Use::Credentials),
        ("credential_process", Command, Use::Credentials),
        ("sso_session", Plain, Use::Credentials),
        ("sso_start_url", Url, Use::Credentials),
        ("sso_region", Region, Use::Credentials),
        ("sso_account_id", Plain, Use::Credentials),
        ("sso_role_name", Plain, Use::Credentials),
    ]
};

/// Returns an error about a setting, which names file, profile and key, but not the value.
pub(super) fn wrong(profiles: &Profiles, section: &str, key: &str, value: &Value, fault: &Fault) -> Error {
    let place = profiles.place(value);
    Error::new(ErrorKind::Invalid, CONFIGURE, format!("{key} of {section} ({place}) {}", fault.what))
        .with_remedy(fault.remedy)
}

fn check(
    profiles: &Profiles,
    profile: &Profile,
    section: &str,
    is_meant: impl Fn(Use) -> bool,
) -> Result<()> {
    for (key, form, _) in SETTINGS.iter().filter(|(_, _, of)| is_meant(*of)) {
        if let Some(value) = profile.value(key)
            && let Some(fault) = form.fault(&value.text)
        {
            return Err(wrong(profiles, section, key, value, &fault));
        }
    }
    Ok(())
}

/// Refuses malformed settings of the chosen profile that configure calls.
///
/// **Errors.** `Invalid`.
pub(super) fn check_calls(profiles: &Profiles) -> Result<()> {
    let Some(profile) = profiles.profile() else { return Ok(()) };
    let section = format!("the profile {:?}", profile.name);
    check(profiles, profile, &section, |of| of != Use::Credentials)?;
    let Some(services) = profile.value("services") else { return Ok(()) };
    let Some(found) = profiles.services(&services.text) else {
        let fault = Fault {
            what: format!("names the section [services {}], which is not defined", services.text),
            remedy: "define it, or remove the setting",
        };
        return Err(wrong(profiles, &section, "services", services, &fault));
    };
    for (service, value) in found.values() {
        for (key, text) in nested(&value.text).filter(|(key, _)| key == "endpoint_url") {
            if let Some(fault) = Form::Url.fault(text) {
                let section = format!("{service} in the section [services {}]", found.name);
                return Err(wrong(profiles, &section, &key, value, &fault));
            }
        }
    }
    Ok(())
}

/// Settings that configure credentials, and are incomplete if empty: `aws` ends with an error.
const LEADING: [&str; 8] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "role_arn",
    "source_profile",
    "credential_source",
    "login_session",
    "sso_account_id",
    "sso_role_name",
];

/// Refuses malformed settings of a profile that configure credentials.
///
/// **Errors.** `Invalid`.
pub(super) fn check_credentials(profiles: &Profiles, profile: &Profile) -> Result<()> {
    let section = format!("the profile {:?}", profile.name);
    if let Some((key, value)) = LEADING.into_iter().find_map(|key| Some((key, profile.empty(key)?))) {
        let fault = Fault { what: "is empty".into(), remedy: "give it its value, or remove the line" };
        return Err(wrong(profiles, &section, key, value, &fault));
    }
    check(profiles, profile, &section, |of| of == Use::Credentials)
}

/// Does the same for a section `sso-session`.
///
/// **Errors.** `Invalid`.
pub(super) fn check_session(profiles: &Profiles, session: &Profile) -> Result<()> {
    check(profiles, session, &format!("the section [sso-session {}]", session.name), |of| {
        of == Use::Credentials
    })
}

/// Returns the text of the chosen profile for the SDK, as a profile `default` without credentials: settings, then the sections
/// that they name. More settings may be put before it.
pub(super) fn text(profiles: &Profiles) -> String {
    const SERVICES: &str = "chosen";
    let Some(profile) = profiles.profile() else { return String::new() };
    let mut text = String::new();
    let seen = SETTINGS.iter().filter(|(key, _, of)| *of == Use::Sdk && *key != "services");
    for (key, ..) in seen {
        if let Some(value) = profile.get(key) {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{key} = {value}");
        }
    }
    let Some(services) = profile.get("services").and_then(|name| profiles.services(name)) else {
        return text;
    };
    let _ = writeln!(text, "services = {SERVICES}\n[services {SERVICES}]");
    for (service, value) in services.values() {
        let mut urls = nested(&value.text).filter(|(key, url)| key == "endpoint_url" && !url.is_empty());
        if let Some((key, url)) = urls.next() {
            let _ = writeln!(text, "{service} =\n  {key} = {url}");
        }
    }
    text
}
