//! The intent file: what it accepts, and how errors say what is wrong and where.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use harness_ccm_core::config::Config;
use harness_ccm_core::feature::Feature;
use harness_ccm_core::intent::{Intent, RuleAction};
use harness_ccm_core::session::SessionSeconds;

const HEAD: &str = "[harness]\naccount-id = \"acct\"\n";

fn error(text: &str) -> String {
    Config::from_toml(text, None).unwrap_err().to_string()
}

#[test]
fn a_complete_file_is_read() {
    let intent = Config::from_toml(
        r#"
        owner = "platform"
        regions = ["eu-west-1"]
        [harness]
        account-id = "acct"
        cluster = "eu"
        [role]
        name = "HarnessCERole"
        path = "/finops/"
        [connector]
        session-seconds = 1800
        ignore-test = true
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
    .unwrap()
    .intent;
    assert_eq!(intent.external_id.as_str(), "harness:783764615875:acct");
    assert_eq!(intent.rules.len(), 3);
    assert_eq!(intent.connector.session.map(SessionSeconds::get), Some(1800));
    assert_eq!(intent.connector.ignore_test, Some(true));
    let RuleAction::Onboard(features) = &intent.rules[0].action else { panic!() };
    assert!(features.names().contains(&Feature::Billing));
}

#[test]
fn unknown_keys_are_reported_with_their_line() {
    insta::assert_snapshot!(error(&format!("{HEAD}[role]\nnmae = \"x\"\n")), @"
    TOML parse error at line 4, column 1
      |
    4 | nmae = …
      | ^^^^
    unknown field `nmae`, expected one of `layout`, `release`, `prefix`, `name`, `path`, `boundary`, `additional-external-ids`, `former-names`, `tags`, `quotas`
    ");
}

#[test]
fn an_unsupported_session_length_is_reported_with_the_supported_ones() {
    insta::assert_snapshot!(error(&format!("{HEAD}[connector]\nsession-seconds = 60\n")), @"
    TOML parse error at line 4, column 19
      |
    4 | session-seconds = …
      |                   ^
    AWS does not support a session of this length: set 900 to 43200 seconds
    ");
}

#[test]
fn unknown_features_are_reported_with_their_place_and_the_known_ones() {
    let text = error(&format!("{HEAD}[[rules]]\nname = \"r\"\nfeatures = [\"visibilty\"]\n"));
    assert!(text.contains("line 5, column 13") && text.contains("`visibility`"), "{text}");
    assert!(text.contains("features = […]") && !text.contains("visibilty"), "{text}");
}

#[test]
fn malformed_account_ids_are_reported_with_their_line() {
    let text = error(&format!("{HEAD}[[rules]]\nname = \"r\"\naccounts = [\"12345678901\"]\nskip = \"x\"\n"));
    assert!(text.contains("line 5") && text.contains("exactly 12 digits"), "{text}");
}

#[test]
fn a_missing_setting_is_reported_with_how_to_set_it() {
    insta::assert_snapshot!(error("[harness]\n"), @"the Harness account id is missing: set harness.account-id in the intent file, or HARNESS_ACCOUNT_ID in the environment");
    insta::assert_snapshot!(error(&format!("{HEAD}cluster = \"self-managed\"\naws-account = \"123456789012\"\n")), @"the external id is missing: set harness.external-id in the intent file to the external id that your Harness presents");
}

#[test]
fn an_aws_account_of_harness_that_would_be_ignored_is_refused() {
    let text = error(&format!("{HEAD}cluster = \"eu\"\naws-account = \"123456789012\"\n"));
    assert!(text.contains("line 4") && text.contains("remove aws-account"), "{text}");
}

/// The errors of a file after [`HEAD`]: the text, line and column, and a part of the problem.
fn all_are_refused(cases: &[(&str, usize, usize, &str)]) {
    let mut wrong = Vec::new();
    for (rest, line, column, problem) in cases {
        let text = error(&format!("{HEAD}{rest}"));
        let place = format!("line {line}, column {column}\n");
        if !(text.contains(&place) && text.contains(problem)) {
            wrong.push(format!("{place}{problem} is not in\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn invalid_rules_are_reported_with_their_place() {
    all_are_refused(&[
        // The line of `[[rules]]` is 3.
        ("[[rules]]\nname = \"r\"\nfeatures = []\n", 5, 12, "this rule: its list of features is empty"),
        (
            "[[rules]]\nname = \"r\"\nskip = \"x\"\nfeatures = [\"visibility\"]\n",
            6,
            12,
            "both features and skip",
        ),
        ("[[rules]]\nname = \"r\"\n", 4, 8, "neither features nor skip"),
        ("[[rules]]\nname = \"r\"\nfeatures = [\"billing\"]\n", 5, 12, "billing needs a report"),
        (
            "[[rules]]\nname = \"r\"\nfeatures = [\"visibility\"]\ngovernance = {}\n",
            6,
            14,
            "options for governance",
        ),
        (
            "[[rules]]\nname = \"r\"\nfeatures = [\"optimization\"]\noptimization = { kinds = [] }\n",
            6,
            16,
            "no kind",
        ),
        (
            "[[rules]]\nname = \"r\"\nskip = \"x\"\n[[rules]]\nname = \"r\"\nskip = \"x\"\n",
            7,
            8,
            "an earlier rule has the same name",
        ),
        ("[[rules]]\nname = \"r\"\nskip = \"x\"\naccounts = []\n", 6, 12, "list of accounts is empty"),
        ("[[rules]]\nname = \"r\"\nskip = \"x\"\nnames = []\n", 6, 9, "list of names is empty"),
        ("[[rules]]\nname = \"r\"\nskip = \"x\"\nou-paths = []\n", 6, 12, "list of paths is empty"),
        ("[[rules]]\nname = \"r\"\nskip = \"x\"\nous = []\n", 6, 7, "list of organizational units is empty"),
        ("[[rules]]\nname = \"r\"\nskip = \"x\"\ntags = { env = [] }\n", 6, 16, "list of values is empty"),
        (
            "[[rules]]\nname = \"r\"\nskip = \"x\"\nou-paths = [\"A\", \"B/C**\"]\n",
            6,
            21,
            "** must be alone between slashes",
        ),
        (
            "[[rules]]\nname = \"r\"\nskip = \"x\"\nou-paths = [\"A\", \"\"]\n",
            6,
            19,
            "the root itself is \"/\"",
        ),
        (
            "[[rules]]\nname = \"r\"\nskip = \"x\"\nous = [\"ou-ab12-11111111\", \"Workloads\"]\n",
            6,
            28,
            "ou-paths takes names",
        ),
        (
            "[[rules]]\nname = \"r\"\nskip = \"x\"\njoined-after = 2026-01-01T00:00:00\n",
            6,
            16,
            "is not a time",
        ),
        ("[[rules]]\nname = \"r\"\nskip = \"x\"\njoined-after = \"2026\"\n", 6, 16, ""),
        ("[[rules]]\nname = \"r\"\nskip = \"x\"\ntags = { env = 3 }\n", 6, 16, "a tag is true (present)"),
        (
            "[[rules]]\nname = \"r\"\nskip = \"x\"\naccounts = [\"000000000001\", \"1\"]\n",
            6,
            29,
            "exactly 12 digits",
        ),
        (
            "[[rules]]\nname = \"r\"\nskip = \"x\"\naccounts-file = \"gone\"\n",
            6,
            17,
            "the file cannot be read: this program does not open files",
        ),
        ("[[rules]]\nname = \"r\"\nskip = \"x\"\nmatches = \"x\"\n", 6, 1, "unknown field `matches`"),
        ("[[rules]]\nskip = \"x\"\n", 3, 1, "missing field `name`"),
    ]);
}

#[test]
fn invalid_names_sources_and_limits_are_reported_with_their_place() {
    all_are_refused(&[
        ("[naming]\ntemplate = \"x_${nmae}\"\n", 4, 15, "unknown placeholder ${...}"),
        ("[naming]\ntemplate = '\\u0024{nmae}${'\n", 4, 25, "not closed"),
        ("[naming]\ntemplate = \"\\u0024{nmae}\"\n", 4, 12, "unknown placeholder ${...}"),
        ("[naming]\ntemplate = \"fixed\"\n", 4, 13, "the same for every account"),
        ("[naming]\nrule = \"template\"\n", 4, 8, "needs a template"),
        ("[naming]\nrule = \"guide\"\ntemplate = \"${id}\"\n", 5, 12, "a template needs rule"),
        ("[[sources]]\nkind = \"csv\"\n", 4, 8, "a source of the kind csv needs a file"),
        ("[[sources]]\nkind = \"list\"\n", 4, 8, "needs accounts"),
        (
            "[[sources]]\nkind = \"list\"\naccounts = [[\"111122223333\", \"a@example.com\", \"prod\"]]\n",
            5,
            13,
            "an account as a table with id and name",
        ),
        (
            "[[sources]]\nkind = \"organizations\"\nname = \"x\"\npad-ids = true\n",
            6,
            11,
            "pad-ids is not allowed in a source of the kind organizations",
        ),
        (
            "[[sources]]\nkind = \"organizations\"\npayer = \"000000000001\"\n",
            5,
            9,
            "payer is not allowed in a source of the kind organizations",
        ),
        (
            "[[sources]]\nkind = \"xml\"\n",
            4,
            8,
            "this word is unknown, expected one of `organizations`, `csv`",
        ),
        (
            "[[sources]]\nkind = \"organizations\"\n[[sources]]\nkind = \"organizations\"\n",
            6,
            8,
            "an earlier source has the same name",
        ),
        (
            "[[sources]]\nkind = \"list\"\naccounts = [{ id = \"000000000001\", name = \"a\" }, { id = \"000000000001\", name = \"a\" }]\n",
            5,
            50,
            "occurs twice",
        ),
        ("[[sources]]\nkind = \"list\"\naccounts = []\n", 5, 12, "the list is empty"),
        ("[listing]\nmax-age-minutes = 5\n", 4, 19, "set listing.keep"),
        ("[limits]\nmax-missing = 2.0\n", 4, 15, "not a share"),
    ]);
}

#[test]
fn the_line_is_shown_in_characters() {
    insta::assert_snapshot!(error(&format!("{HEAD}[[rules]]\nname = \"ü\"\nskip = \"ü\"\nou-paths = [\"Bücher\", \"Ä//B\"]\n")), @"
    intent error at line 6, column 26
      |
    6 | ou-paths = […, …]
      |                ^
    this is not a pattern over organizational units: there is no name between two slashes
    ");
}

#[test]
fn a_file_and_code_can_say_the_same_about_roles() {
    use harness_ccm_core::catalog::Release;
    use harness_ccm_core::cluster::{Cluster, TrustBy};
    use harness_ccm_core::intent::{Layout, RoleSettings};
    use harness_ccm_core::role::QuotaSource;
    let read = Config::from_toml(
        r#"
        [harness]
        account-id = "acct"
        trust-by = "narrowed-account"
        [role]
        layout = "managed"
        release = "module-1.0.1"
        prefix = "acme-"
        name = "CCM"
        path = "/finops/"
        boundary = "arn:${partition}:iam::${account}:policy/Boundary"
        additional-external-ids = ["harness:891928451355:second"]
        tags = { team = "finops" }
        quotas = "account"
        "#,
        None,
    )
    .unwrap()
    .intent;
    let mut role = RoleSettings::default();
    role.layout = Layout::Managed;
    role.release = Release::Module1_0_1.into();
    role.prefix = "acme-".parse().unwrap();
    role.name = "CCM".parse().unwrap();
    role.path = "/finops/".parse().unwrap();
    role.boundary = Some("arn:${partition}:iam::${account}:policy/Boundary".parse().unwrap());
    role.additional_external_ids.insert("harness:891928451355:second".parse().unwrap());
    role.tags.insert("team".into(), "finops".into());
    role.quotas = QuotaSource::Account;
    let cluster = Cluster::us().with_trust_by(TrustBy::NarrowedAccount);
    let built = Intent::new("acct".parse().unwrap(), cluster, "harness:891928451355:acct".parse().unwrap());
    assert_eq!(read, built.with_role(role));
    assert_eq!(read.role_name().unwrap().as_str(), "acme-CCM");
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_file() {
    let text =
        "harness = { account-id = \"acct\" }\n[[rules]]\nname = \"all\"\nfeatures = [\"visibility\"]\n";
    let plain = Config::from_toml(text, None).unwrap();
    assert_eq!(Config::from_toml(&format!("\u{feff}{text}"), None).unwrap().intent, plain.intent);
}
