//! `apply FILE`: the file determines which writes are permitted. The program plans again, for the current state.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use harness_ccm_aws_servers::skip;
use serde_json::{Value, json};
use support::{CALLER, PINNED, Site};

/// Every account leaves.
fn skipping() -> String {
    PINNED.replace("features = [\"visibility\"]", "skip = \"no\"")
}

/// The listing is a file of these accounts.
fn listed_in_a_file(intent: &str) -> String {
    intent.replace("[[rules]]", "[[sources]]\nkind = \"csv\"\nfile = \"accounts.csv\"\n\n[[rules]]")
}

fn list(site: &Site, accounts: &[&str]) {
    let line = |id: &&str| {
        format!("{id},team,ACTIVE,arn:aws:organizations::123456789012:account/ORGANIZATION/{id}\n")
    };
    let lines: String = accounts.iter().map(line).collect();
    site.write("accounts.csv", &format!("id,name,state,arn\n{lines}"));
}

fn read(site: &Site, file: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(site.folder.path().join(file)).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_file_does_nothing_in_another_organization_than_the_pinned_one() {
    if skip() {
        return;
    }
    let site = Site::of(3, PINNED).await;
    site.onboard(&["apply", "--yes"]).exits(0);
    let gone = site.members()[0].to_owned();
    site.leave(&[&gone]);
    site.onboard(&["--mode", "sync", "plan", "--out", "plan.json"]).exits(0);
    let other = Site::of(2, PINNED).await;
    let before = site.harness.connectors().len();
    let elsewhere = [("AWS_ENDPOINT_URL", other.moto.endpoint())];
    let elsewhere: Vec<_> = elsewhere.iter().map(|(name, value)| (*name, value.as_str())).collect();
    site.take_writes();
    let run = site.onboard_with(&["apply", "plan.json", "--yes"], &elsewhere).exits(1);
    assert!(run.stderr.contains("belong to the organization o-"), "{}", run.stderr);
    site.write("onboard.toml", &PINNED.replace("ORGANIZATION", "o-otherotherx"));
    site.onboard(&["apply", "plan.json", "--yes"]).exits(1);
    assert_eq!((site.harness.connectors().len(), site.take_writes()), (before, vec![]));
    // In its own organization it is applied.
    site.write("onboard.toml", PINNED);
    site.onboard(&["apply", "plan.json", "--yes"]).exits(0);
    assert_eq!(site.harness.connectors().len(), before - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_file_made_on_a_listing_that_was_short_removes_nothing_once_it_is_whole() {
    if skip() {
        return;
    }
    let site = Site::of(3, &listed_in_a_file(PINNED)).await;
    let members: Vec<String> = site.members().into_iter().map(str::to_owned).collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    list(&site, &members);
    site.onboard(&["apply", "--yes"]).exits(0);
    list(&site, &members[1..]);
    site.onboard(&["--mode", "sync", "plan", "--out", "plan.json"]).exits(0);
    list(&site, &members);
    site.take_writes();
    let run = site.onboard(&["apply", "plan.json", "--yes"]).exits(1);
    assert!(run.words().contains("the steps due now are not the approved ones"), "{}", run.stdout);
    assert_eq!(site.take_writes(), [""; 0]);
    for (option, made_with) in [("upsert", "sync"), ("sync", "upsert")] {
        site.onboard(&["--mode", made_with, "plan", "--out", "plan.json"]).exits(0);
        let run = site.onboard(&["--mode", option, "apply", "plan.json", "--yes"]).exits(1);
        assert!(
            run.stderr.contains(&format!("the plan was not made with --mode {option}")),
            "{}",
            run.stderr
        );
    }
    let run = site.onboard(&["--adopt", "apply", "plan.json", "--yes"]).exits(1);
    assert!(run.stderr.contains("the plan was not made with --adopt"), "{}", run.stderr);
    // An account that joined since is not in the file.
    list(&site, &members[..2]);
    site.onboard(&["plan", "--out", "plan.json"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_plan_file_writes_nothing_that_is_not_planned() {
    if skip() {
        return;
    }
    let site = Site::of(12, PINNED).await;
    site.onboard(&["plan", "--out", "new.json"]).exits(0);
    let wide =
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let mut edited = read(&site, "new.json");
    for account in edited["accounts"].as_object_mut().unwrap().values_mut() {
        for step in account["steps"].as_array_mut().unwrap() {
            if let Some(inline) = step.pointer_mut("/action/put_role/spec/inline") {
                inline.as_object_mut().unwrap().values_mut().for_each(|policy| *policy = wide.clone());
            }
        }
    }
    site.write("edited.json", &edited.to_string());
    site.take_writes();
    let run = site.onboard(&["apply", "edited.json", "--yes"]).exits(1);
    assert!(run.stdout.contains("the plan was edited"), "{}", run.stdout);
    assert_eq!(site.take_writes(), [""; 0]);
    site.onboard(&["apply", "new.json", "--yes"]).exits(0);
    site.onboard(&["apply", "new.json", "--yes"]).exits(0);

    // In reverse order, a role would be removed while a connector of the account still names it; with more accounts, the limits
    // would pass more removals.
    site.write("onboard.toml", &skipping());
    site.onboard(&["--mode", "sync", "plan", "--out", "leave.json"]).exits(1);
    let plan = read(&site, "leave.json");
    let mut reversed = plan.clone();
    let mut padded = plan;
    for account in reversed["accounts"].as_object_mut().unwrap().values_mut() {
        account["steps"].as_array_mut().unwrap().reverse();
    }
    for (account, plan) in padded["accounts"].as_object_mut().unwrap() {
        let made_up: Vec<Value> = (0..20).map(|n| json!({"connector": format!("zz{account}_{n}")})).collect();
        plan["in_sync"] = json!(made_up);
    }
    // In parts, each below the number that is always allowed, and together above the limit.
    let mut part = reversed.clone();
    for account in part["accounts"].as_object_mut().unwrap().values_mut().skip(2) {
        account["steps"] = json!([]);
    }
    site.write("part.json", &part.to_string());
    site.write("reversed.json", &reversed.to_string());
    site.write("padded.json", &padded.to_string());
    site.take_writes();
    for file in ["reversed.json", "padded.json", "part.json"] {
        let run = site.onboard(&["apply", file, "--yes"]).exits(1);
        assert!(
            run.stderr.contains("limits.max-removals") || run.stderr.contains("keeps none"),
            "{}",
            run.stderr
        );
    }
    assert_eq!(site.take_writes(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn offboarding_always_uses_a_new_listing() {
    if skip() {
        return;
    }
    let site = Site::of(3, &listed_in_a_file(PINNED)).await;
    let members: Vec<String> = site.members().into_iter().map(str::to_owned).collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let keeping = listed_in_a_file(PINNED)
        .replace("[[rules]]", "[listing]\nkeep = \"kept.json\"\nmax-age-minutes = 60\n\n[[rules]]");
    site.write("keeping.toml", &keeping);
    list(&site, &members[..2]);
    site.onboard(&["--config", "keeping.toml", "apply", "--yes"]).exits(0);
    list(&site, &members);
    site.onboard(&["apply", "--yes"]).exits(0);
    let run = site.onboard(&["--config", "keeping.toml", "plan"]).exits(0);
    assert!(!run.stdout.contains(members[2]), "the kept listing answers");
    site.onboard(&["--config", "keeping.toml", "offboard", "--all", "--yes"]).exits(0);
    assert_eq!(site.harness.connectors().len(), 0, "the account that joined since is offboarded too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_a_file_lost_removes_nothing() {
    if skip() {
        return;
    }
    let rules = listed_in_a_file(PINNED).replace("features =", "tags = { env = \"prod\" }\nfeatures =");
    let site = Site::of(4, &rules).await;
    let members: Vec<String> = site.members().into_iter().map(str::to_owned).collect();
    let write = |header: &str, value: &str| {
        let line = |id: &String| {
            format!("{id},team,arn:aws:organizations::123456789012:account/ORGANIZATION/{id}{value}\n")
        };
        let lines: String = members.iter().map(line).collect();
        site.write("accounts.csv", &format!("id,name,arn{header}\n{lines}"));
    };
    write(",tag:team,tag:env", ",x,prod");
    site.onboard(&["apply", "--yes"]).exits(0);
    site.take_writes();
    for (header, value) in
        [(",tag:team", ",x"), (",tag:team,tags:env", ",x,prod"), (",tag:team,tag:env", ",x,")]
    {
        write(header, value);
        let run = site.onboard(&["--mode", "sync", "apply", "--yes"]).exits(1);
        assert!(run.words().contains("it is not known whether it has a tag \"env\""), "{}", run.stdout);
        assert_eq!(site.take_writes(), [""; 0], "{header}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payer_that_a_file_no_longer_marks_keeps_what_it_has() {
    if skip() {
        return;
    }
    let rules = listed_in_a_file(PINNED)
        .replace("kind = \"csv\"", "kind = \"json\"")
        .replace("features =", "management = true\nfeatures =");
    let site = Site::of(2, &rules).await;
    let write = |payer: Option<bool>| {
        let account = |(id, _): &(String, String)| {
            let management = if id == CALLER { payer } else { Some(false) };
            json!({"id": id, "name": "team", "organization": site.organization, "management": management})
        };
        let accounts: Vec<Value> = site.accounts.iter().map(account).collect();
        site.write("accounts.csv", &json!(accounts).to_string());
    };
    write(Some(true));
    site.onboard(&["apply", "--yes"]).exits(0);
    assert!(!site.take_writes().is_empty());
    write(None);
    let run = site.onboard(&["--mode", "sync", "apply", "--yes"]).exits(1);
    assert!(run.stdout.contains("set sources.payer"), "{}", run.stdout);
    assert_eq!(site.take_writes(), [""; 0]);
    write(Some(false));
    let run = site.onboard(&["--mode", "sync", "plan"]).exits(1);
    assert!(
        run.stdout.contains("- connector") && run.stdout.contains("keeps none"),
        "a mark that says no is an answer, which the limits judge: {}",
        run.stdout
    );
}
