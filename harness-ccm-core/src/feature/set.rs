use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AutoStopping, CommitmentService, Feature, ReportType};
use crate::id::{PerAccount, PolicyArn, SecretArn};

/// The features that an account should have, with their options.
///
/// The connector's `featuresEnabled` and the role's permissions both follow from one set, so a connector never enables a
/// feature that its role does not permit.
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
    /// Cost data. Use it for the account that owns the report, usually the management account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing: Option<Billing>,
    /// Commitment orchestration. Use it for the management account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<Commitment>,
    /// Cluster orchestration.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cluster_orchestration: bool,
}

impl FeatureSet {
    /// A set without any feature: the start of a `with_` chain.
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

    /// The names of the enabled features.
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

    /// Whether no feature is enabled. Harness refuses a connector without one.
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
    /// The AWS-managed policy that lets Harness read the assets.
    #[serde(default)]
    pub access: GovernanceAccess,
    /// Your own managed policies for the actions that rules may enforce. They must exist in every account, so write
    /// their ARNs with `${account}`, and with `${partition}` if it varies. AWS-managed policies are allowed too.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub enforcement_policies: BTreeSet<PerAccount<PolicyArn>>,
}

impl Governance {
    /// Governance that reads the assets and enforces nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the AWS-managed policy for reading the assets.
    #[must_use]
    pub fn with_access(mut self, access: GovernanceAccess) -> Self {
        self.access = access;
        self
    }

    /// Also attaches these policies of your own.
    #[must_use]
    pub fn with_enforcement_policies(
        mut self,
        policies: impl IntoIterator<Item = PerAccount<PolicyArn>>,
    ) -> Self {
        self.enforcement_policies.extend(policies);
        self
    }
}

/// The AWS-managed policy for governance. The module attaches the narrower one; Harness' documentation requires the wider
/// one.
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
    /// The kinds of resources that AutoStopping may stop, and the proxies that it may use. All of them if not set; then
    /// another tool's connector without a list is in sync.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<BTreeSet<AutoStopping>>,
    /// Whether AutoStopping may use customer-managed keys of encrypted volumes. The keys also need the tag
    /// `harness.io/allowForAutoStopping = true`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub encrypted_volumes: bool,
    /// The secrets with the TLS certificates of AutoStopping proxies that Harness may read. `${account}` and `${partition}`
    /// are replaced in each account.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub secrets: BTreeSet<PerAccount<SecretArn>>,
}

impl Optimization {
    /// Optimization with AutoStopping of all kinds.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds these kinds; kinds that are not added are excluded.
    #[must_use]
    pub fn with_kinds(mut self, kinds: impl IntoIterator<Item = AutoStopping>) -> Self {
        self.kinds.get_or_insert_default().extend(kinds);
        self
    }

    /// The selected kinds, or all.
    pub fn kinds(&self) -> BTreeSet<AutoStopping> {
        self.kinds.clone().unwrap_or_else(|| AutoStopping::ALL.iter().copied().collect())
    }

    /// Allows the use of customer-managed keys of encrypted volumes.
    #[must_use]
    pub fn with_encrypted_volumes(mut self) -> Self {
        self.encrypted_volumes = true;
        self
    }

    /// Allows Harness to read these secrets too.
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
    /// Billing with this report.
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
    /// The format. `None` keeps the connector's format; for a new connector Harness uses [`ReportType::Cur1`].
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub report_type: Option<ReportType>,
}

impl CurReport {
    /// A report in the format that the connector has.
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
    /// Whether Harness may buy and exchange commitments, not only read them. Its connection test requires it.
    #[serde(default)]
    pub purchase: bool,
    /// The services. If empty, the connector keeps its services, and the role also supports EC2 and RDS.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub services: BTreeSet<CommitmentService>,
}

impl Commitment {
    /// Commitment orchestration that may only read, for the services of the connector.
    pub fn new() -> Self {
        Self::default()
    }

    /// Also allows Harness to buy and exchange.
    #[must_use]
    pub fn with_purchase(mut self) -> Self {
        self.purchase = true;
        self
    }

    /// Limits it to these services.
    #[must_use]
    pub fn with_services(mut self, services: impl IntoIterator<Item = CommitmentService>) -> Self {
        self.services.extend(services);
        self
    }

    /// The selected services, or those of Harness' module: EC2 and RDS.
    pub fn services(&self) -> BTreeSet<CommitmentService> {
        if self.services.is_empty() {
            [CommitmentService::Ec2, CommitmentService::Rds].into()
        } else {
            self.services.clone()
        }
    }
}
