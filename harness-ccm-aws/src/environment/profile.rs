//! The profile: what the SDK does not read in it, or reads without saying what is wrong.

use std::borrow::Cow;
use std::path::PathBuf;

use aws_config::profile::{Profile, ProfileSet};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};
use harness_ccm_core::id::Partition;
use harness_ccm_core::text::quotation_marks;
use harness_ccm_core::{Error, ErrorKind, Result};

use super::variables::{CONFIGURE, Read, given};

/// The profile that is used where none is named.
const DEFAULT: &str = "default";

/// The profiles of the two files, and which of them was chosen.
#[derive(Clone, Debug)]
pub(super) struct Profiles {
    set: ProfileSet,
    pub(super) chosen: String,
    /// The variable that names it, if one does.
    pub(super) variable: Option<&'static str>,
    /// Variables that name a file that cannot be read.
    pub(super) absent: Vec<&'static str>,
}

/// Settings whose values never have quotation marks at their ends.
const PLAIN: [&str; 12] = [
    "region",
    "role_arn",
    "source_profile",
    "credential_source",
    "web_identity_token_file",
    "login_session",
    "sso_session",
    "sso_start_url",
    "sso_region",
    "aws_access_key_id",
    "aws_secret_access_key",
    "ca_bundle",
];

/// A code of a device that a profile asks for before its role can be assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mfa {
    pub(super) profile: String,
    pub(super) serial: String,
    /// The profile that the code goes with.
    pub(super) base: String,
}

/// What a chain of profiles begins with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chain<'a> {
    /// The last profile of the chain, which has credentials of its own.
    pub(super) base: &'a Profile,
    /// The role that the first one assumes.
    pub(super) role: Option<&'a str>,
}

impl Profiles {
    /// Reads the files that `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name, or those in the home directory.
    ///
    /// **Errors.** `Invalid` if one makes no sense. A file that is not there counts as an empty one, as for `aws`.
    pub(super) async fn load(read: &impl Read) -> Result<Self> {
        let absent = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"].into_iter().filter(|variable| {
            given(read, variable).is_some_and(|file| std::fs::metadata(at_home(&file, read)).is_err())
        });
        let absent = absent.collect();
        let named = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]
            .into_iter()
            .find_map(|variable| Some((variable, given(read, variable)?)));
        let (variable, chosen) = match named {
            Some((variable, name)) => (Some(variable), name),
            None => (None, DEFAULT.to_owned()),
        };
        let files = EnvConfigFiles::default();
        let set =
            aws_config::profile::load(&Fs::real(), &Env::real(), &files, Some(Cow::Owned(chosen.clone())))
                .await
                .map_err(|error| {
                    Error::new(ErrorKind::Invalid, CONFIGURE, "the files of AWS profiles cannot be read")
                        .with_source(error)
                        .with_remedy("correct the file: `aws configure list-profiles` reads the same ones")
                })?;
        Ok(Self { set, chosen, variable, absent })
    }

    /// The chosen profile, if it is there.
    pub(super) fn profile(&self) -> Option<&Profile> {
        self.set.get_profile(&self.chosen)
    }

    /// A setting of the chosen profile.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.profile()?.get(key).map(str::trim).filter(|value| !value.is_empty())
    }

    /// Refuses quotation marks in the chosen profile, where they are no syntax.
    pub(super) fn check_quotation_marks(&self) -> Result<()> {
        let found = PLAIN.into_iter().find_map(|key| Some((key, quotation_marks(self.get(key)?)?)));
        match found {
            Some((key, what)) => Err(Error::new(
                ErrorKind::Invalid,
                CONFIGURE,
                format!("{key} of the profile {:?} {what}", self.chosen),
            )
            .with_remedy("write it without quotation marks: the files of AWS profiles keep them")),
            None => Ok(()),
        }
    }

    /// An error for a profile that is not there, if a variable names it.
    pub(super) fn missing(&self) -> Option<Error> {
        let variable = self.variable.filter(|_| self.profile().is_none())?;
        let mut names: Vec<_> = self.set.profiles().collect();
        names.sort_unstable();
        let there = if names.is_empty() {
            "no profile is defined at all".to_owned()
        } else {
            format!("there are {}", names.join(", "))
        };
        let absent = match self.absent[..] {
            [] => String::new(),
            _ => format!(", and what {} names cannot be read", self.absent.join(" and ")),
        };
        Some(
            Error::new(
                ErrorKind::Invalid,
                CONFIGURE,
                format!("the profile {:?} that {variable} names is not defined; {there}{absent}", self.chosen),
            )
            .with_remedy(format!(
                "set {variable} to a profile of ~/.aws/config (or of the file in AWS_CONFIG_FILE), or define it with \
                 `aws configure --profile NAME` or `aws configure sso`"
            )),
        )
    }

    /// Follows `source_profile` as the SDK does.
    pub(super) fn chain(&self) -> Option<Chain<'_>> {
        let first = self.profile()?;
        let role = assumed(first);
        let mut profile = first;
        let mut seen = vec![profile.name()];
        while let Some(next) = self.next(profile).filter(|next| !seen.contains(&next.name())) {
            seen.push(next.name());
            profile = next;
            if profile.get("aws_access_key_id").is_some() {
                break;
            }
        }
        Some(Chain { base: profile, role })
    }

    /// The first profile of the chain that asks for a code of a device.
    pub(super) fn mfa(&self) -> Option<Mfa> {
        let mut profile = self.profile()?;
        let mut seen: Vec<&str> = Vec::new();
        loop {
            if seen.contains(&profile.name())
                || (!seen.is_empty() && profile.get("aws_access_key_id").is_some())
            {
                return None;
            }
            seen.push(profile.name());
            assumed(profile)?;
            let base = profile.get("source_profile").unwrap_or(profile.name());
            if let Some(serial) = profile.get("mfa_serial") {
                return Some(Mfa {
                    profile: profile.name().to_owned(),
                    serial: serial.to_owned(),
                    base: base.to_owned(),
                });
            }
            profile = self.next(profile)?;
        }
    }

    fn next<'a>(&'a self, profile: &'a Profile) -> Option<&'a Profile> {
        assumed(profile)?;
        self.set.get_profile(profile.get("source_profile")?)
    }

    /// The partition that an ARN in the chosen profile names.
    pub(super) fn partition(&self) -> Option<Partition> {
        ["role_arn", "login_session"].into_iter().find_map(|key| partition_of(self.get(key)?))
    }
}

/// The partition of an ARN.
pub(super) fn partition_of(arn: &str) -> Option<Partition> {
    arn.strip_prefix("arn:")?.split(':').next()?.parse().ok()
}

/// The role that a profile assumes with credentials of another. A web identity needs none.
fn assumed(profile: &Profile) -> Option<&str> {
    if profile.get("web_identity_token_file").is_some() { None } else { profile.get("role_arn") }
}

/// A path that may begin with `~/`.
pub(super) fn at_home(path: &str, read: &impl Read) -> PathBuf {
    match (path.strip_prefix("~/"), given(read, "HOME").or_else(|| given(read, "USERPROFILE"))) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    }
}
