use std::fmt;

use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::id::{AccountId, ExternalId, Partition};
use harness_ccm_core::policy::Principal;
use harness_ccm_core::setting::Setting;
use harness_ccm_core::{Error, ErrorKind, Result};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::api::Api;
use crate::convert::read as read_as;
use crate::retry::CallKind;

const OPERATION: &str = "harness:GET /connector/awsaccountconnectiondetail";

/// The details of Harness' access to AWS accounts, as its console shows them to people who create a role by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountConnection {
    /// Harness' AWS account. A role trusts users of it.
    pub aws_account: AccountId,
    /// The external id that the console proposes: `harness:<Harness' AWS account>:<Harness account>`. Harness presents the
    /// value in the connector, so any other value works if role and connector agree. It is in Harness' spelling, in which an
    /// AWS account that begins with zeros has lost them.
    pub external_id: ExternalId,
    /// Harness' own CloudFormation template.
    pub template_url: Option<String>,
    /// The link into the AWS console that starts it.
    pub launch_url: Option<String>,
}

/// A difference between an intent and Harness' own details.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionDifference {
    /// Roles do not trust Harness' AWS account.
    NotTrusted {
        /// Harness' account.
        aws_account: AccountId,
        /// The accounts that roles trust.
        trusted: Vec<String>,
    },
    /// Connectors present another external id than Harness proposes. That works if the roles agree.
    ExternalId {
        /// The proposed one.
        proposed: ExternalId,
    },
}

impl fmt::Display for ConnectionDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTrusted { aws_account, trusted } => write!(
                f,
                "this Harness uses the AWS account {aws_account}, and roles will trust {}: compare {} and {} with it",
                trusted.join(", "),
                Setting::Cluster,
                Setting::Trusted
            ),
            Self::ExternalId { proposed } => write!(
                f,
                "this Harness proposes the external id {proposed}, and connectors will present another one: that works if roles and connectors use the same one"
            ),
        }
    }
}

impl AccountConnection {
    /// Returns the differences of an intent for `cluster` with `external_id`.
    pub fn differences(&self, cluster: &Cluster, external_id: &ExternalId) -> Vec<ConnectionDifference> {
        let is_own = |principal: &String| {
            Principal::from(principal.as_str()).account() == Some(self.aws_account.as_str())
        };
        let not_trusted = (!cluster.trusted.iter().any(is_own)).then(|| ConnectionDifference::NotTrusted {
            aws_account: self.aws_account.clone(),
            trusted: cluster.trusted.clone(),
        });
        // Harness loses leading zeros of its account there.
        let without_zeros = |id: &ExternalId| match id.as_str().strip_prefix("harness:") {
            Some(rest) => format!("harness:{}", rest.trim_start_matches('0')),
            None => id.to_string(),
        };
        let another = (without_zeros(external_id) != without_zeros(&self.external_id))
            .then(|| ConnectionDifference::ExternalId { proposed: self.external_id.clone() });
        not_trusted.into_iter().chain(another).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    external_id: String,
    /// A string; Harness stores it as a number, so a number is accepted too.
    harness_account_id: Value,
    #[serde(default)]
    cloud_formation_template_link: Option<String>,
    #[serde(default)]
    stack_launch_template_link: Option<String>,
}

pub(crate) async fn read(api: &Api, partition: Partition) -> Result<AccountConnection> {
    let query: &[_] = if partition == Partition::UsGov { &[("is_gov", "true")] } else { &[] };
    let path = "/ccm/api/connector/awsaccountconnectiondetail";
    let data = api
        .call(Method::GET, path, query, None, CallKind::Read)
        .await
        .map_err(|failure| failure.into_error(OPERATION, "", false))?;
    let detail: Detail = read_as(OPERATION, data)?;
    let malformed = |error: harness_ccm_core::id::InvalidId| {
        Error::new(ErrorKind::Protocol, OPERATION, "the answer contains no valid account and external id")
            .with_source(error)
    };
    let number = detail
        .harness_account_id
        .as_str()
        .map_or_else(|| detail.harness_account_id.to_string(), |text| text.trim().to_owned());
    Ok(AccountConnection {
        // Harness passes it through a number, where leading zeros are lost.
        aws_account: format!("{number:0>12}").parse().map_err(malformed)?,
        external_id: detail.external_id.parse().map_err(malformed)?,
        template_url: detail.cloud_formation_template_link,
        launch_url: detail.stack_launch_template_link,
    })
}
