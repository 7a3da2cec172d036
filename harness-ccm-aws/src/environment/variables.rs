//! The variables that this crate or the SDK reads, and what their values have to look like.
//!
//! The SDK panics at some malformed values and passes over others without a word. So all are looked at before it reads them.

use std::env::VarError;

use harness_ccm_core::text::quotation_marks;
use harness_ccm_core::{Error, ErrorKind, Result};

/// The operation of what is wrong before anything is sent.
pub(super) const CONFIGURE: &str = "aws:configure";

/// What a value has to look like.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// Anything.
    Text,
    /// A key or a token: the SDK takes white space around it away.
    Secret,
    /// A whole number of one or more.
    Count,
    /// `true` or `false`, in capitals or not.
    Switch,
    /// One of these words, in capitals or not.
    Word(&'static [&'static str]),
    /// An http or https URL.
    Url,
    /// The name of a region.
    Region,
}

const RETRY_MODES: &[&str] = &["legacy", "standard", "adaptive"];

const VARIABLES: &[(&str, Form)] = {
    use Form::{Count, Region, Secret, Switch, Text, Url, Word};
    &[
        ("AWS_ACCESS_KEY_ID", Secret),
        ("AWS_SECRET_ACCESS_KEY", Secret),
        ("AWS_SESSION_TOKEN", Secret),
        ("AWS_ACCOUNT_ID", Secret),
        ("AWS_PROFILE", Text),
        ("AWS_DEFAULT_PROFILE", Text),
        ("AWS_CONFIG_FILE", Text),
        ("AWS_SHARED_CREDENTIALS_FILE", Text),
        ("AWS_LOGIN_CACHE_DIRECTORY", Text),
        ("AWS_REGION", Region),
        ("AWS_DEFAULT_REGION", Region),
        ("AWS_ROLE_ARN", Text),
        ("AWS_ROLE_SESSION_NAME", Text),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", Text),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", Text),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", Url),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", Text),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Text),
        ("AWS_EC2_METADATA_DISABLED", Switch),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", Url),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", Word(&["ipv4", "ipv6"])),
        ("AWS_EC2_METADATA_V1_DISABLED", Switch),
        ("AWS_ENDPOINT_URL", Url),
        ("AWS_ENDPOINT_URL_IAM", Url),
        ("AWS_ENDPOINT_URL_ORGANIZATIONS", Url),
        ("AWS_ENDPOINT_URL_STS", Url),
        ("AWS_ENDPOINT_URL_SSO", Url),
        ("AWS_ENDPOINT_URL_SSO_OIDC", Url),
        ("AWS_ENDPOINT_URL_SIGNIN", Url),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", Switch),
        ("AWS_USE_FIPS_ENDPOINT", Switch),
        ("AWS_USE_DUALSTACK_ENDPOINT", Switch),
        ("AWS_MAX_ATTEMPTS", Count),
        ("AWS_RETRY_MODE", Word(RETRY_MODES)),
        ("AWS_CA_BUNDLE", Text),
        ("AWS_SDK_UA_APP_ID", Text),
        ("HTTP_PROXY", Text),
        ("http_proxy", Text),
        ("HTTPS_PROXY", Text),
        ("https_proxy", Text),
        ("ALL_PROXY", Text),
        ("all_proxy", Text),
        ("NO_PROXY", Text),
        ("no_proxy", Text),
        ("SSL_CERT_FILE", Text),
        ("SSL_CERT_DIR", Text),
    ]
};

/// Where variables are read from.
pub(super) trait Read: Fn(&str) -> Result<String, VarError> {}
impl<F: Fn(&str) -> Result<String, VarError>> Read for F {}

/// A variable's value, if it is set and not empty.
pub(super) fn given(read: &impl Read, name: &str) -> Option<String> {
    read(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// Refuses values that the SDK would panic at, misread or pass over.
///
/// **Errors.** `Invalid`; names the variable, and never its value.
pub(super) fn check(read: &impl Read) -> Result<()> {
    for (name, form) in VARIABLES {
        match read(name) {
            Err(VarError::NotPresent) => {}
            Err(VarError::NotUnicode(_)) => return Err(wrong(name, "is not valid UTF-8", "set it anew")),
            Ok(value) => {
                if let Some((what, remedy)) = fault(&value, *form) {
                    return Err(wrong(name, &what, &remedy));
                }
            }
        }
    }
    Ok(())
}

/// What a value of a profile has to look like, where the SDK would panic at it.
pub(super) fn is_retry_mode(value: &str) -> bool {
    RETRY_MODES.iter().any(|word| word.eq_ignore_ascii_case(value))
}

fn wrong(name: &str, what: &str, remedy: &str) -> Error {
    Error::new(ErrorKind::Invalid, CONFIGURE, format!("the environment variable {name} {what}"))
        .with_remedy(format!("{remedy}, or take it away: unset {name}"))
}

/// What is wrong with a value, and what to do.
fn fault(value: &str, form: Form) -> Option<(String, String)> {
    let told = |what: &str, remedy: &str| Some((what.to_owned(), remedy.to_owned()));
    if value.trim().is_empty() {
        return None;
    }
    if let Some(found) = quotation_marks(value) {
        return told(
            found,
            "write it without quotation marks: an env-file of docker run, unlike a shell, keeps them",
        );
    }
    let trimmed = value.trim();
    if trimmed != value && !matches!(form, Form::Secret | Form::Text) {
        return told(
            "has white space around its value",
            "write it without; a file with Windows line ends leaves a carriage return",
        );
    }
    match form {
        Form::Text | Form::Secret => None,
        Form::Count => match trimmed.parse::<u32>() {
            Ok(1..) => None,
            _ => told("is not a whole number of 1 or more", "correct it"),
        },
        Form::Switch => match trimmed.to_ascii_lowercase().as_str() {
            "true" | "false" => None,
            _ => told("is neither true nor false", "correct it"),
        },
        Form::Word(words) if words.iter().any(|word| word.eq_ignore_ascii_case(trimmed)) => None,
        Form::Word(words) => Some((format!("is none of {}", words.join(", ")), "correct it".into())),
        Form::Url => {
            let rest = trimmed.strip_prefix("http://").or_else(|| trimmed.strip_prefix("https://"));
            let good = rest.is_some_and(|rest| {
                !rest.is_empty()
                    && !rest.starts_with(['/', '?', '#', ':'])
                    && !rest.contains(|letter: char| letter.is_whitespace() || letter.is_control())
            });
            if good { None } else { told("is not an http or https URL", "correct it") }
        }
        Form::Region => {
            let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if trimmed.bytes().all(is_letter) {
                None
            } else {
                told("is not the name of a region", "write it as in us-east-1")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one<'a>(name: &'a str, value: &'a str) -> impl Read + 'a {
        move |asked: &str| if asked == name { Ok(value.to_owned()) } else { Err(VarError::NotPresent) }
    }

    #[test]
    fn quotation_marks_are_named_for_every_variable() {
        for (name, _) in VARIABLES {
            for value in ["\"MARKED\"", "'MARKED'", "\u{201c}MARKED\u{201d}"] {
                let report = check(&one(name, value)).unwrap_err().report();
                assert!(report.contains(name) && report.contains("quotation mark"), "{report}");
                assert!(report.contains(&format!("unset {name}")), "{report}");
                assert!(!report.contains("MARKED"), "{report}");
            }
            for value in ["", " ", "\t"] {
                check(&one(name, value)).unwrap();
            }
        }
    }

    #[test]
    fn malformed_values_are_refused_by_name_and_without_the_value() {
        for (name, values) in [
            ("AWS_MAX_ATTEMPTS", &["abc", "0", "-1", "1.5", "3 ", "99999999999"][..]),
            ("AWS_RETRY_MODE", &["MARKED", "standard\r"]),
            ("AWS_REGION", &["us-east-1\r", "us east", "us-east-1,eu-west-1", "US-EAST-1"]),
            ("AWS_ENDPOINT_URL_STS", &["localhost:5000", "http://", "http:///x", "http://a b"]),
            ("AWS_USE_FIPS_ENDPOINT", &["yes", "1"]),
            ("AWS_EC2_METADATA_DISABLED", &["yes"]),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", &["IPv5"]),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &["169.254.170.2/v2"]),
        ] {
            for value in values {
                let error = check(&one(name, value)).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Invalid);
                let report = error.report();
                assert!(report.contains(name) && report.contains("remedy"), "{report}");
                assert!(!report.contains("MARKED"), "{report}");
            }
        }
    }

    #[test]
    fn values_of_today_are_taken() {
        for (name, value) in [
            ("AWS_MAX_ATTEMPTS", "10"),
            ("AWS_RETRY_MODE", "Legacy"),
            ("AWS_REGION", "us-gov-west-1"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:5000"),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://[fd00:ec2::254]"),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"),
            ("AWS_USE_FIPS_ENDPOINT", "TRUE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalr+x/y=\n"),
            ("AWS_PROFILE", "O'Neill \"prod\" (x)"),
        ] {
            check(&one(name, value)).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_no_text_is_not_taken_for_unset() {
        use std::os::unix::ffi::OsStringExt as _;
        let read = |name: &str| match name {
            "AWS_PROFILE" => Err(VarError::NotUnicode(std::ffi::OsString::from_vec(vec![0xff]))),
            _ => Err(VarError::NotPresent),
        };
        assert!(check(&read).unwrap_err().report().contains("AWS_PROFILE is not valid UTF-8"));
    }
}
