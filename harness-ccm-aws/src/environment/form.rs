//! The required form of the values of variables and profiles.
//!
//! The SDK panics at some malformed values, silently ignores others, and sends the rest. Therefore all are checked before it
//! reads them, by the same rules in every place.

use harness_ccm_core::text::quotation_marks;

/// The form of a value. White space around it is removed first, unless the SDK itself reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One line of any text.
    Line,
    /// One line in which a shell interprets quotation marks.
    Command,
    /// One line that the SDK reads: it would treat text after ` #` as a comment.
    Path,
    /// A name, an identifier or an ARN: no white space.
    Plain,
    /// An ARN.
    Arn,
    /// A key or a token: it is sent in a header, so it contains only visible ASCII characters.
    Secret,
    /// A whole number of at least one.
    Count,
    /// `true` or `false`, in any case.
    Switch,
    /// One of these words, in any case.
    Word(&'static [&'static str]),
    /// An http or https URL.
    Url,
    /// The address of a proxy, which may have a user and a password.
    Proxy,
    /// The name of a region.
    Region,
}

pub(super) const RETRY_MODES: &[&str] = &["legacy", "standard", "adaptive"];

/// Returns the problem of a value, and the remedy. It never contains the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) what: String,
    pub(super) remedy: &'static str,
}

#[expect(clippy::unnecessary_wraps, reason = "it is what a rule that found something ends with")]
fn fault(what: impl Into<String>, remedy: &'static str) -> Option<Fault> {
    Some(Fault { what: what.into(), remedy })
}

impl Form {
    /// Returns the problem of a value without white space around it, if there is one. An empty value counts as not set.
    pub(super) fn fault(self, value: &str) -> Option<Fault> {
        if value.is_empty() {
            return None;
        }
        if let Some(found) = quotation_marks(value).filter(|_| self != Self::Command) {
            return fault(
                found,
                "write it without quotation marks: unlike a shell, files of profiles and an env-file of docker run keep them",
            );
        }
        if value.contains(['\n', '\r']) {
            return fault(
                "extends over several lines",
                "write it on one line; a line that is indented continues the one above",
            );
        }
        if value.contains(char::is_control) {
            return fault("has a control character in it", "write it again");
        }
        match self {
            Self::Path if [" #", "\t#", " ;", "\t;"].iter().any(|comment| value.contains(comment)) => fault(
                "has what looks like a comment behind it",
                "write the comment on a line of its own: `aws` takes it for a part of the value",
            ),
            Self::Plain | Self::Arn if value.contains(char::is_whitespace) => fault(
                "has white space in it",
                "correct it; a comment needs a line of its own: `aws` takes it for a part of the value",
            ),
            Self::Arn if !value.starts_with("arn:") || value.split(':').count() < 6 => {
                fault("is not an ARN", "write it as in arn:aws:iam::123456789012:role/NAME")
            }
            Self::Secret if !value.bytes().all(|byte| byte.is_ascii_graphic()) => {
                fault("contains a character that is not allowed in keys", "copy the key again")
            }
            Self::Count => match value.parse::<u32>() {
                Ok(1..) => None,
                _ => fault("is not a whole number of 1 or more", "correct it"),
            },
            Self::Switch => match value.to_ascii_lowercase().as_str() {
                "true" | "false" => None,
                _ => fault("is neither true nor false", "correct it"),
            },
            Self::Word(words) if !words.iter().any(|word| word.eq_ignore_ascii_case(value)) => {
                fault(format!("is none of {}", words.join(", ")), "correct it")
            }
            Self::Url => url_fault(value),
            Self::Proxy => proxy_fault(value),
            Self::Region if !is_region(value) => {
                fault("is not the name of a region", "write it as in us-east-1")
            }
            Self::Line
            | Self::Command
            | Self::Path
            | Self::Plain
            | Self::Arn
            | Self::Secret
            | Self::Word(_)
            | Self::Region => None,
        }
    }
}

fn url_fault(value: &str) -> Option<Fault> {
    let Some(rest) = ["http://", "https://"].into_iter().find_map(|scheme| value.strip_prefix(scheme)) else {
        return fault("is not an http or https URL", "write it as in https://host:443/path");
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return fault("has a user name or a password in it", "write it without: AWS takes none there");
    }
    let is_visible = rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
    if is_authority(authority) && is_visible {
        None
    } else {
        fault("is not an http or https URL", "write it as in https://host:443/path")
    }
}

/// The HTTP client ignores a proxy that it cannot parse.
fn proxy_fault(value: &str) -> Option<Fault> {
    let (scheme, authority) = match value.split_once("://") {
        Some((scheme, rest)) => (scheme, rest.split(['/', '?', '#']).next().unwrap_or_default()),
        None => ("http", value),
    };
    let address = authority.rsplit_once('@').map_or(authority, |(_, address)| address);
    let is_known = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"].contains(&scheme);
    if is_known && is_authority(address) && !value.contains(char::is_whitespace) {
        None
    } else {
        fault("is not the address of a proxy", "write it as in http://host:8080")
    }
}

/// Whether a text is a host, with or without a port.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        // An IPv6 address.
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) if host.parse::<std::net::Ipv6Addr>().is_ok() => (host, port),
            _ => return false,
        },
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    let is_port = match port.strip_prefix(':') {
        Some(port) => port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok(),
        None => port.is_empty(),
    };
    !host.is_empty() && host.bytes().all(is_letter) && is_port
}

/// Whether a text has the form of a region's name: `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`; or of a name for a whole
/// partition, `aws-global`.
fn is_region(value: &str) -> bool {
    if ["aws-global", "aws-cn-global", "aws-us-gov-global"].contains(&value) {
        return true;
    }
    let parts: Vec<&str> = value.split('-').collect();
    let Some((number, [area, rest @ ..])) = parts.split_last() else { return false };
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_number = (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number && is_word(area) && !rest.is_empty() && rest.len() <= 3 && rest.iter().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_have_words_and_a_number() {
        for good in [
            "us-east-1",
            "us-gov-west-1",
            "eusc-de-east-1",
            "us-iso-east-1",
            "ap-southeast-7",
            "mx-central-1",
            "aws-global",
        ] {
            assert_eq!(Form::Region.fault(good), None, "{good}");
        }
        for bad in
            ["-", "useast1", "global", "us_east_1", "eu-west-1#x", "eu-wést-1", "us-east", "1", "us-east-1-"]
        {
            assert!(Form::Region.fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn urls_have_a_scheme_a_host_a_port_at_the_most_and_no_password() {
        for good in [
            "http://127.0.0.1:5000",
            "https://localhost",
            "http://[fd00:ec2::254]",
            "http://[::1]:80/x?y=z",
            "https://vpce-1.sts.us-east-1.vpce.amazonaws.com/",
        ] {
            assert_eq!(Form::Url.fault(good), None, "{good}");
        }
        for bad in [
            "127.0.0.1:5000",
            "http://",
            "http:///x",
            "http://:80",
            "http://127.0.0.1:45713:80",
            "http://host:",
            "http://host:99999",
            "http://host:+80",
            "http://[::1",
            "http://[x]",
            "http://a b",
            "http://user:MARKED@host/x",
            "http://host/{x}",
            "ftp://host",
        ] {
            let fault = Form::Url.fault(bad).unwrap_or_else(|| panic!("{bad}"));
            assert!(!fault.what.contains("MARKED"), "{fault:?}");
        }
    }

    #[test]
    fn proxies_are_hosts_that_the_client_can_read() {
        for good in
            ["http://proxy:8080", "proxy.corp:3128", "http://user:p%40ss@proxy:8080/", "socks5h://[::1]:1080"]
        {
            assert_eq!(Form::Proxy.fault(good), None, "{good}");
        }
        for bad in
            ["http://", "http://proxy:port", "ftp://proxy", "http//proxy:80", "my proxy", "http://u:MARKED@"]
        {
            let fault = Form::Proxy.fault(bad).unwrap_or_else(|| panic!("{bad}"));
            assert!(!fault.what.contains("MARKED"), "{fault:?}");
        }
    }

    #[test]
    fn keys_are_one_line_of_visible_characters() {
        assert_eq!(Form::Secret.fault("wJalr+x/y="), None);
        for bad in ["AKIA\nX", "AKIA\rX", "AKIA X", "AKIA\u{7f}", "AKIA\u{a0}X", "schlüssel"] {
            assert!(Form::Secret.fault(bad).is_some(), "{bad:?}");
        }
    }

    #[test]
    fn comments_after_values_are_reported_where_they_would_be_a_part_of_the_value() {
        assert!(Form::Plain.fault("arn:aws:iam::123456789012:role/x # prod").is_some());
        assert!(Form::Arn.fault("arn:aws:iam::123456789012:role/x # prod").is_some());
        assert!(Form::Arn.fault("role/x").is_some());
        assert!(Form::Path.fault("/tmp/token # x").is_some());
        assert_eq!(Form::Path.fault("/tmp/my tokens/a#b"), None);
        assert_eq!(Form::Command.fault("\"/my tools/x\" '#1' # y"), None);
    }
}
