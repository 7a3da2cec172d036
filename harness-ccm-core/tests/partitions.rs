//! A partition that this version does not know makes only its accounts incomplete, for any source that names it.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[path = "support/lists.rs"]
mod lists;
#[path = "support/slate.rs"]
#[allow(dead_code, reason = "shared by test files, each of which uses a part")]
mod slate;

use futures_executor::block_on;
use harness_ccm_core::account::AccountQuery;
use harness_ccm_core::backend::AccountSource;
use harness_ccm_core::config::Config;
use harness_ccm_core::files::NoFiles;
use harness_ccm_core::id::{AccountId, Partition};
use harness_ccm_core::intent::{Choice, Desired, Hold, Intent};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::source::{Kept, ListSource, Record, open};
use lists::{csv, json};
use slate::Slate;

const HERE: &str = "222233334444";
const THERE: &str = "555566667777";
const INTENT: &str = "owner = \"finops\"\n[harness]\naccount-id = \"acct\"\ncluster = \"us\"\n\
                      [[rules]]\nname = \"all\"\nfeatures = [\"governance\"]\n";

fn arn(partition: &str, account: &str) -> String {
    format!("arn:{partition}:organizations::111122223333:account/o-a1b2c3d4e5/{account}")
}

/// One account in `aws` and one in `partition`, in every form in which a source may name them.
fn listings(partition: &str) -> Vec<(&'static str, Listing)> {
    let (here, there) = (arn("aws", HERE), arn(partition, THERE));
    let by_csv = csv(&format!("id,name,arn\n{HERE},a,{here}\n{THERE},b,{there}\n"));
    let by_arn = json(&format!(
        r#"[{{"Id":"{HERE}","Name":"a","Arn":"{here}","State":"ACTIVE"}},{{"Id":"{THERE}","Name":"b","Arn":"{there}","State":"ACTIVE"}}]"#
    ));
    let by_word = json(&format!(
        r#"[{{"id":"{HERE}","name":"a"}},{{"id":"{THERE}","name":"b","partition":"{partition}"}}]"#
    ));
    let slate = Slate::default();
    let now = "2026-01-31".parse().unwrap();
    let keep = |age| {
        let source = ListSource::new(by_csv.clone());
        let kept = Kept::new(source, slate.clone(), now).with_max_age(age);
        block_on(kept.list_accounts(&AccountQuery::new())).unwrap()
    };
    keep(std::time::Duration::ZERO);
    assert!(slate.text(Record::Latest).unwrap().contains(partition));
    let kept = keep(std::time::Duration::from_hours(1));
    let toml = format!(
        "{INTENT}\n[[sources]]\nkind = \"list\"\naccounts = [{{ id = \"{HERE}\", name = \"a\" }}, {{ id = \"{THERE}\", name = \"b\", partition = \"{partition}\" }}]\n"
    );
    let config = Config::from_toml(&toml, None).unwrap();
    let source = open(&config.sources, &NoFiles, |_| unreachable!()).unwrap();
    let written = block_on(source.list_accounts(&AccountQuery::new())).unwrap();
    vec![
        ("CSV", by_csv.clone()),
        ("JSON, by the ARN", by_arn),
        ("JSON, by its name", by_word),
        ("kept", kept),
        ("the configuration", written),
    ]
}

fn intent() -> Intent {
    Config::from_toml(INTENT, None).unwrap().intent
}

fn choice<'a>(desired: &'a Desired, id: &str) -> &'a Choice {
    &desired.accounts()[&id.parse::<AccountId>().unwrap()].choice
}

#[test]
fn an_unknown_partition_leaves_only_its_account_incomplete() {
    for partition in ["aws-iso-f", "aws-mars"] {
        for (form, listing) in listings(partition) {
            let desired = intent().resolve(listing).unwrap();
            assert!(matches!(choice(&desired, HERE), Choice::Onboard(_)), "{form}");
            let name: Partition = partition.parse().unwrap();
            let hold = Hold::UnknownPartition { name };
            assert!(hold.is_incomplete());
            assert_eq!(choice(&desired, THERE), &Choice::Withhold(hold), "{form}");
            let note = format!(
                "nothing is done, because this version does not know their partition {partition}: {THERE}"
            );
            let shown: Vec<_> = desired.diagnostics.iter().map(ToString::to_string).collect();
            assert!(shown.contains(&note), "{form}: {shown:?}");
        }
    }
}

#[test]
fn the_european_sovereign_cloud_is_known_and_no_harness_elsewhere_reaches_it() {
    for (form, listing) in listings("aws-eusc") {
        let there = listing.accounts().iter().find(|account| account.id.as_str() == THERE).unwrap();
        assert_eq!(there.partition, Partition::EuSovereign, "{form}");
        let desired = intent().resolve(listing).unwrap();
        assert!(matches!(choice(&desired, HERE), Choice::Onboard(_)), "{form}");
        let Choice::Withhold(Hold::Impossible(why)) = choice(&desired, THERE) else { panic!("{form}") };
        let remedy = why.remedy();
        assert!(remedy.contains("skip accounts in the European Sovereign Cloud"), "{remedy}");
    }
}

#[test]
fn a_rule_leaves_an_account_in_an_unknown_partition_out() {
    let toml = INTENT.replace(
        "[[rules]]",
        &format!("[[rules]]\nname = \"no\"\naccounts = [\"{THERE}\"]\nskip = \"x\"\n[[rules]]"),
    );
    let intent = Config::from_toml(&toml, None).unwrap().intent;
    for (form, listing) in listings("aws-iso-f") {
        let desired = intent.resolve(listing).unwrap();
        assert!(matches!(choice(&desired, THERE), Choice::Skip(_)), "{form}");
    }
}

#[test]
fn a_word_that_is_not_a_partition_is_refused_with_its_place() {
    let text = format!("id,name,arn\n{HERE},a,{}\n", arn("mars", HERE));
    let error = lists::csv_error(text);
    assert!(error.contains("line 2"), "{error}");
}
