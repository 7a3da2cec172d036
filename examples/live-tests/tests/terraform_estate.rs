//! An estate of forty accounts that the public guide's Terraform made, in moto and the simulator: the program's plans, drafts
//! and marks.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use std::collections::BTreeSet;

use harness_ccm_aws_servers::skip;
use harness_ccm_core::testing::published::{Inputs, MadeRole, Maker};
use serde_json::{Value, json};
use support::Site;

const EXTERNAL_ID: &str = "harness:891928451355:acct";

/// Positions of accounts without anything, and of accounts whose connectors were changed in the console.
const BARE: [usize; 3] = [4, 16, 32];
const SWITCHED: [usize; 2] = [7, 20];

/// Makes the roles of a file, each in its account.
const MAKE: &str = r"
import boto3, json, sys
sts = boto3.client('sts')
for account, roles in json.load(open(sys.argv[1])).items():
    given = sts.assume_role(RoleArn=f'arn:aws:iam::{account}:role/OrganizationAccountAccessRole', RoleSessionName='terraform')['Credentials']
    iam = boto3.client('iam', aws_access_key_id=given['AccessKeyId'], aws_secret_access_key=given['SecretAccessKey'], aws_session_token=given['SessionToken'])
    for role in roles:
        iam.create_role(RoleName=role['name'], Path=role['path'], AssumeRolePolicyDocument=role['trust'])
        for name, document in role['inline'].items():
            iam.put_role_policy(RoleName=role['name'], PolicyName=name, PolicyDocument=document)
        for policy in role['policies']:
            iam.create_policy(PolicyName=policy['name'], Description=policy['description'], PolicyDocument=policy['document'])
        for arn in role['attached']:
            iam.attach_role_policy(RoleName=role['name'], PolicyArn=arn)
";

const INTENT: &str = r#"
owner = "finops"

[harness]
cluster = "us"
trusted = ["arn:aws:iam::891928451355:root"]

[role]
release = "module-0.1.4"

[[rules]]
name = "payer"
management = true
skip = "the payer has a connector of its own"

[[rules]]
name = "all"
features = ["visibility", "governance", "optimization"]
"#;

/// Realistic names: with `-`, spaces and upper case.
fn name(number: usize) -> String {
    match number % 4 {
        0 => format!("prod-data-{number}"),
        1 => format!("Shared Services {number}"),
        2 => format!("SANDBOX-Anna {number}"),
        _ => format!("plain{number}"),
    }
}

fn role(made: &MadeRole) -> Value {
    let MadeRole { state, policies, .. } = made;
    let inline: serde_json::Map<_, _> =
        state.inline.iter().map(|(name, document)| (name.to_string(), document.to_json().into())).collect();
    let policies: Vec<_> = policies
        .iter()
        .map(|policy| {
            json!({"name": policy.name, "description": policy.description, "document": policy.document.to_json()})
        })
        .collect();
    let attached: BTreeSet<_> = state.attached.keys().map(ToString::to_string).collect();
    json!({"name": state.arn.name(), "path": state.arn.path(), "trust": state.trust.to_json(), "inline": inline,
        "policies": policies, "attached": attached})
}

/// The connector as Terraform's provider sends it.
fn connector(account: &str, name: &str) -> Value {
    let identifier = name.replace(['-', ' '], "_");
    json!({"identifier": identifier, "name": identifier, "type": "CEAws", "spec": {
        "crossAccountAccess": {
            "crossAccountRoleArn": format!("arn:aws:iam::{account}:role/HarnessCERole"), "externalId": EXTERNAL_ID
        },
        "curAttributes": {"reportName": "", "s3BucketName": ""},
        "awsAccountId": account,
        "featuresEnabled": ["GOVERNANCE", "VISIBILITY", "OPTIMIZATION"],
    }})
}

/// The forty accounts with the resources of the guide, and the ids of the five that differ.
async fn estate() -> (Site, BTreeSet<String>) {
    let names: Vec<_> = (0..40).map(name).collect();
    let site = Site::start_with(&names, INTENT).await;
    let mut roles = serde_json::Map::new();
    let mut differ = BTreeSet::new();
    for (number, name) in names.iter().enumerate() {
        let id = site.id(name);
        if BARE.contains(&number) || SWITCHED.contains(&number) {
            differ.insert(id.to_owned());
        }
        if BARE.contains(&number) {
            continue;
        }
        let mut inputs = Inputs::of(id.parse().unwrap());
        inputs.external_ids = vec![EXTERNAL_ID.parse().unwrap()];
        inputs.switch_on(["enable_events", "enable_governance", "enable_optimization"]);
        let made = Maker::MODULE_0_1_4.make(&inputs);
        let mut cross_account = role(&made.cross_account);
        let attached = cross_account["attached"].as_array_mut().unwrap();
        attached.push(json!("arn:aws:iam::aws:policy/ReadOnlyAccess"));
        roles.insert(id.into(), made.lambda.iter().map(role).chain([cross_account]).collect());
        let mut connector = connector(id, name);
        match SWITCHED.iter().position(|switched| *switched == number) {
            Some(0) => connector["spec"]["featuresEnabled"] = json!(["GOVERNANCE", "VISIBILITY"]),
            Some(_) => connector["spec"]["autostoppingFeatures"] = json!(["EC2", "ALB"]),
            None => {}
        }
        site.harness.insert(connector);
    }
    site.write("roles.json", &Value::Object(roles).to_string());
    site.moto.run_python(MAKE, &[site.folder.path().join("roles.json").to_str().unwrap()]);
    site.take_writes();
    (site, differ)
}

/// Returns the accounts in which a plan has steps or withholds something.
fn concerned(plan: &Value) -> BTreeSet<String> {
    let accounts = plan["accounts"].as_object().unwrap().iter();
    let has = |account: &Value, what: &str| account[what].as_array().is_some_and(|all| !all.is_empty());
    accounts
        .filter(|(_, account)| has(account, "steps") || has(account, "withheld"))
        .map(|(id, _)| id.clone())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn in_an_estate_of_the_guide_the_program_names_the_five_that_differ_drafts_the_same_and_marks_the_rest()
{
    if skip() {
        return;
    }
    let (site, differ) = estate().await;
    assert_eq!(differ.len(), 5);
    let plan = site.onboard(&["--json", "plan"]).json();
    assert_eq!(concerned(&plan), differ);

    let draft = site.onboard(&["init"]).exits(0).stdout;
    site.write("drafted.toml", &draft);
    let drafted = site.onboard(&["--config", "drafted.toml", "--json", "plan"]).json();
    assert_eq!(concerned(&drafted), differ, "{draft}");
    assert_eq!(site.take_writes(), [""; 0], "planning and drafting write nothing");

    site.onboard(&["--mode", "mark", "apply", "--yes"]);
    let writes = site.take_writes();
    let (harness, aws): (Vec<_>, Vec<_>) = writes.iter().partition(|write| write.starts_with("PUT "));
    assert_eq!(harness.len(), 35, "{harness:?}");
    assert!(aws.iter().all(|write| write.contains("TagRole")), "{aws:?}");
    assert_eq!(aws.len(), 35 * 2, "the cross-account roles and those of their functions");
    let again = site.onboard(&["--json", "--mode", "mark", "plan"]).json();
    assert!(
        again["accounts"].as_object().unwrap().values().all(|account| account["steps"].is_null()),
        "{again}"
    );
    assert_eq!(concerned(&site.onboard(&["--json", "plan"]).json()), differ, "and all else is as it was");
}
