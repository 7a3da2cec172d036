//! Makes a configuration of the SDK from the environment.

use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::{RetryConfig, RetryMode};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use harness_ccm_core::id::Partition;
use harness_ccm_core::{Error, ErrorKind, Result};

use super::chain::{Base, Found, are_keys_given, find, passed_over};
use super::files::at_home;
use super::profile::{Profiles, partition_of};
use super::provider::{PROFILE, files, provider};
use super::settings::{check_calls, text};
use super::source::CredentialSource;
use super::variables::{CONFIGURE, Read, check, given};
use crate::bodies::bounded;
use crate::ca_bundle;
use crate::clock::Clock;
use crate::region::RegionInUse;
use crate::retry::time_limits;

/// The result of reading the environment.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: SdkConfig,
    pub(crate) source: CredentialSource,
    pub(crate) region: RegionInUse,
    /// Settings that lead to other credentials than those of `source`.
    pub(crate) passed_over: Vec<String>,
    /// Variables that name a missing file of profiles.
    pub(crate) absent: Vec<&'static str>,
    /// If no setting leads to credentials, so that the instance is asked: settings that look as if they did.
    pub(crate) misleading: Option<Vec<String>>,
    /// The maximum number of tries of a request, if it is set.
    pub(crate) tries: Option<u32>,
    /// The clock for the expiry of the credentials.
    pub(crate) clock: Clock,
}

/// Reads variables and profiles. `patience` is the timeout of credentials.
///
/// **Errors.** `Invalid` for an invalid setting, `Unauthenticated` for a profile that needs an MFA code.
pub(crate) async fn load(patience: Duration) -> Result<Loaded> {
    let read = |name: &str| std::env::var(name);
    check(&read)?;
    check_pairs(&read)?;
    let profiles = Profiles::load(&read)?;
    check_calls(&profiles)?;
    check_endpoints(&read, &profiles)?;
    let found = find(&read, &profiles)?;
    let source = found.source.clone();
    let passed_over = passed_over(&read, &profiles, &found);
    let is_last = source == CredentialSource::Instance && found.roles.is_empty();
    let misleading = is_last.then(|| misleading(&read, &profiles));
    let region = RegionInUse { token_missing: token_missing(&found), ..region(&read, &profiles).await };
    let timeouts = time_limits();
    let tries = tries(&read, &profiles);
    let retries = retry(&read, &profiles, tries);
    let settings = text(&profiles);
    let clock = Clock::default();
    let provider_config = ProviderConfig::default()
        .with_behavior_version(Some(BehaviorVersion::v2026_01_12()))
        .with_region(Some(Region::new(region.name.clone())))
        .with_timeout_config(timeouts.clone())
        .with_retry_config(retries.clone())
        .with_time_source(clock.clone());
    let loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(Region::new(region.name.clone()))
        .timeout_config(timeouts)
        .retry_config(retries)
        .time_source(clock.clone())
        // By default, the SDK gives up after five seconds, also for a program that prompts a person.
        .identity_cache(IdentityCache::lazy().load_timeout(patience + Duration::from_secs(10)).build())
        .profile_files(files(&format!("[{PROFILE}]\n{settings}")))
        .profile_name(PROFILE);
    let client = match authorities(&read, &profiles)? {
        Some(authorities) => ca_bundle::client(&authorities).map_err(|error| {
            Error::new(
                ErrorKind::Invalid,
                CONFIGURE,
                "no HTTP client can be made with these certificate authorities",
            )
            .with_source(error)
        })?,
        None => ca_bundle::default_client(),
    };
    // The SDK's own clients, for credentials, use it too.
    let client = bounded(client);
    let provider_config = provider_config.with_http_client(client.clone());
    let loader = loader.http_client(client);
    let loader = loader.credentials_provider(provider(found, &provider_config, &settings, &read));
    Ok(Loaded {
        config: loader.load().await,
        source,
        region,
        passed_over,
        absent: profiles.absent,
        misleading,
        tries,
        clock,
    })
}

/// Checks variables that must be set together.
fn check_pairs(read: &impl Read) -> Result<()> {
    let secret =
        ["AWS_SECRET_ACCESS_KEY", "SECRET_ACCESS_KEY"].iter().any(|name| given(read, name).is_some());
    if given(read, "AWS_ACCESS_KEY_ID").is_none() || secret {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Invalid,
        CONFIGURE,
        "the environment variable AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not",
    )
    .with_remedy("set AWS_SECRET_ACCESS_KEY too, or unset AWS_ACCESS_KEY_ID"))
}

/// The SDK does not build FIPS or dual-stack endpoints from a named endpoint: every call would fail.
fn check_endpoints(read: &impl Read, profiles: &Profiles) -> Result<()> {
    let switched = |variable: &'static str, key: &'static str| match given(read, variable) {
        Some(value) => value.eq_ignore_ascii_case("true").then(|| variable.to_owned()),
        None => profiles
            .get(key)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
            .then(|| format!("{key} of the profile {:?}", profiles.chosen)),
    };
    let ignored = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS";
    if switched(ignored, "ignore_configured_endpoint_urls").is_some() {
        return Ok(());
    }
    let services = ["", "_STS", "_IAM", "_ORGANIZATIONS"].map(|service| format!("AWS_ENDPOINT_URL{service}"));
    let named = services.into_iter().find(|name| given(read, name).is_some()).or_else(|| {
        let key = ["endpoint_url", "services"].into_iter().find(|key| profiles.get(key).is_some())?;
        Some(format!("{key} of the profile {:?}", profiles.chosen))
    });
    let kind = switched("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")
        .or_else(|| switched("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"));
    match (kind, named) {
        (Some(kind), Some(named)) => Err(Error::new(
            ErrorKind::Invalid,
            CONFIGURE,
            format!("{kind} is true, and {named} names an endpoint: they cannot be combined"),
        )
        .with_remedy("remove one of them")),
        _ => Ok(()),
    }
}

/// The setting in which the session token of a session's keys is missing.
fn token_missing(found: &Found) -> Option<String> {
    match (&found.base, &found.source) {
        (Base::Keys(keys), source)
            if keys.access_key_id().starts_with("ASIA") && keys.session_token().is_none() =>
        {
            Some(match source {
                CredentialSource::Keys { profile } => format!("aws_session_token of the profile {profile:?}"),
                _ => "AWS_SESSION_TOKEN".into(),
            })
        }
        _ => None,
    }
}

/// Settings that look like credentials, and lead to none.
fn misleading(read: &impl Read, profiles: &Profiles) -> Vec<String> {
    let secret =
        ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"].into_iter().find(|name| given(read, name).is_some());
    let key = secret
        .filter(|_| given(read, "AWS_ACCESS_KEY_ID").is_none())
        .map(|name| format!("{name} is set without AWS_ACCESS_KEY_ID"));
    let role = given(read, "AWS_ROLE_ARN")
        .filter(|_| given(read, "AWS_WEB_IDENTITY_TOKEN_FILE").is_none())
        .map(|_| "AWS_ROLE_ARN is set without AWS_WEB_IDENTITY_TOKEN_FILE".to_owned());
    let profile = profiles.variable.filter(|_| profiles.profile().is_some()).map(|variable| {
        format!("the profile {:?} that {variable} names has no credentials", profiles.chosen)
    });
    [profile, key, role].into_iter().flatten().collect()
}

/// The region: that of the variables, of the profile, of the instance; otherwise that of the partition in the credentials.
async fn region(read: &impl Read, profiles: &Profiles) -> RegionInUse {
    let given_as = |name: &str| RegionInUse::given(name);
    let set = given(read, "AWS_REGION").or_else(|| given(read, "AWS_DEFAULT_REGION"));
    if let Some(region) = set.or_else(|| profiles.get("region").map(str::to_owned)) {
        return given_as(&region);
    }
    if let Some(region) = ImdsRegionProvider::builder().build().region().await {
        return given_as(region.as_ref());
    }
    let web = given(read, "AWS_ROLE_ARN").as_deref().and_then(partition_of);
    let partition = if are_keys_given(read) { None } else { profiles.partition().or(web) };
    let home = partition.unwrap_or_default().home_region().or(Partition::default().home_region());
    RegionInUse { given: false, ..given_as(home.unwrap_or_default()) }
}

/// The value of a variable, otherwise that of the profile's key.
fn setting(read: &impl Read, profiles: &Profiles, variable: &'static str, key: &str) -> Option<String> {
    given(read, variable).or_else(|| profiles.get(key).map(str::to_owned))
}

/// The maximum number of tries of a request.
fn tries(read: &impl Read, profiles: &Profiles) -> Option<u32> {
    setting(read, profiles, "AWS_MAX_ATTEMPTS", "max_attempts")?.parse().ok()
}

/// The SDK does not support `legacy`, the mode of older command lines.
fn retry(read: &impl Read, profiles: &Profiles, tries: Option<u32>) -> RetryConfig {
    let mode = setting(read, profiles, "AWS_RETRY_MODE", "retry_mode");
    let adaptive = mode.is_some_and(|mode| mode.eq_ignore_ascii_case("adaptive"));
    let config = RetryConfig::standard();
    let config = if adaptive { config.with_retry_mode(RetryMode::Adaptive) } else { config };
    match tries {
        Some(tries) => config.with_max_attempts(tries),
        None => config,
    }
}

/// The file of certificate authorities, from the variable or otherwise from the profile.
fn authorities(read: &impl Read, profiles: &Profiles) -> Result<Option<Vec<String>>> {
    let named =
        given(read, "AWS_CA_BUNDLE").map(|file| (file, "the environment variable AWS_CA_BUNDLE".to_owned()));
    let named = named.or_else(|| {
        Some((
            profiles.get("ca_bundle")?.to_owned(),
            format!("ca_bundle of the profile {:?}", profiles.chosen),
        ))
    });
    let Some((file, place)) = named else { return Ok(None) };
    let path = at_home(&file, read);
    let authorities = ca_bundle::read(&path).map_err(|error| {
        Error::new(
            ErrorKind::Invalid,
            CONFIGURE,
            format!("the file {file} that {place} names cannot be used"),
        )
        .with_source(error)
        .with_remedy("name a file of certificate authorities in PEM, such as that of the proxy")
    })?;
    Ok(Some(authorities))
}
