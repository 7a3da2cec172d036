use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::explanation::{features, in_words};
use super::{AccountDecision, Explanation, Outcome, RuleOutcome};
use crate::account::Account;
use crate::backend::ConnectorListing;
use crate::connector::{ConnectorState, sort_by_claim};
use crate::feature::Feature;
use crate::id::{AccountId, ConnectorId};
use crate::intent::{Desired, Diagnostic, Rule};
use crate::selector::{self, OuPath};
use crate::text::visible;

/// The version of the JSON form.
const FORMAT_VERSION: u32 = 1;

/// Every account with the decision about it and the reason: for people as a table ([`Display`](fmt::Display)), for
/// programs as JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Roster {
    format_version: u32,
    /// The accounts, by id.
    pub accounts: Vec<Entry>,
    /// Notes for the user about the listing and the rules.
    pub diagnostics: Vec<Diagnostic>,
}

/// One account in a roster.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Entry {
    /// The account, as the source returns it.
    pub account: Account,
    /// The decision, and why the account is skipped or withheld.
    pub decision: AccountDecision,
    /// The rule that decided, if one did.
    pub rule: Option<String>,
    /// The features that it gets.
    pub features: Vec<Feature>,
    /// The identifier of its connector, or of a new one.
    pub identifier: ConnectorId,
    /// Whether that connector exists; unknown if the connectors were not listed, or one of the account cannot be read.
    pub exists: Option<bool>,
    /// If no rule matches: the outcome of each rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleOutcome>,
}

impl Roster {
    /// The roster of the decisions, with the rules that made them.
    pub fn new(desired: &Desired, rules: &[Rule]) -> Self {
        let accounts = desired
            .accounts
            .values()
            .map(|account| {
                let unmatched = account.rule.is_none();
                Entry {
                    account: account.account.clone(),
                    decision: AccountDecision::from(&account.choice),
                    rule: account.rule.clone(),
                    features: features(&account.choice),
                    identifier: account.identifier.clone(),
                    exists: None,
                    rules: if unmatched { Explanation::of(account, rules).rules } else { Vec::new() },
                }
            })
            .collect();
        Self { format_version: FORMAT_VERSION, accounts, diagnostics: desired.diagnostics.clone() }
    }

    /// Fills in the identifiers of existing connectors, which keep them whatever the naming rule is.
    #[must_use]
    pub fn with_connectors(mut self, desired: &Desired, listing: &ConnectorListing) -> Self {
        let ConnectorListing { connectors, unreadable } = listing;
        let mut by_account: BTreeMap<&AccountId, Vec<&ConnectorState>> = BTreeMap::new();
        for connector in connectors {
            if let Some(account) = &connector.account {
                by_account.entry(account).or_default().push(connector);
            }
        }
        for entry in &mut self.accounts {
            let mut there = by_account.remove(&entry.account.id).unwrap_or_default();
            sort_by_claim(&mut there, &desired.owner, &entry.identifier);
            let is_odd = unreadable.iter().any(|odd| odd.concerns(&entry.account.id));
            entry.exists = (!is_odd || !there.is_empty()).then_some(!there.is_empty());
            if let Some(connector) = there.first() {
                entry.identifier = connector.id.clone();
            }
        }
        self.diagnostics.extend(Diagnostic::of_unreadable(unreadable));
        self
    }
}

impl Entry {
    fn cells(&self) -> [String; 7] {
        let account = &self.account;
        let decision = match &self.decision {
            AccountDecision::Onboard => format!("onboard: {}", in_words(&self.features)),
            // One rule fits into the table; for several there is an explanation.
            decision => match &self.rules[..] {
                [RuleOutcome { outcome: Outcome::Failed, because, .. }] => {
                    format!("{decision}: {}", selector::in_words(because))
                }
                _ => decision.to_string(),
            },
        };
        [
            account.id.to_string(),
            account.name.clone(),
            if account.management == Some(true) {
                format!("{} (management)", account.state)
            } else {
                account.state.to_string()
            },
            account.ou_path.as_deref().map_or_else(|| "?".into(), |path| OuPath(path).to_string()),
            self.rule.clone().unwrap_or_else(|| "-".into()),
            self.identifier.to_string(),
            decision,
        ]
        .map(|cell| visible(&cell).into_owned())
    }
}

const HEAD: [&str; 7] = ["ACCOUNT", "NAME", "STATE", "OU", "RULE", "CONNECTOR", "DECISION"];

impl fmt::Display for Roster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<[String; 7]> =
            std::iter::once(HEAD.map(str::to_owned)).chain(self.accounts.iter().map(Entry::cells)).collect();
        // A column without values is not shown.
        let shown = |column: usize| column != 3 || rows.iter().skip(1).any(|row| row[3] != "?");
        let widths: Vec<usize> = (0..HEAD.len())
            .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default())
            .collect();
        for row in &rows {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate().filter(|(column, _)| shown(*column)) {
                let padding = widths[column] - cell.chars().count();
                line.push_str(cell);
                line.push_str(&" ".repeat(padding + 2));
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
