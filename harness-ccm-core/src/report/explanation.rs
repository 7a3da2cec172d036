use std::fmt;

use serde::Serialize;

use super::AccountDecision;
use crate::account::Account;
use crate::feature::Feature;
use crate::id::ConnectorId;
use crate::intent::{Choice, DesiredAccount, Rule};
use crate::selector::{self, Match, OuPath, Unmet};
use crate::text::visible;

/// The reason for the decision about an account: the outcome of each rule, in order.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Explanation {
    /// The account, as the source returns it.
    pub account: Account,
    /// The outcome of each rule.
    pub rules: Vec<RuleOutcome>,
    /// The decision.
    pub decision: AccountDecision,
    /// The features that it gets.
    pub features: Vec<Feature>,
    /// The identifier of its connector, or of a new one.
    pub identifier: ConnectorId,
}

/// The outcome of one rule for an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RuleOutcome {
    /// The rule's name.
    pub rule: String,
    /// The outcome.
    pub outcome: Outcome,
    /// The conditions that fail or cannot be judged. Empty if the rule matches or was not reached.
    pub because: Vec<Unmet>,
}

/// The outcome of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The rule decided.
    Matched,
    /// The rule does not match.
    Failed,
    /// The rule cannot be judged, so later rules were not tried.
    Unknown,
    /// An earlier rule decided, or could not be judged.
    NotReached,
}

impl Explanation {
    /// Explains the decision about an account. `rules` are those of the intent that decided.
    pub fn of(desired: &DesiredAccount, rules: &[Rule]) -> Self {
        let account = &desired.account;
        let mut over = false;
        let rules = rules
            .iter()
            .map(|rule| {
                let fit = if over { None } else { Some(rule.selector.evaluate(account)) };
                over |= !matches!(fit, Some(Match::No));
                let outcome = match fit {
                    Some(Match::Yes) => Outcome::Matched,
                    Some(Match::No) => Outcome::Failed,
                    Some(Match::Unknown) => Outcome::Unknown,
                    None => Outcome::NotReached,
                };
                // For a rule that fails, unknown conditions do not matter.
                let because = rule
                    .selector
                    .conditions()
                    .filter(|condition| {
                        fit.is_some_and(|fit| fit != Match::Yes && condition.evaluate(account) == fit)
                    })
                    .map(|condition| condition.unmet(account))
                    .collect();
                RuleOutcome { rule: rule.name.clone(), outcome, because }
            })
            .collect();
        Self {
            account: account.clone(),
            rules,
            decision: AccountDecision::from(&desired.choice),
            features: features(&desired.choice),
            identifier: desired.identifier.clone(),
        }
    }
}

/// The features that an account gets.
pub(super) fn features(choice: &Choice) -> Vec<Feature> {
    match choice {
        Choice::Onboard(wanted) => wanted.features.names().into_iter().collect(),
        Choice::Skip(_) | Choice::Withhold(_) | Choice::Retire => Vec::new(),
    }
}

/// The names of the features in one line.
pub(super) fn in_words(features: &[Feature]) -> String {
    features.iter().map(|feature| feature.as_str()).collect::<Vec<_>>().join(", ")
}

fn facts(account: &Account) -> String {
    let kind = match account.management {
        Some(true) => "management account",
        Some(false) => "member account",
        None => "management or member account",
    };
    let mut facts = vec![kind.to_owned(), account.state.to_string()];
    facts.extend(account.ou_path.iter().map(|path| format!("in {}", OuPath(path))));
    facts.extend(account.joined.iter().map(|joined| format!("joined {joined}")));
    if let Some(tags) = account.tags.as_ref().filter(|tags| !tags.is_empty()) {
        let tags: Vec<_> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
        facts.push(format!("tags {}", tags.join(", ")));
    }
    format!("{} {:?}: {}", account.id, account.name, facts.join(", "))
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, rules, decision, features, identifier } = self;
        writeln!(f, "{}", visible(&facts(account)))?;
        for RuleOutcome { rule, outcome, because } in rules {
            let because = selector::in_words(because);
            let because = visible(&because);
            match outcome {
                Outcome::Matched => writeln!(f, "  rule {rule:?} matches")?,
                Outcome::Failed => writeln!(f, "  rule {rule:?} does not match: {because}")?,
                Outcome::Unknown => writeln!(f, "  rule {rule:?} cannot be judged: {because}")?,
                Outcome::NotReached => writeln!(f, "  rule {rule:?} is not reached")?,
            }
        }
        let decision = match decision {
            AccountDecision::Onboard => format!("onboard as {identifier} with {}", in_words(features)),
            decision => decision.to_string(),
        };
        writeln!(f, "  {}", visible(&decision))
    }
}
