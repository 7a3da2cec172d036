use crate::plan::{Counts, Forecast, Plan, SearchExtent};
use crate::text::number_of;

/// The totals of a plan, one sentence each.
pub(super) fn sums(plan: &Plan) -> Vec<String> {
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
    let accounts = number_of(accounts, "account");
    let mut sums = Vec::new();
    if plan.has_changes() {
        sums.push(format!(
            "Plan: {create} to create, {update} to change, {adopt} to adopt, {remove} to remove in {accounts}."
        ));
    } else {
        sums.push(format!("Nothing to do in {accounts}."));
    }
    let left_out = format!("{} left out", number_of(skipped, "account"));
    sums.push(format!("{in_sync} in sync, {withheld} withheld, {left_out}."));
    if mark > 0 {
        sums.push(format!("{mark} to mark as ours, otherwise unchanged."));
    }
    if not_ours > 0 {
        sums.push(format!("In sync, but not ours: {not_ours}, left unchanged."));
    }
    if incomplete > 0 {
        sums.push(format!(
            "Incomplete: {incomplete} of what is withheld could not be read or judged, is impossible, or waits for such a thing."
        ));
    }
    if plan.has_changes() {
        let forecast = plan.forecast();
        let Forecast { aws_calls, harness_calls, .. } = forecast;
        sums.push(format!(
            "About {} to AWS and {harness_calls} to Harness ({} at {} a minute).",
            number_of(aws_calls, "call"),
            span(forecast.seconds_at(Forecast::CALLS_PER_MINUTE)),
            Forecast::CALLS_PER_MINUTE
        ));
    }
    let releases = plan.releases();
    if !releases.is_empty() {
        sums.push(format!("Releases of the permissions that the roles match now: {releases}."));
    }
    if let Some(SearchExtent { accounts, aws_calls, .. }) = plan.basis().search {
        sums.push(format!(
            "The search among all roles took about {} to AWS in {}; to apply this plan from a file repeats it.",
            number_of(aws_calls, "call"),
            number_of(accounts, "account"),
        ));
    }
    sums
}

fn span(seconds: usize) -> String {
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}
