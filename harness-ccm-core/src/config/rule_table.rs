//! The table `[[rules]]`.

use std::collections::BTreeSet;

use super::InvalidConfig;
use super::placed::Placed;
use super::reader::Reader;
use super::selector_table::{SelectorTable, table_with_conditions};
use crate::feature::{Billing, Commitment, Feature, FeatureSet, Governance, Optimization};
use crate::intent::{Rule, RuleAction};

/// The keys, each with its equivalent in code, except those that select accounts.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("name", "Rule::onboard"),
    ("skip", "Rule::skip"),
    ("features", "Rule::onboard"),
    ("governance", "FeatureSet::with_governance"),
    ("governance.access", "Governance::with_access"),
    ("governance.enforcement-policies", "Governance::with_enforcement_policies"),
    ("optimization", "FeatureSet::with_optimization"),
    ("optimization.kinds", "Optimization::with_kinds"),
    ("optimization.encrypted-volumes", "Optimization::with_encrypted_volumes"),
    ("optimization.secrets", "Optimization::with_secrets"),
    ("billing", "FeatureSet::with_billing"),
    ("billing.report", "Billing::new"),
    ("billing.report.name", "CurReport::new"),
    ("billing.report.bucket", "CurReport::new"),
    ("billing.report.type", "CurReport::with_type"),
    ("commitment", "FeatureSet::with_commitment"),
    ("commitment.purchase", "Commitment::with_purchase"),
    ("commitment.services", "Commitment::with_services"),
];

table_with_conditions! {
    /// Selects accounts, and says what happens to them. All conditions must hold; a rule without conditions
    /// matches every account.
    RuleTable {
        /// Its name, for people.
        name: Placed<String>,
        /// Leaves the accounts out, for this reason. Replaces `features`.
        skip: Option<String>,
        /// The features of the accounts.
        features: Option<Placed<BTreeSet<Feature>>>,
        /// Options of the feature `governance`.
        governance: Option<Placed<Governance>>,
        /// Options of the feature `optimization`.
        optimization: Option<Placed<Optimization>>,
        /// Options of the feature `billing`, which needs them.
        billing: Option<Placed<Billing>>,
        /// Options of the feature `commitment`.
        commitment: Option<Placed<Commitment>>,
    }
}

impl From<&Rule> for RuleTable {
    fn from(Rule { name, selector, action }: &Rule) -> Self {
        let table = Self { name: name.clone().into(), ..SelectorTable::from(selector).into() };
        match action {
            RuleAction::Skip(reason) => Self { skip: Some(reason.clone()), ..table },
            RuleAction::Onboard(features) => Self {
                features: Some(features.names().into()),
                governance: features.governance.clone().map(Placed::from),
                optimization: features.optimization.clone().map(Placed::from),
                billing: features.billing.clone().map(Placed::from),
                commitment: features.commitment.clone().map(Placed::from),
                ..table
            },
        }
    }
}

/// All rules, in order.
pub(super) fn rules(tables: Vec<RuleTable>, reader: &Reader<'_>) -> Result<Vec<Rule>, InvalidConfig> {
    let mut names = BTreeSet::new();
    tables
        .into_iter()
        .map(|table| {
            if !names.insert(table.name.get_ref().clone()) {
                let problem = "an earlier rule has the same name: change one of them";
                return Err(reader.wrong(&table.name.span(), problem));
            }
            table.into_rule(reader)
        })
        .collect()
}

impl RuleTable {
    fn into_rule(mut self, reader: &Reader<'_>) -> Result<Rule, InvalidConfig> {
        let action = self.action(reader)?;
        let selector = self.take_conditions().selector("rule", reader)?;
        Ok(Rule { name: self.name.into_inner(), selector, action })
    }

    fn action(&self, reader: &Reader<'_>) -> Result<RuleAction, InvalidConfig> {
        let wrong = |span, problem: &str| reader.wrong(&span, format!("this rule: {problem}"));
        let options = [
            (Feature::Governance, self.governance.as_ref().map(Placed::span)),
            (Feature::Optimization, self.optimization.as_ref().map(Placed::span)),
            (Feature::Billing, self.billing.as_ref().map(Placed::span)),
            (Feature::Commitment, self.commitment.as_ref().map(Placed::span)),
        ];
        for (feature, span) in options {
            let listed = self.features.as_ref().is_some_and(|listed| listed.get_ref().contains(&feature));
            if let (Some(span), false) = (span, listed) {
                let problem =
                    format!("it has options for {feature}, but {feature} is not among its features");
                return Err(wrong(span, &problem));
            }
        }
        if let Some(optimization) = &self.optimization
            && optimization.get_ref().kinds.as_ref().is_some_and(BTreeSet::is_empty)
        {
            return Err(wrong(
                optimization.span(),
                "its optimization has no kind: remove kinds to use all of them",
            ));
        }
        match (&self.skip, &self.features) {
            (Some(reason), None) => Ok(RuleAction::Skip(reason.clone())),
            (None, Some(features)) if features.get_ref().is_empty() => Err(wrong(
                features.span(),
                "its list of features is empty: a connector needs at least one; to leave accounts out, use skip",
            )),
            (None, Some(features)) => {
                let mut set = FeatureSet::new();
                for feature in features.get_ref() {
                    set = match feature {
                        Feature::Visibility => set.with_visibility(),
                        Feature::ClusterOrchestration => set.with_cluster_orchestration(),
                        Feature::Governance => set.with_governance(or_default(self.governance.as_ref())),
                        Feature::Optimization => {
                            set.with_optimization(or_default(self.optimization.as_ref()))
                        }
                        Feature::Commitment => set.with_commitment(or_default(self.commitment.as_ref())),
                        Feature::Billing => match &self.billing {
                            Some(billing) => set.with_billing(billing.get_ref().clone()),
                            None => {
                                return Err(wrong(
                                    features.span(),
                                    "billing needs a report: billing.report = { name = \"...\", bucket = \"...\" }",
                                ));
                            }
                        },
                    };
                }
                Ok(RuleAction::Onboard(set))
            }
            (Some(_), Some(features)) => {
                Err(wrong(features.span(), "it has both features and skip: keep one"))
            }
            (None, None) => Err(wrong(self.name.span(), "it has neither features nor skip: give one")),
        }
    }
}

fn or_default<T: Clone + Default>(options: Option<&Placed<T>>) -> T {
    options.map(|options| options.get_ref().clone()).unwrap_or_default()
}
