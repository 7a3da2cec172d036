//! The part of CCM's own API that onboarding reads: the principal and the external id for trust policies.

use serde_json::json;

use crate::incoming::Incoming;
use crate::state::State;

const TEMPLATES: &str = "https://continuous-efficiency-prod.s3.us-east-2.amazonaws.com/setup";

/// Returns external id and AWS account of this Harness, and links to the template with which a user creates a role.
pub(crate) fn connection_detail(state: &State, account: &str, incoming: &Incoming) -> String {
    let is_gov = incoming.param("is_gov").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let (template, console) =
        if is_gov { ("AWSGovCFT", "amazonaws-us-gov.com") } else { ("HarnessAWSTemplate", "aws.amazon.com") };
    let template = format!("{TEMPLATES}/ngv1/{template}.yaml");
    // Harness keeps the account as a number, so leading zeros are lost.
    let aws = state.config.aws_account().trim_start_matches('0');
    let launch = format!(
        "https://console.{console}/cloudformation/home?#/stacks/quickcreate?stackName=harness-ce-iam-role-stack&templateURL={template}"
    );
    json!({"externalId": format!("harness:{aws}:{account}"), "harnessAccountId": aws,
        "cloudFormationTemplateLink": template, "stackLaunchTemplateLink": launch})
    .to_string()
}

/// Returns the address of the template in the older form: the same for every request.
pub(crate) fn template_url() -> String {
    json!(format!("{TEMPLATES}/ngv1/HarnessAWSTemplate.yaml")).to_string()
}
