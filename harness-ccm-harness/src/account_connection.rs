use harness_ccm_core::id::{AccountId, ExternalId};
use harness_ccm_core::{Error, ErrorKind, Result};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::api::Api;
use crate::convert::read as read_as;
use crate::http::Repeat;

const OPERATION: &str = "harness:GET /connector/awsaccountconnectiondetail";

/// How Harness comes into AWS accounts, as its console says it to people who make a role by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountConnection {
    /// The AWS account that Harness comes from. A role trusts users of it.
    pub aws_account: AccountId,
    /// The external id that the console proposes: `harness:<Harness' AWS account>:<Harness account>`. Harness presents whatever
    /// stands in the connector, so any other does as well if role and connector agree. It is given as Harness spells it; there
    /// an AWS account that begins with zeros has lost them.
    pub external_id: ExternalId,
    /// Harness' own CloudFormation template.
    pub template_url: Option<String>,
    /// The link into the AWS console that launches it.
    pub launch_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    external_id: String,
    /// A string; a number would be no surprise, since Harness keeps it as one.
    harness_account_id: Value,
    #[serde(default)]
    cloud_formation_template_link: Option<String>,
    #[serde(default)]
    stack_launch_template_link: Option<String>,
}

pub(crate) async fn read(api: &Api, gov_cloud: bool) -> Result<AccountConnection> {
    let query: &[_] = if gov_cloud { &[("is_gov", "true")] } else { &[] };
    let path = "/ccm/api/connector/awsaccountconnectiondetail";
    let data = api
        .call(Method::GET, path, query, None, Repeat::Freely)
        .await
        .map_err(|failure| failure.into_error(OPERATION, "", false))?;
    let detail: Detail = read_as(OPERATION, data)?;
    let malformed = |error: harness_ccm_core::id::InvalidId| {
        Error::new(ErrorKind::Protocol, OPERATION, "the answer names no proper account and external id")
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
