use std::collections::BTreeSet;
use std::fmt;

use crate::feature::{AutoStopping, CommitmentService, FeatureSet, ReportType};
use crate::policy::{InvalidPolicy, Statement};

/// One release of the catalogue.
pub(super) struct Contents {
    /// Its policies, in rendering order.
    pub(super) policies: &'static [Policy],
    /// AWS-managed policies that governance attaches for view-only access.
    pub(super) view_only: &'static [&'static str],
    /// AWS-managed policies that governance attaches for read-only access.
    pub(super) read_only: &'static [&'static str],
    /// The services whose commitments it supports as a whole, but not one by one.
    pub(super) commitments: &'static [CommitmentService],
}

/// One policy before it is rendered. It is rendered if one of its statements is.
pub(super) struct Policy {
    /// Its name in the module, without the prefix.
    pub(super) name: &'static str,
    /// Its description in the module, verbatim: IAM never changes one.
    pub(super) description: &'static str,
    /// The role that has the policy.
    pub(super) holder: Holder,
    pub(super) statements: &'static [Template],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    CrossAccount,
    Lambda,
}

/// One statement before it is rendered. It is rendered if one of its groups of actions is enabled.
pub(super) struct Template {
    /// Empty if there is none.
    pub(super) sid: &'static str,
    pub(super) actions: &'static [(When, &'static [&'static str])],
    pub(super) resources: &'static [&'static str],
    pub(super) conditions: &'static [(&'static str, &'static str, &'static [&'static str])],
}

/// The condition under which a group of actions is enabled.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum When {
    Always,
    Visibility,
    Governance,
    /// Optimization of any kind.
    Optimization,
    Kind(AutoStopping),
    EncryptedVolumes,
    Secrets,
    Billing,
    /// Reports that are data exports (CUR 2.0).
    DataExports,
    /// Commitment orchestration of any service.
    Commitment,
    CommitmentOf(CommitmentService),
    /// Purchases for any service.
    Purchase,
    PurchaseOf(CommitmentService),
    ClusterOrchestration,
}

impl When {
    /// The conditions that these features fulfil.
    pub(super) fn of(features: &FeatureSet) -> BTreeSet<Self> {
        let FeatureSet { visibility, governance, optimization, billing, commitment, cluster_orchestration } =
            features;
        let mut on = BTreeSet::from([Self::Always]);
        on.extend(visibility.then_some(Self::Visibility));
        on.extend(governance.is_some().then_some(Self::Governance));
        if let Some(billing) = billing {
            on.insert(Self::Billing);
            let exported = billing.report.report_type == Some(ReportType::Cur2);
            on.extend(exported.then_some(Self::DataExports));
        }
        on.extend(cluster_orchestration.then_some(Self::ClusterOrchestration));
        if let Some(commitment) = commitment {
            on.insert(Self::Commitment);
            on.extend(commitment.services().into_iter().map(Self::CommitmentOf));
            if commitment.purchase {
                on.insert(Self::Purchase);
                on.extend(commitment.services().into_iter().map(Self::PurchaseOf));
            }
        }
        if let Some(optimization) = optimization {
            on.insert(Self::Optimization);
            on.extend(optimization.kinds().into_iter().map(Self::Kind));
            on.extend(optimization.encrypted_volumes.then_some(Self::EncryptedVolumes));
            on.extend((!optimization.secrets.is_empty()).then_some(Self::Secrets));
        }
        on
    }
}

/// Prints the feature, with its option if only that enables it.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Visibility => f.write_str("visibility"),
            Self::Governance => f.write_str("governance"),
            Self::Optimization => f.write_str("optimization"),
            Self::Kind(kind) => write!(f, "optimization of {kind}"),
            Self::EncryptedVolumes => f.write_str("optimization with encrypted volumes"),
            Self::Secrets => f.write_str("optimization with secrets"),
            Self::Billing => f.write_str("billing"),
            Self::DataExports => f.write_str("billing with a report of the format CUR 2.0"),
            Self::Commitment => f.write_str("commitment"),
            Self::CommitmentOf(service) => write!(f, "commitment of {service}"),
            Self::Purchase => f.write_str("commitment with purchases"),
            Self::PurchaseOf(service) => write!(f, "commitment of {service} with purchases"),
            Self::ClusterOrchestration => f.write_str("cluster-orchestration"),
        }
    }
}

impl Policy {
    /// The conditions that enable some part of it.
    pub(super) fn switches(&self) -> impl Iterator<Item = When> {
        self.statements.iter().flat_map(|template| template.actions).map(|(when, _)| *when)
    }
}

/// The values of a template's placeholders.
pub(super) type Values = [(&'static str, Vec<String>)];

/// Fills in the placeholders. A text that is only a placeholder may become several values.
fn fill(text: &str, values: &Values) -> Vec<String> {
    if let Some((_, all)) = values.iter().find(|(key, _)| *key == text) {
        return all.clone();
    }
    let filled = values
        .iter()
        .filter_map(|(key, all)| all.first().map(|value| (key, value)))
        .fold(text.to_owned(), |text, (key, value)| text.replace(key, value));
    vec![filled]
}

impl Template {
    /// Renders the statement, if a part of it is enabled.
    pub(super) fn render(
        &self,
        on: &BTreeSet<When>,
        values: &Values,
    ) -> Result<Option<Statement>, InvalidPolicy> {
        let Self { sid, actions, resources, conditions } = self;
        let mut actions =
            actions.iter().filter(|(when, _)| on.contains(when)).flat_map(|(_, group)| *group).peekable();
        if actions.peek().is_none() {
            return Ok(None);
        }
        let resources = resources.iter().flat_map(|resource| fill(resource, values));
        let mut statement = Statement::allow(actions.copied(), resources)?;
        if !sid.is_empty() {
            statement = statement.with_sid(*sid);
        }
        for (operator, key, wanted) in *conditions {
            let wanted = wanted.iter().flat_map(|value| fill(value, values));
            statement = statement.with_condition(operator, key, wanted);
        }
        Ok(Some(statement))
    }
}
