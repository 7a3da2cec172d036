use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::{Explanation, Outcome, RuleOutcome};
use crate::account::Account;
use crate::connector::{ConnectorState, sort_by_claim};
use crate::feature::Feature;
use crate::id::{AccountId, ConnectorId};
use crate::intent::{Choice, Desired, Rule};
use crate::selector::OuPath;
use crate::text::visible;

/// The version of the JSON form.
const FORMAT_VERSION: u32 = 1;

/// Every account, what was decided of it and why: for people as a table ([`Display`](fmt::Display)), for programs as JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Roster {
    format_version: u32,
    /// The accounts, by id.
    pub accounts: Vec<Entry>,
    /// What somebody should know about the listing and the rules.
    pub diagnostics: Vec<String>,
}

/// One account in a roster.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Entry {
    /// The account as the source has it.
    pub account: Account,
    /// `onboard`, `skip`, `withhold` or `retire`.
    pub decision: &'static str,
    /// The rule that decided, if one did.
    pub rule: Option<String>,
    /// Why it is left out or withheld.
    pub reason: Option<String>,
    /// The features that it gets.
    pub features: Vec<Feature>,
    /// What its connector is called, or would be.
    pub identifier: ConnectorId,
    /// Whether that connector exists; unknown if the connectors were not looked at.
    pub exists: Option<bool>,
    /// Where no rule matches: what each of them said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleOutcome>,
}

impl Roster {
    /// What was decided, with the rules that decided it.
    pub fn new(desired: &Desired, rules: &[Rule]) -> Self {
        let accounts = desired
            .accounts
            .values()
            .map(|account| {
                let (decision, reason, features) = match &account.choice {
                    Choice::Onboard(wanted) => {
                        ("onboard", None, wanted.features.names().into_iter().collect())
                    }
                    Choice::Skip(reason) => ("skip", Some(reason.to_string()), Vec::new()),
                    Choice::Withhold(reason) => ("withhold", Some(reason.to_string()), Vec::new()),
                    Choice::Retire => ("retire", None, Vec::new()),
                };
                let unmatched = account.rule.is_none();
                Entry {
                    account: account.account.clone(),
                    decision,
                    rule: account.rule.clone(),
                    reason,
                    features,
                    identifier: account.identifier.clone(),
                    exists: None,
                    rules: if unmatched { Explanation::of(account, rules).rules } else { Vec::new() },
                }
            })
            .collect();
        Self { format_version: FORMAT_VERSION, accounts, diagnostics: desired.diagnostics.clone() }
    }

    /// Puts in the identifiers of connectors that exist: those keep them, whatever the naming rule says.
    #[must_use]
    pub fn with_connectors(mut self, desired: &Desired, connectors: &[ConnectorState]) -> Self {
        let mut by_account: BTreeMap<&AccountId, Vec<&ConnectorState>> = BTreeMap::new();
        for connector in connectors {
            if let Some(account) = &connector.account {
                by_account.entry(account).or_default().push(connector);
            }
        }
        for entry in &mut self.accounts {
            let mut there = by_account.remove(&entry.account.id).unwrap_or_default();
            sort_by_claim(&mut there, &desired.owner, &entry.identifier);
            entry.exists = Some(!there.is_empty());
            if let Some(connector) = there.first() {
                entry.identifier = connector.id.clone();
            }
        }
        self
    }
}

impl Entry {
    fn cells(&self) -> [String; 7] {
        let account = &self.account;
        let why = match (&self.reason, self.rules.len()) {
            (None, _) => self.features.iter().map(|feature| feature.as_str()).collect::<Vec<_>>().join(", "),
            // One rule can be said in the table, of several there is an explanation apart.
            (Some(reason), 1) if self.rules[0].outcome == Outcome::Failed => {
                format!("{reason}: {}", self.rules[0].because.join("; "))
            }
            (Some(reason), _) => reason.clone(),
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
            format!("{}: {why}", self.decision),
        ]
        .map(|cell| visible(&cell).into_owned())
    }
}

const HEAD: [&str; 7] = ["ACCOUNT", "NAME", "STATE", "OU", "RULE", "CONNECTOR", "DECISION"];

impl fmt::Display for Roster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<[String; 7]> =
            std::iter::once(HEAD.map(str::to_owned)).chain(self.accounts.iter().map(Entry::cells)).collect();
        // Nobody needs a column that says nothing.
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
