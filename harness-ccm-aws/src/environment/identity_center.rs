//! Profiles for tools of two ages: beside `sso_session`, the settings of the older form.
//!
//! `aws` takes such a profile if both say the same, and the SDK refuses it.

use std::collections::BTreeMap;

/// What the older form says in the profile, and the newer one in its session.
const OLDER: [&str; 2] = ["sso_start_url", "sso_region"];

/// The text of a configuration file without older settings that only repeat those of the session. Nothing if there are none.
pub(super) fn without_repeated(text: &str) -> Option<String> {
    let mut sessions: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    let mut profiles: BTreeMap<&str, &str> = BTreeMap::new();
    for (section, line) in sections(text) {
        let Some((key, value)) = setting(line) else { continue };
        if let Some(session) = section.strip_prefix("sso-session ") {
            sessions.entry(session.trim()).or_default().insert(key, value);
        } else if key == "sso_session" {
            profiles.insert(section, value);
        }
    }
    let is_repeated = |section: &str, line: &str| {
        setting(line).filter(|(key, _)| OLDER.contains(key)).is_some_and(|(key, value)| {
            let session = profiles.get(section).and_then(|session| sessions.get(session));
            session.and_then(|session| session.get(key)).is_some_and(|same| *same == value)
        })
    };
    let kept: Vec<&str> =
        sections(text).filter(|(section, line)| !is_repeated(section, line)).map(|(_, line)| line).collect();
    (kept.len() < text.lines().count()).then(|| kept.join("\n") + "\n")
}

/// Every line with the section that it stands in.
fn sections(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut section = "";
    text.lines().map(move |line| {
        if let Some(rest) = line.strip_prefix('[') {
            section = rest.split(']').next().unwrap_or_default().trim();
        }
        (section, line)
    })
}

/// A setting at the beginning of a line; deeper ones belong to the one above them.
fn setting(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once('=').filter(|_| !line.starts_with([' ', '\t', '#', ';', '[']))?;
    Some((key.trim(), value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: &str =
        "[sso-session corp]\nsso_start_url = https://acme.awsapps.com/start\nsso_region=eu-central-1\n";

    #[test]
    fn settings_that_repeat_the_session_are_left_out_and_no_others() {
        let text = format!(
            "[profile a]\nsso_session = corp\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-central-1\n\
             region = eu-west-1\n[profile b]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-central-1\n{SESSION}"
        );
        let expected = format!(
            "[profile a]\nsso_session = corp\nregion = eu-west-1\n[profile b]\nsso_start_url = https://acme.awsapps.com/start\n\
             sso_region = eu-central-1\n{SESSION}"
        );
        assert_eq!(without_repeated(&text).unwrap(), expected);
    }

    #[test]
    fn settings_that_contradict_the_session_stay_for_the_error() {
        for text in [
            format!(
                "[profile a]\nsso_session = corp\nsso_start_url = https://other.awsapps.com/start\n{SESSION}"
            ),
            format!("[profile a]\nsso_session = gone\nsso_region = eu-central-1\n{SESSION}"),
            SESSION.to_owned(),
            String::new(),
        ] {
            assert_eq!(without_repeated(&text), None, "{text}");
        }
    }
}
