//! The coverage of an organization on one screen.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::{AccountCoverage, AccountHealth, Coverage, CoverageCounts};
use crate::connector::Health;
use crate::text::{number_of, visible};

/// The columns of a terminal.
const WIDTH: usize = 80;

/// How many units are named at most.
const UNITS: usize = 8;

/// How many reasons for failing are named at most.
const FAILURES: usize = 4;

/// A share in percent, to one decimal. It is 0 or 100 only where it is exactly that.
pub(crate) fn percent(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "-".into();
    }
    // Tenths of a percent, rounded.
    let tenths = (part * 2000 + whole) / (whole * 2);
    let tenths = match part {
        0 => 0,
        part if part == whole => 1000,
        _ => tenths.clamp(1, 999),
    };
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// Since when a connector fails, as far as Harness tells.
fn last_passed(account: &AccountCoverage) -> String {
    match account.connector.as_ref().and_then(|connector| connector.passed_at) {
        Some(at) => format!("last passed {at}"),
        None => "never passed".into(),
    }
}

impl Coverage {
    /// In short: the accounts that are to be onboarded, how many of them are, and whether Harness can use them.
    pub(crate) fn sums(&self) -> Vec<String> {
        let CoverageCounts { accounts, desired, connected, healthy, others } = self.total;
        let mut sums = vec![
            format!("{}, {desired} to be onboarded.", number_of(accounts, "account")),
            format!("With a connector: {connected} of {desired} ({}).", percent(connected, desired)),
            format!(
                "Passing the connection test: {healthy} of {connected} ({}).",
                percent(healthy, connected)
            ),
        ];
        if others > 0 {
            sums.push(format!(
                "With a connector, though not to be onboarded: {}.",
                number_of(others, "account")
            ));
        }
        if !self.unlisted.is_empty() {
            let connectors = number_of(self.unlisted.len(), "connector");
            sums.push(format!("Of accounts that are not listed: {connectors} of ours."));
        }
        if let Some(releases) = &self.releases {
            let none = if releases.is_empty() { "no role was seen" } else { "" };
            sums.push(format!("Releases of the permissions that the roles match: {releases}{none}."));
        }
        if let Some(taken) = self.taken {
            sums.push(format!("The accounts were listed at {taken}."));
        }
        sums
    }

    /// The accounts that fail, those first that never passed or have not passed for longest.
    fn failing(&self) -> Vec<&AccountCoverage> {
        let fails = |account: &&AccountCoverage| account.health == AccountHealth::Fails;
        let mut failing: Vec<_> = self.accounts.iter().filter(fails).collect();
        failing.sort_by_key(|account| account.connector.as_ref().map(|connector| connector.passed_at));
        failing
    }

    /// The units right below the root with everything under them, the largest first.
    fn top_units(&self) -> Vec<(String, CoverageCounts)> {
        let mut units: BTreeMap<String, CoverageCounts> = BTreeMap::new();
        for unit in &self.units {
            let name = match unit.ou_path.as_deref() {
                Some([top, ..]) => visible(top).into_owned(),
                Some([]) => "(the root)".into(),
                None => "(not known)".into(),
            };
            units.entry(name).or_default().merge(unit.counts);
        }
        let mut units: Vec<_> = units.into_iter().collect();
        units.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.accounts));
        units
    }
}

/// A table whose first column is words and whose others are numbers.
fn table<const N: usize>(
    f: &mut fmt::Formatter<'_>,
    head: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> fmt::Result {
    const FIRST: usize = 26;
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    writeln!(f)?;
    for row in std::iter::once(head.map(str::to_owned)).chain(rows) {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            if column == 0 {
                line.push_str(&cut(cell, FIRST));
                line.push_str(&" ".repeat(FIRST.saturating_sub(cell.chars().count())));
            } else {
                write!(line, "{cell:>11}")?;
            }
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

/// A text in at most so many characters.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most - 1).collect();
    cut.push('…');
    cut
}

fn counted(name: String, counts: CoverageCounts) -> [String; 5] {
    let CoverageCounts { accounts, desired, connected, healthy, .. } = counts;
    [name, accounts.to_string(), desired.to_string(), connected.to_string(), healthy.to_string()]
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for sum in self.sums() {
            writeln!(f, "{sum}")?;
        }
        let rows = self.health.iter().filter(|of| of.accounts > 0).map(|of| {
            [of.health.to_string(), of.accounts.to_string(), percent(of.accounts, self.total.accounts)]
        });
        table(f, ["HEALTH", "ACCOUNTS", "SHARE"], rows)?;
        let rows = self.features.iter().filter(|of| of.desired > 0).map(|of| {
            let name = of.feature.as_str().to_owned();
            [name, of.desired.to_string(), of.enabled.to_string(), percent(of.enabled, of.desired)]
        });
        table(f, ["FEATURE", "DESIRED", "ENABLED", "SHARE"], rows)?;
        let rows = self.states.iter().map(|of| counted(visible(of.state.as_str()).into_owned(), of.counts));
        table(f, ["STATE", "ACCOUNTS", "DESIRED", "CONNECTED", "PASSING"], rows)?;
        let units = self.top_units();
        if units.len() > 1 {
            let more = units.get(UNITS..).filter(|more| !more.is_empty()).map(|more| {
                let mut sum = CoverageCounts::default();
                for (_, counts) in more {
                    sum.merge(*counts);
                }
                (number_of(more.len(), "further unit"), sum)
            });
            let rows = units.iter().take(UNITS).cloned().chain(more);
            let rows = rows.map(|(name, counts)| counted(name, counts));
            table(f, ["UNIT", "ACCOUNTS", "DESIRED", "CONNECTED", "PASSING"], rows)?;
        }
        failures(f, &self.failing())
    }
}

/// What Harness says of connectors that fail, the most frequent first, each with the account that has not passed for longest.
fn failures(f: &mut fmt::Formatter<'_>, failing: &[&AccountCoverage]) -> fmt::Result {
    let mut groups: BTreeMap<&str, Vec<&AccountCoverage>> = BTreeMap::new();
    for account in failing {
        if let Some(Health::Failure { message }) =
            account.connector.as_ref().map(|connector| &connector.health)
        {
            groups.entry(message).or_default().push(account);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, accounts)| std::cmp::Reverse(accounts.len()));
    if !groups.is_empty() {
        writeln!(f, "\nFAILING")?;
    }
    for (message, accounts) in groups.iter().take(FAILURES) {
        let text = format!("{}: {message}", number_of(accounts.len(), "account"));
        writeln!(f, "{}", cut(&visible(&text), WIDTH))?;
        let Some(longest) = accounts.first() else { continue };
        let (id, name) = (&longest.account.id, &longest.account.name);
        let text = format!("  longest: {id} {name}, {}", last_passed(longest));
        writeln!(f, "{}", cut(&visible(&text), WIDTH))?;
    }
    match groups.len().saturating_sub(FAILURES) {
        0 => Ok(()),
        more => writeln!(f, "and for {}", number_of(more, "further reason")),
    }
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_share_is_none_or_all_only_where_it_is() {
        for (part, whole, share) in [
            (0, 0, "-"),
            (0, 7, "0.0 %"),
            (7, 7, "100.0 %"),
            (1, 3, "33.3 %"),
            (2, 3, "66.7 %"),
            (1, 100_000, "0.1 %"),
            (99_999, 100_000, "99.9 %"),
            (1, 2000, "0.1 %"),
        ] {
            assert_eq!(percent(part, whole), share, "{part} of {whole}");
        }
    }
}
