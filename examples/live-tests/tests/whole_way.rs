//! Discover, plan, apply, verify: the program with moto and the simulator, over real sockets.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use harness_ccm_aws_servers::skip;
use harness_ccm_simulator::Fault;
use serde_json::{Value, json};
use support::{Site, steps};

/// Arguments, variables, and the required content of the one error.
type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a [&'a str]);

/// Reads the role in every account, without code of ours: one JSON object by account.
const READER: &str = r"
import boto3, json, sys
sts, found = boto3.client('sts'), {}
own = sts.get_caller_identity()['Account']
for account in sys.argv[1:]:
    keys = {}
    if account != own:
        given = sts.assume_role(RoleArn=f'arn:aws:iam::{account}:role/OrganizationAccountAccessRole', RoleSessionName='reader')['Credentials']
        keys = dict(aws_access_key_id=given['AccessKeyId'], aws_secret_access_key=given['SecretAccessKey'], aws_session_token=given['SessionToken'])
    iam = boto3.client('iam', **keys)
    try:
        role = iam.get_role(RoleName='HarnessCERole')['Role']
    except iam.exceptions.NoSuchEntityException:
        continue
    inline = [iam.get_role_policy(RoleName='HarnessCERole', PolicyName=name)['PolicyDocument'] for name in iam.list_role_policies(RoleName='HarnessCERole')['PolicyNames']]
    attached = [policy['PolicyArn'] for policy in iam.list_attached_role_policies(RoleName='HarnessCERole')['AttachedPolicies']]
    found[account] = dict(arn=role['Arn'], trust=role['AssumeRolePolicyDocument'], inline=inline, attached=attached)
print(json.dumps(found))
";

const REMOVE_ROLE: &str = r"
import boto3, sys
given = boto3.client('sts').assume_role(RoleArn=f'arn:aws:iam::{sys.argv[1]}:role/OrganizationAccountAccessRole', RoleSessionName='hand')['Credentials']
iam = boto3.client('iam', aws_access_key_id=given['AccessKeyId'], aws_secret_access_key=given['SecretAccessKey'], aws_session_token=given['SessionToken'])
for name in iam.list_role_policies(RoleName='HarnessCERole')['PolicyNames']:
    iam.delete_role_policy(RoleName='HarnessCERole', PolicyName=name)
for policy in iam.list_attached_role_policies(RoleName='HarnessCERole')['AttachedPolicies']:
    iam.detach_role_policy(RoleName='HarnessCERole', PolicyArn=policy['PolicyArn'])
iam.delete_role(RoleName='HarnessCERole')
";

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_onboarded_and_the_second_run_has_nothing_to_do() {
    if skip() {
        return;
    }
    let site = Site::start().await;
    assert_eq!(site.accounts.len(), 29);
    site.onboard(&["plan", "--detailed-exitcode"]).exits(2);
    assert_eq!(site.take_writes(), [""; 0], "planning writes nothing");
    site.onboard(&["apply", "--yes"]).exits(0);
    // One skipped account; each of the others has role, policy, connector, and the attachment if governance is enabled.
    assert_eq!(site.take_writes().len(), 28 * 3 + 27);
    site.onboard(&["plan", "--detailed-exitcode"]).exits(0);
    assert_eq!(site.take_writes(), [""; 0], "the second plan writes nothing");
    let verified = site.onboard(&["verify", "--json"]).exits(0).json();
    assert_eq!(verified["verification"]["connectors"].as_array().unwrap().len(), 28);
    let status = site.onboard(&["status", "--json"]).exits(0).json();
    let expected = json!({"accounts": 29, "desired": 28, "connected": 28, "healthy": 28, "others": 0});
    assert_eq!(status["total"], expected);
    let connector = &status["accounts"][0]["connector"];
    assert_eq!(
        connector["tested_at"], connector["passed_at"],
        "the test of a moment ago passed: {connector}"
    );
    let page = site.onboard(&["status", "--format", "html"]).exits(0).stdout;
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("data-prod"), "{page}");
    assert_eq!(site.take_writes(), [""; 0], "asking writes nothing");

    let ids: Vec<_> = site.accounts.iter().map(|(id, _)| id.as_str()).collect();
    let found: BTreeMap<String, Value> = serde_json::from_str(&site.moto.run_python(READER, &ids)).unwrap();
    let connectors = site.harness.connectors();
    assert_eq!((found.len(), connectors.len()), (28, 28));
    assert!(!found.contains_key(site.id("sandbox-anna")));
    for (id, role) in &found {
        let arn = format!("arn:aws:iam::{id}:role/HarnessCERole");
        assert_eq!(role["arn"], json!(arn), "a role in EACH account, not the same one again");
        let trust = &role["trust"]["Statement"][0];
        let users = ["ce-prod-bucket-admin", "prod-data-pipeline-dont-delete"];
        assert_eq!(
            trust["Principal"]["AWS"],
            json!(users.map(|user| format!("arn:aws:iam::891928451355:user/{user}")))
        );
        assert_eq!(trust["Condition"]["StringEquals"]["sts:ExternalId"], json!("harness:891928451355:acct"));
        let text = role["inline"].to_string();
        assert!(
            text.contains("ec2:DescribeVolumes") && text.contains("iam:SimulatePrincipalPolicy"),
            "{text}"
        );
        let member = id != "123456789012";
        assert_eq!(text.contains("ec2:StopInstances"), member, "optimization only where the rule says so");
        let view_only = json!(["arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"]);
        assert_eq!(role["attached"], if member { view_only } else { json!([]) });
        let theirs: Vec<_> =
            connectors.iter().filter(|connector| connector.to_string().contains(&arn)).collect();
        assert_eq!(theirs.len(), 1, "one connector for {id}");
    }
    let identifiers: BTreeSet<String> = connectors
        .iter()
        .map(|connector| {
            connector
                .pointer("/connector/identifier")
                .or(connector.get("identifier"))
                .unwrap()
                .as_str()
                .unwrap()
                .into()
        })
        .collect();
    for (name, base) in [
        ("data-prod", "data_prod"),
        ("data prod", "data_prod"),
        ("data_prod", "data_prod"),
        ("org", "org"),
        ("account", "account"),
    ] {
        let settled = format!("{base}_{}", site.id(name));
        assert!(identifiers.contains(&settled), "{settled} is not in {identifiers:?}");
    }
    for expected in ["R_D__EU_", "_1st_line", "a_b", "team_3"] {
        assert!(identifiers.contains(expected), "{expected} is not in {identifiers:?}");
    }
    assert!(identifiers.contains(&format!("aws{}", site.id("***"))), "{identifiers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_on_either_side_is_shown_exactly_and_corrected_exactly() {
    if skip() {
        return;
    }
    let site = Site::start().await;
    site.onboard(&["apply", "--yes"]).exits(0);
    let (without_role, edited) = (site.id("team 1").to_owned(), site.id("team 2").to_owned());
    site.moto.run_python(REMOVE_ROLE, &[&without_role]);
    assert!(site.harness.edit("team_2", |connector| {
        let features = json!(["GOVERNANCE"]);
        match connector.pointer_mut("/connector/spec/featuresEnabled") {
            Some(field) => *field = features,
            None => connector["spec"]["featuresEnabled"] = features,
        }
    }));
    site.take_writes();

    let plan = site.onboard(&["plan", "--json"]).exits(0).json();
    let steps = steps(&plan);
    assert_eq!(
        steps.iter().map(|(id, action)| (id.as_str(), action.as_str())).collect::<BTreeSet<_>>(),
        [(without_role.as_str(), "put_role"), (edited.as_str(), "put_connector")].into()
    );
    let text = site.onboard(&["plan"]).exits(0).stdout;
    assert!(text.contains("featuresEnabled: GOVERNANCE -> "), "{text}");
    assert!(!text.contains("externalId"), "only the field that differs: {text}");

    site.onboard(&["apply", "--yes"]).exits(0);
    let writes: BTreeSet<_> = site.take_writes().into_iter().collect();
    let expected =
        ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "PUT /gateway/ng/api/connectors"];
    assert_eq!(writes, expected.map(str::to_owned).into());
    site.onboard(&["plan", "--detailed-exitcode"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_closed_account_and_one_refused_connector_do_not_stop_the_others() {
    if skip() {
        return;
    }
    let site = Site::start().await;
    let (closed, refused) = (site.id("team 3").to_owned(), site.id("team 4").to_owned());
    site.moto.close(&closed);
    let message = "Invalid request: the name is on the list of forbidden names";
    let body = json!({"status": "ERROR", "code": "INVALID_REQUEST", "message": message, "correlationId": "x",
        "detailedMessage": null, "responseMessages": [], "metadata": null});
    site.harness.fail_matching(Fault::json(400, &body).matching("POST", &refused));

    let run = site.onboard(&["apply", "--yes"]).exits(1);
    assert_eq!(site.harness.connectors().len(), 26, "all the others are done");
    // The accounts of moto were created a moment ago.
    for part in [
        closed.as_str(),
        "AWSControlTowerExecution",
        "AWS is still setting it up",
        &refused,
        "forbidden names",
    ] {
        assert!(run.words().contains(part), "{part} is not in {}", run.stdout);
    }
    site.moto.open(&closed);
    site.onboard(&["apply", "--yes"]).exits(0);
    assert_eq!(site.harness.connectors().len(), 28);
    site.onboard(&["plan", "--detailed-exitcode"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_gives_one_clear_error_and_writes_nothing() {
    if skip() {
        return;
    }
    let site = Site::start().await;
    let write = |name: &str, text: &str| std::fs::write(site.folder.path().join(name), text).unwrap();
    let rule = "[harness]\ncluster = \"us\"\n[[rules]]\nname = \"r\"\n";
    write("key.toml", &format!("{rule}featurs = []\n"));
    write("feature.toml", &format!("{rule}features = [\"visibilty\"]\n"));
    write("id.toml", &format!("{rule}accounts = [\"1234\"]\nskip = \"x\"\n"));
    write("external.toml", "[harness]\ncluster = \"self-managed\"\naws-account = \"123456789012\"\n");
    write("plan.json", "{\"kind\": \"harness-ccm plan\", \"format_version\": 99}");
    let foreign = "pat.other.0123456789abcdef01234567.SecretMarkOfTheTest";
    let wrong = "pat.acct.0123456789abcdef01234567.SecretMarkWrong";
    let cases: [Case<'_>; 12] = [
        (&["--config", "key.toml", "plan"], &[], &["key.toml", "line 5", "featurs"]),
        (&["--config", "feature.toml", "plan"], &[], &["feature.toml", "line 5, column 13", "`visibility`"]),
        (&["--config", "id.toml", "plan"], &[], &["id.toml", "line 5", "12 digits"]),
        (&["--config", "external.toml", "plan"], &[], &["external id is missing", "harness.external-id"]),
        (&["--config", "nowhere.toml", "plan"], &[], &["nowhere.toml"]),
        (
            &["plan"],
            &[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")],
            &["no AWS credentials", "AWS_PROFILE"],
        ),
        (&["plan"], &[("HARNESS_PLATFORM_API_KEY", "")], &["HARNESS_PLATFORM_API_KEY"]),
        (&["plan"], &[("HARNESS_PLATFORM_API_KEY", wrong)], &["not authenticated"]),
        (&["plan"], &[("HARNESS_PLATFORM_API_KEY", foreign)], &["other"]),
        (&["plan"], &[("HARNESS_ENDPOINT", "http://127.0.0.1:1")], &["127.0.0.1:1"]),
        (&["plan"], &[("AWS_ENDPOINT_URL", "http://127.0.0.1:1")], &["AWS cannot be reached"]),
        (&["apply", "plan.json", "--yes"], &[], &["plan.json", "format version 99", "applies 3"]),
    ];
    for (arguments, variables, parts) in cases {
        let run = site.onboard_with(arguments, variables).exits(1);
        assert_eq!(
            run.stderr.lines().filter(|line| line.starts_with("error: ")).count(),
            1,
            "{arguments:?}: {}",
            run.stderr
        );
        for part in parts {
            assert!(
                run.stderr.contains(part),
                "{arguments:?} {variables:?}: {part} is not in {}",
                run.stderr
            );
        }
    }
    let run = site.onboard(&["apply"]).exits(1);
    assert!(run.stderr.contains("--yes"), "nobody can be asked: {}", run.stderr);
    assert_eq!(site.take_writes(), [""; 0]);
}
