//! The list of rules: which one decides, and which ones never match.

use std::collections::{BTreeMap, BTreeSet};

use super::{Diagnostic, Idle, NamedAccount, Rule, RuleAction, Unreachable};
use crate::account::Account;
use crate::id::AccountId;
use crate::selector::{Match, TagCondition};

/// Rules in order, with an index of those that name accounts: looking up an account does not visit ten thousand rules about
/// other accounts.
pub(super) struct RuleList<'a> {
    rules: &'a [Rule],
    /// Positions of the rules that name accounts, by account, ascending.
    naming: BTreeMap<&'a AccountId, Vec<usize>>,
    /// Positions of all other rules, ascending.
    open: Vec<usize>,
}

/// The result of the rules for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The rule at this position decides.
    Rule(usize),
    /// It is unknown whether the rule at this position decides, so no later one may.
    Unknown(usize),
    /// No rule selects the account.
    Nothing,
}

impl<'a> RuleList<'a> {
    pub(super) fn new(rules: &'a [Rule]) -> Self {
        let mut naming: BTreeMap<&AccountId, Vec<usize>> = BTreeMap::new();
        let mut open = Vec::new();
        for (position, rule) in rules.iter().enumerate() {
            match &rule.selector.accounts {
                Some(ids) => ids.iter().for_each(|id| naming.entry(id).or_default().push(position)),
                None => open.push(position),
            }
        }
        Self { rules, naming, open }
    }

    /// The first rule that selects the account.
    pub(super) fn find(&self, account: &Account) -> Found {
        for position in self.candidates(&account.id) {
            match self.rules[position].selector.evaluate(account) {
                Match::Yes => return Found::Rule(position),
                Match::Unknown => return Found::Unknown(position),
                Match::No => {}
            }
        }
        Found::Nothing
    }

    /// The rules that may select an account of this id, in order.
    fn candidates(&self, id: &AccountId) -> impl Iterator<Item = usize> {
        let mut naming = self.naming.get(id).map_or(&[][..], Vec::as_slice).iter().copied().peekable();
        let mut open = self.open.iter().copied().peekable();
        std::iter::from_fn(move || match (naming.peek(), open.peek()) {
            (Some(a), Some(b)) if b < a => open.next(),
            (Some(_), _) => naming.next(),
            (None, _) => open.next(),
        })
    }

    /// The accounts that rules name by id and that are missing from `accounts`, each with the first rule that names it.
    pub(super) fn named_but_missing(&self, accounts: &[Account]) -> BTreeMap<AccountId, NamedAccount> {
        let known: BTreeSet<&AccountId> = accounts.iter().map(|account| &account.id).collect();
        let missing = self.naming.iter().filter(|(id, _)| !known.contains(*id));
        missing
            .filter_map(|(id, positions)| {
                let rule = &self.rules[*positions.first()?];
                let wanted = matches!(rule.action, RuleAction::Onboard(_));
                Some(((*id).clone(), NamedAccount { rule: rule.name.clone(), wanted }))
            })
            .collect()
    }

    /// Notes about the rules after their decisions: rules that can never match, rules that matched no account and why, and named
    /// accounts that are missing.
    pub(super) fn diagnostics(&self, accounts: &[Account], found: &[Found]) -> Vec<Diagnostic> {
        let mut decided: BTreeMap<usize, usize> = BTreeMap::new();
        for found in found {
            if let Found::Rule(position) | Found::Unknown(position) = found {
                *decided.entry(*position).or_default() += 1;
            }
        }
        let known: BTreeMap<&AccountId, usize> =
            accounts.iter().enumerate().map(|(index, account)| (&account.id, index)).collect();
        let mut said = Vec::new();
        for (position, rule) in self.rules.iter().enumerate() {
            let name = || rule.name.clone();
            if let Some(why) = self.unreachable(position) {
                said.push(Diagnostic::Unreachable { rule: name(), why });
                continue;
            }
            let named = rule.selector.accounts.iter().flatten();
            let strangers: Vec<_> = named.filter(|id| !known.contains_key(id)).cloned().collect();
            if !strangers.is_empty() {
                said.push(Diagnostic::NotListed { rule: name(), accounts: strangers });
            }
            if !decided.contains_key(&position) {
                let why = self.idle(position, accounts, found, &known);
                said.push(Diagnostic::Idle { rule: name(), why });
            }
        }
        said
    }

    /// The rules that can never match any account, and why.
    pub(super) fn never_deciding(&self) -> Vec<Diagnostic> {
        let unreachable = |(position, rule): (usize, &Rule)| {
            Some(Diagnostic::Unreachable { rule: rule.name.clone(), why: self.unreachable(position)? })
        };
        self.rules.iter().enumerate().filter_map(unreachable).collect()
    }

    /// Returns why a rule can never match any account.
    fn unreachable(&self, position: usize) -> Option<Unreachable> {
        let rule = &self.rules[position];
        if let Some((key, _)) = rule
            .selector
            .tags
            .iter()
            .find(|(_, condition)| matches!(condition, TagCondition::OneOf(values) if values.is_empty()))
        {
            return Some(Unreachable::NoTagValue { key: key.clone() });
        }
        let Some(ids) = &rule.selector.accounts else {
            let broader = self.open.iter().take_while(|earlier| **earlier < position);
            return self.covering(broader.copied(), rule);
        };
        let first = ids.first()?;
        let earlier: Vec<_> = self.candidates(first).take_while(|earlier| *earlier < position).collect();
        self.covering(earlier.into_iter(), rule).or_else(|| {
            // No single earlier rule matches them all; several may.
            let taking: Option<BTreeSet<usize>> = ids
                .iter()
                .map(|id| {
                    let before = self.naming.get(id)?.iter().take_while(|earlier| **earlier < position);
                    before.copied().find(|earlier| self.rules[*earlier].selector.conditions().count() == 1)
                })
                .collect();
            let by = taking?.into_iter().map(|earlier| self.rules[earlier].name.clone()).collect();
            Some(Unreachable::CoveredTogether { by })
        })
    }

    fn covering(&self, mut earlier: impl Iterator<Item = usize>, rule: &Rule) -> Option<Unreachable> {
        let earlier = earlier.find(|earlier| self.rules[*earlier].selector.covers(&rule.selector))?;
        Some(Unreachable::Covered { by: self.rules[earlier].name.clone() })
    }

    /// Returns why a rule matched none of these accounts.
    fn idle(
        &self,
        position: usize,
        accounts: &[Account],
        found: &[Found],
        known: &BTreeMap<&AccountId, usize>,
    ) -> Idle {
        let selector = &self.rules[position].selector;
        if accounts.is_empty() {
            return Idle::EmptyListing;
        }
        let within: Vec<usize> = match &selector.accounts {
            Some(ids) if ids.is_empty() => return Idle::EmptyList,
            Some(ids) => ids.iter().filter_map(|id| known.get(id).copied()).collect(),
            None => (0..accounts.len()).collect(),
        };
        if within.is_empty() {
            return Idle::NoneListed;
        }
        let mut taken: BTreeMap<String, usize> = BTreeMap::new();
        for index in &within {
            if let (Found::Rule(earlier) | Found::Unknown(earlier), true) =
                (found[*index], selector.evaluate(&accounts[*index]) != Match::No)
            {
                *taken.entry(self.rules[earlier].name.clone()).or_default() += 1;
            }
        }
        if !taken.is_empty() {
            return Idle::Taken { by: taken };
        }
        let alone = selector
            .conditions()
            .find(|condition| within.iter().all(|index| condition.evaluate(&accounts[*index]) == Match::No));
        match alone {
            Some(condition) => Idle::Condition { note: condition.describe() },
            None => Idle::Together,
        }
    }
}
