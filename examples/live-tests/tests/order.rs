//! The order of the writes on both sides when features change, by the received requests.

mod support;

use harness_ccm_aws_servers::skip;
use harness_ccm_simulator::Fault;
use serde_json::json;
use support::Site;

/// One account with these features.
fn intent(account: &str, features: &str) -> String {
    format!(
        "[harness]\ncluster = \"us\"\n[[rules]]\nname = \"one\"\naccounts = [\"{account}\"]\n{features}\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn adding_a_feature_writes_the_role_first_and_removing_it_the_connector_first() {
    if skip() {
        return;
    }
    let site = Site::start().await;
    let account = site.id("team 5").to_owned();
    for (name, features) in [
        ("less.toml", r#"features = ["visibility"]"#),
        ("more.toml", "features = [\"visibility\", \"optimization\"]\noptimization = { kinds = [\"ec2\"] }"),
    ] {
        std::fs::write(site.folder.path().join(name), intent(&account, features)).unwrap();
    }
    let refuse = || {
        let body = json!({"status": "ERROR", "code": "INVALID_REQUEST", "message": "Invalid request: not now",
            "correlationId": "x", "detailedMessage": null, "responseMessages": [], "metadata": null});
        site.harness.fail_matching(Fault::json(400, &body).matching("PUT", "team_5"));
    };
    let aws = |writes: Vec<String>| -> Vec<String> {
        writes.into_iter().filter(|write| write.starts_with("iam:")).collect()
    };
    site.onboard(&["--config", "less.toml", "apply", "--yes"]).exits(0);
    site.take_writes();

    // Harness refuses: the role is widened anyway, because that is the first write.
    refuse();
    site.onboard(&["--config", "more.toml", "apply", "--yes"]).exits(1);
    let writes = aws(site.take_writes());
    assert_eq!(writes.last().map(String::as_str), Some("iam:PutRolePolicy"), "{writes:?}");
    // The rest is the connector only.
    site.onboard(&["--config", "more.toml", "apply", "--yes"]).exits(0);
    assert_eq!(site.take_writes(), ["PUT /gateway/ng/api/connectors"]);

    // Harness refuses again: the role loses nothing, because the connector is written first.
    refuse();
    site.onboard(&["--config", "less.toml", "apply", "--yes"]).exits(1);
    assert_eq!(aws(site.take_writes()), [""; 0]);
    site.onboard(&["--config", "less.toml", "apply", "--yes"]).exits(0);
    let writes = site.take_writes();
    assert_eq!(
        writes,
        ["iam:PutRolePolicy", "PUT /gateway/ng/api/connectors"],
        "both sides, each in its own log"
    );
}
