//! Finds the organizational unit of each account with as few calls as possible.
//!
//! If the listing contains it ([`OrgPath`]), ids cost no calls, and names one `ListOrganizationalUnitsForParent` (per 20 units)
//! for the root and for each unit that contains another with accounts below it.
//!
//! If it does not, the tree is walked from the root, level by level: one `ListRoots`; for each node of a level one
//! `ListAccountsForParent` (per 20 accounts); and, as long as accounts are missing, one `ListOrganizationalUnitsForParent` (per
//! 20 units) for each node. The walk ends with the last account, so nodes below or after the deepest account cost no calls. If
//! the deepest account is D levels below the root, that is at most
//!
//! `1 + sum over nodes down to level D of accounts / 20 + sum over nodes above level D of units / 20`, each rounded up, at least 1.
//!
//! As soon as fewer accounts are missing than there are nodes to visit, their parents are requested one by one instead
//! (`ListParents`).
//!
//! `ListAccounts` is still needed although the walk visits every account: the walk can miss an account that is moved meanwhile,
//! and such an account must not count as one that left.

use std::collections::{BTreeMap, BTreeSet};

use harness_ccm_core::id::AccountId;
use harness_ccm_core::source::OrgPath;
use harness_ccm_core::{Error, ErrorKind, Result};

use super::calls::{Calls, Parent, Unit};
use crate::pacing::Operation;

/// The known part of the tree.
#[derive(Debug, Default)]
pub(super) struct Tree {
    root: Option<String>,
    /// The parent of a unit.
    units: BTreeMap<String, String>,
    names: BTreeMap<String, String>,
    /// The parent of an account.
    homes: BTreeMap<AccountId, String>,
}

impl Tree {
    /// Makes a tree from the paths in the listing, and returns the accounts whose place they do not show.
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
                "the path of {} accounts is not understood, such as {:?} of account {account}: the organization is queried instead",
                odd.len(),
                paths.join(", "),
            ));
        }
        (tree, unplaced)
    }

    /// Adds an account with the units above it; false if that contradicts the tree.
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

    /// Finds the places of `unplaced`, and returns the accounts that are no longer in the organization.
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

    /// Walks down from the root, level by level, as long as that is cheaper.
    async fn walk(&mut self, calls: &Calls, unplaced: &mut BTreeSet<AccountId>) -> Result<()> {
        // Units that are known already would have to be visited too.
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
            // The missing accounts are in units that are not known yet: from below, each takes two or more calls.
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

    /// Walks up from an account to a known unit; false if it is no longer in the organization.
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

    /// Reads the names of the units above one account, with one call for each level; false if the tree differs from the known
    /// one.
    pub(super) async fn name_above(&mut self, calls: &Calls, account: &AccountId) -> Result<bool> {
        let above = self.place(account).unwrap_or_default().into_iter();
        let unnamed: Vec<_> = above.filter(|unit| !self.names.contains_key(unit)).collect();
        for unit in unnamed {
            let Some(name) = calls.unit_name(&unit).await? else { return Ok(false) };
            self.names.insert(unit, name);
        }
        Ok(true)
    }

    /// Reads the names of all units that contain accounts; false if the tree differs from the known one.
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

    /// Returns the ids of the units above an account, outermost first.
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

    /// Returns the names of these units, if all are known.
    pub(super) fn names(&self, units: &[String]) -> Option<Vec<String>> {
        units.iter().map(|unit| self.names.get(unit).cloned()).collect()
    }
}

/// The error of a tree that changes while it is read.
pub(super) fn changed() -> Error {
    Error::new(
        ErrorKind::NotReady,
        Operation::ListParents.name(),
        "the organizational units were changed while they were read",
    )
    .with_remedy("run again when none of them is being moved")
}
