use super::entry::{Entry, Section};
use super::line::Line;
use crate::id::AccountId;
use crate::plan::{AccountPlan, Describing, Plan};
use crate::text::visible;

/// The whole plan, account by account and in the order of the steps.
pub(super) fn accounts(plan: &Plan) -> impl Iterator<Item = Line> {
    let mut describing = Describing::default();
    plan.accounts.iter().flat_map(move |(id, account)| of(id, account, &mut describing))
}

fn of<'a>(id: &AccountId, account: &'a AccountPlan, describing: &mut Describing<'a>) -> Vec<Line> {
    let mut lines = Vec::new();
    for entry in Entry::of(account, describing) {
        let subject = entry.subject();
        let heading = match (entry.section, entry.remark) {
            (Section::Changes, why) => format!("{subject} ({why})"),
            (_, "") => subject,
            (_, remark) => format!("{subject} {remark}"),
        };
        match &entry.lines[..] {
            [only] if entry.section != Section::Changes => {
                lines.push(Line::marked(entry.mark, 1, format!("{heading}: {only}")));
            }
            said => {
                lines.push(Line::marked(entry.mark, 1, heading));
                lines.extend(said.iter().map(|line| Line::plain(2, line.clone())));
            }
        }
    }
    if !lines.is_empty() {
        lines.insert(0, Line::title(heading(id, account)));
    }
    lines
}

fn heading(id: &AccountId, account: &AccountPlan) -> String {
    let name = account.name().filter(|name| !name.is_empty()).unwrap_or("(name unknown)");
    let decided = match (&account.skipped, &account.rule) {
        (Some(reason), _) => format!(" (left out: {})", visible(&reason.to_string())),
        (None, Some(rule)) => format!(" (rule {rule:?})"),
        (None, None) => String::new(),
    };
    format!("{id} {}{decided}", visible(name))
}
