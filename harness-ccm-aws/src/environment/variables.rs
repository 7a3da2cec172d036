//! The variables that this crate or the SDK reads, and the form of their values.
//!
//! They are checked before the SDK reads any.

use std::env::VarError;

use harness_ccm_core::{Error, ErrorKind, Result};

use super::form::{Fault, Form, RETRY_MODES};

/// The operation of errors before any request.
pub(super) const CONFIGURE: &str = "aws:configure";

/// The reader of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    /// This crate, through [`given`]: white space around the value is ignored.
    Us,
    /// The SDK or its HTTP client, unchanged.
    Sdk,
}

/// The prefix of the names of endpoint variables. The SDK panics at an empty one.
const ENDPOINT: &str = "AWS_ENDPOINT_URL";

const VARIABLES: &[(&str, Form, Reader)] = {
    use Form::{Arn, Count, Line, Path, Plain, Proxy, Region, Secret, Switch, Url, Word};
    use Reader::{Sdk, Us};
    &[
        ("AWS_ACCESS_KEY_ID", Secret, Us),
        ("AWS_SECRET_ACCESS_KEY", Secret, Us),
        ("SECRET_ACCESS_KEY", Secret, Us),
        ("AWS_SESSION_TOKEN", Secret, Us),
        ("AWS_ACCOUNT_ID", Secret, Us),
        ("AWS_PROFILE", Line, Us),
        ("AWS_DEFAULT_PROFILE", Line, Us),
        ("AWS_CONFIG_FILE", Line, Us),
        ("AWS_SHARED_CREDENTIALS_FILE", Line, Us),
        ("AWS_LOGIN_CACHE_DIRECTORY", Line, Sdk),
        ("AWS_REGION", Region, Us),
        ("AWS_DEFAULT_REGION", Region, Us),
        ("AWS_ROLE_ARN", Arn, Us),
        ("AWS_ROLE_SESSION_NAME", Plain, Us),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", Path, Us),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", Plain, Sdk),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", Url, Sdk),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", Line, Sdk),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Line, Sdk),
        ("AWS_EC2_METADATA_DISABLED", Switch, Sdk),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", Url, Sdk),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", Word(&["ipv4", "ipv6"]), Sdk),
        ("AWS_EC2_METADATA_V1_DISABLED", Switch, Sdk),
        ("AWS_ENDPOINT_URL", Url, Sdk),
        ("AWS_ENDPOINT_URL_IAM", Url, Sdk),
        ("AWS_ENDPOINT_URL_ORGANIZATIONS", Url, Sdk),
        ("AWS_ENDPOINT_URL_STS", Url, Sdk),
        ("AWS_ENDPOINT_URL_SSO", Url, Sdk),
        ("AWS_ENDPOINT_URL_SSO_OIDC", Url, Sdk),
        ("AWS_ENDPOINT_URL_SIGNIN", Url, Sdk),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", Switch, Sdk),
        ("AWS_USE_FIPS_ENDPOINT", Switch, Sdk),
        ("AWS_USE_DUALSTACK_ENDPOINT", Switch, Sdk),
        ("AWS_MAX_ATTEMPTS", Count, Us),
        ("AWS_RETRY_MODE", Word(RETRY_MODES), Us),
        ("AWS_CA_BUNDLE", Line, Us),
        ("AWS_SDK_UA_APP_ID", Line, Sdk),
        ("AWS_EXECUTION_ENV", Line, Sdk),
        ("AWS_LAMBDA_FUNCTION_NAME", Line, Sdk),
        ("_X_AMZN_TRACE_ID", Line, Sdk),
        ("HTTP_PROXY", Proxy, Sdk),
        ("http_proxy", Proxy, Sdk),
        ("HTTPS_PROXY", Proxy, Sdk),
        ("https_proxy", Proxy, Sdk),
        ("ALL_PROXY", Proxy, Sdk),
        ("all_proxy", Proxy, Sdk),
        ("NO_PROXY", Line, Sdk),
        ("no_proxy", Line, Sdk),
        ("SSL_CERT_FILE", Line, Sdk),
        ("SSL_CERT_DIR", Line, Sdk),
    ]
};

/// The place from which variables are read.
pub(super) trait Read: Fn(&str) -> Result<String, VarError> {}
impl<F: Fn(&str) -> Result<String, VarError>> Read for F {}

/// Returns a variable's value, if it is set and not empty.
pub(super) fn given(read: &impl Read, name: &str) -> Option<String> {
    read(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// Refuses values at which the SDK would panic, or which it would misread or ignore.
///
/// **Errors.** `Invalid`, with the name of the variable, and never its value.
pub(super) fn check(read: &impl Read) -> Result<()> {
    for (name, form, reader) in VARIABLES {
        match read(name) {
            Err(VarError::NotPresent) => {}
            Err(VarError::NotUnicode(_)) => return Err(wrong(name, "is not valid UTF-8", "set it again")),
            Ok(value) => {
                if name.starts_with(ENDPOINT) && value.trim().is_empty() {
                    return Err(wrong(name, "is set and empty", "set it to an endpoint"));
                }
                if let Some(Fault { what, remedy }) = fault(&value, *form, *reader) {
                    return Err(wrong(name, &what, remedy));
                }
            }
        }
    }
    Ok(())
}

fn wrong(name: &str, what: &str, remedy: &str) -> Error {
    Error::new(ErrorKind::Invalid, CONFIGURE, format!("the environment variable {name} {what}"))
        .with_remedy(format!("{remedy}, or remove it: unset {name}"))
}

/// Returns the problem of a value.
fn fault(value: &str, form: Form, reader: Reader) -> Option<Fault> {
    let trimmed = value.trim();
    let found = form.fault(trimmed);
    if found.is_some() || trimmed.is_empty() || reader == Reader::Us || trimmed == value {
        return found;
    }
    Some(Fault {
        what: "has white space around its value".into(),
        remedy: "write it without; a file with Windows line ends leaves a carriage return",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one<'a>(name: &'a str, value: &'a str) -> impl Read + 'a {
        move |asked: &str| if asked == name { Ok(value.to_owned()) } else { Err(VarError::NotPresent) }
    }

    #[test]
    fn quotation_marks_are_named_for_every_variable() {
        for (name, _, _) in VARIABLES {
            for value in ["\"MARKED\"", "'MARKED'", "\u{201c}MARKED\u{201d}"] {
                let report = check(&one(name, value)).unwrap_err().report();
                assert!(report.contains(name) && report.contains("quotation mark"), "{report}");
                assert!(report.contains(&format!("unset {name}")), "{report}");
                assert!(!report.contains("MARKED"), "{report}");
            }
            for value in ["", " ", "\t"] {
                assert_eq!(check(&one(name, value)).is_err(), name.starts_with(ENDPOINT), "{name}");
            }
        }
    }

    #[test]
    fn malformed_values_are_refused_by_name_and_without_the_value() {
        for (name, values) in [
            ("AWS_MAX_ATTEMPTS", &["abc", "0", "-1", "1.5", "99999999999"][..]),
            ("AWS_RETRY_MODE", &["MARKED"]),
            ("AWS_REGION", &["us east", "us-east-1,eu-west-1", "US-EAST-1", "global"]),
            ("AWS_ACCESS_KEY_ID", &["AKIA\nMARKED", "AKIA MARKED", "AKIA\rMARKED"]),
            ("AWS_SESSION_TOKEN", &["MARKED\nMARKED"]),
            (
                "AWS_ENDPOINT_URL",
                &["http://127.0.0.1:45713:80", "http://127.0.0.1:5000\r", "http://u:MARKED@h"],
            ),
            ("AWS_EXECUTION_ENV", &["MARKED\n", "MARKED\u{1}"]),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", &["MARKED\n"]),
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
    fn valid_values_are_accepted() {
        for (name, value) in [
            ("AWS_MAX_ATTEMPTS", "10"),
            ("AWS_RETRY_MODE", "Legacy"),
            ("AWS_REGION", "us-gov-west-1"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:5000"),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://[fd00:ec2::254]"),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"),
            ("AWS_USE_FIPS_ENDPOINT", "TRUE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalr+x/y=\n"),
            ("AWS_ACCESS_KEY_ID", " AKIAIOSFODNN7EXAMPLE\r\n"),
            ("AWS_REGION", "us-east-1\r"),
            ("AWS_CONFIG_FILE", "/x y\r"),
            ("AWS_PROFILE", "O'Neill \"prod\" (x)"),
        ] {
            check(&one(name, value)).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_utf_8_does_not_count_as_unset() {
        use std::os::unix::ffi::OsStringExt as _;
        let read = |name: &str| match name {
            "AWS_PROFILE" => Err(VarError::NotUnicode(std::ffi::OsString::from_vec(vec![0xff]))),
            _ => Err(VarError::NotPresent),
        };
        assert!(check(&read).unwrap_err().report().contains("AWS_PROFILE is not valid UTF-8"));
    }
}
