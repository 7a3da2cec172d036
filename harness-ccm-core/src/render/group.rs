//! Entries of a plan that many accounts share.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::entry::{Entry, Mark, Section, Subject};
use crate::id::{AccountId, ConnectorId};
use crate::intent::SkipReason;
use crate::plan::{AccountPlan, Action, Describing, Plan};
use crate::resource::Resource;
use crate::text::{number_of, visible};

/// Placeholders for the parts that differ between accounts. No text contains them: control characters are escaped before.
const ACCOUNT: &str = "\u{1}";
const CONNECTOR: &str = "\u{2}";

/// The same entry for some accounts.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub(super) section: Section,
    pub(super) mark: Mark,
    pub(super) subject: Subject<'a>,
    pub(super) kind: &'static str,
    pub(super) remark: &'static str,
    /// The lines that all of them share.
    pub(super) common: Vec<String>,
    /// Further lines of some, those of most accounts first. Together the variants contain all members.
    pub(super) variants: Vec<Variant<'a>>,
    /// The number of accounts by the rule, or reason to skip an account, that decided; the most frequent first.
    pub(super) decided: Vec<(String, usize)>,
    pub(super) members: Vec<Member<'a>>,
}

/// Lines of some accounts of a group in addition to those of all.
#[derive(Debug)]
pub(super) struct Variant<'a> {
    pub(super) lines: Vec<String>,
    pub(super) members: Vec<Member<'a>>,
}

/// An account with an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member<'a> {
    pub(super) id: &'a AccountId,
    pub(super) name: Option<&'a str>,
    /// The connector that the entry is about, if it is about one.
    pub(super) connector: Option<&'a ConnectorId>,
    /// The account's own connector.
    pub(super) own: Option<&'a ConnectorId>,
    decided: Option<Decided<'a>>,
}

#[derive(Clone, Copy, Debug)]
enum Decided<'a> {
    Rule(&'a str),
    LeftOut(&'a SkipReason),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    section: Section,
    mark: Mark,
    subject: Subject<'a>,
    kind: &'static str,
    remark: &'static str,
}

struct Found<'a> {
    /// The position of its first occurrence among all groups.
    place: usize,
    variants: BTreeMap<Vec<String>, Vec<Member<'a>>>,
}

impl<'a> Group<'a> {
    /// All entries of a plan about its accounts: by section, then removals, changes, creations, then those of most accounts,
    /// then in the order of their occurrence.
    pub(super) fn of(plan: &'a Plan) -> Vec<Self> {
        let mut found: BTreeMap<Key<'a>, Found<'a>> = BTreeMap::new();
        let mut describing = Describing::default();
        for (id, account) in &plan.accounts {
            let own = own_connector(account);
            for entry in merged(Entry::of(account, &mut describing)) {
                let Entry { section, mark, subject, connector, kind, remark, mut lines } = entry;
                fold(&mut lines, id, own);
                let place = found.len();
                found
                    .entry(Key { section, mark, subject, kind, remark })
                    .or_insert_with(|| Found { place, variants: BTreeMap::new() })
                    .variants
                    .entry(lines)
                    .or_default()
                    .push(Member::new(id, account, connector, own));
            }
        }
        let mut groups: Vec<_> =
            found.into_iter().map(|(key, found)| (found.place, Self::new(key, found))).collect();
        groups
            .sort_by_key(|(place, group)| (group.section, group.mark, Reverse(group.members.len()), *place));
        groups.into_iter().map(|(_, group)| group).collect()
    }

    fn new(key: Key<'a>, found: Found<'a>) -> Self {
        let Key { section, mark, subject, kind, remark } = key;
        let mut variants: Vec<_> =
            found.variants.into_iter().map(|(lines, members)| Variant { lines, members }).collect();
        variants.sort_by_key(|variant| {
            (Reverse(variant.members.len()), variant.members.first().map(|member| member.id))
        });
        let mut members: Vec<_> = variants.iter().flat_map(|variant| &variant.members).copied().collect();
        members.sort_by_key(|member| member.id);
        let common = split_common(&mut variants);
        let mut decided: BTreeMap<String, usize> = BTreeMap::new();
        for member in &members {
            if let Some(how) = member.decided {
                *decided.entry(how.to_string()).or_default() += 1;
            }
        }
        let mut decided: Vec<_> = decided.into_iter().collect();
        decided.sort_by_key(|(_, count)| Reverse(*count));
        Self { section, mark, subject, kind, remark, common, variants, decided, members }
    }

    /// The number of accounts in it: an account may have several connectors.
    pub(super) fn accounts(&self) -> usize {
        accounts(&self.members)
    }

    /// Its subject, in words: of one account in full, of several without the parts that differ.
    pub(super) fn subject(&self) -> String {
        match (&self.subject, &self.members[..]) {
            (Subject::Account, _) => "account".into(),
            (Subject::Role(name), _) => format!("role {name}"),
            (Subject::Connector, [Member { connector: Some(id), .. }]) => format!("connector {id}"),
            (Subject::Connector, many) if many.len() > self.accounts() => number_of(many.len(), "connector"),
            (Subject::Connector, _) => "connector".into(),
        }
    }
}

/// The number of accounts of these members.
pub(super) fn accounts(members: &[Member<'_>]) -> usize {
    members.iter().map(|member| member.id).collect::<BTreeSet<_>>().len()
}

/// Combines the entries of one kind about one resource of an account.
fn merged<'a>(entries: impl Iterator<Item = Entry<'a>>) -> Vec<Entry<'a>> {
    let mut merged: Vec<Entry<'a>> = Vec::new();
    for entry in entries {
        match merged.iter_mut().find(|other| other.is_like(&entry)) {
            Some(other) => other.lines.extend(entry.lines),
            None => merged.push(entry),
        }
    }
    merged
}

/// Removes the lines that all variants share from the variants, and returns them.
fn split_common(variants: &mut [Variant<'_>]) -> Vec<String> {
    let [first, others @ ..] = &mut *variants else { return Vec::new() };
    let is_common = |line: &String| others.iter().all(|other| other.lines.contains(line));
    let common: Vec<String> = first.lines.iter().filter(|line| is_common(line)).cloned().collect();
    for variant in variants {
        variant.lines.retain(|line| !common.contains(line));
    }
    common
}

impl<'a> Member<'a> {
    fn new(
        id: &'a AccountId,
        account: &'a AccountPlan,
        connector: Option<&'a ConnectorId>,
        own: Option<&'a ConnectorId>,
    ) -> Self {
        let rule = account.rule.as_deref().map(Decided::Rule);
        let decided = account.skipped.as_ref().map(Decided::LeftOut).or(rule);
        Self { id, name: account.name(), connector, own, decided }
    }

    /// Returns its id and name, harmless for a terminal.
    pub(super) fn shown(&self) -> String {
        match self.name {
            Some(name) if !name.is_empty() => format!("{} {}", self.id, visible(name)),
            _ => self.id.to_string(),
        }
    }

    /// Like [`shown`](Self::shown), with the connector that the entry is about.
    pub(super) fn with_connector(&self) -> String {
        match self.connector {
            Some(connector) => format!("{} ({connector})", self.shown()),
            None => self.shown(),
        }
    }
}

impl fmt::Display for Decided<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(name) => write!(f, "rule {name:?}"),
            Self::LeftOut(reason) => write!(f, "left out: {}", visible(&reason.to_string())),
        }
    }
}

/// The first connector that a plan mentions in an account: nearly always the only one.
fn own_connector(account: &AccountPlan) -> Option<&ConnectorId> {
    let written = account.steps.iter().find_map(|step| match &step.action {
        Action::PutConnector { spec, .. } => Some(&spec.id),
        Action::RemoveConnector { id, .. } => Some(id),
        Action::PutRole { .. } | Action::RemoveRole { .. } => None,
    });
    let withheld = account.withheld.iter().map(|withheld| &withheld.resource);
    let others = account.in_sync.iter().chain(withheld).find_map(|resource| match resource {
        Resource::Connector(id) => Some(id),
        Resource::Account(_) | Resource::Role(_) => None,
    });
    written.or(others)
}

/// Replaces the parts that differ between accounts with placeholders.
fn fold(lines: &mut [String], account: &AccountId, connector: Option<&ConnectorId>) {
    let connector = connector.map(|id| format!("connector {id}"));
    for line in lines {
        if line.contains(account.as_str()) {
            *line = line.replace(account.as_str(), ACCOUNT);
        }
        if let Some(connector) = connector.as_deref().filter(|connector| line.contains(connector)) {
            *line = folded(line, connector);
        }
    }
}

/// Does the same for a connector, whose id may be the beginning of a longer one.
fn folded(line: &str, connector: &str) -> String {
    let mut parts = line.split(connector);
    let mut folded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let goes_on = part.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$'));
        folded.push_str(if goes_on { connector } else { "connector \u{2}" });
        folded.push_str(part);
    }
    folded
}

/// A line of a group for these members: for one with its values, for several with variable names instead.
pub(super) fn unfolded(line: &str, members: &[Member<'_>]) -> String {
    let (account, connector) = match members {
        [Member { id, own, .. }] => (id.as_str(), own.map_or("", ConnectorId::as_str)),
        _ => ("${account}", "${connector}"),
    };
    line.replace(ACCOUNT, account).replace(CONNECTOR, connector)
}
