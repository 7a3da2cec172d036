use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};

use super::seen::Seen;
use crate::backend::{PolicyPresence, RoleProvisioner};
use crate::connector::ConnectorState;
use crate::error::Diagnosis;
use crate::id::{AccountId, PolicyArn, RoleArn};
use crate::intent::{Choice, Desired};
use crate::owner::Ownership;
use crate::policy::known;
use crate::role::{RoleAddress, RoleSpec};
use crate::spans::in_account;

/// The maximum number of accounts in which one of AWS' own policies is looked up, until one of them gives a result.
const ATTEMPTS: usize = 3;

/// Looks up the managed policies that roles would newly have: those of AWS in one account for all, others in each account.
/// Policies that AWS is known to have are not looked up.
pub(super) async fn look(
    desired: &Desired,
    seen: &BTreeMap<RoleArn, Seen>,
    by_account: &BTreeMap<&AccountId, Vec<&ConnectorState>>,
    roles: &dyn RoleProvisioner,
    concurrency: usize,
) -> BTreeMap<PolicyArn, PolicyPresence> {
    let mut questions: BTreeMap<PolicyArn, Vec<RoleAddress>> = BTreeMap::new();
    for account in desired.accounts.values() {
        let connectors = by_account.get(&account.account.id).map(Vec::as_slice).unwrap_or_default();
        let account = desired.beside(account, connectors);
        let Choice::Onboard(wanted) = &account.choice else { continue };
        for spec in &wanted.roles {
            for policy in needed(spec, seen) {
                let places = questions.entry(policy.clone()).or_default();
                if places.len() < ATTEMPTS
                    && places.iter().all(|place| place.account() != spec.address.account())
                {
                    places.push(spec.address.clone());
                }
            }
        }
    }
    // Collected before streaming, like the reads of the accounts.
    let mut asked = Vec::with_capacity(questions.len());
    for (policy, places) in questions {
        asked.push(ask(policy, places, roles));
    }
    stream::iter(asked).buffer_unordered(concurrency).collect().await
}

/// The policies that would be new on a role that was readable and that may be written.
fn needed<'a>(spec: &'a RoleSpec, seen: &'a BTreeMap<RoleArn, Seen>) -> impl Iterator<Item = &'a PolicyArn> {
    let state = match seen.get(&spec.address.arn) {
        Some(Seen::Absent) => Some(None),
        Some(Seen::Present(state)) => match state.ownership(&spec.owner) {
            Ownership::Ours | Ownership::Unmarked => Some(Some(&**state)),
            Ownership::Foreign(_) => None,
        },
        Some(Seen::Gap(_)) | None => None,
    };
    let policies = state.into_iter().flat_map(|state| spec.newly_used(state)).map(|(_, policy)| policy);
    policies.filter(|policy| known(policy).is_none() && !policy.is_for_services_only())
}

async fn ask(
    policy: PolicyArn,
    places: Vec<RoleAddress>,
    roles: &dyn RoleProvisioner,
) -> (PolicyArn, PolicyPresence) {
    let mut failure = None;
    for address in &places {
        let answer = in_account("observe", address.account(), roles.find_policy(address, &policy)).await;
        match answer {
            Ok(presence) => return (policy, presence),
            Err(error) => {
                failure.get_or_insert_with(|| Box::new(Diagnosis::from(error)));
            }
        }
    }
    (policy, PolicyPresence::Unknown(failure))
}
