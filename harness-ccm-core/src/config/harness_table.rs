//! The table `[harness]`.

use serde::{Deserialize, Serialize};

use super::InvalidConfig;
use super::placed::Placed;
use super::reader::Reader;
use crate::cluster::{Cluster, TrustBy};
use crate::id::{AccountId, ExternalId, HarnessAccountId};
use crate::intent::Intent;

/// The keys, each with its equivalent in code.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("account-id", "Intent::new"),
    ("cluster", "Intent::with_cluster"),
    ("aws-account", "Cluster::self_managed"),
    ("external-id", "Intent::with_external_id"),
    ("trusted", "Cluster::with_trusted"),
    ("trust-by", "Cluster::with_trust_by"),
];

/// The Harness account and its installation.
#[derive(Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct HarnessTable {
    /// The Harness account of the connectors. Without it, the environment variable `HARNESS_ACCOUNT_ID` is used.
    account_id: Option<HarnessAccountId>,
    /// The Harness installation.
    #[serde(default)]
    cluster: ClusterName,
    /// The AWS account from which a self-managed Harness assumes roles. Only with `cluster = "self-managed"`, and required
    /// there.
    aws_account: Option<Placed<AccountId>>,
    /// The external id that Harness presents when it assumes a role. Required with `cluster = "self-managed"`; otherwise the
    /// default is Harness' own convention.
    external_id: Option<ExternalId>,
    /// The principals that assume the roles, in place of those of the installation: ARNs or account ids.
    trusted: Option<Vec<String>>,
    /// How the trust policies of roles name these principals.
    #[serde(default)]
    trust_by: TrustBy,
}

/// A Harness installation.
#[derive(Clone, Copy, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum ClusterName {
    /// The clusters in the United States: `app.harness.io`, `app3.harness.io`.
    #[default]
    Us,
    /// The European cluster: `accounts.eu.harness.io`.
    Eu,
    /// Your own Harness.
    SelfManaged,
}

impl From<&Intent> for HarnessTable {
    fn from(intent: &Intent) -> Self {
        let cluster = &intent.cluster;
        let is = |preset: &Cluster| {
            (&preset.aws_account, &preset.bucket) == (&cluster.aws_account, &cluster.bucket)
        };
        let (name, preset) = match [(ClusterName::Us, Cluster::us()), (ClusterName::Eu, Cluster::eu())]
            .into_iter()
            .find(|(_, preset)| is(preset))
        {
            Some((name, preset)) => (name, Some(preset)),
            None => (ClusterName::SelfManaged, cluster.aws_account.clone().map(Cluster::self_managed)),
        };
        let aws_account = match name {
            ClusterName::Us | ClusterName::Eu => None,
            ClusterName::SelfManaged => cluster.aws_account.clone().map(Placed::from),
        };
        let is_usual = preset.is_some_and(|preset| preset.trusted == cluster.trusted);
        Self {
            account_id: Some(intent.harness_account.clone()),
            cluster: name,
            aws_account,
            external_id: Some(intent.external_id.clone()),
            trusted: (!is_usual).then(|| cluster.trusted.clone()),
            trust_by: cluster.trust_by,
        }
    }
}

impl HarnessTable {
    pub(super) fn account_id(&self) -> Option<&HarnessAccountId> {
        self.account_id.as_ref()
    }

    pub(super) fn cluster(
        self,
        account: &HarnessAccountId,
        reader: &Reader<'_>,
    ) -> Result<(Cluster, ExternalId), InvalidConfig> {
        let Self { account_id: _, cluster: name, aws_account, external_id, trusted, trust_by } = self;
        let preset = match (name, aws_account) {
            (ClusterName::Us | ClusterName::Eu, Some(aws_account)) => {
                let problem = "this cluster's AWS account is known: remove aws-account, or set cluster = \"self-managed\"";
                return Err(reader.wrong(&aws_account.span(), problem));
            }
            (ClusterName::Us, None) => Cluster::us(),
            (ClusterName::Eu, None) => Cluster::eu(),
            (ClusterName::SelfManaged, Some(aws_account)) => Cluster::self_managed(aws_account.into_inner()),
            (ClusterName::SelfManaged, None) => {
                return Err(InvalidConfig::Missing {
                    what: "the AWS account of the self-managed Harness",
                    remedy: "set harness.aws-account in the intent file",
                });
            }
        };
        let conventional = match name {
            ClusterName::Us | ClusterName::Eu => preset.conventional_external_id(account),
            // A self-managed Harness has no convention: a guessed external id would give roles that Harness
            // cannot assume.
            ClusterName::SelfManaged => None,
        };
        let external_id = external_id.or(conventional).ok_or(InvalidConfig::Missing {
            what: "the external id",
            remedy: "set harness.external-id in the intent file to the external id that your Harness presents",
        })?;
        let cluster = match trusted {
            Some(trusted) => preset.with_trusted(trusted),
            None => preset,
        };
        Ok((cluster.with_trust_by(trust_by), external_id))
    }
}
