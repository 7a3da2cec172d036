//! What cannot work is refused before any call, with a remedy.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use futures_executor::block_on;
use harness_ccm_core::account::Account;
use harness_ccm_core::backend::{ConnectorListing, ConnectorView, MockConnectorClient, MockRoleProvisioner};
use harness_ccm_core::catalog::Release;
use harness_ccm_core::config::Config;
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::feature::{
    AutoStopping, Billing, CurReport, FeatureSet, Governance, GovernanceAccess, Optimization,
};
use harness_ccm_core::id::Partition;
use harness_ccm_core::intent::{Choice, Hold, Intent, InvalidIntent, Layout, RoleSettings};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::observe::{ObserveOptions, observe_accounts};
use harness_ccm_core::plan::{PlanOptions, make_plan};
use harness_ccm_core::role::QuotaSource;
use support::*;

/// The refusal of an intent for one account: when it is resolved, or by a withheld account. The mocks panic if any role is read
/// or written, or any connector written.
fn refusal(intent: &Intent, account: Account) -> String {
    let desired = match intent.resolve(Listing::complete([account])) {
        Ok(desired) => desired,
        Err(error) => return error.to_string(),
    };
    let roles = MockRoleProvisioner::new();
    let mut connectors = MockConnectorClient::new();
    connectors.expect_list_connectors().once().returning(|| Ok(ConnectorListing::default()));
    connectors.expect_view().once().returning(|| Ok(ConnectorView::All));
    let observed =
        block_on(observe_accounts(&desired, &roles, &connectors, ObserveOptions::default(), &NoEvents))
            .unwrap();
    let plan = make_plan(&desired, &observed, PlanOptions::default());
    assert!(!plan.has_changes(), "{}", plan.render());
    let withheld: Vec<_> = plan.accounts().values().flat_map(|account| &account.withheld).collect();
    assert_eq!(withheld.len(), 1, "{withheld:?}");
    withheld[0].reason.to_string()
}

fn gov_cloud() -> Account {
    account(1, "gov").with_partition(Partition::UsGov)
}

fn with_role(features: FeatureSet, set: impl FnOnce(&mut RoleSettings)) -> Intent {
    let mut settings = RoleSettings::default();
    set(&mut settings);
    intent(features).with_role(settings)
}

fn enforcing(policies: usize) -> FeatureSet {
    let own = (0..policies)
        .map(|n| format!("arn:${{partition}}:iam::${{account}}:policy/Enforce{n}").parse().unwrap());
    visibility().with_governance(
        Governance::new().with_access(GovernanceAccess::ViewOnly).with_enforcement_policies(own),
    )
}

/// Optimization with a policy for secrets of exactly this size.
fn with_secrets_of(size: usize) -> FeatureSet {
    let secret =
        |name: &str| format!("arn:aws:secretsmanager:us-east-1:000000000001:secret:{name}").parse().unwrap();
    let features = |last: usize| {
        let names =
            (10..60).map(|n| format!("{n}{}", "s".repeat(40))).chain([format!("x{}", "s".repeat(last))]);
        visibility().with_optimization(
            Optimization::new()
                .with_kinds([AutoStopping::Proxy])
                .with_secrets(names.map(|name| secret(&name))),
        )
    };
    let measured = |features: &FeatureSet| {
        let mut settings = RoleSettings::default();
        settings.layout = Layout::Managed;
        settings.quotas = QuotaSource::Account;
        let role = "arn:aws:iam::000000000001:role/HarnessCERole".parse().unwrap();
        let cluster = harness_ccm_core::cluster::Cluster::us();
        let permissions =
            harness_ccm_core::catalog::Request::new(features, &role, &cluster).permissions().unwrap();
        permissions.policies.iter().map(|grant| grant.document.size()).max().unwrap()
    };
    let least = measured(&features(1));
    assert!(least <= size, "{least}");
    features(1 + size - least)
}

#[test]
fn gov_cloud_with_visibility() {
    let mut intent = intent(visibility());
    intent.cluster =
        intent.cluster.with_trusted(vec!["arn:aws-us-gov:iam::210987654321:user/harness".into()]);
    insta::assert_snapshot!(refusal(&intent, gov_cloud()), @"Harness refuses visibility for GovCloud accounts: add a rule for GovCloud accounts without billing and visibility");
}

#[test]
fn a_refusal_of_one_account_withholds_it_and_a_refusal_of_all_is_an_error() {
    let mixed = |intent: Intent| intent.resolve(Listing::complete([account(2, "commercial"), gov_cloud()]));
    let desired = mixed(intent(FeatureSet::new().with_governance(Governance::default()))).unwrap();
    assert!(matches!(desired.accounts()[&id(1)].choice, Choice::Withhold(Hold::Impossible(_))));
    assert!(matches!(desired.accounts()[&id(2)].choice, Choice::Onboard(_)));
    // A release without the kind of AutoStopping has it in no account.
    let old = with_role(with_ec2(), |role| role.release = Release::Module0_1_4.into());
    let error = mixed(old).unwrap_err();
    assert!(matches!(&error, InvalidIntent::Rule { rule, .. } if rule == "all"), "{error}");
}

#[test]
fn a_user_of_another_partition() {
    let features = FeatureSet::new().with_governance(Governance::default());
    insta::assert_snapshot!(refusal(&intent(features.clone()), gov_cloud()), @"the account is in the partition aws-us-gov, where arn:aws:iam::891928451355:user/ce-prod-bucket-admin does not exist: ask Harness which principals it uses in GovCloud and set the setting `trusted` to them, or skip the account");
    insta::assert_snapshot!(refusal(&intent(features), account(1, "cn").with_partition(Partition::China)), @"the account is in the partition aws-cn, where arn:aws:iam::891928451355:user/ce-prod-bucket-admin does not exist: skip accounts in China, unless your Harness is self-managed there: a Harness outside China cannot assume a role in them, and a connector's test can never pass. For their costs, copy the report's objects into a bucket of the partition aws");
}

#[test]
fn an_empty_bucket_for_reports() {
    let features = FeatureSet::new().with_billing(Billing::new(CurReport::new("cur", "")));
    insta::assert_snapshot!(refusal(&intent(features), account(1, "payer")), @r#"rule "all": billing has a report without a bucket: set the setting `report-bucket` to the bucket that the report is written to"#);
}

#[test]
fn eleven_attachments() {
    assert!(intent(enforcing(9)).resolve(Listing::complete([account(1, "ten")])).is_ok());
    insta::assert_snapshot!(refusal(&intent(enforcing(10)), account(1, "eleven")), @r#"rule "all": HarnessCERole: 11 managed policies would be attached, 10 are allowed: attach fewer, or raise the quota L-0DA4ABF3 and set the setting `role-quotas` to "account""#);
    // A user with a raised quota says so, and then each account is queried; 25 is the maximum that AWS
    // grants.
    let raised = |policies| with_role(enforcing(policies), |role| role.quotas = QuotaSource::Account);
    assert!(raised(24).resolve(Listing::complete([account(1, "raised")])).is_ok());
    insta::assert_snapshot!(refusal(&raised(25), account(1, "too many")), @r#"rule "all": HarnessCERole: 26 managed policies would be attached, 25 are allowed: attach fewer"#);
}

#[test]
fn a_policy_of_6145_characters() {
    let managed = |size| with_role(with_secrets_of(size), |role| role.layout = Layout::Managed);
    assert!(managed(6_144).resolve(Listing::complete([account(1, "fits")])).is_ok());
    insta::assert_snapshot!(refusal(&managed(6_145), account(1, "large")), @r#"rule "all": HarnessCERole: the managed policy HarnessSecretAccessPolicy has 6145 characters, 6144 are allowed: enable fewer features, or use the layout inline"#);
    // One inline policy has room for it.
    assert!(intent(with_secrets_of(6_145)).resolve(Listing::complete([account(1, "inline")])).is_ok());
    insta::assert_snapshot!(refusal(&intent(with_secrets_of(9_500)), account(1, "larger")), @r#"rule "all": HarnessCERole: the inline policies have 10586 characters together, 10240 are allowed: enable fewer features, or use the layout managed"#);
}

#[test]
fn a_prefix_that_leaves_no_room() {
    let toml = |prefix: &str, name: &str| {
        format!("[harness]\naccount-id = \"acct\"\n[role]\nprefix = \"{prefix}\"\nname = \"{name}\"\n")
    };
    let error = |text: &str| match Config::from_toml(text, None) {
        Ok(config) => refusal(&config.intent, account(1, "x")),
        Err(error) => error.to_string(),
    };
    let (longest, longer) = ("p".repeat(36), "p".repeat(37));
    let fits = Config::from_toml(&toml(&longest, "HarnessCELambdaExecutionRole"), None).unwrap().intent;
    assert!(fits.resolve(Listing::complete([account(1, "x")])).is_ok());
    insta::assert_snapshot!(error(&toml(&longer, "HarnessCERole")), @"
    TOML parse error at line 4, column 10
      |
    4 | prefix = …
      |          ^
    this is not a valid name prefix: it has at most 36 characters out of letters, digits and _+=,.@-
    ");
    insta::assert_snapshot!(error(&toml(&longest, "HarnessCELambdaExecutionRoles")), @"the setting `role-prefix` and the setting `role-name` have 65 characters together, IAM allows 64: shorten one of them");
}

#[test]
fn a_trust_policy_that_is_too_large() {
    let ids =
        |count: usize| (0..count).map(|n| format!("harness:891928451355:account-{n:018}").parse().unwrap());
    let of = |count| with_role(visibility(), |role| role.additional_external_ids.extend(ids(count)));
    assert!(of(30).resolve(Listing::complete([account(1, "fits")])).is_ok());
    insta::assert_snapshot!(refusal(&of(60), account(1, "large")), @r#"rule "all": HarnessCERole: the trust policy has 3301 characters, 2048 are allowed: trust fewer principals or external ids, or raise the quota L-C07B4B0D and set the setting `role-quotas` to "account""#);
}

#[test]
fn a_session_of_more_than_an_hour_for_roles_that_assume_roles() {
    let of = |session: u32, trusted: &[&str]| {
        let mut intent = intent(visibility());
        intent.connector.session = Some(session.try_into().unwrap());
        intent.cluster.trusted = trusted.iter().map(|principal| (*principal).to_owned()).collect();
        intent
    };
    let (role, user) = ("arn:aws:iam::111122223333:role/Harness", "arn:aws:iam::111122223333:user/harness");
    for good in
        [of(3_600, &[role]), of(7_200, &[user]), of(7_200, &[role, user]), of(7_200, &["111122223333"])]
    {
        assert!(good.resolve(Listing::complete([account(1, "x")])).is_ok(), "{:?}", good.cluster.trusted);
    }
    insta::assert_snapshot!(refusal(&of(3_601, &[role]), account(1, "x")), @"sessions of 3601 seconds are not possible if the setting `trusted` contains a role: a session of one role in another lasts at most 3600 seconds: lower the setting `session`");
}

#[test]
fn tags_that_iam_refuses() {
    let of = |tags: &[(&str, &str)]| {
        with_role(visibility(), |role| {
            role.tags.extend(tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        })
    };
    let shown = |tags: &[(&str, &str)]| refusal(&of(tags), account(1, "x"));
    insta::assert_snapshot!(shown(&[("aws:team", "x")]), @r#"the tag "aws:team" has a key that IAM refuses: AWS reserves keys that begin with aws:"#);
    insta::assert_snapshot!(shown(&[("team", "a;b")]), @r#"the tag "team" has a value that IAM refuses: it has at most 256 characters out of letters, digits, spaces and _.:/=+-@"#);
    insta::assert_snapshot!(shown(&[("Team", "x"), ("team", "y")]), @r#"the tags "Team" and "team" have the same key to IAM, which ignores case: keep one of them"#);
    insta::assert_snapshot!(shown(&[("harness-ccm-owner", "me")]), @r#"the tag "harness-ccm-owner" is reserved: use another key"#);
    let many: Vec<_> = (0..48).map(|n| format!("k{n}")).collect();
    let tags: Vec<_> = many.iter().map(|key| (key.as_str(), "")).collect();
    assert!(of(&tags[..46]).resolve(Listing::complete([account(1, "x")])).is_ok());
    insta::assert_snapshot!(shown(&tags), @"a role would have 52 tags, 50 are allowed: set fewer; up to four are our own");
}
