//! Makes rules: by unit if nearly all accounts of a unit are alike, by tag if a tag distinguishes them,
//! otherwise by id.

use std::collections::{BTreeMap, BTreeSet};

use crate::account::{Account, AccountState};
use crate::feature::FeatureSet;
use crate::id::AccountId;
use crate::intent::Rule;
use crate::selector::{Match, Selector, TagCondition};

/// A unit gets one rule if at least this percentage of its accounts is alike.
const ALIKE_PERCENT: usize = 75;

/// The features of each account that has a connector.
type Found<'a> = BTreeMap<&'a AccountId, &'a FeatureSet>;

/// The rules that give each account its features, as far as most accounts of its unit share them.
pub(super) fn rules(accounts: &[Account], found: &Found<'_>) -> Vec<Rule> {
    let active: Vec<_> = accounts.iter().filter(|account| account.state == AccountState::Active).collect();
    let (payers, members): (Vec<_>, Vec<_>) =
        active.into_iter().partition(|account| account.management == Some(true));
    let mut made = Maker { found, all: accounts, rules: Vec::new(), taken: BTreeSet::new() };
    made.payers(&payers);
    made.unit(&[], &members);
    made.rules
}

struct Maker<'a> {
    found: &'a Found<'a>,
    all: &'a [Account],
    rules: Vec<Rule>,
    /// The names that are used already.
    taken: BTreeSet<String>,
}

impl<'a> Maker<'a> {
    /// Adds a rule for the management accounts: only they have reports and commitments.
    fn payers(&mut self, payers: &[&Account]) {
        let kinds = self.by_features(payers);
        match &kinds[..] {
            [] => {}
            [(None, _)] => {
                let selector = Selector::all().with_management();
                let name = self.name("payer");
                self.rules.push(Rule::skip(name, selector, "it has no connector"));
            }
            [(Some(features), _)] => {
                let selector = Selector::all().with_management();
                self.onboard("payer", selector, features);
            }
            _ => {
                self.by_id(&kinds);
                self.skip_bare(&kinds);
            }
        }
    }

    /// Adds rules for the accounts of a unit and all units below it.
    fn unit(&mut self, path: &[String], accounts: &[&'a Account]) {
        if accounts.is_empty() {
            return;
        }
        let kinds = self.by_features(accounts);
        let Some((features, most)) = kinds.iter().max_by_key(|(_, accounts)| accounts.len()) else { return };
        if most.len() * 100 >= accounts.len() * ALIKE_PERCENT
            && (features.is_some() || kinds.len() == 1)
            && let Some(selector) = self.selector_of(path, accounts)
        {
            if let Some(features) = features {
                let name = path.last().map_or("everybody", String::as_str);
                self.onboard(name, selector, features);
            }
            return;
        }
        let mut below: BTreeMap<&String, Vec<&Account>> = BTreeMap::new();
        let mut here = Vec::new();
        for account in accounts {
            match account.ou_path.as_ref().and_then(|own| own.get(path.len())) {
                Some(unit) => below.entry(unit).or_default().push(account),
                None => here.push(*account),
            }
        }
        for (unit, accounts) in below {
            let path: Vec<_> = path.iter().chain([unit]).cloned().collect();
            self.unit(&path, &accounts);
        }
        self.mixed(path, &here);
    }

    /// Adds rules for accounts of one unit that are not alike.
    fn mixed(&mut self, path: &[String], accounts: &[&'a Account]) {
        let kinds = self.by_features(accounts);
        if kinds.iter().all(|(features, _)| features.is_none()) {
            return;
        }
        if !self.by_tag(path, accounts) {
            self.by_id(&kinds);
        }
    }

    /// Adds rules by the values of one tag, if there is a tag that distinguishes the features.
    fn by_tag(&mut self, path: &[String], accounts: &[&Account]) -> bool {
        let keys: BTreeSet<&String> =
            accounts.iter().flat_map(|account| account.tags.iter().flat_map(BTreeMap::keys)).collect();
        keys.into_iter().any(|key| self.by_values_of(key, path, accounts))
    }

    fn by_values_of(&mut self, key: &str, path: &[String], accounts: &[&Account]) -> bool {
        let value = |account: &Account| account.tags.as_ref().and_then(|tags| tags.get(key).cloned());
        let mut by_features: Vec<(&FeatureSet, BTreeSet<String>)> = Vec::new();
        for account in accounts {
            let (Some(features), Some(value)) = (self.found.get(&account.id), value(account)) else {
                continue;
            };
            match by_features.iter_mut().find(|(seen, _)| seen == features) {
                Some((_, values)) => drop(values.insert(value)),
                None => by_features.push((features, [value].into())),
            }
        }
        let selectors: Option<Vec<_>> = by_features
            .iter()
            .map(|(features, values)| {
                let base = Selector::all().with_tag(key, TagCondition::OneOf(values.clone()));
                let selector = within(base, path)?;
                let wanted = accounts.iter().filter(|account| self.found.get(&account.id) == Some(features));
                self.takes_exactly(&selector, &wanted.copied().collect::<Vec<_>>()).then_some(selector)
            })
            .collect();
        let Some(selectors) = selectors.filter(|selectors| !selectors.is_empty()) else { return false };
        for ((features, values), selector) in by_features.iter().zip(selectors) {
            let name = format!("{key} {}", values.iter().map(String::as_str).collect::<Vec<_>>().join(" "));
            self.onboard(&name, selector, features);
        }
        true
    }

    fn by_id(&mut self, kinds: &[(Option<&FeatureSet>, Vec<&Account>)]) {
        for (features, accounts) in kinds {
            let Some(features) = features else { continue };
            let selector = Selector::all().with_accounts(accounts.iter().map(|account| account.id.clone()));
            self.onboard(&features.to_string(), selector, features);
        }
    }

    /// Adds a skip rule for management accounts without a connector next to others that have one, so that no rule
    /// for members selects them.
    fn skip_bare(&mut self, kinds: &[(Option<&FeatureSet>, Vec<&Account>)]) {
        for (_, accounts) in kinds.iter().filter(|(features, _)| features.is_none()) {
            let selector = Selector::all().with_accounts(accounts.iter().map(|account| account.id.clone()));
            let name = self.name("payers without a connector");
            self.rules.push(Rule::skip(name, selector, "they have no connector"));
        }
    }

    /// The accounts by their features: the most frequent features first, then by accounts.
    fn by_features<'b>(&self, accounts: &[&'b Account]) -> Vec<(Option<&'a FeatureSet>, Vec<&'b Account>)> {
        let mut kinds: Vec<(Option<&FeatureSet>, Vec<&Account>)> = Vec::new();
        for account in accounts {
            let features = self.found.get(&account.id).copied();
            match kinds.iter_mut().find(|(seen, _)| *seen == features) {
                Some((_, same)) => same.push(account),
                None => kinds.push((features, vec![account])),
            }
        }
        kinds
    }

    /// A selector of a whole unit, if units are known and its pattern selects exactly these accounts.
    fn selector_of(&self, path: &[String], accounts: &[&Account]) -> Option<Selector> {
        let selector = if path.is_empty() { Selector::all() } else { below(Selector::all(), path)? };
        // At the top, earlier rules cover the management accounts.
        (path.is_empty() || self.takes_exactly(&selector, accounts)).then_some(selector)
    }

    /// Whether a selector certainly selects exactly these active member accounts.
    fn takes_exactly(&self, selector: &Selector, accounts: &[&Account]) -> bool {
        let wanted: BTreeSet<_> = accounts.iter().map(|account| &account.id).collect();
        let others = self
            .all
            .iter()
            .filter(|account| account.state == AccountState::Active && account.management != Some(true));
        others.into_iter().all(|account| match selector.evaluate(account) {
            Match::Yes => wanted.contains(&account.id),
            Match::No => !wanted.contains(&account.id),
            Match::Unknown => false,
        })
    }

    fn onboard(&mut self, name: &str, selector: Selector, features: &FeatureSet) {
        let name = self.name(name);
        self.rules.push(Rule::onboard(name, selector, features.clone()));
    }

    /// Returns a name that no rule has yet.
    fn name(&mut self, wanted: &str) -> String {
        let numbered =
            |number: usize| if number == 1 { wanted.to_owned() } else { format!("{wanted} {number}") };
        let mut number = 1;
        while self.taken.contains(&numbered(number)) {
            number += 1;
        }
        self.taken.insert(numbered(number));
        numbered(number)
    }
}

/// Selects the unit of this path and all units below it.
fn below(selector: Selector, path: &[String]) -> Option<Selector> {
    format!("{}/**", path.join("/")).parse().ok().map(|pattern| selector.with_ou_path(pattern))
}

/// Selects exactly the unit of this path; at the top, every unit.
fn within(selector: Selector, path: &[String]) -> Option<Selector> {
    if path.is_empty() {
        return Some(selector);
    }
    path.join("/").parse().ok().map(|pattern| selector.with_ou_path(pattern))
}
