//! Values of a connector that the intent does not set.

use std::collections::BTreeSet;

use super::{Finding, FindingKind};
use crate::connector::{ConnectorState, CredentialState};
use crate::feature::{Feature, Named};
use crate::intent::Wanted;

/// The fields of an account's connector that have a value, are not compared, and stay when it is written.
pub(super) fn finding(wanted: &Wanted, state: &ConnectorState) -> Option<Finding> {
    let fields = fields(wanted, state);
    (!fields.is_empty()).then(|| Finding::new(state.id.clone(), FindingKind::UnmanagedFields(fields)))
}

fn fields(wanted: &Wanted, state: &ConnectorState) -> BTreeSet<String> {
    let spec = &wanted.connector;
    let wants = |feature| spec.features.contains(&feature);
    let other = [
        ("spec.featuresEnabled", has_other(&state.features)),
        (
            "spec.autostoppingFeatures",
            has_other(&state.autostopping) || !wants(Feature::Optimization) && !state.autostopping.is_empty(),
        ),
        (
            "spec.commitmentFeatures",
            has_other(&state.commitment) || !wants(Feature::Commitment) && !state.commitment.is_empty(),
        ),
        ("spec.credential", state.credential.as_ref().is_some_and(signs_in_otherwise)),
    ];
    let other = other.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| name);
    let set = other.chain(spec.settings.unmanaged(&state.settings)).map(str::to_owned);
    set.chain(state.unmodelled.iter().cloned()).collect()
}

/// Whether it uses an authentication other than role and external id: a newer server writes that as `Default`.
fn signs_in_otherwise(credential: &CredentialState) -> bool {
    credential.kind != "Default" || credential.region.is_some() || credential.role_arn.is_some()
}

/// Whether there is a value that this version does not know.
fn has_other<T>(words: &BTreeSet<Named<T>>) -> bool {
    words.iter().any(|word| matches!(word, Named::Other(_)))
}
