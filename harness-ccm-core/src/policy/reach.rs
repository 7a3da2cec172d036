//! Computes how much of a demand a statement covers.

use std::borrow::Cow;

use super::pattern::{self, Case};
use super::{Actions, Folded, Resources, Statement};

/// All, part or nothing of a demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    All,
    Part,
    Nothing,
}

impl Reach {
    fn of(all: bool, part: bool) -> Self {
        match (all, part) {
            (true, _) => Self::All,
            (false, true) => Self::Part,
            (false, false) => Self::Nothing,
        }
    }
}

/// The actions or resources of a demand: those that a pattern matches, or all except those that some patterns match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asked<'a> {
    One(&'a str),
    AllBut(Vec<&'a str>),
}

/// Actions on resources, which one statement grants together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Demand<'a> {
    pub(super) actions: Asked<'a>,
    pub(super) resources: Asked<'a>,
}

impl Asked<'_> {
    /// Whether the demand is empty: all except everything.
    fn is_nothing(&self) -> bool {
        matches!(self, Self::AllBut(left_out) if left_out.iter().any(|out| takes_in(out, "*", Case::Exact)))
    }
}

/// The demands that a statement contains; none for a statement of a trust policy.
pub(super) fn demands(statement: &Statement) -> Vec<Demand<'_>> {
    let actions: Vec<_> = match statement.actions() {
        Actions::Only(actions) => actions.iter().map(|action| Asked::One(action.as_str())).collect(),
        Actions::Except(actions) => vec![Asked::AllBut(actions.iter().map(Folded::as_str).collect())],
    };
    let resources: Vec<_> = match statement.resources() {
        Resources::Itself => Vec::new(),
        Resources::Only(resources) => resources.iter().map(|resource| Asked::One(resource)).collect(),
        Resources::Except(resources) => {
            vec![Asked::AllBut(resources.iter().map(String::as_str).collect())]
        }
    };
    actions
        .iter()
        .flat_map(|actions| resources.iter().map(|resources| (actions.clone(), resources.clone())))
        .filter(|(actions, resources)| !actions.is_nothing() && !resources.is_nothing())
        .map(|(actions, resources)| Demand { actions, resources })
        .collect()
}

/// How much of `demand` the `statement` covers, without regard to its effect and conditions.
pub(super) fn reach(statement: &Statement, demand: &Demand<'_>) -> Reach {
    let by_action = match statement.actions() {
        Actions::Only(patterns) => only(patterns.iter().map(Folded::as_str), &demand.actions, Case::Blind),
        Actions::Except(patterns) => {
            except(patterns.iter().map(Folded::as_str), &demand.actions, Case::Blind)
        }
    };
    if by_action == Reach::Nothing {
        return Reach::Nothing;
    }
    let by_resource = match statement.resources() {
        Resources::Itself => Reach::Nothing,
        Resources::Only(patterns) => {
            only(patterns.iter().map(String::as_str), &demand.resources, Case::Exact)
        }
        Resources::Except(patterns) => {
            except(patterns.iter().map(String::as_str), &demand.resources, Case::Exact)
        }
    };
    by_action.max(by_resource)
}

fn only<'a>(mut patterns: impl Iterator<Item = &'a str> + Clone, asked: &Asked<'_>, case: Case) -> Reach {
    match asked {
        Asked::One(asked) => Reach::of(
            patterns.clone().any(|pattern| takes_in(pattern, asked, case)),
            patterns.any(|pattern| meet(pattern, asked, case)),
        ),
        Asked::AllBut(left_out) => Reach::of(
            patterns.clone().any(|pattern| takes_in(pattern, "*", case)),
            !patterns.all(|pattern| left_out.iter().any(|out| takes_in(out, pattern, case))),
        ),
    }
}

fn except<'a>(mut patterns: impl Iterator<Item = &'a str> + Clone, asked: &Asked<'_>, case: Case) -> Reach {
    match asked {
        Asked::One(asked) => Reach::of(
            !patterns.clone().any(|pattern| meet(pattern, asked, case)),
            !patterns.any(|pattern| takes_in(pattern, asked, case)),
        ),
        Asked::AllBut(left_out) => {
            Reach::of(patterns.all(|pattern| left_out.iter().any(|out| takes_in(out, pattern, case))), true)
        }
    }
}

/// Whether `wide` certainly matches everything that `narrow` matches. A policy variable matches only itself for certain.
fn takes_in(wide: &str, narrow: &str, case: Case) -> bool {
    wide == narrow || pattern::covers(wide, &without_variables(narrow), case)
}

/// Whether both may match some common text. A policy variable (`${aws:username}`) may have any value.
fn meet(a: &str, b: &str, case: Case) -> bool {
    pattern::overlap(&without_variables(a), &without_variables(b), case)
}

fn without_variables(text: &str) -> Cow<'_, str> {
    if !text.contains("${") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, variable)) = rest.split_once("${") {
        plain.push_str(before);
        plain.push('*');
        rest = variable.split_once('}').map_or("", |(_, rest)| rest);
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Whether `wide` applies to everything that `narrow` applies to, under the same or weaker conditions.
pub(super) fn encloses(wide: &Statement, narrow: &Statement) -> bool {
    super::condition::follows(wide.conditions(), narrow.conditions())
        && demands(narrow).iter().all(|demand| reach(wide, demand) == Reach::All)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_may_have_any_value() {
        assert!(meet("arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::bob/x", Case::Exact));
        assert!(!meet("arn:aws:s3:::${aws:username}/*", "arn:aws:sqs:::bob/x", Case::Exact));
        assert_eq!(without_variables("a${b}c${d"), "a*c*");
        assert!(takes_in("arn:aws:s3:::${aws:username}", "arn:aws:s3:::${aws:username}", Case::Exact));
        assert!(takes_in("arn:aws:s3:::*", "arn:aws:s3:::${aws:username}", Case::Exact));
        assert!(!takes_in("a??????b", "a${xyz}b", Case::Exact));
        assert!(!takes_in("arn:aws:s3:::${aws:username}", "arn:aws:s3:::bob", Case::Exact));
    }
}
