//! Nothing is removed because a listing was incomplete or belongs to another organization, and the report names the resources
//! that stay.

mod support;

use std::net::SocketAddr;

use harness_ccm_aws_servers::skip;
use harness_ccm_core::secret::Secret;
use harness_ccm_simulator::Simulator;
use serde_json::json;
use support::{CALLER, KEY, PINNED, Site};

const UNPINNED: &str = r#"
owner = "finops"
harness = { cluster = "us" }

[[rules]]
name = "all"
features = ["visibility"]
"#;

/// Twenty accounts, onboarded.
async fn onboarded(intent: &str) -> Site {
    let site = Site::of(19, intent).await;
    site.onboard(&["apply", "--yes"]).exits(0);
    site.take_writes();
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_cut_to_a_tenth_removes_nothing_of_the_accounts_that_it_lacks() {
    if skip() {
        return;
    }
    for intent in [UNPINNED, PINNED] {
        let site = onboarded(intent).await;
        let members = site.members();
        let gone: Vec<_> = members[1..].to_vec();
        site.leave(&gone);
        for command in [&["--mode", "sync", "apply", "--yes"][..], &["--mode", "sync", "apply", "--yes"]] {
            site.onboard(command);
            assert_eq!(site.take_removals(), [""; 0], "{command:?}");
        }
        // Only listed resources are removed; the report names those that stay, and the run reports that it is incomplete.
        let run = site.onboard(&["--full", "offboard", "--all", "--yes"]).exits(1);
        let deleted: Vec<_> =
            site.take_removals().into_iter().filter(|removal| removal.starts_with("DELETE")).collect();
        assert_eq!(deleted.len(), 2, "the caller's own account and the one that is left: {deleted:?}");
        assert_eq!(site.harness.connectors().len(), 18);
        let words = run.words();
        for account in gone {
            let section = words.split(account).nth(1).unwrap_or_default();
            let role = "role HarnessCERole withheld: its account is not listed";
            assert!(section.contains(role), "{account}: {role} is not in\n{}", run.stdout);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_credentials_of_another_organization_remove_nothing() {
    if skip() {
        return;
    }
    let other = Site::of(19, UNPINNED).await;
    let elsewhere = [("AWS_ENDPOINT_URL", other.moto.endpoint())];
    let elsewhere: Vec<_> = elsewhere.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let commands = [
        &["offboard", "--all", "--yes"][..],
        &["--mode", "sync", "apply", "--yes"],
        &["--mode", "sync", "plan"],
    ];
    let site = onboarded(UNPINNED).await;
    for command in commands {
        site.onboard_with(command, &elsewhere);
        for account in site.members() {
            let is_there =
                site.harness.connectors().iter().any(|connector| connector.to_string().contains(account));
            assert!(is_there, "{command:?} removed the connector of {account}");
        }
        let removed: Vec<_> =
            site.take_removals().into_iter().filter(|removal| removal.starts_with("iam:")).collect();
        assert_eq!(removed, [""; 0], "{command:?}");
    }
    let site = onboarded(PINNED).await;
    let before = site.harness.connectors().len();
    for command in commands {
        let run = site.onboard_with(command, &elsewhere).exits(1);
        assert!(run.stderr.contains("belong to the organization o-"), "{}", run.stderr);
        assert_eq!(site.take_writes(), [""; 0], "{command:?}");
        assert_eq!(site.harness.connectors().len(), before, "{command:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_caller_than_the_pinned_one_does_nothing_at_all() {
    if skip() {
        return;
    }
    let site = Site::of(2, &PINNED.replace("123456789012", "210987654321")).await;
    let run = site.onboard(&["apply", "--yes"]).exits(1);
    assert!(run.stderr.contains("the AWS credentials belong to the account 123456789012"), "{}", run.stderr);
    assert_eq!(site.take_writes(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_run_prints_its_organization_and_its_endpoints() {
    if skip() {
        return;
    }
    let site = Site::of(2, UNPINNED).await;
    for command in [&["plan"][..], &["accounts"], &["--json", "plan"]] {
        let run = site.onboard(command).exits(0);
        for part in [
            format!("AWS caller: arn:aws:sts::{CALLER}:"),
            format!("AWS organization: {} (management account {CALLER}), 3 accounts", site.organization),
            format!("AWS endpoint: {}", site.moto.endpoint()),
            format!("Harness endpoint: {}, account acct", site.harness.endpoint()),
            "Harness key: of simulated, valid until: no end".into(),
        ] {
            assert!(run.stderr.contains(&part), "{command:?}: {part} is not in {}", run.stderr);
        }
    }
    site.harness.change_settings(|settings| settings.key_valid_to = Some(1_000));
    let run = site.onboard(&["plan"]).exits(0);
    assert!(run.stderr.contains("warning: the Harness key expires within a day"), "{}", run.stderr);
    site.harness.change_settings(|settings| settings.key_valid_to = None);
    let run = site.onboard(&["plan"]).exits(1);
    assert!(run.stderr.contains("The service account is disabled"), "{}", run.stderr);
    site.harness.change_settings(|settings| settings.key_valid_to = Some(0));
    let hidden = site.moto.endpoint().replace("http://", "http://somebody:SecretMark@");
    let run = site.onboard_with(&["plan"], &[("AWS_ENDPOINT_URL_IAM", &hidden)]).exits(1);
    let said = "AWS_ENDPOINT_URL_IAM has a user name or a password in it";
    assert!(run.stderr.contains(said) && !run.stderr.contains("SecretMark"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_a_rule_names_is_incomplete_where_the_listing_lacks_it() {
    if skip() {
        return;
    }
    let site = Site::of(2, PINNED).await;
    let account = site.members()[0].to_owned();
    let pilot = PINNED.replace("name = \"all\"", &format!("name = \"pilot\"\naccounts = [\"{account}\"]"));
    site.write("onboard.toml", &pilot);
    site.onboard(&["apply", "--yes"]).exits(0);
    site.leave(&[&account]);
    site.take_writes();
    for command in [&["--mode", "sync", "apply", "--yes"][..], &["--mode", "sync", "plan"], &["verify"]] {
        let run = site.onboard(command).exits(1);
        assert!(run.words().contains("rule \"pilot\" names"), "{command:?}: {}", run.stdout);
        assert_eq!(site.take_writes(), [""; 0], "{command:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn offboarding_a_closed_account_removes_its_connector_and_names_the_role_that_is_out_of_reach() {
    if skip() {
        return;
    }
    let site = Site::of(2, PINNED).await;
    site.onboard(&["apply", "--yes"]).exits(0);
    let account = site.members()[0].to_owned();
    site.close(&account);
    site.take_writes();
    let run = site.onboard(&["offboard", "--account", &account, "--yes"]).exits(0);
    assert_eq!(site.take_writes().len(), 1, "the connector: {}", run.stdout);
    assert_eq!(site.harness.connectors().len(), 2);
    assert!(run.stdout.contains(&format!("role HarnessCERole in {account}")), "{}", run.stdout);
    let why = "withheld: out of reach: the account is SUSPENDED";
    assert!(run.words().contains(why), "{why} is not in {}", run.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_that_was_made_after_the_plan_keeps_its_role() {
    if skip() {
        return;
    }
    let site = Site::of(1, PINNED).await;
    site.onboard(&["apply", "--yes"]).exits(0);
    let account = site.members()[0].to_owned();
    let skipping =
        format!("[[rules]]\nname = \"no\"\naccounts = [\"{account}\"]\nskip = \"no\"\n\n[[rules]]");
    site.write("onboard.toml", &PINNED.replace("[[rules]]", &skipping));
    site.onboard(&["--mode", "sync", "plan", "--out", "plan.json"]).exits(0);
    let arn = format!("arn:aws:iam::{account}:role/HarnessCERole");
    site.harness.insert(json!({
        "name": "late", "identifier": "late", "type": "CEAws",
        "spec": {
            "crossAccountAccess": { "crossAccountRoleArn": arn, "externalId": "x" },
            "awsAccountId": account, "featuresEnabled": ["VISIBILITY"]
        }
    }));
    site.take_writes();
    let run = site.onboard(&["apply", "plan.json", "--yes"]).exits(1);
    assert!(run.words().contains("the steps due now are not the approved ones"), "{}", run.stdout);
    assert_eq!(site.take_writes(), [""; 0], "the role stays, and its account is left alone");
    site.onboard(&["--mode", "sync", "apply", "--yes"]).exits(0);
    assert!(
        site.take_removals().iter().all(|removal| !removal.starts_with("iam:")),
        "the next plan keeps it too"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_harness_account_with_the_same_owner_takes_nothing_over_and_removes_nothing() {
    if skip() {
        return;
    }
    let site = onboarded(PINNED).await;
    let key = KEY.replace("acct", "acct2");
    let other = Simulator::builder()
        .account("acct2".parse().unwrap())
        .api_key(Secret::new(&key))
        .rate_limit(None)
        .start(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let endpoint = other.endpoint();
    let there = [
        ("HARNESS_ACCOUNT_ID", "acct2"),
        ("HARNESS_PLATFORM_API_KEY", key.as_str()),
        ("HARNESS_ENDPOINT", endpoint.as_str()),
    ];
    for arguments in
        [&["apply", "--yes"][..], &["--mode", "sync", "apply", "--yes"], &["offboard", "--all", "--yes"]]
    {
        let run = site.onboard_with(arguments, &there).exits(0);
        assert!(run.words().contains("serves another Harness account"), "{arguments:?}: {}", run.stdout);
        assert_eq!(site.take_writes(), [""; 0], "{arguments:?}");
        assert!(other.connectors().is_empty());
    }
    // Its own Harness account works as before.
    site.onboard(&["plan", "--detailed-exitcode"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn offboarding_also_removes_the_role_under_its_former_name() {
    if skip() {
        return;
    }
    let site = Site::of(3, PINNED).await;
    site.onboard(&["apply", "--yes"]).exits(0);
    site.write("onboard.toml", &PINNED.replace("[[rules]]", "[role]\nname = \"OtherRole\"\n\n[[rules]]"));
    site.take_writes();
    site.onboard(&["offboard", "--all", "--yes"]).exits(0);
    let removed = site.take_removals();
    let roles =
        removed.iter().filter(|write| write.contains("DeleteRole") && !write.contains("Policy")).count();
    assert_eq!(roles, 4, "{removed:?}");
    assert!(site.harness.connectors().is_empty());
}
