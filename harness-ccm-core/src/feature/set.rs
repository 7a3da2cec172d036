use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AutoStopping, CommitmentService, Feature, ReportType};
use crate::id::{PerAccount, PolicyArn, SecretArn};

/// The features that an account shall have, with their options.
///
/// From one set follow both the connector's `featuresEnabled` and the permissions of the role, so that a connector cannot
/// promise what its role does not permit.
///
/// ```
/// use harness_ccm_core::feature::{AutoStopping, Feature, FeatureSet, Governance, GovernanceAccess, Optimization};
///
/// let features = FeatureSet::new()
///     .with_visibility()
///     .with_governance(Governance::new().with_access(GovernanceAccess::ReadOnly))
///     .with_optimization(Optimization::new().with_kinds([AutoStopping::Ec2, AutoStopping::Asg]));
/// assert!(features.names().contains(&Feature::Optimization));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct FeatureSet {
    /// Inventory of EC2, ECS and RDS.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub visibility: bool,
    /// Asset governance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub governance: Option<Governance>,
    /// AutoStopping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimization: Option<Optimization>,
    /// Cost data; belongs to the account that owns the report, usually the management account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing: Option<Billing>,
    /// Commitment orchestration; belongs to the management account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<Commitment>,
    /// Cluster orchestration.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cluster_orchestration: bool,
}

impl FeatureSet {
    /// No feature at all: the start of a `with_` chain.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds visibility.
    #[must_use]
    pub fn with_visibility(mut self) -> Self {
        self.visibility = true;
        self
    }

    /// Adds governance.
    #[must_use]
    pub fn with_governance(mut self, governance: Governance) -> Self {
        self.governance = Some(governance);
        self
    }

    /// Adds optimization.
    #[must_use]
    pub fn with_optimization(mut self, optimization: Optimization) -> Self {
        self.optimization = Some(optimization);
        self
    }

    /// Adds billing.
    #[must_use]
    pub fn with_billing(mut self, billing: Billing) -> Self {
        self.billing = Some(billing);
        self
    }

    /// Adds commitment orchestration.
    #[must_use]
    pub fn with_commitment(mut self, commitment: Commitment) -> Self {
        self.commitment = Some(commitment);
        self
    }

    /// Adds cluster orchestration.
    #[must_use]
    pub fn with_cluster_orchestration(mut self) -> Self {
        self.cluster_orchestration = true;
        self
    }

    /// The names of the features in it.
    pub fn names(&self) -> BTreeSet<Feature> {
        let Self { visibility, governance, optimization, billing, commitment, cluster_orchestration } = self;
        [
            (*visibility, Feature::Visibility),
            (governance.is_some(), Feature::Governance),
            (optimization.is_some(), Feature::Optimization),
            (billing.is_some(), Feature::Billing),
            (commitment.is_some(), Feature::Commitment),
            (*cluster_orchestration, Feature::ClusterOrchestration),
        ]
        .into_iter()
        .filter_map(|(on, feature)| on.then_some(feature))
        .collect()
    }

    /// Whether there is no feature in it. Harness refuses a connector without one.
    pub fn is_empty(&self) -> bool {
        self.names().is_empty()
    }
}

impl fmt::Display for FeatureSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names().iter().map(|feature| feature.as_str()).collect();
        f.pad(&names.join(", "))
    }
}

/// Options of [`FeatureSet::governance`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Governance {
    /// Which AWS-managed policy lets Harness look at the assets.
    #[serde(default)]
    pub access: GovernanceAccess,
    /// Managed policies of your own for what rules may enforce. They must exist in every account, so that their ARNs are
    /// written with `${account}`, and `${partition}` where it varies. Policies of AWS itself may be named too.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub enforcement_policies: BTreeSet<PerAccount<PolicyArn>>,
}

impl Governance {
    /// Governance that looks at the assets, and enforces nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at the assets through this AWS-managed policy.
    #[must_use]
    pub fn with_access(mut self, access: GovernanceAccess) -> Self {
        self.access = access;
        self
    }

    /// Attaches these policies of your own too.
    #[must_use]
    pub fn with_enforcement_policies(
        mut self,
        policies: impl IntoIterator<Item = PerAccount<PolicyArn>>,
    ) -> Self {
        self.enforcement_policies.extend(policies);
        self
    }
}

/// The AWS-managed policy behind governance. The module attaches the narrower one, Harness' documentation asks for the wider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GovernanceAccess {
    /// `job-function/ViewOnlyAccess`: names and metadata.
    #[default]
    ViewOnly,
    /// `ReadOnlyAccess`: contents too.
    ReadOnly,
}

/// Options of [`FeatureSet::optimization`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Optimization {
    /// What AutoStopping may stop, and which proxies it may put in front. All if it is not set; then a connector of somebody
    /// else that lists none does not differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<BTreeSet<AutoStopping>>,
    /// Whether it may use customer-managed keys of encrypted volumes. The keys need the tag
    /// `harness.io/allowForAutoStopping = true` as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub encrypted_volumes: bool,
    /// The secrets with the TLS certificates of AutoStopping proxies that Harness may read. `${account}` and `${partition}`
    /// stand for the account's own.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub secrets: BTreeSet<PerAccount<SecretArn>>,
}

impl Optimization {
    /// AutoStopping of all kinds.
    pub fn new() -> Self {
        Self::default()
    }

    /// AutoStopping of these kinds only, and of those given before.
    #[must_use]
    pub fn with_kinds(mut self, kinds: impl IntoIterator<Item = AutoStopping>) -> Self {
        self.kinds.get_or_insert_default().extend(kinds);
        self
    }

    /// The kinds that are set, or all.
    pub fn kinds(&self) -> BTreeSet<AutoStopping> {
        self.kinds.clone().unwrap_or_else(|| AutoStopping::ALL.iter().copied().collect())
    }

    /// Allows the use of customer-managed keys of encrypted volumes.
    #[must_use]
    pub fn with_encrypted_volumes(mut self) -> Self {
        self.encrypted_volumes = true;
        self
    }

    /// Allows reading these secrets too.
    #[must_use]
    pub fn with_secrets(mut self, secrets: impl IntoIterator<Item = PerAccount<SecretArn>>) -> Self {
        self.secrets.extend(secrets);
        self
    }
}

/// Options of [`FeatureSet::billing`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Billing {
    /// The report that Harness copies.
    pub report: CurReport,
}

impl Billing {
    /// Billing from this report.
    pub fn new(report: CurReport) -> Self {
        Self { report }
    }
}

/// A Cost and Usage Report, as in a connector's `curAttributes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct CurReport {
    /// The report's name.
    pub name: String,
    /// The bucket's name, without `arn:` and without path.
    pub bucket: String,
    /// The format. `None` leaves what the connector has, and lets Harness choose where there is none yet: it takes
    /// [`ReportType::Cur1`].
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub report_type: Option<ReportType>,
}

impl CurReport {
    /// A report of whatever format the connector has.
    pub fn new(name: impl Into<String>, bucket: impl Into<String>) -> Self {
        Self { name: name.into(), bucket: bucket.into(), report_type: None }
    }

    /// A report of this format.
    #[must_use]
    pub fn with_type(mut self, report_type: ReportType) -> Self {
        self.report_type = Some(report_type);
        self
    }
}

/// Options of [`FeatureSet::commitment`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Commitment {
    /// Whether Harness may buy and exchange, not only look. Its connection test asks for it.
    #[serde(default)]
    pub purchase: bool,
    /// The services. If empty, the connector keeps those that it has, and the role serves them beside EC2 and RDS.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub services: BTreeSet<CommitmentService>,
}

impl Commitment {
    /// Commitment orchestration that may only look, of the services that the connector has.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets Harness buy and exchange too.
    #[must_use]
    pub fn with_purchase(mut self) -> Self {
        self.purchase = true;
        self
    }

    /// Of these services only.
    #[must_use]
    pub fn with_services(mut self, services: impl IntoIterator<Item = CommitmentService>) -> Self {
        self.services.extend(services);
        self
    }

    /// The services that are set, or those that Harness' module serves: EC2 and RDS.
    pub fn services(&self) -> BTreeSet<CommitmentService> {
        if self.services.is_empty() {
            [CommitmentService::Ec2, CommitmentService::Rds].into()
        } else {
            self.services.clone()
        }
    }
}
