//! The feature flags that Harness must enable for the features that a plan adds.

use std::collections::{BTreeMap, BTreeSet};

use super::{AccountPlan, Action};
use crate::connector::ConnectorState;
use crate::feature::{HarnessFlag, Named};
use crate::id::ConnectorId;
use crate::intent::Diagnostic;

/// Returns a diagnostic for each feature flag that connectors need after this plan is applied, and did not need before.
pub(super) fn needed<'a>(accounts: impl IntoIterator<Item = &'a AccountPlan>) -> Vec<Diagnostic> {
    let mut needed: BTreeMap<HarnessFlag, BTreeSet<ConnectorId>> = BTreeMap::new();
    for step in accounts.into_iter().flat_map(|account| &account.steps) {
        let Action::PutConnector { spec, expect } = &step.action else { continue };
        let report_type = spec.report.as_ref().and_then(|report| report.report_type);
        let before = expect.seen().map(flags_of).unwrap_or_default();
        let after = HarnessFlag::of(report_type, spec.commitment.iter().flatten().copied());
        for flag in after.difference(&before) {
            needed.entry(*flag).or_default().insert(spec.id.clone());
        }
    }
    let diagnostic = |(flag, connectors): (_, BTreeSet<_>)| Diagnostic::NeedsFlag {
        flag,
        connectors: connectors.into_iter().collect(),
    };
    needed.into_iter().map(diagnostic).collect()
}

fn flags_of(state: &ConnectorState) -> BTreeSet<HarnessFlag> {
    let known = |named: &Named<_>| if let Named::Known(word) = named { Some(*word) } else { None };
    let report_type = state.report.as_ref().and_then(|report| report.report_type.clone());
    let report_type =
        report_type.and_then(|named| if let Named::Known(word) = named { Some(word) } else { None });
    HarnessFlag::of(report_type, state.commitment.iter().filter_map(known))
}
