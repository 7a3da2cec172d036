//! A run reports in its output and its exit code everything that it could not do.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use harness_ccm_aws_servers::skip;
use serde_json::{Value, json};
use support::Site;

const INTENT: &str = r#"
harness = { cluster = "us" }

[[rules]]
name = "all"
features = ["visibility"]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_could_read_nothing_fails_and_says_what_is_missing() {
    if skip() {
        return;
    }
    let site = Site::of(2, INTENT).await;
    site.write("onboard.toml", &INTENT.replace("name = \"all\"", "name = \"members\"\nmanagement = false"));
    let members: Vec<_> = site.members().into_iter().map(str::to_owned).collect();
    for account in &members {
        site.moto.close(account);
    }
    let run = site.onboard(&["plan"]).exits(1);
    assert!(run.stdout.contains("Incomplete: 4 of what is withheld"), "{}", run.stdout);
    site.onboard(&["plan", "--detailed-exitcode"]).exits(1);
    let plan = site.onboard(&["--json", "plan"]).exits(1).json();
    assert_eq!(plan["complete"], false);
    // One of them becomes accessible: a part can be applied, and another part is still missing.
    site.moto.open(&members[0]);
    let run = site.onboard(&["plan", "--detailed-exitcode"]).exits(2);
    assert!(run.stdout.contains("Incomplete: 2 of what"), "{}", run.stdout);
    site.onboard(&["plan"]).exits(1);
    assert_eq!(site.onboard(&["--json", "plan", "--detailed-exitcode"]).exits(2).json()["complete"], false);
    site.moto.open(&members[1]);
    assert_eq!(site.onboard(&["--json", "plan"]).exits(0).json()["complete"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_whether_the_limits_approve_it() {
    if skip() {
        return;
    }
    let site = Site::of(12, INTENT).await;
    let run = site.onboard(&["plan"]).exits(0);
    assert!(run.stdout.contains("The limits approve this plan."), "{}", run.stdout);
    site.onboard(&["apply", "--yes"]).exits(0);
    site.write(
        "onboard.toml",
        &INTENT
            .replace("[\"visibility\"]", "[\"visibility\", \"governance\"]")
            .replace("[[rules]]", "[limits]\nmax-updates = 0.1\n\n[[rules]]"),
    );
    for command in [&["plan"][..], &["plan", "--detailed-exitcode"]] {
        let run = site.onboard(command).exits(1);
        let refused = "The limits refuse this plan: the plan changes 26 of 26 existing roles and connectors, more than limits.max-updates allows";
        assert!(run.stdout.contains(refused), "{command:?}: {}", run.stdout);
    }
    let limits = &site.onboard(&["--json", "plan"]).exits(1).json()["limits"];
    assert_eq!(limits["approved"], false);
    assert!(limits["message"].as_str().unwrap().contains("limits.max-updates"), "{limits}");
    site.take_writes();
    let run = site.onboard(&["apply", "--yes"]).exits(1);
    assert!(run.stderr.contains("limits.max-updates"), "{}", run.stderr);
    assert_eq!(site.take_writes(), [""; 0]);
}

/// The connectors and roles of an account as another tool made them: they differ and carry no mark.
fn unmark(site: &Site) {
    for connector in site.harness.connectors() {
        let id = connector.pointer("/connector/identifier").or(connector.get("identifier")).unwrap();
        assert!(site.harness.edit(id.as_str().unwrap(), |record| {
            let connector = match record.get_mut("connector") {
                Some(inner) => inner,
                None => record,
            };
            connector["tags"] = json!({});
            connector["spec"]["crossAccountAccess"]["externalId"] = json!("theirs");
        }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn adopting_everything_has_a_separate_limit_that_the_plan_names() {
    if skip() {
        return;
    }
    let site = Site::of(11, INTENT).await;
    site.onboard(&["apply", "--yes"]).exits(0);
    unmark(&site);
    site.write("onboard.toml", &INTENT.replace("[[rules]]", "[limits]\nmax-adoptions = 0.4\n\n[[rules]]"));
    let run = site.onboard(&["--adopt", "plan"]).exits(1);
    let refused =
        "the plan adopts 12 of 24 existing roles and connectors, more than limits.max-adoptions allows";
    assert!(run.stdout.contains(refused), "{}", run.stdout);
    let lifted = "[limits]\nmax-adoptions = 1.0\nmax-updates = 0.0\nalways-allowed = 0\n\n[[rules]]";
    site.write("onboard.toml", &INTENT.replace("[[rules]]", lifted));
    site.onboard(&["--adopt", "apply", "--yes"]).exits(0);
    site.onboard(&["plan", "--detailed-exitcode"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn verifying_before_anything_is_onboarded_names_the_accounts_and_fails() {
    if skip() {
        return;
    }
    let site = Site::of(2, INTENT).await;
    let run = site.onboard(&["verify"]).exits(1);
    for (account, _) in &site.accounts {
        assert!(run.stdout.contains(&format!("{account}: not tested: no connector")), "{}", run.stdout);
    }
    assert!(run.stdout.contains("0 of 0 connectors passed; 3 accounts are not tested."), "{}", run.stdout);
    let json = site.onboard(&["--json", "verify"]).exits(1).json();
    assert_eq!(json["verification"]["missing"].as_array().map(Vec::len), Some(3));
}

/// A connector as Harness' own wizard makes it, with a custom role name.
fn by_wizard(account: &str) -> Value {
    json!({
        "name": format!("wizard {account}"), "identifier": format!("wizard{account}"), "type": "CEAws",
        "spec": {
            "crossAccountAccess": {
                "crossAccountRoleArn": format!("arn:aws:iam::{account}:role/HarnessCERole-a1b2c3d4e5f6"),
                "externalId": "harness:891928451355:acct"
            },
            "awsAccountId": account, "featuresEnabled": ["VISIBILITY"]
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_role_is_made_beside_a_connector_that_is_held_back_and_uses_another() {
    if skip() {
        return;
    }
    let site = Site::of(3, INTENT).await;
    let members: Vec<_> = site.members().into_iter().map(str::to_owned).collect();
    for account in &members {
        site.harness.insert(by_wizard(account));
    }
    site.take_writes();
    let run = site.onboard(&["--full", "apply", "--yes"]).exits(0);
    let writes = site.take_writes();
    assert_eq!(writes.len(), 3, "role, policy and connector of the caller's own account: {writes:?}");
    for account in &members {
        let why = format!("it names arn:aws:iam::{account}:role/HarnessCERole-a1b2c3d4e5f6");
        assert!(run.words().contains(&why), "{why} is not in {}", run.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_the_intent_file_is_never_printed() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    // `exits` looks for the mark in the whole output.
    let key = "pat.acct.0123456789abcdef01234567.SecretMarkOfTheTest";
    for line in [
        format!("harness = {{ api-key = \"{key}\" }}"),
        format!("harness = {{ account-id = \"{key}\" }}"),
        format!("harness = {{ cluster = \"{key}\" }}"),
        format!("owner = \"{key} {key}\""),
        format!("owner = \"{key}"),
        format!("regions = \"{key}\""),
        format!("api-key = [\n  \"a\",\n  \"{key}\",\n]"),
    ] {
        site.write(
            "onboard.toml",
            &format!("{line}\n[[rules]]\nname = \"all\"\nfeatures = [\"visibility\"]\n"),
        );
        let run = site.onboard(&["plan"]).exits(1);
        assert!(
            run.stderr.contains("onboard.toml") && run.stderr.contains("line "),
            "{line}: {}",
            run.stderr
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_the_wrong_place_is_not_printed() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let key = "pat.acct.0123456789abcdef01234567.SecretMarkOfTheTest";
    for arguments in [
        &[key][..],
        &["--mode", key, "plan"],
        &["--config", key, "plan"],
        &["plan", key],
        &["plan", "--out", &format!("{key}/plan.json")],
        &["apply", key],
        &["offboard", "--account", key],
        &["accounts", "--explain", key],
    ] {
        let run = site.onboard(arguments).exits(1);
        assert!(
            run.stderr.contains('…') || run.stderr.contains("not shown"),
            "{arguments:?}: {}",
            run.stderr
        );
    }
    let in_a_path = format!("http://127.0.0.1:9/{key}");
    for variables in [
        ("HARNESS_ENDPOINT", format!("https://{key}")),
        ("HARNESS_ENDPOINT", format!("https://127.0.0.1:9/{}", key.replace('.', "%2e"))),
        ("HARNESS_ACCOUNT_ID", key.into()),
        ("AWS_ENDPOINT_URL", key.into()),
        ("AWS_ENDPOINT_URL", in_a_path),
    ] {
        site.onboard_with(&["plan"], &[(variables.0, &variables.1)]).exits(1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_accounts_without_its_connectors_is_incomplete() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    site.onboard(&["accounts"]).exits(0);
    let gone = [("HARNESS_ENDPOINT", "http://127.0.0.1:9/gateway")];
    let run = site.onboard_with(&["--json", "accounts"], &gone).exits(1);
    assert!(
        run.json()["accounts"][0]["exists"].is_null() && run.stderr.contains("error: connectors"),
        "{}",
        run.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_longer_than_an_hour_gets_a_role_that_allows_it() {
    if skip() {
        return;
    }
    let long = INTENT.replace("[[rules]]", "[connector]\nsession-seconds = 7200\n\n[[rules]]");
    let site = Site::of(1, &long).await;
    site.onboard(&["apply", "--yes"]).exits(0);
    site.onboard(&["verify"]).exits(0);
    site.onboard(&["plan", "--detailed-exitcode"]).exits(0);
    // Longer still: the existing roles are raised before their connectors.
    site.write("onboard.toml", &long.replace("7200", "10800"));
    site.take_writes();
    site.onboard(&["apply", "--yes"]).exits(0);
    let writes = site.take_writes();
    let raised = writes.iter().filter(|write| *write == "iam:UpdateRole").count();
    assert_eq!((raised, writes.len()), (2, 4), "{writes:?}");
    site.onboard(&["verify"]).exits(0);
    site.onboard(&["plan", "--detailed-exitcode"]).exits(0);
}
