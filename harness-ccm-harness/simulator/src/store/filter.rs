use regex::{Regex, RegexBuilder};
use serde_json::Value;

use crate::answer::Answer;
use crate::incoming::Incoming;
use crate::json::text;
use crate::kinds;
use crate::permissions::KeyReach;
use crate::store::record::{Key, Record};

/// Selects the connectors of a list.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    scope: (String, String),
    /// Whether the list includes the connectors of the scopes above.
    and_above: bool,
    types: Vec<String>,
    categories: Vec<String>,
    names: Vec<Regex>,
    identifiers: Vec<String>,
    /// Matches any of the words that were requested for the description.
    description: Option<Regex>,
    tags: Vec<(String, String)>,
    statuses: Vec<String>,
    modes: Vec<String>,
    inherits_from_delegate: Option<bool>,
    aws_accounts: Vec<String>,
    features_enabled: Vec<String>,
    features_disabled: Vec<String>,
    term: Option<(Regex, String)>,
    only_favorites: bool,
}

impl Filter {
    /// Returns the filter of the query parameters that all lists support.
    pub(crate) fn of_query(incoming: &Incoming) -> Result<Self, Answer> {
        let scope = |name| incoming.param(name).unwrap_or_default().to_owned();
        let is_set = |name| incoming.param(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let term = incoming.param("searchTerm");
        Ok(Self {
            scope: (scope("orgIdentifier"), scope("projectIdentifier")),
            and_above: is_set("includeAllConnectorsAvailableAtScope"),
            only_favorites: is_set("onlyFavorites"),
            term: term.map(|term| Ok::<_, Answer>((pattern(term)?, term.to_owned()))).transpose()?,
            ..Self::default()
        })
    }

    /// Like `of_query`, with `type` and `category`, the only further filters of the old list.
    pub(crate) fn of_old_list(incoming: &Incoming) -> Result<Self, Answer> {
        let mut filter = Self::of_query(incoming)?;
        if let Some(word) = incoming.param("type") {
            filter.types.push(kinds::kind(word).ok_or_else(Answer::bad_parameter)?.into());
        }
        if let Some(word) = incoming.param("category") {
            filter.categories.push(one_of(kinds::CATEGORIES, word).ok_or_else(Answer::bad_parameter)?.into());
        }
        Ok(filter)
    }

    /// Like `of_query`, with the filters in the body of `listV2`. `None` is an empty body.
    pub(crate) fn of_body(incoming: &Incoming, body: Option<&Value>) -> Result<Self, Answer> {
        let mut filter = Self::of_query(incoming)?;
        let saved = incoming.param("filterIdentifier");
        let Some(body) = body else {
            return match saved {
                Some(saved) => Err(Answer::invalid(&format!(
                    "Could not find a connector filter with the identifier {saved}, in the account"
                ))),
                None => Ok(filter),
            };
        };
        if saved.is_some() {
            return Err(Answer::invalid("Can not apply both filter properties and saved filter together"));
        }
        match body.get("filterType").and_then(Value::as_str) {
            Some("Connector") => {}
            Some(other) => {
                return Err(Answer::unreadable(format!("Could not resolve type id '{other}' of filterType")));
            }
            None => return Err(Answer::unreadable("missing type id property 'filterType'")),
        }
        let aws = body.get("ccmConnectorFilter").unwrap_or(&Value::Null);
        let known = |value: &Value, key, words: &[&'static str]| {
            let known = |word: String| {
                one_of(words, &word).map(Into::into).ok_or_else(|| Answer::unknown_word(key, &word))
            };
            strings(value, key)?.into_iter().map(known).collect::<Result<Vec<String>, _>>()
        };
        filter.types = strings(body, "types")?
            .into_iter()
            .map(|word| {
                kinds::kind(&word).map(Into::into).ok_or_else(|| Answer::unknown_word("types", &word))
            })
            .collect::<Result<_, _>>()?;
        filter.categories = known(body, "categories", kinds::CATEGORIES)?;
        filter.statuses = known(body, "connectivityStatuses", kinds::STATUSES)?;
        filter.modes = known(body, "connectorConnectivityModes", kinds::MODES)?;
        filter.features_enabled = known(aws, "featuresEnabled", kinds::FEATURES)?;
        filter.features_disabled = known(aws, "featuresDisabled", kinds::FEATURES)?;
        filter.names =
            strings(body, "connectorNames")?.iter().map(|name| pattern(name)).collect::<Result<_, _>>()?;
        filter.identifiers = strings(body, "connectorIdentifiers")?;
        filter.inherits_from_delegate =
            body.get("inheritingCredentialsFromDelegate").and_then(Value::as_bool);
        let tags = body.get("tags").and_then(Value::as_object).into_iter().flatten();
        filter.tags =
            tags.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().into())).collect();
        filter.aws_accounts = strings(aws, "awsAccountIds")?;
        filter.aws_accounts.extend(Some(text(aws, "awsAccountId").to_owned()).filter(|id| !id.is_empty()));
        // The server ignores the filter of the description if there is a search term.
        let words: Vec<_> = text(body, "description").split(' ').filter(|word| !word.is_empty()).collect();
        if !words.is_empty() && filter.term.is_none() {
            filter.description = Some(pattern(&words.join("|"))?);
        }
        Ok(filter)
    }

    pub(crate) fn holds(&self, (org, project, _): &Key, record: &Record, visible: &KeyReach) -> bool {
        let facts = &record.facts;
        let in_scope = (*org == self.scope.0 && *project == self.scope.1)
            || (self.and_above && project.is_empty() && (org.is_empty() || *org == self.scope.0));
        let member =
            |wanted: &[String], value: &str| wanted.is_empty() || wanted.iter().any(|one| one == value);
        let has = |feature: &String| facts.features.contains(feature);
        let is_ours = facts.kind == kinds::CE_AWS;
        in_scope
            && member(&self.types, &facts.kind)
            && member(&self.categories, kinds::category(&facts.kind).unwrap_or_default())
            && member(&self.identifiers, &facts.identifier)
            && member(&self.statuses, &facts.status)
            && (self.aws_accounts.is_empty() || (is_ours && member(&self.aws_accounts, &facts.aws_account)))
            && (self.features_enabled.is_empty() || self.features_enabled.iter().any(has))
            && !self.features_disabled.iter().any(has)
            && (self.names.is_empty() || self.names.iter().any(|name| name.is_match(&facts.name)))
            && (self.tags.is_empty() || self.tags.iter().any(|tag| facts.tags.contains(tag)))
            && self.description.as_ref().is_none_or(|words| words.is_match(&facts.description))
            && (self.modes.is_empty() || member(&self.modes, if is_ours { "MANAGER" } else { "DELEGATE" }))
            && self.inherits_from_delegate.is_none_or(|wanted| wanted == facts.inherits_from_delegate)
            && (!self.only_favorites || facts.favorite)
            && self.term.as_ref().is_none_or(|(pattern, term)| {
                [&facts.name, &facts.identifier, &facts.description].iter().any(|text| pattern.is_match(text))
                    || facts.tags.iter().any(|(key, value)| term == key || *term == format!("{key}:{value}"))
            })
            && visible.holds(&facts.identifier)
    }
}

fn one_of(words: &[&'static str], word: &str) -> Option<&'static str> {
    words.iter().find(|known| **known == word).copied()
}

fn pattern(text: &str) -> Result<Regex, Answer> {
    RegexBuilder::new(text).case_insensitive(true).build().map_err(|_| Answer::unknown())
}

fn strings(value: &Value, key: &str) -> Result<Vec<String>, Answer> {
    let not_a_list = || Answer::unreadable(format!("{key} needs a list of strings"));
    match value.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => {
            list.iter().map(|one| one.as_str().map(Into::into).ok_or_else(not_a_list)).collect()
        }
        Some(_) => Err(not_a_list()),
    }
}
