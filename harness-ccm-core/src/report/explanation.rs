use std::fmt;

use serde::Serialize;

use crate::account::Account;
use crate::intent::{Choice, DesiredAccount, Rule};
use crate::selector::{Match, OuPath};
use crate::text::visible;

/// Why an account got its verdict: what each rule said to it, in order.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Explanation {
    /// The account in words.
    pub account: String,
    /// What each rule said.
    pub rules: Vec<RuleOutcome>,
    /// What was decided, in words.
    pub decision: String,
}

/// What one rule said to an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RuleOutcome {
    /// The rule's name.
    pub rule: String,
    /// What came of it.
    pub outcome: Outcome,
    /// The conditions that fail or cannot be judged, in words. Empty if the rule matches or was not reached.
    pub because: Vec<String>,
}

/// What came of one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// It decided.
    Matched,
    /// It does not match.
    Failed,
    /// It cannot be judged, so nothing after it was tried.
    Unknown,
    /// An earlier rule decided, or could not be judged.
    NotReached,
}

impl Explanation {
    /// Why an account got its verdict. `rules` are those of the intent that gave it.
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
                // Of a rule that fails, what is not known does not matter.
                let because = rule
                    .selector
                    .conditions()
                    .filter(|condition| {
                        fit.is_some_and(|fit| fit != Match::Yes && condition.evaluate(account) == fit)
                    })
                    .map(|condition| condition.why_not(account))
                    .collect();
                RuleOutcome { rule: rule.name.clone(), outcome, because }
            })
            .collect();
        Self { account: in_words(account), rules, decision: decision(&desired.choice) }
    }
}

fn in_words(account: &Account) -> String {
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

fn decision(choice: &Choice) -> String {
    match choice {
        Choice::Onboard(wanted) => {
            format!("onboard as {} with {}", wanted.connector.id, wanted.features)
        }
        Choice::Skip(reason) => format!("left out: {reason}"),
        Choice::Withhold(reason) => format!("withheld: {reason}"),
        Choice::Retire => "to be left".into(),
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, rules, decision } = self;
        writeln!(f, "{}", visible(account))?;
        for RuleOutcome { rule, outcome, because } in rules {
            let because = because.join("; ");
            let because = visible(&because);
            match outcome {
                Outcome::Matched => writeln!(f, "  rule {rule:?} matches")?,
                Outcome::Failed => writeln!(f, "  rule {rule:?} does not match: {because}")?,
                Outcome::Unknown => writeln!(f, "  rule {rule:?} cannot be judged: {because}")?,
                Outcome::NotReached => writeln!(f, "  rule {rule:?} is not reached")?,
            }
        }
        writeln!(f, "  {}", visible(decision))
    }
}
