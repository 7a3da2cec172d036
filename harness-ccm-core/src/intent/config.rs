//! The intent file.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::reach::ReachTable;
use super::{Intent, Naming, RoleSettings, Rule, Selector, Verdict};
use crate::catalog::Refusal;
use crate::cluster::Cluster;
use crate::connector::SessionDuration;
use crate::feature::{Billing, Commitment, Feature, FeatureSet, Governance, Optimization};
use crate::id::{AccountId, ExternalId, HarnessAccountId, InvalidId, OwnerId};
use crate::plan::Limits;
use crate::policy::InvalidPolicy;

/// An intent that can not be understood or not be fulfilled: says what, where and what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidIntent {
    /// The file is not TOML, or holds what it may not. The text names line and column and shows the line.
    #[error("{0}")]
    Syntax(String),
    /// A rule contradicts itself.
    #[error("rule {rule:?}: {problem}")]
    Rule {
        /// The rule's name.
        rule: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A way into accounts makes no sense.
    #[error("{place}: {problem}")]
    Reach {
        /// Where in the file.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The settings of roles are not what IAM takes.
    #[error("{0}")]
    Role(String),
    /// Something that is needed is not given.
    #[error("{what} is missing: {remedy}")]
    Missing {
        /// What.
        what: &'static str,
        /// How to give it.
        remedy: &'static str,
    },
    /// An identifier that follows from the intent is not valid.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// A policy that follows from the intent is not valid.
    #[error(transparent)]
    Policy(#[from] InvalidPolicy),
    /// What is asked does not fit together.
    #[error("{refusal}: {}", .refusal.remedy())]
    Refused {
        /// What, and the remedy with it.
        #[from]
        refusal: Refusal,
    },
}

impl InvalidIntent {
    pub(super) fn rule(rule: &Rule, problem: impl Into<String>) -> Self {
        Self::Rule { rule: rule.name.clone(), problem: problem.into() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    owner: OwnerId,
    harness: HarnessTable,
    #[serde(default)]
    role: RoleSettings,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    regions: BTreeSet<String>,
    #[serde(default)]
    naming: NamingTable,
    #[serde(default)]
    connector: ConnectorTable,
    #[serde(default)]
    reach: ReachTable,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    rules: Vec<RuleTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct HarnessTable {
    account_id: Option<HarnessAccountId>,
    #[serde(default)]
    cluster: ClusterName,
    aws_account: Option<AccountId>,
    external_id: Option<ExternalId>,
    trusted: Option<Vec<String>>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ClusterName {
    #[default]
    Us,
    Eu,
    SelfManaged,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamingTable {
    #[serde(default)]
    rule: Naming,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ConnectorTable {
    session_seconds: Option<SessionDuration>,
    ignore_test: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RuleTable {
    name: String,
    #[serde(default)]
    accounts: BTreeSet<AccountId>,
    #[serde(default)]
    names: Vec<String>,
    management: Option<bool>,
    skip: Option<String>,
    features: Option<BTreeSet<Feature>>,
    governance: Option<Governance>,
    optimization: Option<Optimization>,
    billing: Option<Billing>,
    commitment: Option<Commitment>,
}

impl Intent {
    /// Reads an intent file.
    ///
    /// `harness_account` is taken where the file names none, such as from the environment.
    pub fn from_toml(text: &str, harness_account: Option<HarnessAccountId>) -> Result<Self, InvalidIntent> {
        let File { owner, harness, role, tags, regions, naming, connector, reach, limits, rules } =
            toml::from_str(text)
                .map_err(|error| InvalidIntent::Syntax(error.to_string().trim_end().to_owned()))?;
        let account = harness.account_id.clone().or(harness_account).ok_or(InvalidIntent::Missing {
            what: "the Harness account id",
            remedy: "set harness.account-id in the intent file, or HARNESS_ACCOUNT_ID in the environment",
        })?;
        let (cluster, external_id) = harness.cluster(&account)?;
        let mut intent = Self::new(account, cluster, external_id)?;
        intent.owner = owner;
        intent.role = role;
        intent.tags = tags;
        intent.regions = regions;
        intent.naming = naming.rule;
        intent.session = connector.session_seconds;
        intent.ignore_test = connector.ignore_test;
        intent.reach = reach.into_reach()?;
        intent.limits = limits;
        intent.rules = rules.into_iter().map(RuleTable::into_rule).collect::<Result<_, _>>()?;
        Ok(intent)
    }
}

impl HarnessTable {
    fn cluster(self, account: &HarnessAccountId) -> Result<(Cluster, ExternalId), InvalidIntent> {
        let Self { account_id: _, cluster: name, aws_account, external_id, trusted } = self;
        let preset = match name {
            ClusterName::Us => Cluster::us(),
            ClusterName::Eu => Cluster::eu(),
            ClusterName::SelfManaged => Cluster::self_managed(aws_account.ok_or(InvalidIntent::Missing {
                what: "the AWS account of the self-managed Harness",
                remedy: "set harness.aws-account in the intent file",
            })?),
        };
        let conventional = match name {
            ClusterName::Us | ClusterName::Eu => preset.conventional_external_id(account),
            // A self-managed Harness has no convention: a guess would give roles that nobody can assume.
            ClusterName::SelfManaged => None,
        };
        let external_id = external_id.or(conventional).ok_or(InvalidIntent::Missing {
            what: "the external id",
            remedy: "set harness.external-id in the intent file to what your Harness presents",
        })?;
        Ok((
            match trusted {
                Some(trusted) => preset.with_trusted(trusted),
                None => preset,
            },
            external_id,
        ))
    }
}

impl RuleTable {
    fn into_rule(self) -> Result<Rule, InvalidIntent> {
        let Self {
            name,
            accounts,
            names,
            management,
            skip,
            features,
            governance,
            optimization,
            billing,
            commitment,
        } = self;
        let problem = |problem: &str| InvalidIntent::Rule { rule: name.clone(), problem: problem.into() };
        let options = [
            (Feature::Governance, governance.is_some()),
            (Feature::Optimization, optimization.is_some()),
            (Feature::Billing, billing.is_some()),
            (Feature::Commitment, commitment.is_some()),
        ];
        let listed = features.clone().unwrap_or_default();
        if let Some((feature, _)) =
            options.iter().find(|(feature, given)| *given && !listed.contains(feature))
        {
            return Err(problem(&format!(
                "it has options for {feature}, but {feature} is not among its features"
            )));
        }
        if optimization.as_ref().is_some_and(|optimization| optimization.kinds.is_empty()) {
            return Err(problem("its optimization has no kind: leave kinds out for all of them"));
        }
        let verdict = match (skip, features) {
            (Some(reason), None) => Verdict::Skip(reason),
            (None, Some(features)) if features.is_empty() => {
                return Err(problem(
                    "its list of features is empty: a connector needs one, to leave accounts out use skip",
                ));
            }
            (None, Some(features)) => {
                let mut set = FeatureSet::new();
                for feature in features {
                    set = match feature {
                        Feature::Visibility => set.with_visibility(),
                        Feature::ClusterOrchestration => set.with_cluster_orchestration(),
                        Feature::Governance => set.with_governance(governance.clone().unwrap_or_default()),
                        Feature::Optimization => set.with_optimization(optimization.clone().unwrap_or_default()),
                        Feature::Commitment => set.with_commitment(commitment.clone().unwrap_or_default()),
                        Feature::Billing => set.with_billing(billing.clone().ok_or_else(|| {
                            problem("billing needs a report: billing.report = { name = \"...\", bucket = \"...\" }")
                        })?),
                    };
                }
                Verdict::Onboard(set)
            }
            (Some(_), Some(_)) => return Err(problem("it has both features and skip: keep one")),
            (None, None) => return Err(problem("it has neither features nor skip: give one")),
        };
        let selector = Selector { accounts, names, management };
        Ok(Rule { name, selector, verdict })
    }
}
