//! From the environment to a configuration of the SDK.

use std::time::Duration;

use aws_config::imds::region::ImdsRegionProvider;
use aws_config::retry::{RetryConfig, RetryMode};
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use harness_ccm_core::id::Partition;
use harness_ccm_core::{Error, ErrorKind, Result};

use super::identity_center::without_repeated;
use super::profile::{Profiles, at_home, partition_of};
use super::source::{CredentialSource, are_keys_given, quoted};
use super::variables::{CONFIGURE, Read, check, given, is_retry_mode};
use crate::ca_bundle;
use crate::region::RegionInUse;

/// What the environment comes to.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: SdkConfig,
    pub(crate) source: CredentialSource,
    pub(crate) region: RegionInUse,
    /// Variables that lead to other credentials than those of `source`.
    pub(crate) passed_over: Vec<&'static str>,
    /// Variables that name a file of profiles that cannot be read.
    pub(crate) absent: Vec<&'static str>,
}

/// Reads variables and profiles.
///
/// **Errors.** `Invalid` for what makes no sense there, `Unauthenticated` for a profile that asks for a code of a device.
pub(crate) async fn load() -> Result<Loaded> {
    let read = |name: &str| std::env::var(name);
    check(&read)?;
    check_pairs(&read)?;
    let profiles = Profiles::load(&read).await?;
    profiles.check_quotation_marks()?;
    let keys = are_keys_given(&read);
    if !keys {
        if let Some(missing) = profiles.missing() {
            return Err(missing);
        }
        check_mfa(&profiles)?;
    }
    let source = CredentialSource::find(&read, &profiles);
    let (region, given_region) = region(&read, &profiles).await;
    let token_missing = keys
        && given(&read, "AWS_ACCESS_KEY_ID").is_some_and(|id| id.starts_with("ASIA"))
        && given(&read, "AWS_SESSION_TOKEN").is_none();
    let region = RegionInUse { name: region, given: given_region, token_missing };
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(20))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(Region::new(region.name.clone()))
        .timeout_config(timeouts)
        .retry_config(retry(&read, &profiles)?)
        .profile_name(profiles.chosen.clone());
    if let Some(files) = rewritten(&read) {
        loader = loader.profile_files(files);
    }
    if let Some(authorities) = authorities(&read, &profiles)? {
        // The SDK's own clients, for credentials, take it too.
        let client = ca_bundle::client(&authorities).map_err(|error| {
            Error::new(
                ErrorKind::Invalid,
                CONFIGURE,
                "no HTTP client can be made with these certificate authorities",
            )
            .with_source(error)
        })?;
        loader = loader.http_client(client);
    }
    let passed_over = source.passes_over(&read, &profiles);
    Ok(Loaded { config: loader.load().await, source, region, passed_over, absent: profiles.absent })
}

/// The files of profiles, if the SDK would refuse what `aws` takes in them.
fn rewritten(read: &impl Read) -> Option<EnvConfigFiles> {
    let file = given(read, "AWS_CONFIG_FILE").unwrap_or_else(|| "~/.aws/config".into());
    let text = without_repeated(&std::fs::read_to_string(at_home(&file, read)).ok()?)?;
    let files = EnvConfigFiles::builder().include_default_credentials_file(true);
    Some(files.with_contents(EnvConfigFileKind::Config, text).build())
}

/// Variables that only make sense together.
fn check_pairs(read: &impl Read) -> Result<()> {
    let secret =
        ["AWS_SECRET_ACCESS_KEY", "SECRET_ACCESS_KEY"].iter().any(|name| given(read, name).is_some());
    let missing = [
        ("AWS_ACCESS_KEY_ID", secret, "AWS_SECRET_ACCESS_KEY"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", given(read, "AWS_ROLE_ARN").is_some(), "AWS_ROLE_ARN"),
    ];
    match missing.into_iter().find(|(name, other, _)| given(read, name).is_some() && !other) {
        Some((name, _, other)) => Err(Error::new(
            ErrorKind::Invalid,
            CONFIGURE,
            format!("the environment variable {name} is set, and {other} is not"),
        )
        .with_remedy(format!("set {other} too, or unset {name}"))),
        None => Ok(()),
    }
}

/// Nobody is there to type a code, and the SDK would leave the device out of the call.
fn check_mfa(profiles: &Profiles) -> Result<()> {
    let Some(mfa) = profiles.mfa() else { return Ok(()) };
    Err(Error::new(
        ErrorKind::Unauthenticated,
        CONFIGURE,
        format!(
            "the profile {:?} asks for a code of the device {} (mfa_serial), which this program does not",
            mfa.profile, mfa.serial
        ),
    )
    .with_remedy(format!(
        "run `aws sts get-session-token --serial-number {} --token-code CODE --profile {}`, put what it prints into a profile, and \
         name that one in source_profile in place of mfa_serial; or, for one session, set the variables that `aws configure \
         export-credentials --profile {} --format env` prints",
        quoted(&mfa.serial),
        quoted(&mfa.base),
        quoted(&profiles.chosen)
    )))
}

/// The region: that of the variables, of the profile, of the instance; else the one of the partition that the credentials name.
async fn region(read: &impl Read, profiles: &Profiles) -> (String, bool) {
    let set = given(read, "AWS_REGION").or_else(|| given(read, "AWS_DEFAULT_REGION"));
    if let Some(region) = set.or_else(|| profiles.get("region").map(str::to_owned)) {
        return (region, true);
    }
    if let Some(region) = ImdsRegionProvider::builder().build().region().await {
        return (region.to_string(), true);
    }
    let web = given(read, "AWS_ROLE_ARN").as_deref().and_then(partition_of);
    let partition = if are_keys_given(read) { None } else { profiles.partition().or(web) };
    let home = partition.unwrap_or_default().home_region().or(Partition::default().home_region());
    (home.unwrap_or_default().to_owned(), false)
}

/// How often calls are tried: the SDK panics at what it cannot read, and does not know `legacy`, the mode of older command lines.
fn retry(read: &impl Read, profiles: &Profiles) -> Result<RetryConfig> {
    let wrong = |key: &str, what: &str| {
        Error::new(
            ErrorKind::Invalid,
            CONFIGURE,
            format!("{key} of the profile {:?} {what}", profiles.chosen),
        )
        .with_remedy("correct it in ~/.aws/config (or in the file in AWS_CONFIG_FILE), or leave it out")
    };
    let mut config = RetryConfig::standard();
    let mode = match (given(read, "AWS_RETRY_MODE"), profiles.get("retry_mode")) {
        (Some(mode), _) => Some(mode),
        (None, Some(mode)) if is_retry_mode(mode) => Some(mode.to_owned()),
        (None, Some(_)) => return Err(wrong("retry_mode", "is none of legacy, standard, adaptive")),
        (None, None) => None,
    };
    if mode.is_some_and(|mode| mode.eq_ignore_ascii_case("adaptive")) {
        config = config.with_retry_mode(RetryMode::Adaptive);
    }
    let attempts = given(read, "AWS_MAX_ATTEMPTS").map(|text| (text, "AWS_MAX_ATTEMPTS"));
    let attempts = attempts.or_else(|| Some((profiles.get("max_attempts")?.to_owned(), "max_attempts")));
    match attempts {
        None => Ok(config),
        Some((text, key)) => match text.parse() {
            Ok(attempts @ 1..) => Ok(config.with_max_attempts(attempts)),
            _ => Err(wrong(key, "is not a whole number of 1 or more")),
        },
    }
}

/// The certificate authorities that are named, by the variable before the profile.
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
        Error::new(ErrorKind::Invalid, CONFIGURE, format!("the file that {place} names cannot be used"))
            .with_source(error)
            .with_remedy("name a file of certificate authorities in PEM, such as that of the proxy")
    })?;
    Ok(Some(authorities))
}
