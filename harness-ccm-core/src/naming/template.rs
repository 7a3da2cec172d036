use std::fmt;
use std::str::FromStr;

use crate::account::{Account, AccountQuery};

/// A text with placeholders for details of an account.
///
/// | placeholder | value |
/// |---|---|
/// | `${name}` | the account's name |
/// | `${id}` | its 12-digit id |
/// | `${partition}` | `aws`, `aws-us-gov`, `aws-cn`, `aws-eusc`, or another one from the account's ARN |
/// | `${ou}` | the organizational unit that holds it |
/// | `${ou.1}`, `${ou.2}`, ... | the unit at this level, from the root down |
/// | `${ou-path}` | all its units, separated by `_` |
/// | `${tag.KEY}` | the value of a tag |
///
/// `${tag.env|none}` becomes `none` if the account does not have the tag; the same applies to units.
///
/// ```
/// use harness_ccm_core::account::Account;
/// use harness_ccm_core::naming::Template;
///
/// let template: Template = "${tag.env|other}_${name}".parse()?;
/// let account = Account::new("123456789012".parse()?, "web").with_tags([("env", "prod")]);
/// assert_eq!(template.fill(&account)?, "prod_web");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Template {
    text: Box<str>,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Place { what: Place, default: Option<String> },
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Name,
    Id,
    Partition,
    Unit,
    /// From 1.
    UnitAt(usize),
    UnitPath,
    Tag(String),
}

/// The error of an invalid template. It says where the error is, and does not repeat the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the template is invalid at character {character}: {problem}")]
pub struct InvalidTemplate {
    /// The place in the template, in bytes.
    pub(crate) at: usize,
    character: usize,
    problem: &'static str,
}

impl Template {
    /// The template as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the text for one account. The error is the detail that the account does not have, such as
    /// `tag.env`.
    pub fn fill(&self, account: &Account) -> Result<String, String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Place { what, default } => {
                    if what.is_unknown(account) {
                        return Err(what.to_string());
                    }
                    let value = what.value(account).filter(|value| !value.is_empty());
                    text.push_str(&value.or_else(|| default.clone()).ok_or_else(|| what.to_string())?);
                }
            }
        }
        Ok(text)
    }

    /// The details that a source must provide to fill it.
    pub(crate) fn query(&self) -> AccountQuery {
        let mut query = AccountQuery::new();
        for part in &self.parts {
            match part {
                Part::Place { what: Place::Tag(_), .. } => query.tags = true,
                Part::Place { what: Place::Unit | Place::UnitAt(_) | Place::UnitPath, .. } => {
                    query.ou_paths = true;
                }
                _ => {}
            }
        }
        query
    }
}

impl Place {
    /// Whether it needs an unknown tag. A default applies only to a tag that is known to be absent.
    fn is_unknown(&self, account: &Account) -> bool {
        matches!(self, Self::Tag(key) if account.tags.is_some() && account.tags_about(key).is_none())
    }

    fn value(&self, account: &Account) -> Option<String> {
        let units = account.ou_path.as_deref();
        match self {
            Self::Name => Some(account.name.trim().into()),
            Self::Id => Some(account.id.to_string()),
            Self::Partition => Some(account.partition.to_string()),
            Self::Unit => units?.last().cloned(),
            Self::UnitAt(level) => units?.get(level - 1).cloned(),
            Self::UnitPath => Some(units?.join("_")),
            Self::Tag(key) => account.tags.as_ref()?.get(key).cloned(),
        }
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        Ok(match text {
            "name" => Self::Name,
            "id" => Self::Id,
            "partition" => Self::Partition,
            "ou" => Self::Unit,
            "ou-path" => Self::UnitPath,
            _ => match text.split_once('.') {
                Some(("tag", key)) if !key.is_empty() => Self::Tag(key.into()),
                Some(("ou", level)) => match level.parse() {
                    Ok(level) if level > 0 => Self::UnitAt(level),
                    _ => return Err("the level of a unit is a number from 1"),
                },
                _ => {
                    return Err(
                        "unknown placeholder ${...}; known are name, id, partition, ou, ou.1 (and so on), ou-path and tag.KEY",
                    );
                }
            },
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("name"),
            Self::Id => f.write_str("id"),
            Self::Partition => f.write_str("partition"),
            Self::Unit => f.write_str("ou"),
            Self::UnitAt(level) => write!(f, "ou.{level}"),
            Self::UnitPath => f.write_str("ou-path"),
            Self::Tag(key) => write!(f, "tag.{key}"),
        }
    }
}

impl FromStr for Template {
    type Err = InvalidTemplate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid =
            |at, problem| InvalidTemplate { at, character: text[..at].chars().count() + 1, problem };
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let at = text.len() - rest.len() + start;
            let Some(end) = rest[start..].find('}') else {
                return Err(invalid(at, "${ is not closed by }"));
            };
            let inner = &rest[start + 2..start + end];
            let (what, default) = match inner.split_once('|') {
                Some((what, default)) => (what, Some(default.to_owned())),
                None => (inner, None),
            };
            let what = Place::parse(what).map_err(|problem| invalid(at, problem))?;
            if start > 0 {
                parts.push(Part::Text(rest[..start].into()));
            }
            parts.push(Part::Place { what, default });
            rest = &rest[start + end + 1..];
        }
        if parts.is_empty() {
            let problem = "the result is the same for every account: include ${name} or ${id}";
            return Err(invalid(0, problem));
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.into()));
        }
        Ok(Self { text: text.into(), parts })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({:?})", &*self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        Account::new("000000000042".parse().unwrap(), " Web Shop ")
            .with_ou_path(["Workloads", "Prod EU"])
            .with_tags([("team", "shop"), ("empty", "")])
    }

    #[test]
    fn places_are_filled() {
        for (template, expected) in [
            ("${name}", "Web Shop"),
            ("aws${id}", "aws000000000042"),
            ("${partition}/${ou}", "aws/Prod EU"),
            ("${ou.1}-${ou.2}-${ou.3|none}", "Workloads-Prod EU-none"),
            ("${ou-path}", "Workloads_Prod EU"),
            ("${tag.team}$${name}}", "shop$Web Shop}"),
            ("x${tag.none|}y", "xy"),
            ("${tag.empty|d}", "d"),
        ] {
            assert_eq!(
                template.parse::<Template>().unwrap().fill(&account()).unwrap(),
                expected,
                "{template}"
            );
        }
        let asks = |template: &str| template.parse::<Template>().unwrap().query();
        assert_eq!(asks("${name}${id}"), AccountQuery::new());
        assert_eq!(asks("${ou.1}${id}"), AccountQuery::new().with_ou_paths());
        assert_eq!(asks("${tag.a|b}"), AccountQuery::new().with_tags());
    }

    #[test]
    fn the_error_names_what_an_account_does_not_have() {
        for (template, missing) in
            [("${tag.env}", "tag.env"), ("${name}${ou.3}", "ou.3"), ("${tag.empty}", "tag.empty")]
        {
            assert_eq!(template.parse::<Template>().unwrap().fill(&account()), Err(missing.into()));
        }
    }

    #[test]
    fn an_invalid_template_is_refused_with_its_place() {
        for (template, at) in [
            ("", 0),
            ("fixed", 0),
            ("ab${nmae}", 2),
            ("${name}_${", 8),
            ("${name}${tag.}", 7),
            ("${ou.0}", 0),
            ("${ou.x}", 0),
            ("${}", 0),
        ] {
            assert_eq!(template.parse::<Template>().unwrap_err().at, at, "{template}");
        }
        insta::assert_snapshot!("ab${nmae}".parse::<Template>().unwrap_err(), @r#"the template is invalid at character 3: unknown placeholder ${...}; known are name, id, partition, ou, ou.1 (and so on), ou-path and tag.KEY"#);
    }
}
