//! The table `[[rules]]`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::config::Reader;
use super::{Glob, InvalidIntent, OuGlob, Rule, Selector, TagCondition, Verdict};
use crate::feature::{Billing, Commitment, Feature, FeatureSet, Governance, Optimization};
use crate::id::AccountId;
use crate::timestamp::Timestamp;

/// The most that is read of a list of accounts: room for a quarter of a million.
const MAX_LIST: u64 = 4 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RuleTable {
    name: Spanned<String>,
    accounts: Option<Spanned<Vec<Spanned<String>>>>,
    accounts_file: Option<Spanned<String>>,
    names: Option<Spanned<Vec<String>>>,
    ou_paths: Option<Spanned<Vec<Spanned<String>>>>,
    ous: Option<Spanned<Vec<Spanned<String>>>>,
    tags: Option<Spanned<BTreeMap<String, Spanned<TagValue>>>>,
    management: Option<bool>,
    joined_after: Option<Spanned<Datetime>>,
    skip: Option<String>,
    features: Option<Spanned<BTreeSet<Feature>>>,
    governance: Option<Spanned<Governance>>,
    optimization: Option<Spanned<Optimization>>,
    billing: Option<Spanned<Billing>>,
    commitment: Option<Spanned<Commitment>>,
}

/// `true`: the tag is there; `false`: it is not; else its value, or one of several.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a tag is true (it is there), false (it is not), a value or a list of values")]
enum TagValue {
    There(bool),
    Is(String),
    OneOf(BTreeSet<String>),
}

/// All rules, in order.
pub(super) fn rules(tables: Vec<RuleTable>, reader: &Reader<'_>) -> Result<Vec<Rule>, InvalidIntent> {
    let mut names = BTreeSet::new();
    tables
        .into_iter()
        .map(|table| {
            if !names.insert(table.name.get_ref().clone()) {
                let problem = format!("there are two rules of the name {:?}", table.name.get_ref());
                return Err(reader.wrong(&table.name.span(), problem));
            }
            table.into_rule(reader)
        })
        .collect()
}

impl RuleTable {
    fn into_rule(self, reader: &Reader<'_>) -> Result<Rule, InvalidIntent> {
        let selector = self.selector(reader)?;
        let verdict = self.verdict(reader)?;
        Ok(Rule { name: self.name.into_inner(), selector, verdict })
    }

    fn selector(&self, reader: &Reader<'_>) -> Result<Selector, InvalidIntent> {
        let rule = self.name.get_ref();
        let wrong = |span, problem: String| reader.wrong(&span, format!("rule {rule:?}: {problem}"));
        let empty = |span, what: &str| {
            wrong(
                span,
                format!("its list of {what} is empty, so it could never match: leave it out to match all"),
            )
        };
        let mut selector = Selector::all();
        if let Some(accounts) = &self.accounts {
            if accounts.get_ref().is_empty() {
                return Err(empty(accounts.span(), "accounts"));
            }
            for account in accounts.get_ref() {
                let id: AccountId =
                    account.get_ref().parse().map_err(|error| wrong(account.span(), format!("{error}")))?;
                selector = selector.with_accounts([id]);
            }
        }
        if let Some(file) = &self.accounts_file {
            let accounts =
                account_list(file.get_ref(), reader).map_err(|problem| wrong(file.span(), problem))?;
            selector = selector.with_accounts(accounts);
        }
        if let Some(names) = &self.names {
            if names.get_ref().is_empty() {
                return Err(empty(names.span(), "names"));
            }
            selector.names = names.get_ref().iter().map(|name| Glob::new(name.as_str())).collect();
        }
        if let Some(paths) = &self.ou_paths {
            if paths.get_ref().is_empty() {
                return Err(empty(paths.span(), "paths"));
            }
            for path in paths.get_ref() {
                let glob: OuGlob = path.get_ref().parse().map_err(|error: super::InvalidOuGlob| {
                    wrong(reader.within(path, error.at), error.to_string())
                })?;
                selector = selector.with_ou_path(glob);
            }
        }
        if let Some(ous) = &self.ous {
            if ous.get_ref().is_empty() {
                return Err(empty(ous.span(), "organizational units"));
            }
            for ou in ous.get_ref() {
                if !is_ou_id(ou.get_ref()) {
                    let problem = "is not the id of an organizational unit, such as ou-ab12-11111111; ou-paths takes names";
                    return Err(wrong(ou.span(), format!("{:?} {problem}", ou.get_ref())));
                }
                selector = selector.with_ou(ou.get_ref().as_str());
            }
        }
        for (key, value) in self.tags.iter().flat_map(Spanned::get_ref) {
            let condition = match value.get_ref() {
                TagValue::There(true) => TagCondition::Present,
                TagValue::There(false) => TagCondition::Absent,
                TagValue::Is(value) => TagCondition::is(value),
                TagValue::OneOf(values) if values.is_empty() => return Err(empty(value.span(), "values")),
                TagValue::OneOf(values) => TagCondition::OneOf(values.clone()),
            };
            selector = selector.with_tag(key, condition);
        }
        if let Some(time) = &self.joined_after {
            selector.joined_after =
                Some(timestamp(time.get_ref()).map_err(|problem| wrong(time.span(), problem))?);
        }
        selector.management = self.management;
        Ok(selector)
    }

    fn verdict(&self, reader: &Reader<'_>) -> Result<Verdict, InvalidIntent> {
        let rule = self.name.get_ref();
        let wrong = |span, problem: &str| reader.wrong(&span, format!("rule {rule:?}: {problem}"));
        let options = [
            (Feature::Governance, self.governance.as_ref().map(Spanned::span)),
            (Feature::Optimization, self.optimization.as_ref().map(Spanned::span)),
            (Feature::Billing, self.billing.as_ref().map(Spanned::span)),
            (Feature::Commitment, self.commitment.as_ref().map(Spanned::span)),
        ];
        for (feature, span) in options {
            let listed = self.features.as_ref().is_some_and(|listed| listed.get_ref().contains(&feature));
            if let (Some(span), false) = (span, listed) {
                let problem =
                    format!("it has options for {feature}, but {feature} is not among its features");
                return Err(wrong(span, &problem));
            }
        }
        if let Some(optimization) = &self.optimization
            && optimization.get_ref().kinds.is_empty()
        {
            return Err(wrong(
                optimization.span(),
                "its optimization has no kind: leave kinds out for all of them",
            ));
        }
        match (&self.skip, &self.features) {
            (Some(reason), None) => Ok(Verdict::Skip(reason.clone())),
            (None, Some(features)) if features.get_ref().is_empty() => Err(wrong(
                features.span(),
                "its list of features is empty: a connector needs one, to leave accounts out use skip",
            )),
            (None, Some(features)) => {
                let mut set = FeatureSet::new();
                for feature in features.get_ref() {
                    set = match feature {
                        Feature::Visibility => set.with_visibility(),
                        Feature::ClusterOrchestration => set.with_cluster_orchestration(),
                        Feature::Governance => set.with_governance(or_default(self.governance.as_ref())),
                        Feature::Optimization => {
                            set.with_optimization(or_default(self.optimization.as_ref()))
                        }
                        Feature::Commitment => set.with_commitment(or_default(self.commitment.as_ref())),
                        Feature::Billing => match &self.billing {
                            Some(billing) => set.with_billing(billing.get_ref().clone()),
                            None => {
                                return Err(wrong(
                                    features.span(),
                                    "billing needs a report: billing.report = { name = \"...\", bucket = \"...\" }",
                                ));
                            }
                        },
                    };
                }
                Ok(Verdict::Onboard(set))
            }
            (Some(_), Some(features)) => {
                Err(wrong(features.span(), "it has both features and skip: keep one"))
            }
            (None, None) => Err(wrong(self.name.span(), "it has neither features nor skip: give one")),
        }
    }
}

fn or_default<T: Clone + Default>(options: Option<&Spanned<T>>) -> T {
    options.map(|options| options.get_ref().clone()).unwrap_or_default()
}

/// `ou-` with the root's and the unit's own part (AWS Organizations, `OrganizationalUnitId`).
fn is_ou_id(text: &str) -> bool {
    let part = |part: &str, least| {
        (least..=32).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
    };
    text.strip_prefix("ou-")
        .and_then(|rest| rest.split_once('-'))
        .is_some_and(|(root, unit)| part(root, 4) && part(unit, 8))
}

/// A date, or date and time with an offset.
fn timestamp(time: &Datetime) -> Result<Timestamp, String> {
    time.to_string().parse::<Timestamp>().map_err(|error| error.to_string())
}

/// A list of accounts in a file: an id a line, empty lines and what follows a `#` left out.
fn account_list(path: &str, reader: &Reader<'_>) -> Result<BTreeSet<AccountId>, String> {
    let failed = |error: std::io::Error| format!("{path}: {error}");
    let mut bytes = Vec::new();
    let mut file = reader.files.open(path).map_err(failed)?.take(MAX_LIST + 1);
    file.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_LIST {
        return Err(format!("{path}: it is longer than {MAX_LIST} bytes, which no list of accounts is"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.split(|byte| *byte == b'\n').count();
        format!("{path}, line {line}: it is not UTF-8 text")
    })?;
    let mut accounts = BTreeSet::new();
    for (number, line) in (1..).zip(text.strip_prefix('\u{feff}').unwrap_or(&text).lines()) {
        let entry = line.split('#').next().unwrap_or_default();
        let column = entry.chars().take_while(|c| c.is_whitespace()).count() + 1;
        let entry = entry.trim();
        if entry.is_empty() {
            continue;
        }
        let account: AccountId =
            entry.parse().map_err(|error| format!("{path}, line {number}, column {column}: {error}"))?;
        accounts.insert(account);
    }
    Ok(accounts)
}
