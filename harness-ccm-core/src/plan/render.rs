//! A plan as text for people.

use std::fmt;

use super::{AccountPlan, Counts, Forecast, Plan};
use crate::resource::Resource;
use crate::text::visible;

/// Prints a plan; see [`Plan::render`].
#[derive(Clone, Copy, Debug)]
pub struct Rendered<'a> {
    plan: &'a Plan,
    colour: bool,
}

impl Plan {
    /// The plan as text: each account that something is done or said about, then the sums. `colour` adds ANSI colours.
    pub fn render(&self, colour: bool) -> Rendered<'_> {
        Rendered { plan: self, colour }
    }
}

impl Rendered<'_> {
    fn paint(&self, symbol: char, text: &str) -> String {
        let code = match symbol {
            '+' => "32",
            '~' => "33",
            '-' => "31",
            '!' => "35",
            _ => "2",
        };
        if self.colour {
            format!("\u{1b}[{code}m{symbol} {text}\u{1b}[0m")
        } else {
            format!("{symbol} {text}")
        }
    }

    fn account(&self, f: &mut fmt::Formatter<'_>, account: &AccountPlan) -> fmt::Result {
        let AccountPlan {
            account: _,
            rule: _,
            skipped: _,
            steps,
            in_sync: _,
            not_ours: _,
            withheld,
            connection_test: _,
            findings,
        } = account;
        for step in steps {
            let line = format!("{} ({})", step.action.resource(), step.reason);
            writeln!(f, "  {}", self.paint(step.operation().symbol(), &line))?;
            for change in step.describe() {
                writeln!(f, "      {}", visible(&change))?;
            }
        }
        for withheld in withheld {
            let what = match &withheld.resource {
                Resource::Account(_) => "the account".into(),
                other => other.to_string(),
            };
            let text = format!("{what} withheld: {}", withheld.reason.shown("    "));
            writeln!(f, "  {}", self.paint('!', &text))?;
        }
        for finding in findings {
            writeln!(
                f,
                "  {}",
                self.paint('?', &format!("{}: {}", finding.resource, visible(&finding.kind.to_string())))
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Rendered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = self.plan;
        for (id, account) in &plan.accounts {
            if account.steps.is_empty() && account.withheld.is_empty() && account.findings.is_empty() {
                continue;
            }
            let name = account.name().unwrap_or("(name unknown)");
            write!(f, "{id} {}", visible(name))?;
            match (&account.skipped, &account.rule) {
                (Some(reason), _) => writeln!(f, " (left out: {})", visible(&reason.to_string()))?,
                (None, Some(rule)) => writeln!(f, " (rule {rule:?})")?,
                (None, None) => writeln!(f)?,
            }
            self.account(f, account)?;
        }
        for connector in &plan.unassigned {
            writeln!(
                f,
                "{}",
                self.paint('?', &format!("connector {connector} belongs to no AWS account: left alone"))
            )?;
        }
        for diagnostic in &plan.diagnostics {
            writeln!(f, "{}", self.paint('?', &visible(&diagnostic.to_string())))?;
        }
        let Counts {
            create,
            update,
            adopt,
            mark,
            remove,
            in_sync,
            not_ours,
            withheld,
            incomplete,
            skipped,
            accounts,
        } = plan.counts();
        if !plan.has_changes() {
            write!(f, "Nothing to do. ")?;
        }
        writeln!(
            f,
            "{accounts} accounts: {create} to create, {update} to change, {adopt} to adopt, {remove} to remove, {in_sync} in sync, {withheld} withheld; {skipped} accounts left out."
        )?;
        if mark > 0 {
            writeln!(f, "{mark} to mark as ours, otherwise left as they are.")?;
        }
        if not_ours > 0 {
            writeln!(f, "{not_ours} of what is in sync is not ours: left as it is.")?;
        }
        if incomplete > 0 {
            writeln!(
                f,
                "Incomplete: {incomplete} of what is withheld could not be read or judged, is impossible, or waits for such a thing."
            )?;
        }
        if plan.has_changes() {
            let forecast = plan.forecast();
            writeln!(
                f,
                "About {} calls to AWS and {} to Harness ({} at {} a minute).",
                forecast.aws_calls,
                forecast.harness_calls,
                span(forecast.seconds_at(Forecast::CALLS_PER_MINUTE)),
                Forecast::CALLS_PER_MINUTE
            )?;
        }
        Ok(())
    }
}

fn span(seconds: usize) -> String {
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}
