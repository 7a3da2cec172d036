use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::exception::{Exception, ExceptionKind, differences};
use super::{found, recognize, rules};
use crate::account::{Account, AccountState};
use crate::backend::{ConnectorClient, RoleProvisioner};
use crate::catalog::Release;
use crate::cluster::TrustBy;
use crate::connector::{ConnectorState, sort_by_claim};
use crate::error::{Error, Result};
use crate::event::EventSink;
use crate::feature::{FeatureSet, Governance};
use crate::id::{AccountId, ConnectorId, RoleArn};
use crate::intent::{Desired, Intent, InvalidIntent, Rule};
use crate::listing::Listing;
use crate::observe::{ObserveOptions, Observed, Scope, Seen, observe_accounts};
use crate::plan::{Plan, PlanOptions, make_plan};
use crate::role::RoleState;
use crate::selector::Selector;

/// An intent that was made from existing resources.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Draft {
    /// The intent: its plan changes nothing except in the exceptions.
    pub intent: Intent,
    /// The accounts that differ from every rule.
    pub exceptions: BTreeMap<AccountId, Exception>,
    /// Connectors that do not name an account.
    pub unassigned: Vec<ConnectorId>,
    /// The number of accounts with a connector that fit.
    pub fitting: usize,
}

/// The result besides the intent, for programs.
#[derive(Serialize)]
struct Summary<'a> {
    fitting: usize,
    exceptions: &'a BTreeMap<AccountId, Exception>,
    unassigned: &'a [ConnectorId],
}

impl Draft {
    /// Returns the result besides the intent as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        let Self { intent: _, exceptions, unassigned, fitting } = self;
        serde_json::json!(Summary { fitting: *fitting, exceptions, unassigned })
    }
}

/// Prints the exceptions, one per line.
impl fmt::Display for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} accounts are as the rules say, {} are not.", self.fitting, self.exceptions.len())?;
        for (id, Exception { name, rule, kind }) in &self.exceptions {
            let name = name.as_deref().map(|name| format!(" {name:?}")).unwrap_or_default();
            let rule = rule.as_deref().map(|rule| format!(" (rule {rule:?})")).unwrap_or_default();
            writeln!(f, "{id}{name}{rule}: {kind}")?;
        }
        for connector in &self.unassigned {
            writeln!(f, "connector {connector} does not name an account")?;
        }
        Ok(())
    }
}

/// Makes an intent from existing resources. Only reads.
///
/// `start` has what cannot be observed: the Harness account, and the access to accounts. The listing should have units and tags,
/// so that rules can use them. Owner, external id, Harness installation, names of roles and connectors, release and layout of the
/// permissions are recognized from connectors and roles; values that these do not show are those of `start`.
///
/// **Errors.** Those of listing the connectors; `Invalid` if `start` itself cannot be resolved.
pub async fn draft_intent(
    start: &Intent,
    listing: Listing,
    roles: &dyn RoleProvisioner,
    connectors: &dyn ConnectorClient,
    options: ObserveOptions,
    events: &dyn EventSink,
) -> Result<Draft> {
    let intent = recognize::from_connectors(start, &listing, &connectors.list_connectors().await?.connectors);
    // The name of the role does not depend on the features.
    let looking = FeatureSet::new().with_governance(Governance::default());
    let looking = intent.clone().with_rule(Rule::onboard("all", Selector::all(), looking));
    let desired = looking.resolve(listing.clone()).map_err(|error| invalid(&error))?;
    let look = options.with_scope(Scope::Everywhere);
    let observed = observe_accounts(&desired, roles, connectors, look, events).await?;
    let found = features(&intent, &observed);
    let listed = listing.accounts();
    let drafted = rules::rules(listed, &found.iter().collect());
    let layout = recognize::layout(&observed);
    let mut best: Option<(Score, Intent, Plan)> = None;
    for release in Release::ALL {
        for trust_by in [intent.cluster.trust_by, TrustBy::Account] {
            let mut candidate = intent.clone();
            candidate.role.release = release.into();
            candidate.role.layout = layout;
            candidate.cluster.trust_by = trust_by;
            candidate.rules.clone_from(&drafted);
            let Some((candidate, desired)) = resolved(candidate, &listing) else { continue };
            let plan = make_plan(&desired, &observed, PlanOptions::default());
            let score = Score::of(&plan, &found);
            if best.as_ref().is_none_or(|(before, _, _)| *before <= score) {
                best = Some((score, candidate, plan));
            }
        }
    }
    let Some((score, intent, plan)) = best else {
        return Err(invalid(&InvalidIntent::Role("no release of the permissions fits".into())));
    };
    let exceptions = exceptions(&plan, &observed.connectors);
    Ok(Draft { intent, exceptions, unassigned: plan.unassigned, fitting: score.fitting })
}

fn invalid(error: &InvalidIntent) -> Error {
    Error::new(crate::error::ErrorKind::Invalid, "core:draft_intent", error.to_string())
}

/// The features of each account with a connector.
fn features(intent: &Intent, observed: &Observed) -> BTreeMap<AccountId, FeatureSet> {
    let mut by_account: BTreeMap<&AccountId, Vec<&ConnectorState>> = BTreeMap::new();
    for connector in &observed.connectors {
        if let Some(account) = &connector.account {
            by_account.entry(account).or_default().push(connector);
        }
    }
    let best = |mut connectors: Vec<&ConnectorState>| -> Option<FeatureSet> {
        let proposed = connectors.first()?.id.clone();
        sort_by_claim(&mut connectors, &intent.owner, &proposed);
        let connector = connectors.first()?;
        let features = found::features(connector, role_of(connector, observed));
        (!features.is_empty()).then_some(features)
    };
    let found = by_account.into_iter().filter_map(|(account, connectors)| Some((account, best(connectors)?)));
    found.map(|(account, features)| (account.clone(), features)).collect()
}

fn role_of<'a>(connector: &ConnectorState, observed: &'a Observed) -> Option<&'a RoleState> {
    let arn: RoleArn = connector.role_arn.as_deref()?.parse().ok()?;
    match observed.roles.get(&arn)? {
        Seen::Present(role) => Some(role),
        Seen::Absent | Seen::Gap(_) => None,
    }
}

/// Resolves the intent without the rules for which its release has no permissions; `None` if it has another error too.
fn resolved(mut intent: Intent, listing: &Listing) -> Option<(Intent, Desired)> {
    loop {
        match intent.resolve(listing.clone()) {
            Ok(desired) => return Some((intent, desired)),
            Err(InvalidIntent::Rule { rule, .. }) => {
                let before = intent.rules.len();
                intent.rules.retain(|own| own.name != rule);
                if intent.rules.len() == before {
                    return None;
                }
            }
            Err(_) => return None,
        }
    }
}

/// Measures how well an intent describes the existing resources: first by the number of fitting accounts,
/// then by how few other differences there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    fitting: usize,
    findings: Reverse<usize>,
}

impl Score {
    fn of(plan: &Plan, found: &BTreeMap<AccountId, FeatureSet>) -> Self {
        let fits = |account: &AccountId| {
            plan.accounts.get(account).is_some_and(|plan| {
                plan.skipped.is_none() && plan.steps.is_empty() && plan.withheld.is_empty()
            })
        };
        let findings = plan.accounts.values().map(|account| account.findings.len()).sum();
        Self { fitting: found.keys().filter(|account| fits(account)).count(), findings: Reverse(findings) }
    }
}

fn exceptions(plan: &Plan, connectors: &[ConnectorState]) -> BTreeMap<AccountId, Exception> {
    let mut of_account: BTreeMap<&AccountId, BTreeSet<ConnectorId>> = BTreeMap::new();
    for connector in connectors {
        if let Some(account) = &connector.account {
            of_account.entry(account).or_default().insert(connector.id.clone());
        }
    }
    let mut exceptions = BTreeMap::new();
    for (id, own) in &plan.accounts {
        let connectors: Vec<_> = of_account.remove(id).into_iter().flatten().collect();
        let is_active = |account: &Account| account.state == AccountState::Active;
        let kind = if connectors.is_empty() && !own.account.as_ref().is_some_and(is_active) {
            continue;
        } else if own.account.is_none() {
            ExceptionKind::NotListed { connectors }
        } else if own.skipped.is_some() && !connectors.is_empty() {
            ExceptionKind::NoRule { connectors }
        } else if own.steps.is_empty() && own.withheld.is_empty() {
            continue;
        } else if connectors.is_empty() {
            ExceptionKind::NoConnector
        } else {
            ExceptionKind::Differs { in_what: differences(own) }
        };
        exceptions.insert(id.clone(), Exception::new(own.account.as_ref(), own.rule.as_deref(), kind));
    }
    for (id, connectors) in of_account {
        let kind = ExceptionKind::NotListed { connectors: connectors.into_iter().collect() };
        exceptions.insert(id.clone(), Exception::new(None, None, kind));
    }
    exceptions
}
