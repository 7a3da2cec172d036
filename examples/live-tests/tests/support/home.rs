//! Realistic profile files, and the program run with no other source of credentials.
#![allow(dead_code, clippy::unwrap_used, reason = "shared by test files; a test that cannot be set up fails")]

use std::path::PathBuf;

use super::{Run, Site};

/// The organization of one member; nothing is written to it.
pub(crate) const INTENT: &str =
    "harness = { cluster = \"us\" }\n[[rules]]\nname = \"all\"\nfeatures = [\"visibility\"]\n";

/// Credentials of a session, as services return them.
pub(crate) fn session_keys() -> String {
    r#"{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"SecretMark","Token":"SecretMarkToken","SessionToken":"SecretMarkToken","Expiration":"2126-11-26T09:00:00Z","LastUpdated":"2026-11-26T09:00:00Z","Version":1}"#.into()
}

/// A home directory with `~/.aws`.
pub(crate) struct Home<'a> {
    site: &'a Site,
    folder: PathBuf,
}

impl<'a> Home<'a> {
    pub(crate) fn of(site: &'a Site) -> Self {
        let folder = site.folder.path().join("home");
        std::fs::create_dir_all(folder.join(".aws")).unwrap();
        Self { site, folder }
    }

    pub(crate) fn path(&self, file: &str) -> String {
        self.folder.join(file).to_str().unwrap().to_owned()
    }

    /// Writes a file, and creates its folders.
    pub(crate) fn write(&self, file: &str, text: &str) -> &Self {
        let path = self.folder.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// Runs `accounts` without any key in the variables.
    pub(crate) fn accounts(&self, variables: &[(&str, &str)]) -> Run {
        let home = self.path("");
        let mut all = vec![
            ("HOME", home.as_str()),
            ("AWS_ACCESS_KEY_ID", ""),
            ("AWS_SECRET_ACCESS_KEY", ""),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ];
        all.extend(variables);
        self.site.onboard_with(&["accounts"], &all)
    }
}

impl Run {
    /// Returns the caller whose credentials were used.
    #[track_caller]
    pub(crate) fn caller(&self) -> &str {
        let caller = self.stderr.lines().find_map(|line| line.strip_prefix("AWS caller: "));
        caller.unwrap_or_else(|| panic!("no caller in {}", self.stderr))
    }

    /// Checks that it ended before it listed anything, and that its output contains all of this.
    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        let run = self.exits(1);
        assert!(run.stdout.is_empty(), "{}", run.stdout);
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        for part in parts {
            assert!(run.stderr.contains(part), "{part:?} is not in {}", run.stderr);
        }
        run
    }
}

/// A key of the form in which a login session keeps one.
const MAKE_KEY: &str = r"
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
key = ec.generate_private_key(ec.SECP256R1())
print(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode())
";

/// The cached token of a login session.
pub(crate) fn login(site: &Site, expires: &str) -> String {
    let key = site.moto.run_python(MAKE_KEY, &[]).trim().replace('\n', "\\n");
    format!(
        r#"{{"accessToken":{{"accessKeyId":"ASIAIOSFODNN7EXAMPLE","secretAccessKey":"SecretMark","sessionToken":"SecretMarkToken","accountId":"123456789012","expiresAt":"{expires}"}},"tokenType":"aws_sigv4","refreshToken":"refresh","idToken":"e30.e30.","clientId":"arn:aws:signin:::devtools/same-device","dpopKey":"{key}"}}"#
    )
}
