//! The patterns of rules: for a name, and for a path of organizational units.

use std::fmt;
use std::str::FromStr;

/// Whether `wide`, some of whose elements match any run of elements, matches everything that `narrow`
/// matches.
///
/// `run` says which elements of `wide` those are; `one` says whether an element of `wide` matches one of `narrow`. Only a
/// run can match an element of `narrow` that is a run itself, so `one` must return false for those. Quadratic in the worst
/// case.
fn takes_in<W, N>(wide: &[W], narrow: &[N], run: impl Fn(&W) -> bool, one: impl Fn(&W, &N) -> bool) -> bool {
    let (mut w, mut n) = (0, 0);
    let mut last_run: Option<(usize, usize)> = None;
    while let Some(next) = narrow.get(n) {
        match (wide.get(w), last_run) {
            (Some(element), _) if run(element) => {
                last_run = Some((w, n));
                w += 1;
            }
            (Some(element), _) if one(element, next) => {
                w += 1;
                n += 1;
            }
            // The last run matches one more element, and the rest is tried again.
            (_, Some((at, until))) => {
                last_run = Some((at, until + 1));
                w = at + 1;
                n = until + 1;
            }
            (_, None) => return false,
        }
    }
    wide.iter().skip(w).all(run)
}

/// A pattern for a name: `*` matches any run of characters, including none, `?` matches exactly one;
/// case-sensitive.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glob(Box<str>);

impl Glob {
    /// Makes a pattern; every text is one.
    pub fn new(pattern: impl Into<Box<str>>) -> Self {
        Self(pattern.into())
    }

    /// The pattern.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it matches all of `name`.
    pub fn matches(&self, name: &str) -> bool {
        let (pattern, name): (Vec<char>, Vec<char>) = (self.0.chars().collect(), name.chars().collect());
        takes_in(&pattern, &name, |c| *c == '*', |p, c| *p == '?' || p == c)
    }

    /// Whether it matches the name of an account with or without the white space around it: AWS allows names with invisible white
    /// space at the end.
    pub(super) fn matches_name(&self, name: &str) -> bool {
        self.matches(name) || self.matches(name.trim())
    }

    /// Whether this pattern matches everything that `other` matches. May return false for a pattern that
    /// does, but never the reverse.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let (wide, narrow): (Vec<char>, Vec<char>) = (self.0.chars().collect(), other.0.chars().collect());
        takes_in(&wide, &narrow, |c| *c == '*', |w, n| *n != '*' && (*w == '?' || w == n))
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Glob({:?})", &*self.0)
    }
}

/// A pattern for the names of the organizational units that hold an account, from the root down, separated by `/`.
///
/// `*` and `?` match characters within one name; `**` alone between slashes matches any number of units, including none;
/// case-sensitive. The pattern must match the whole path; a `**` at the end includes deeper units. A `/` at the beginning or the
/// end is ignored, and `/` alone is the root itself.
///
/// ```
/// use harness_ccm_core::selector::OuGlob;
///
/// let pattern: OuGlob = "Workloads/**".parse()?;
/// assert!(pattern.matches(&["Workloads".into()]), "in the unit itself");
/// assert!(pattern.matches(&["Workloads".into(), "Prod".into(), "EU".into()]), "and at any depth below");
/// assert!(!pattern.matches(&["Sandbox".into()]));
///
/// let direct: OuGlob = "Workloads".parse()?;
/// assert!(!direct.matches(&["Workloads".into(), "Prod".into()]), "without ** only the unit itself");
/// assert!("/".parse::<OuGlob>()?.matches(&[]), "directly under the root");
/// # Ok::<(), harness_ccm_core::selector::InvalidOuGlob>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OuGlob {
    text: Box<str>,
    units: Box<[Units]>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Units {
    /// `**`
    AnyNumber,
    One(Glob),
}

/// The error of an invalid pattern for organizational units. It says why, and does not repeat the pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a pattern over organizational units: {problem}")]
pub struct InvalidOuGlob {
    problem: &'static str,
    /// The place in the pattern, in bytes.
    pub(crate) at: usize,
}

impl OuGlob {
    /// The pattern as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches the path of the unit that holds an account, given as [`Account::ou_path`](crate::account::Account::ou_path).
    pub fn matches(&self, path: &[String]) -> bool {
        takes_in(&self.units, path, Units::is_run, |unit, name| match unit {
            Units::AnyNumber => false,
            Units::One(glob) => glob.matches(name),
        })
    }

    /// Whether this pattern matches everything that `other` matches. May return false for a pattern that
    /// does, but never the reverse.
    pub(super) fn covers(&self, other: &Self) -> bool {
        takes_in(&self.units, &other.units, Units::is_run, |wide, narrow| match (wide, narrow) {
            (Units::One(wide), Units::One(narrow)) => wide.covers(narrow),
            (Units::AnyNumber, _) | (_, Units::AnyNumber) => false,
        })
    }
}

impl Units {
    fn is_run(&self) -> bool {
        matches!(self, Self::AnyNumber)
    }
}

impl FromStr for OuGlob {
    type Err = InvalidOuGlob;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = |problem, at| InvalidOuGlob { problem, at };
        if text.is_empty() {
            return Err(invalid("the pattern is empty; the root itself is \"/\", everything is \"**\"", 0));
        }
        let inner = text.strip_prefix('/').unwrap_or(text);
        let mut at = text.len() - inner.len();
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        let mut units = Vec::new();
        for unit in inner.split('/').filter(|_| !inner.is_empty()) {
            units.push(match unit {
                "" => return Err(invalid("there is no name between two slashes", at)),
                "**" => Units::AnyNumber,
                _ if unit.contains("**") => {
                    return Err(invalid("** must be alone between slashes; within a name use *", at));
                }
                _ => Units::One(Glob::new(unit)),
            });
            at += unit.len() + 1;
        }
        Ok(Self { text: text.into(), units: units.into() })
    }
}

impl fmt::Display for OuGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for OuGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OuGlob({:?})", &*self.text)
    }
}

/// Whether one of the patterns matches the path. Unknown if one matches only when a slash in the name of a unit counts as the end
/// of a unit, as the author of the pattern may have meant it.
pub(super) fn on_path(globs: &[OuGlob], path: &[String]) -> Option<bool> {
    if globs.iter().any(|glob| glob.matches(path)) {
        return Some(true);
    }
    if !path.iter().any(|name| name.contains('/')) {
        return Some(false);
    }
    let split: Vec<String> = path.iter().flat_map(|name| name.split('/')).map(str::to_owned).collect();
    if globs.iter().any(|glob| glob.matches(&split)) { None } else { Some(false) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, literally.
    fn defined(pattern: &[char], name: &[char]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), _) => {
                defined(rest, name) || (!name.is_empty() && defined(pattern, &name[1..]))
            }
            (Some((p, rest)), Some((c, tail))) => (*p == '?' || p == c) && defined(rest, tail),
            _ => false,
        }
    }

    fn defined_path(units: &[&str], path: &[String]) -> bool {
        match (units.split_first(), path.split_first()) {
            (None, None) => true,
            (Some((&"**", rest)), _) => {
                defined_path(rest, path) || (!path.is_empty() && defined_path(units, &path[1..]))
            }
            (Some((unit, rest)), Some((name, tail))) => {
                let (unit, name): (Vec<_>, Vec<_>) = (unit.chars().collect(), name.chars().collect());
                defined(&unit, &name) && defined_path(rest, tail)
            }
            _ => false,
        }
    }

    fn unit() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec!["**", "a", "b", "*", "a*", "?", "ab"])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn names_match_as_defined(pattern in "[ab*?]{0,6}", wider in "[ab*?]{0,6}", name in "[abé?*]{0,6}") {
            let matches = |pattern: &str| {
                let (pattern, name): (Vec<_>, Vec<_>) = (pattern.chars().collect(), name.chars().collect());
                defined(&pattern, &name)
            };
            prop_assert_eq!(Glob::new(&*pattern).matches(&name), matches(&pattern));
            if Glob::new(&*wider).covers(&Glob::new(&*pattern)) {
                prop_assert!(!matches(&pattern) || matches(&wider));
            }
            prop_assert!(Glob::new(&*pattern).covers(&Glob::new(&*pattern)));
        }

        #[test]
        fn paths_match_as_defined(
            pattern in prop::collection::vec(unit(), 1..4),
            wider in prop::collection::vec(unit(), 1..4),
            path in prop::collection::vec("[ab]{1,2}", 0..5),
        ) {
            let glob: OuGlob = pattern.join("/").parse().unwrap();
            prop_assert_eq!(glob.matches(&path), defined_path(&pattern, &path));
            let wide: OuGlob = wider.join("/").parse().unwrap();
            if wide.covers(&glob) {
                prop_assert!(!glob.matches(&path) || wide.matches(&path));
            }
            prop_assert!(glob.covers(&glob));
        }
    }

    #[test]
    fn a_wider_pattern_is_recognized_as_wider() {
        let ou = |text: &str| text.parse::<OuGlob>().unwrap();
        for (wide, narrow) in [
            ("**", "Workloads/**"),
            ("Workloads/**", "Workloads/Prod"),
            ("Workloads/**", "/Workloads/"),
            ("W*/**/EU", "Workloads/Prod/EU"),
        ] {
            assert!(ou(wide).covers(&ou(narrow)) && !ou(narrow).covers(&ou(wide)), "{wide} {narrow}");
        }
    }

    #[test]
    fn invalid_patterns_are_refused_with_their_place() {
        for (pattern, at) in [("", 0), ("a//b", 2), ("/a/b**", 3)] {
            assert_eq!(pattern.parse::<OuGlob>().unwrap_err().at, at, "{pattern}");
        }
    }
}
