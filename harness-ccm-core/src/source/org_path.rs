use std::collections::BTreeSet;

use crate::id::AccountId;

/// The place of an account in its organization, read from the field `Paths` of AWS Organizations.
///
/// AWS documents that field as "the paths in the organization where the account exists", but not their form. This type expects
/// the form of the condition key `aws:PrincipalOrgPaths`, `o-a1b2/r-ab12/ou-ab12-11111111/`, and ignores any other form.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrgPath {
    /// The id of the root.
    pub root: String,
    /// The ids of the units below it, outermost first.
    pub units: Vec<String>,
}

impl OrgPath {
    /// Returns the place that all `paths` agree on; `None` if they do not agree, or if one of them has
    /// another form.
    pub fn of(account: &AccountId, paths: &[String]) -> Option<Self> {
        let mut places = paths.iter().map(|path| parse(account, path));
        let first = places.next()??;
        places.all(|place| place.as_ref() == Some(&first)).then_some(first)
    }
}

fn parse(account: &AccountId, path: &str) -> Option<OrgPath> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut parts: Vec<&str> = path.split('/').collect();
    if parts.last() == Some(&account.as_str()) {
        parts.pop();
    }
    if parts.first().is_some_and(|part| is_id(part, "o-")) {
        parts.remove(0);
    }
    let (root, units) = parts.split_first()?;
    let different = units.iter().collect::<BTreeSet<_>>().len() == units.len();
    let understood = is_id(root, "r-") && units.iter().all(|unit| is_id(unit, "ou-")) && different;
    understood.then(|| OrgPath {
        root: (*root).to_owned(),
        units: units.iter().map(|unit| (*unit).to_owned()).collect(),
    })
}

fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(paths: &[&str]) -> Option<String> {
        let paths: Vec<_> = paths.iter().map(ToString::to_string).collect();
        let place = OrgPath::of(&"123456789012".parse().unwrap(), &paths)?;
        Some(format!("{}:{}", place.root, place.units.join(">")))
    }

    #[test]
    fn the_known_forms_are_read() {
        let expected = Some("r-ab12:ou-ab12-11111111>ou-ab12-22222222".to_owned());
        for path in [
            "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222/",
            "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222",
            "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222/123456789012",
            "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222/123456789012/",
            "/o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222/",
            "r-ab12/ou-ab12-11111111/ou-ab12-22222222/",
        ] {
            assert_eq!(units(&[path]), expected, "{path}");
        }
        let twice = "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222/";
        assert_eq!(units(&[twice, twice]), expected, "several that agree");
        assert_eq!(units(&["o-a1b2c3d4e5/r-ab12/"]).as_deref(), Some("r-ab12:"), "directly under the root");
    }

    #[test]
    fn other_forms_are_not_guessed_at() {
        for paths in [
            &[][..],
            &[""],
            &["/"],
            &["o-a1b2c3d4e5/"],
            &["o-a1b2c3d4e5/ou-ab12-11111111/"],
            &["ou-ab12-11111111/r-ab12/o-a1b2c3d4e5"],
            &["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/210987654321"],
            &["o-a1b2c3d4e5/r-ab12/Workloads/Prod/"],
            &["o-a1b2c3d4e5/r-ab12//ou-ab12-11111111/"],
            &["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-11111111/"],
            &["o-a1b2c3d4e5/r-ab12/r-cd34/ou-ab12-11111111/"],
            &["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*"],
            &["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/", "o-a1b2c3d4e5/r-ab12/ou-ab12-22222222/"],
            &["o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/", "?"],
            &["arn:aws:organizations::123456789012:ou/o-a1b2c3d4e5/ou-ab12-11111111"],
        ] {
            assert_eq!(units(paths), None, "{paths:?}");
        }
    }
}
