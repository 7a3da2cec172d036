//! The coverage of an organization as a page for browsers, in one file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use super::table_page::{self, Column, Filter, Row, Said, Saying, Sign, Table, escaped, positions};
use crate::connector::Health;
use crate::feature::{Feature, Named};
use crate::report::{AccountCoverage, AccountDecision, Coverage, CoverageCounts, percent};
use crate::selector::OuPath;
use crate::text::visible;

/// The coverage of an organization as an HTML page; see [`Coverage::page`].
#[derive(Clone, Copy, Debug)]
pub struct CoveragePage<'a> {
    coverage: &'a Coverage,
}

impl Coverage {
    /// The coverage as one HTML page for a browser: shares by health, feature, state and unit, and a table of the accounts that
    /// can be filtered and sorted, each with Harness' messages about its connector.
    ///
    /// The page needs no network and uses none.
    pub fn page(&self) -> CoveragePage<'_> {
        CoveragePage { coverage: self }
    }
}

/// The messages about an account: why Harness cannot use its connector, and why it is not onboarded.
fn remarks(account: &AccountCoverage) -> impl Iterator<Item = Remark> {
    let failure = account.connector.as_ref().and_then(|connector| match &connector.health {
        Health::Failure { message } => Some(Remark::Fails(visible(message).into_owned())),
        _ => None,
    });
    let decision = (account.decision != AccountDecision::Onboard)
        .then(|| Remark::NotDesired(visible(&account.decision.to_string()).into_owned()));
    failure.into_iter().chain(decision)
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Remark {
    Fails(String),
    NotDesired(String),
}

impl Remark {
    fn saying<'a>(&self) -> Saying<'a> {
        let (symbol, name, subject, remark) = match self {
            Self::Fails(message) => ('!', "remove", "connector", message),
            Self::NotDesired(decision) => ('~', "withheld", "account", decision),
        };
        let (subject, remark) = (subject.into(), remark.clone());
        Saying { mark: Sign { symbol, name }, subject, remark, common: &[], variants: vec![&[]] }
    }
}

fn unit(path: Option<&[String]>) -> String {
    path.map_or_else(|| "not known".into(), |path| visible(&OuPath(path).to_string()).into_owned())
}

fn table(coverage: &Coverage) -> Table<'_> {
    let accounts = &coverage.accounts;
    let units = positions(accounts.iter().map(|account| unit(account.account.ou_path.as_deref())));
    let states = positions(accounts.iter().map(|account| &account.account.state));
    let rules = positions(accounts.iter().filter_map(|account| account.rule.as_deref()));
    let healths = positions(accounts.iter().map(|account| account.health));
    let features: BTreeMap<&Named<Feature>, usize> = positions(
        accounts
            .iter()
            .filter_map(|account| account.connector.as_ref())
            .flat_map(|connector| &connector.features),
    );
    let remarks_of: Vec<Vec<Remark>> = accounts.iter().map(|account| remarks(account).collect()).collect();
    let said = positions(remarks_of.iter().flatten());
    let rows = accounts.iter().zip(&remarks_of).map(|(account, remarks)| {
        let connector = account.connector.as_ref();
        let own = connector.map(|connector| connector.id.to_string()).unwrap_or_default();
        let passed = connector.and_then(|connector| connector.passed_at);
        let cells = vec![
            Cow::Borrowed(account.account.id.as_str()),
            visible(&account.account.name),
            passed.map(|at| at.to_string().into()).unwrap_or_default(),
        ];
        let place = |place: Option<&usize>| place.copied().into_iter().collect::<Vec<_>>();
        let enabled = connector.map(|connector| &connector.features).into_iter().flatten();
        let enabled = enabled.filter_map(|feature| features.get(feature)).copied().collect();
        let groups: Vec<_> = remarks.iter().filter_map(|remark| said.get(remark)).copied().collect();
        let picks = vec![
            place(units.get(&unit(account.account.ou_path.as_deref()))),
            place(states.get(&account.account.state)),
            place(account.rule.as_deref().and_then(|rule| rules.get(rule))),
            enabled,
            place(healths.get(&account.health)),
            groups.clone(),
        ];
        Row(cells, picks, own, groups.into_iter().map(|group| Said(group, 0, String::new())).collect())
    });
    let rows = rows.collect();
    let groups: Vec<Saying<'_>> = said.into_keys().map(Remark::saying).collect();
    let filter = |id, label, names| Filter { id, label, names };
    Table {
        columns: vec![
            Column::text("id", "Account"),
            Column::text("name", "Name"),
            Column::filter("unit", "Unit", 0),
            Column::filter("state", "State", 1),
            Column::filter("features", "Features", 3),
            Column::text("passed", "Last passed"),
            Column::filter("health", "Health", 4),
        ],
        filters: vec![
            filter("unit", "Unit", units.into_keys().map(Cow::Owned).collect()),
            filter("state", "State", states.into_keys().map(|state| visible(state.as_str())).collect()),
            filter("rule", "Rule", rules.into_keys().map(visible).collect()),
            filter("feature", "Feature", features.into_keys().map(|word| word.to_string().into()).collect()),
            filter("health", "Health", healths.into_keys().map(|health| health.to_string().into()).collect()),
            filter("thing", "Finding", groups.iter().map(|saying| saying.name().into()).collect()),
        ],
        groups,
        rows,
    }
}

/// A table of shares.
fn shares(
    f: &mut fmt::Formatter<'_>,
    title: &str,
    columns: &[&str],
    rows: impl Iterator<Item = (String, Vec<usize>, (usize, usize))>,
) -> fmt::Result {
    let heads = columns.join("</th><th scope=\"col\">");
    writeln!(
        f,
        "<table class=\"shares\">\n<thead><tr><th scope=\"col\">{title}</th><th scope=\"col\">{heads}</th></tr></thead>\n<tbody>"
    )?;
    for (name, counts, (part, whole)) in rows {
        let counts = counts.iter().map(ToString::to_string).collect::<Vec<_>>().join("</td><td>");
        let share = percent(part, whole);
        writeln!(
            f,
            "<tr><th scope=\"row\">{}</th><td>{counts}</td><td><meter max=\"{}\" value=\"{part}\"></meter> {share}</td></tr>",
            escaped(&visible(&name)),
            whole.max(1)
        )?;
    }
    f.write_str("</tbody>\n</table>\n")
}

fn counted(name: String, counts: CoverageCounts) -> (String, Vec<usize>, (usize, usize)) {
    let CoverageCounts { accounts, desired, connected, healthy, .. } = counts;
    (name, vec![accounts, desired, connected, healthy], (healthy, desired))
}

impl fmt::Display for CoveragePage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const COUNTS: [&str; 5] =
            ["Accounts", "Desired", "With a connector", "Passing", "Passing of the desired"];
        let coverage = self.coverage;
        let title = format!("Coverage in the Harness account {}", coverage.harness_account);
        let above = |f: &mut fmt::Formatter<'_>| {
            for sum in coverage.sums() {
                writeln!(f, "<p>{}</p>", escaped(&sum))?;
            }
            let total = coverage.total.accounts;
            let health = coverage.health.iter().filter(|count| count.accounts > 0);
            let health = health.map(|of| (of.health.to_string(), vec![of.accounts], (of.accounts, total)));
            shares(f, "Health", &["Accounts", "Share"], health)?;
            let features = coverage.features.iter().filter(|feature| feature.desired + feature.others > 0);
            let features = features.map(|of| {
                let name = of.feature.as_str().to_owned();
                (name, vec![of.desired, of.enabled, of.others], (of.enabled, of.desired))
            });
            let columns = ["Desired", "Enabled", "Enabled elsewhere", "Enabled of the desired"];
            shares(f, "Feature", &columns, features)?;
            let states = coverage.states.iter().map(|of| counted(of.state.to_string(), of.counts));
            shares(f, "State", &COUNTS, states)?;
            f.write_str("<details><summary>Organizational units</summary>\n")?;
            let units = coverage.units.iter().map(|of| counted(unit(of.ou_path.as_deref()), of.counts));
            shares(f, "Unit", &COUNTS, units)?;
            f.write_str("</details>\n")?;
            for connector in &coverage.unlisted {
                let account = connector.account.as_ref().map_or_else(|| "?".into(), ToString::to_string);
                writeln!(
                    f,
                    "<p>Connector {} of the account {account}, which is not listed</p>",
                    escaped(connector.id.as_str())
                )?;
            }
            Ok(())
        };
        table_page::write(f, &title, above, &table(coverage))
    }
}
