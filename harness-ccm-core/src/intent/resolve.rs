use std::collections::BTreeMap;
use std::sync::Arc;

use super::recipe::Recipe;
use super::rule_list::{Found, RuleList};
use super::{
    Choice, Desired, DesiredAccount, Diagnostic, Hold, Intent, InvalidIntent, Rule, RuleAction, SkipReason,
    Unlisted, Wanted,
};
use crate::account::{Account, AccountState};
use crate::catalog::{Refusal, Release, ReleaseChoice};
use crate::feature::FeatureSet;
use crate::id::{AccountId, ConnectorId, Partition};
use crate::listing::{Listing, ListingParts};
use crate::selector::Match;

impl Intent {
    /// Computes the desired state of every account in `listing`.
    ///
    /// This method is pure. An account for which no decision is possible, or which cannot be onboarded now, is
    /// [withheld](Choice::Withhold) with a reason.
    ///
    /// **Errors.** [`InvalidIntent`] if the intent is invalid, or if the listed accounts do not belong to the pinned
    /// organization.
    pub fn resolve(&self, listing: Listing) -> Result<Desired, InvalidIntent> {
        self.check_roles()?;
        let recipe = Arc::new(Recipe::new(self));
        let digest = (listing.is_complete() && listing.taken().is_none()).then(|| listing.digest());
        let ListingParts { mut accounts, complete, gaps, left_out, taken, notes, baseline, baseline_lost } =
            listing.into_parts();
        let mut diagnostics: Vec<_> = notes.into_iter().map(|note| Diagnostic::Listing { note }).collect();
        self.pin.check(&accounts)?;
        self.pin.complete(&mut accounts);
        if self.role.release == ReleaseChoice::Current {
            diagnostics.push(Diagnostic::CurrentRelease { release: Release::NEWEST });
        }
        let unlisted = match (complete, self.pin.is_shown_by(&accounts)) {
            (false, _) => Unlisted::Ignored,
            (true, false) => Unlisted::NotPinned,
            (true, true) => Unlisted::Unwanted,
        };
        let organizations = accounts.iter().filter_map(|account| account.organization.clone()).collect();
        diagnostics.extend(once_each(&mut accounts));
        // Every account takes part in naming: an account that is skipped today reserves the name that it would get
        // tomorrow.
        let mut identifiers = self.naming.identifiers(&accounts)?;
        let rules = RuleList::new(&self.rules);
        // An old copy of a complete listing may miss accounts too; a deliberate selection says nothing about
        // other accounts.
        let expected = complete || gaps || taken.is_some();
        let mut named = if expected { rules.named_but_missing(&accounts) } else { BTreeMap::new() };
        named.retain(|id, _| !left_out.has(id));
        let found: Vec<Found> = accounts.iter().map(|account| rules.find(account)).collect();
        diagnostics.extend(unknown_states(&accounts));
        diagnostics.extend(unknown_partitions(&accounts));
        diagnostics.extend(self.unnamed(&accounts));
        diagnostics.extend(rules.diagnostics(&accounts, &found));
        diagnostics.extend(self.reach.diagnostics(&accounts));
        let mut resolved = BTreeMap::new();
        for (account, found) in accounts.into_iter().zip(found) {
            let identifier = match identifiers.remove(&account.id) {
                Some(id) => id,
                None => format!("aws{}", account.id).parse()?,
            };
            let choice = self.choose(&account, found, &identifier, &recipe)?;
            let rule = match found {
                Found::Rule(position) => Some(self.rules[position].name.clone()),
                Found::Unknown(_) | Found::Nothing => None,
            };
            let addresses = recipe.addresses(&account, &recipe.role_arn(&account)?)?;
            let id = account.id.clone();
            let former = self.former_roles(&account);
            resolved.insert(id, DesiredAccount { account, rule, choice, identifier, addresses, former });
        }
        Ok(Desired {
            harness_account: self.harness_account.clone(),
            owner: self.owner.clone(),
            external_id: self.external_id.clone(),
            recipe,
            release: self.role.release.release(),
            quotas: self.role.quotas,
            accounts: resolved,
            unlisted,
            named,
            organizations,
            taken,
            baseline,
            baseline_lost,
            listing: digest,
            diagnostics,
        })
    }

    /// Notes the accounts for which the naming rule gives no usable name.
    fn unnamed(&self, accounts: &[Account]) -> impl Iterator<Item = Diagnostic> {
        let lacking = self.naming.lacking(accounts).into_iter();
        lacking.map(|(name, accounts)| Diagnostic::Unnamed { name, accounts })
    }

    fn choose(
        &self,
        account: &Account,
        found: Found,
        identifier: &ConnectorId,
        recipe: &Recipe,
    ) -> Result<Choice, InvalidIntent> {
        if let Some(note) = account.doubt.clone() {
            return Ok(Choice::Withhold(Hold::Doubt { note }));
        }
        if let AccountState::Unknown(name) = &account.state {
            let name = name.clone();
            let hold = if name.is_empty() { Hold::NoState } else { Hold::UnknownState { name } };
            return Ok(Choice::Withhold(hold));
        }
        let rule = match found {
            Found::Rule(position) => &self.rules[position],
            Found::Unknown(position) => {
                let Rule { name, selector, .. } = &self.rules[position];
                let open = selector.conditions().filter(|open| open.evaluate(account) == Match::Unknown);
                let because = open.map(|condition| condition.unmet(account)).collect();
                return Ok(Choice::Withhold(Hold::UndecidedRule { rule: name.clone(), because }));
            }
            Found::Nothing => return Ok(Choice::Skip(SkipReason::NoRule)),
        };
        match (&account.state, &rule.action) {
            (_, RuleAction::Skip(note)) => Ok(Choice::Skip(SkipReason::Rule { note: note.clone() })),
            (AccountState::Active, RuleAction::Onboard(_)) if !account.partition.is_known() => {
                Ok(Choice::Withhold(Hold::UnknownPartition { name: account.partition }))
            }
            (AccountState::Active, RuleAction::Onboard(features)) => {
                onboard(recipe, account, &rule.name, features, identifier)
            }
            (AccountState::PendingActivation, RuleAction::Onboard(_)) => Ok(Choice::Withhold(Hold::Pending)),
            (state @ (AccountState::Closed | AccountState::PendingClosure), RuleAction::Onboard(_)) => {
                Ok(Choice::Skip(SkipReason::State(state.clone())))
            }
            (state @ (AccountState::Suspended | AccountState::Unknown(_)), RuleAction::Onboard(_)) => {
                Ok(Choice::Withhold(Hold::State(state.clone())))
            }
        }
    }
}

/// Makes the resources of an account for the rule of this name.
pub(super) fn onboard(
    recipe: &Recipe,
    account: &Account,
    rule: &str,
    features: &FeatureSet,
    identifier: &ConnectorId,
) -> Result<Choice, InvalidIntent> {
    let arn = recipe.role_arn(account)?;
    let roles = match recipe.roles(account, rule, features, &arn)? {
        Ok(roles) => roles,
        Err(Refusal::Account(refusal)) => return Ok(Choice::Withhold(Hold::Impossible(refusal))),
        Err(refusal) => {
            return Err(InvalidIntent::rule(rule, format!("{refusal}: {}", refusal.remedy())));
        }
    };
    let connector = recipe.connector(account, features, identifier, arn)?;
    Ok(Choice::Onboard(Box::new(Wanted { features: features.clone(), roles, connector })))
}

/// Removes duplicates. An account that a source lists several times gets a doubt.
fn once_each(accounts: &mut Vec<Account>) -> Option<Diagnostic> {
    let mut twice: Vec<AccountId> = Vec::new();
    accounts.dedup_by(|later, first| {
        let same = later.id == first.id;
        if same && first.doubt.is_none() {
            first.doubt = Some("the source lists the account more than once".into());
            twice.push(first.id.clone());
        }
        same
    });
    (!twice.is_empty()).then_some(Diagnostic::ListedTwice { accounts: twice })
}

/// Notes the states that this version does not know, with their accounts.
fn unknown_states(accounts: &[Account]) -> impl Iterator<Item = Diagnostic> {
    let mut states: BTreeMap<&str, Vec<AccountId>> = BTreeMap::new();
    for account in accounts {
        if let AccountState::Unknown(word) = &account.state {
            states.entry(word).or_default().push(account.id.clone());
        }
    }
    states.into_iter().map(|(name, accounts)| match name {
        "" => Diagnostic::NoState { accounts },
        _ => Diagnostic::UnknownState { name: name.into(), accounts },
    })
}

/// Notes the partitions that this version does not know, with their accounts.
fn unknown_partitions(accounts: &[Account]) -> impl Iterator<Item = Diagnostic> {
    let mut partitions: BTreeMap<Partition, Vec<AccountId>> = BTreeMap::new();
    for account in accounts.iter().filter(|account| !account.partition.is_known()) {
        partitions.entry(account.partition).or_default().push(account.id.clone());
    }
    partitions.into_iter().map(|(name, accounts)| Diagnostic::UnknownPartition { name, accounts })
}
