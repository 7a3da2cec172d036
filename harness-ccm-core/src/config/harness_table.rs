//! The table `[harness]`.

use serde::Deserialize;
use toml::Spanned;

use super::InvalidConfig;
use super::reader::Reader;
use crate::cluster::{Cluster, TrustBy};
use crate::id::{AccountId, ExternalId, HarnessAccountId};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct HarnessTable {
    account_id: Option<HarnessAccountId>,
    #[serde(default)]
    cluster: ClusterName,
    aws_account: Option<Spanned<AccountId>>,
    external_id: Option<ExternalId>,
    trusted: Option<Vec<String>>,
    #[serde(default)]
    trust_by: TrustBy,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ClusterName {
    #[default]
    Us,
    Eu,
    SelfManaged,
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
                let problem = "this cluster's AWS account is known: leave aws-account out, or say cluster = \"self-managed\"";
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
            // A self-managed Harness has no convention: a guess would give roles that nobody can assume.
            ClusterName::SelfManaged => None,
        };
        let external_id = external_id.or(conventional).ok_or(InvalidConfig::Missing {
            what: "the external id",
            remedy: "set harness.external-id in the intent file to what your Harness presents",
        })?;
        let cluster = match trusted {
            Some(trusted) => preset.with_trusted(trusted),
            None => preset,
        };
        Ok((cluster.with_trust_by(trust_by), external_id))
    }
}
