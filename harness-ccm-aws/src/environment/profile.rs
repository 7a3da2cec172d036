//! The profiles of the two files, and the chosen one.

use std::collections::BTreeMap;

use harness_ccm_core::id::Partition;
use harness_ccm_core::{Error, ErrorKind, Result};

use super::files::{Kind, ProfileFile};
use super::ini::{Section, words};
use super::variables::{CONFIGURE, Read, given};

/// The profile that is used if none is named.
const DEFAULT: &str = "default";

/// A setting with its place.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) kind: Kind,
    pub(super) line: usize,
}

/// It may be a key.
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Value").field("kind", &self.kind).field("line", &self.line).finish_non_exhaustive()
    }
}

/// A profile, or a section to which one refers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) name: String,
    values: BTreeMap<String, Vec<Value>>,
}

impl Profile {
    fn add(&mut self, section: &Section, kind: Kind) {
        for (key, setting) in &section.settings {
            let value = Value { text: setting.value.clone(), kind, line: setting.line };
            self.values.entry(key.clone()).or_default().push(value);
        }
    }

    /// Returns a setting that is not empty. The credentials file has precedence over the configuration file.
    pub(super) fn value(&self, key: &str) -> Option<&Value> {
        let values = self.values.get(key)?;
        values.iter().filter(|value| !value.text.is_empty()).max_by_key(|value| value.kind)
    }

    /// Its text.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        Some(self.value(key)?.text.as_str())
    }

    /// Returns a setting that exists, and is empty in each file that has it.
    pub(super) fn empty(&self, key: &str) -> Option<&Value> {
        self.values.get(key)?.first().filter(|_| self.value(key).is_none())
    }

    /// Returns a setting of only one of the files.
    pub(super) fn value_in(&self, kind: Kind, key: &str) -> Option<&Value> {
        self.values.get(key)?.iter().find(|value| value.kind == kind && !value.text.is_empty())
    }

    /// Returns all settings, for those that are named after their service.
    pub(super) fn values(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.keys().filter_map(|key| Some((key.as_str(), self.value(key)?)))
    }
}

/// The profiles of the two files, and the chosen one.
#[derive(Clone, Debug)]
pub(super) struct Profiles {
    profiles: BTreeMap<String, Profile>,
    sessions: BTreeMap<String, Profile>,
    services: BTreeMap<String, Profile>,
    /// Other sections of the configuration file.
    strange: Vec<String>,
    paths: BTreeMap<Kind, String>,
    pub(super) chosen: String,
    /// The variable that names the chosen profile, if one does.
    pub(super) variable: Option<&'static str>,
    /// Variables that name a missing file.
    pub(super) absent: Vec<&'static str>,
}

impl Profiles {
    /// Reads the files that `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name, or those in the home directory.
    ///
    /// **Errors.** `Invalid` if a file cannot be read or has a syntax error. A missing file counts as empty, as for `aws`.
    pub(super) fn load(read: &impl Read) -> Result<Self> {
        let named = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]
            .into_iter()
            .find_map(|variable| Some((variable, given(read, variable)?)));
        let (variable, chosen) = match named {
            Some((variable, name)) => (Some(variable), name),
            None => (None, DEFAULT.to_owned()),
        };
        let mut loaded = Self {
            profiles: BTreeMap::new(),
            sessions: BTreeMap::new(),
            services: BTreeMap::new(),
            strange: Vec::new(),
            paths: BTreeMap::new(),
            chosen,
            variable,
            absent: Vec::new(),
        };
        for kind in [Kind::Config, Kind::Credentials] {
            let file = ProfileFile::read(kind, read)?;
            loaded.absent.extend(file.is_absent.then_some(kind.variable()));
            loaded.paths.insert(kind, file.path);
            for section in &file.sections {
                loaded.add(section, kind);
            }
        }
        Ok(loaded)
    }

    fn add(&mut self, section: &Section, kind: Kind) {
        let header = section.header.trim();
        let words = words(header).unwrap_or_default();
        let (map, name) = match (kind, words.as_slice()) {
            (Kind::Credentials, _) => (&mut self.profiles, header),
            (Kind::Config, _) if header == DEFAULT => (&mut self.profiles, header),
            (Kind::Config, [what, name]) if what == "profile" => (&mut self.profiles, name.as_str()),
            (Kind::Config, [what, name]) if what == "sso-session" => (&mut self.sessions, name.as_str()),
            (Kind::Config, [what, name]) if what == "services" => (&mut self.services, name.as_str()),
            (Kind::Config, _) => {
                self.strange.push(header.to_owned());
                return;
            }
        };
        let profile = map.entry(name.to_owned()).or_default();
        name.clone_into(&mut profile.name);
        profile.add(section, kind);
    }

    /// Returns the chosen profile, if it exists.
    pub(super) fn profile(&self) -> Option<&Profile> {
        self.named(&self.chosen)
    }

    /// Returns a profile by its name.
    pub(super) fn named(&self, name: &str) -> Option<&Profile> {
        self.profiles.get(name)
    }

    /// Returns a section `sso-session` by its name.
    pub(super) fn session(&self, name: &str) -> Option<&Profile> {
        self.sessions.get(name)
    }

    /// Returns a section `services` by its name.
    pub(super) fn services(&self, name: &str) -> Option<&Profile> {
        self.services.get(name)
    }

    /// Returns a setting of the chosen profile.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.profile()?.get(key)
    }

    /// Returns the path of the file as the user wrote it.
    pub(super) fn path(&self, kind: Kind) -> &str {
        self.paths.get(&kind).map_or("", String::as_str)
    }

    /// Returns the place of a value.
    pub(super) fn place(&self, value: &Value) -> String {
        format!("{} line {}", self.path(value.kind), value.line)
    }

    /// Returns an error for a missing profile, if a variable names it.
    pub(super) fn missing(&self) -> Option<Error> {
        let variable = self.variable.filter(|_| self.profile().is_none())?;
        let names: Vec<_> = self.profiles.keys().map(String::as_str).collect();
        let there = if names.is_empty() {
            "no profile is defined at all".to_owned()
        } else {
            format!("there are {}", names.join(", "))
        };
        let absent = match self.absent[..] {
            [] => String::new(),
            _ => format!(", and the path in {} cannot be read", self.absent.join(" and ")),
        };
        let chosen = &self.chosen;
        let config = self.path(Kind::Config);
        let is_meant = |header: &&String| {
            *header == chosen || header.strip_prefix("profile").is_some_and(|name| name.trim() == chosen)
        };
        let remedy = match self.strange.iter().find(is_meant) {
            Some(header) => format!(
                "write the section [{header}] of {config} as [profile {}]",
                if chosen.contains(char::is_whitespace) { format!("\"{chosen}\"") } else { chosen.clone() }
            ),
            None => format!(
                "set {variable} to a profile of {config} or {}, or define it with `aws configure --profile NAME` or `aws \
                 configure sso`",
                self.path(Kind::Credentials)
            ),
        };
        let problem = format!("the profile {chosen:?} that {variable} names is not defined; {there}{absent}");
        Some(Error::new(ErrorKind::Invalid, CONFIGURE, problem).with_remedy(remedy))
    }

    /// Returns the partition of an ARN or a region in the chosen profile.
    pub(super) fn partition(&self) -> Option<Partition> {
        let arn = ["role_arn", "login_session"].into_iter().find_map(|key| partition_of(self.get(key)?));
        let session = self.get("sso_session").and_then(|name| self.session(name));
        let region =
            || session.and_then(|session| session.get("sso_region")).or_else(|| self.get("sso_region"));
        arn.or_else(|| region().map(Partition::of_region))
    }
}

/// The partition of an ARN.
pub(super) fn partition_of(arn: &str) -> Option<Partition> {
    arn.strip_prefix("arn:")?.split(':').next()?.parse().ok()
}
