//! Which organizational unit an account is in, with as few calls as that takes.
//!
//! Where the listing says it ([`OrgPath`]), ids cost nothing, and names one `ListOrganizationalUnitsForParent` (per 20
//! units) for the root and for each unit that has another with accounts beneath it.
//!
//! Where it does not, the tree is walked from the root, one level after the other: one `ListRoots`; for each node of a level one
//! `ListAccountsForParent` (per 20 accounts); and, as long as accounts are missing, one `ListOrganizationalUnitsForParent` (per 20
//! units) for each node. It ends with the last account, so what is below or behind the deepest account costs nothing. With the
//! deepest account D levels below the root that is at most
//!
//! `1 + sum over nodes down to level D of accounts / 20 + sum over nodes above level D of units / 20`, each rounded up, at least 1.
//!
//! As soon as fewer accounts are missing than there are nodes to look into, their parents are asked for one by one instead
//! (`ListParents`).
//!
//! `ListAccounts` is not saved although the walk meets every account: one that is moved meanwhile can be missed by the walk, and
//! must not be taken for gone.

use std::collections::{BTreeMap, BTreeSet};

use harness_ccm_core::id::AccountId;
use harness_ccm_core::source::OrgPath;
use harness_ccm_core::{Error, ErrorKind, Result};

use super::calls::{Calls, Parent, Unit};
use crate::pacing::Operation;

/// What is known of the tree.
#[derive(Debug, Default)]
pub(super) struct Tree {
    root: Option<String>,
    /// What a unit stands under.
    units: BTreeMap<String, String>,
    names: BTreeMap<String, String>,
    /// What an account stands under.
    homes: BTreeMap<AccountId, String>,
}

impl Tree {
    /// From the paths in the listing, with the accounts whose place is not known by them.
    pub(super) fn from_paths(
        listed: &BTreeMap<AccountId, Vec<String>>,
        notes: &mut Vec<String>,
    ) -> (Self, BTreeSet<AccountId>) {
        let mut tree = Self::default();
        let mut unplaced = BTreeSet::new();
        let mut odd: Vec<(&AccountId, &[String])> = Vec::new();
        for (account, paths) in listed {
            let fits = OrgPath::of(account, paths).is_some_and(|place| tree.add(account, place));
            if !fits {
                unplaced.insert(account.clone());
                if !paths.is_empty() {
                    odd.push((account, paths));
                }
            }
        }
        if let Some((account, paths)) = odd.first() {
            notes.push(format!(
                "the path of {} accounts is not understood, such as {:?} of account {account}: the organization is asked instead",
                odd.len(),
                paths.join(", "),
            ));
        }
        (tree, unplaced)
    }

    /// Adds an account with the units above it; false if that contradicts what is there.
    fn add(&mut self, account: &AccountId, place: OrgPath) -> bool {
        let OrgPath { root, units, .. } = place;
        let home = units.last().unwrap_or(&root).clone();
        let parents = std::iter::once(&root).chain(&units);
        let same = |unit: &String, parent: &String| self.units.get(unit).is_none_or(|known| known == parent);
        if self.root.as_ref().is_some_and(|known| *known != root)
            || !units.iter().zip(parents.clone()).all(|(unit, parent)| same(unit, parent))
        {
            return false;
        }
        self.units.extend(units.iter().cloned().zip(parents.cloned()));
        self.root = Some(root);
        self.homes.insert(account.clone(), home);
        true
    }

    /// Finds the places of `unplaced`, and gives those that are no longer in the organization.
    pub(super) async fn find(
        &mut self,
        calls: &Calls,
        mut unplaced: BTreeSet<AccountId>,
    ) -> Result<BTreeSet<AccountId>> {
        self.walk(calls, &mut unplaced).await?;
        let mut gone = BTreeSet::new();
        for account in unplaced {
            if !self.climb(calls, &account).await? {
                gone.insert(account);
            }
        }
        Ok(gone)
    }

    /// Down from the root, level by level, as long as that is the cheaper way.
    async fn walk(&mut self, calls: &Calls, unplaced: &mut BTreeSet<AccountId>) -> Result<()> {
        // Units that are known already would have to be looked into as well.
        if unplaced.len() <= self.units.len() {
            return Ok(());
        }
        let root = match &self.root {
            Some(root) => root.clone(),
            None => calls.root().await?,
        };
        self.root = Some(root.clone());
        let mut level = vec![root];
        while !level.is_empty() && unplaced.len() >= level.len() {
            for node in &level {
                if unplaced.is_empty() {
                    return Ok(());
                }
                for account in calls.members(node).await? {
                    if unplaced.remove(&account) {
                        self.homes.insert(account, node.clone());
                    }
                }
            }
            // Who is missing now is in units that are not known yet: from below that is two calls each or more.
            if 2 * unplaced.len() <= level.len() {
                return Ok(());
            }
            let mut next = Vec::new();
            for node in &level {
                for Unit { id, name } in calls.units(node, |_| false).await? {
                    self.units.insert(id.clone(), node.clone());
                    self.names.insert(id.clone(), name);
                    next.push(id);
                }
            }
            level = next;
        }
        Ok(())
    }

    /// Up from an account to what is known; false if it is no longer in the organization.
    pub(super) async fn climb(&mut self, calls: &Calls, account: &AccountId) -> Result<bool> {
        let mut found = Vec::new();
        let mut child = account.to_string();
        loop {
            match calls.parent(&child).await? {
                Some(Parent::Root(root)) => {
                    found.push(root.clone());
                    self.root = Some(root);
                    break;
                }
                Some(Parent::Unit(unit)) if found.contains(&unit) => return Err(changed()),
                Some(Parent::Unit(unit)) => {
                    found.push(unit.clone());
                    if self.units.contains_key(&unit) {
                        break;
                    }
                    child = unit;
                }
                None if found.is_empty() => return Ok(false),
                None => return Err(changed()),
            }
        }
        if let Some(home) = found.first() {
            self.homes.insert(account.clone(), home.clone());
        }
        for (unit, parent) in found.iter().zip(found.iter().skip(1)) {
            self.units.insert(unit.clone(), parent.clone());
        }
        Ok(true)
    }

    /// Learns the names of the units above one account, which is one call for each level; false if the tree is not as it was taken to
    /// be.
    pub(super) async fn name_above(&mut self, calls: &Calls, account: &AccountId) -> Result<bool> {
        let above = self.place(account).unwrap_or_default().into_iter();
        let unnamed: Vec<_> = above.filter(|unit| !self.names.contains_key(unit)).collect();
        for unit in unnamed {
            let Some(name) = calls.unit_name(&unit).await? else { return Ok(false) };
            self.names.insert(unit, name);
        }
        Ok(true)
    }

    /// Learns the names of all units that accounts are in; false if the tree is not as it was taken to be.
    pub(super) async fn name(&mut self, calls: &Calls) -> Result<bool> {
        let mut unnamed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for account in self.homes.keys() {
            for unit in self.place(account).into_iter().flatten() {
                if let Some(parent) = self.units.get(&unit).filter(|_| !self.names.contains_key(&unit)) {
                    unnamed.entry(parent.clone()).or_default().insert(unit);
                }
            }
        }
        for (parent, wanted) in unnamed {
            let all = |found: &[Unit]| {
                found.iter().filter(|unit| wanted.contains(&unit.id)).count() == wanted.len()
            };
            let found = calls.units(&parent, all).await?;
            if !all(&found) {
                return Ok(false);
            }
            self.names.extend(found.into_iter().map(|Unit { id, name }| (id, name)));
        }
        Ok(true)
    }

    /// The ids of the units above an account, outermost first.
    pub(super) fn place(&self, account: &AccountId) -> Option<Vec<String>> {
        let mut units = Vec::new();
        let mut node = self.homes.get(account)?;
        while let Some(parent) = self.units.get(node) {
            units.push(node.clone());
            node = parent;
        }
        units.reverse();
        Some(units)
    }

    /// The names of these units, if all are known.
    pub(super) fn names(&self, units: &[String]) -> Option<Vec<String>> {
        units.iter().map(|unit| self.names.get(unit).cloned()).collect()
    }
}

/// Somebody rebuilds the tree while it is read.
pub(super) fn changed() -> Error {
    Error::new(
        ErrorKind::NotReady,
        Operation::ListParents.name(),
        "the organizational units were changed while they were read",
    )
    .with_remedy("run again once nobody moves them")
}
