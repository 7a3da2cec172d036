//! Item 18: the principal and the external id for trust policies.

use harness_ccm_core::secret::Secret;
use harness_ccm_simulator::Simulator;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ACCOUNT, EXTERNAL_ID, KEY, Site};

async fn detail(site: &Site, prefix: &str, more: &str) -> Value {
    let path =
        format!("{prefix}/ccm/api/connector/awsaccountconnectiondetail?accountIdentifier={ACCOUNT}{more}");
    site.send(site.bare(Method::GET, &path).header("x-api-key", KEY)).await.data()
}

#[tokio::test]
async fn item_18_the_connection_detail() {
    let site = Site::start().await;
    let detail_of = async |more: &str| detail(&site, "", more).await;
    let plain = detail_of("").await;
    let template =
        "https://continuous-efficiency-prod.s3.us-east-2.amazonaws.com/setup/ngv1/HarnessAWSTemplate.yaml";
    assert_eq!(
        plain,
        json!({
            "externalId": EXTERNAL_ID, "harnessAccountId": "891928451355", "cloudFormationTemplateLink": template,
            "stackLaunchTemplateLink": format!(
                "https://console.aws.amazon.com/cloudformation/home?#/stacks/quickcreate?stackName=harness-ce-iam-role-stack&templateURL={template}"
            )
        })
    );
    assert_eq!(detail(&site, "/gateway", "").await, plain);
    let gov = detail_of("&is_gov=true").await;
    assert_eq!(
        (&gov["externalId"], &gov["harnessAccountId"]),
        (&plain["externalId"], &plain["harnessAccountId"])
    );
    assert!(gov["cloudFormationTemplateLink"].as_str().unwrap().ends_with("/AWSGovCFT.yaml"));
    let launch = gov["stackLaunchTemplateLink"].as_str().unwrap();
    assert!(launch.starts_with("https://console.amazonaws-us-gov.com/"), "{launch}");
    let keyless = site.bare(
        Method::GET,
        &format!("/ccm/api/connector/awsaccountconnectiondetail?accountIdentifier={ACCOUNT}"),
    );
    assert_eq!(site.send(keyless).await.status, 401);
}

#[tokio::test]
async fn item_18_other_clusters_and_the_old_template() {
    let builder =
        Simulator::builder().api_key(Secret::new(KEY)).harness_aws_account("012345678901".parse().unwrap());
    let site = Site::exactly(builder).await;
    let detail = detail(&site, "", "").await;
    assert_eq!(
        detail["harnessAccountId"], "12345678901",
        "Harness keeps a number, so zeros in front are lost"
    );
    assert_eq!(detail["externalId"], format!("harness:12345678901:{ACCOUNT}"));
    let path = "/connectors/getceawstemplateurl?eventsEnabled=true&curEnabled=false";
    let url = site.send(site.request(Method::POST, path)).await.data();
    assert!(url.as_str().unwrap().ends_with("/HarnessAWSTemplate.yaml"));
}
