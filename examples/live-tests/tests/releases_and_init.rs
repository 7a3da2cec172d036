//! Releases of the permissions, and an intent from existing resources, by the built program in memory.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[allow(dead_code, reason = "shared by test files, each of which uses a part")]
#[path = "support/memory.rs"]
mod memory;

use memory::Place;
use serde_json::Value;

#[test]
fn releases_are_listed_and_compared_without_an_intent() {
    let place = Place::new(0);
    let listed = place.run(&["releases"]).exits(0);
    assert_eq!(listed.stdout, "module-0.1.4\nmodule-1.0.1\n2026-11\n");
    let json: Value = serde_json::from_str(&place.run(&["--json", "releases"]).exits(0).stdout).unwrap();
    assert_eq!(json["current"], "2026-11");
    let diff = place.run(&["releases", "diff", "module-1.0.1", "2026-11"]).exits(0).stdout;
    assert!(diff.contains("  + bcm-data-exports:GetExport on *\n"), "{diff}");
    let json = place.run(&["--json", "releases", "diff", "module-1.0.1", "2026-11"]).exits(0).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json["diff"]["from"], &json["diff"]["to"]), (&"module-1.0.1".into(), &"2026-11".into()));
    let added = json["diff"]["added"].as_array().unwrap();
    assert!(added.iter().any(|added| added["action"] == "elasticache:DescribeReservedCacheNodes"));
    let none = place.run(&["releases", "diff", "2026-11", "2027-01"]).exits(1);
    assert!(none.stderr.contains("no release of the permissions has this name"), "{}", none.stderr);
}

#[test]
fn a_plan_names_the_release_that_current_is() {
    let place = Place::new(3);
    let intent = format!("{}\n[role]\nrelease = \"current\"\n", memory::INTENT);
    place.write("onboard.toml", &intent);
    let plan = place.onboard(&["plan"]);
    assert!(plan.words().contains("the current release of the permissions is 2026-11"), "{}", plan.stdout);
    let json: Value = serde_json::from_str(&place.onboard(&["--json", "plan"]).stdout).unwrap();
    assert_eq!(json["basis"]["release"], "2026-11");
}

#[test]
fn the_intent_that_init_makes_is_read_and_its_plan_names_what_init_lists() {
    let place = Place::new(0);
    let init = place.run(&["init"]).exits(0);
    assert!(init.stdout.starts_with("# "), "{}", init.stdout);
    place.write("drafted.toml", &init.stdout);
    let json: Value = serde_json::from_str(&place.run(&["--json", "init"]).exits(0).stdout).unwrap();
    assert_eq!(json["file"].as_str().unwrap(), init.stdout);
    let listed: Vec<_> = json["draft"]["exceptions"].as_object().unwrap().keys().cloned().collect();
    let plan = place.run(&["--config", "drafted.toml", "--json", "plan"]);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    let accounts = plan["accounts"].as_object().unwrap().iter();
    let has = |account: &Value, what: &str| account[what].as_array().is_some_and(|all| !all.is_empty());
    let changed = accounts.filter(|(_, account)| has(account, "steps")).map(|(id, _)| id.clone());
    for id in changed {
        assert!(listed.contains(&id), "{id} is not listed: {}", init.stdout);
    }
}
