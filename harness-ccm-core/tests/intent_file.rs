//! The intent file: what it accepts, and how it says what is wrong and where.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use harness_ccm_core::feature::Feature;
use harness_ccm_core::intent::{Intent, Verdict};

const HEAD: &str = "[harness]\naccount-id = \"acct\"\n";

fn error(text: &str) -> String {
    Intent::from_toml(text, None).unwrap_err().to_string()
}

#[test]
fn a_whole_file_is_understood() {
    let intent = Intent::from_toml(
        r#"
        owner = "platform"
        regions = ["eu-west-1"]
        [harness]
        account-id = "acct"
        cluster = "eu"
        [role]
        name = "HarnessCERole"
        path = "/finops/"
        [naming]
        rule = "account-id"
        [reach]
        bootstrap-roles = ["Bootstrap"]
        [limits]
        max-updates = 1.0
        [[rules]]
        name = "payer"
        management = true
        features = ["billing", "commitment"]
        billing = { report = { name = "cur", bucket = "reports" } }
        [[rules]]
        name = "sandboxes"
        names = ["sandbox-*"]
        skip = "no spend"
        [[rules]]
        name = "rest"
        features = ["visibility", "optimization"]
        optimization = { kinds = ["ec2", "rds"] }
        "#,
        None,
    )
    .unwrap();
    assert_eq!(intent.external_id.as_str(), "harness:783764615875:acct");
    assert_eq!(intent.rules.len(), 3);
    let Verdict::Onboard(features) = &intent.rules[0].verdict else { panic!() };
    assert!(features.names().contains(&Feature::Billing));
}

#[test]
fn unknown_keys_are_told_with_their_line() {
    insta::assert_snapshot!(error(&format!("{HEAD}[role]\nnmae = \"x\"\n")), @r#"
    TOML parse error at line 4, column 1
      |
    4 | nmae = "x"
      | ^^^^
    unknown field `nmae`, expected one of `layout`, `release`, `prefix`, `name`, `path`, `boundary`, `additional-external-ids`, `tags`, `quotas`
    "#);
}

#[test]
fn unknown_features_are_told_with_the_known_ones() {
    let text = error(&format!("{HEAD}[[rules]]\nname = \"r\"\nfeatures = [\"visibilty\"]\n"));
    assert!(text.contains("line 5") && text.contains("visibilty") && text.contains("`visibility`"), "{text}");
}

#[test]
fn malformed_account_ids_are_told_with_their_line() {
    let text = error(&format!("{HEAD}[[rules]]\nname = \"r\"\naccounts = [\"12345678901\"]\nskip = \"x\"\n"));
    assert!(text.contains("line 5") && text.contains("exactly 12 digits"), "{text}");
}

#[test]
fn what_is_missing_is_told_with_how_to_give_it() {
    insta::assert_snapshot!(error("[harness]\n"), @"the Harness account id is missing: set harness.account-id in the intent file, or HARNESS_ACCOUNT_ID in the environment");
    insta::assert_snapshot!(error(&format!("{HEAD}cluster = \"self-managed\"\naws-account = \"123456789012\"\n")), @"the external id is missing: set harness.external-id in the intent file to what your Harness presents");
}

#[test]
fn rules_that_contradict_themselves_are_refused() {
    for (rule, problem) in [
        ("features = []", "its list of features is empty"),
        ("skip = \"x\"\nfeatures = [\"visibility\"]", "both features and skip"),
        ("", "neither features nor skip"),
        ("features = [\"billing\"]", "billing needs a report"),
        ("features = [\"visibility\"]\ngovernance = {}", "options for governance"),
        ("features = [\"optimization\"]\noptimization = { kinds = [] }", "no kind"),
    ] {
        let text = error(&format!("{HEAD}[[rules]]\nname = \"r\"\n{rule}\n"));
        assert!(text.contains("rule \"r\"") && text.contains(problem), "{text}");
    }
}
