//! Configurations that are built in code, written as files and read again.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[path = "support/configs.rs"]
mod configs;

use std::time::Duration;

use harness_ccm_core::account::Account;
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::config::{Config, ListingSettings, UnwritableConfig};
use harness_ccm_core::feature::FeatureSet;
use harness_ccm_core::intent::{Intent, Reach, Rule};
use harness_ccm_core::limits::Limits;
use harness_ccm_core::route::{Assume, Route, SessionScope};
use harness_ccm_core::selector::{Selector, TagCondition};
use harness_ccm_core::source::{SourceKind, SourceSpec};
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_written_configuration_reads_as_the_same(config in configs::config()) {
        let text = config.to_toml().unwrap_or_else(|error| panic!("{error}\n{config:#?}"));
        prop_assert_eq!(&Config::from_toml(&text, None).unwrap(), &config, "{}", text);
        prop_assert_eq!(Config::from_toml(&text, None).unwrap().to_toml().unwrap(), text);
    }
}

fn intent() -> Intent {
    Intent::us("acct".parse().unwrap())
}

#[test]
fn the_written_text() {
    let config = Config::new(
        intent()
            .with_owner("finops".parse().unwrap())
            .with_tag("team", "finops")
            .with_regions(["eu-west-1"])
            .with_rule(Rule::skip(
                "sandboxes",
                Selector::all()
                    .with_ou_path("Sandbox/**".parse().unwrap())
                    .with_tag("env", TagCondition::is("lab")),
                "no spend",
            ))
            .with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility())),
    );
    insta::assert_snapshot!(config.to_toml().unwrap());
}

#[test]
fn a_file_says_that_there_are_no_limits() {
    let config = Config::new(intent()).with_limits(Limits::none());
    assert_eq!(Config::from_toml(&config.to_toml().unwrap(), None).unwrap().limits, Limits::none());
}

#[test]
fn what_no_file_can_express_is_reported_with_its_table() {
    let all = || Selector::all();
    let visibility = || FeatureSet::new().with_visibility();
    let lost = |config: Config| match config.to_toml() {
        Err(UnwritableConfig::Lost { part }) => part,
        other => panic!("{other:?}"),
    };
    let own_bucket = || {
        let mut cluster = Cluster::us();
        cluster.bucket = "another".into();
        cluster
    };
    assert_eq!(lost(Config::new(intent().with_cluster(own_bucket()))), "harness");
    let more = Cluster::eu().with_additional_external_ids(["harness:2:acct".parse().unwrap()]);
    assert_eq!(lost(Config::new(intent().with_cluster(more))), "harness");
    let scoped = Assume::default().with_scope(SessionScope::new(["Role".parse().unwrap()]));
    assert_eq!(lost(Config::new(intent().with_reach(Reach::default().with_members(scoped.into())))), "reach");
    assert_eq!(lost(Config::new(intent().with_reach(Reach::default().with_members(Route::Direct)))), "reach");
    let seconds = ListingSettings::new("kept.json").with_max_age(Duration::from_secs(90));
    assert_eq!(lost(Config::new(intent()).with_listing(seconds)), "listing");
    let doubtful = Account::new("111122223333".parse().unwrap(), "a").with_doubt("two sources disagree");
    let source = SourceSpec::new("list", SourceKind::List(vec![doubtful]));
    assert_eq!(lost(Config::new(intent()).with_source(source)), "sources");
    let nobody = Rule::onboard("nobody", all().with_accounts([]), visibility());
    assert_eq!(lost(Config::new(intent().with_rule(nobody))), "rules");

    let refused = |rule: Rule| match Config::new(intent().with_rule(rule)).to_toml() {
        Err(UnwritableConfig::Refused(error)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let nothing = refused(Rule::onboard("nothing", all(), FeatureSet::new()));
    assert!(nothing.contains("its list of features is empty"), "{nothing}");
    let never = TagCondition::OneOf([].into());
    let never = refused(Rule::onboard("never", all().with_tag("env", never), visibility()));
    assert!(never.contains("list of values is empty"), "{never}");
}
