//! Accounts count as missing since the last listing that an apply accepted, whatever was only planned since.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[path = "support/memory.rs"]
#[allow(dead_code, reason = "shared by test files, each of which uses a part")]
mod memory;

use memory::{INTENT, Place};

const ACCEPTED: &str = "kept.accepted.json";

/// Twelve accounts that an apply has accepted, of which the list now contains six.
fn shrunk() -> (Place, String) {
    let place = Place::new(12);
    place.onboard(&["apply", "--yes"]).exits(0).says(&["note: the listing of 12 accounts", "is accepted"]);
    let baseline = place.read(ACCEPTED);
    assert!(baseline.contains("100000000012"));
    place.list(6);
    (place, baseline)
}

fn refuses(place: &Place) {
    place.onboard(&["--mode", "sync", "apply", "--yes"]).exits(1).says(&[
        "error: 6 of the 12 accounts of the accepted listing are missing from this one of 6",
        "limits.max-missing",
    ]);
}

#[test]
fn a_shrunk_listing_is_refused_by_every_further_plan() {
    let (place, baseline) = shrunk();
    for arguments in [
        &["plan"][..],
        &["plan"],
        &["accounts"],
        &["verify"],
        &["--mode", "sync", "plan", "--out", "plan.json"],
        &["offboard", "--account", "100000000001", "--yes"],
    ] {
        let run = place.onboard(arguments);
        assert!(!run.stderr.contains("accepted"), "{arguments:?}: {}", run.stderr);
        assert!(
            !place.read("kept.json").contains("100000000012"),
            "{arguments:?}: the latest listing is kept"
        );
        assert_eq!(place.read(ACCEPTED), baseline, "{arguments:?}");
    }
    for _ in 0..2 {
        refuses(&place);
        place
            .onboard(&["--mode", "sync", "apply", "plan.json", "--yes"])
            .exits(1)
            .says(&["6 of the 12 accounts of the accepted listing"]);
    }
    assert_eq!(place.read(ACCEPTED), baseline);
}

#[test]
fn an_apply_that_only_adds_does_not_make_a_shrunk_listing_the_baseline() {
    let (place, baseline) = shrunk();
    for _ in 0..2 {
        place
            .onboard(&["apply", "--yes"])
            .exits(0)
            .says(&["note: the listing of 6 accounts is not accepted: 6 of the 12", "limits.max-missing"]);
        assert_eq!(place.read(ACCEPTED), baseline);
    }
    refuses(&place);
}

#[test]
fn a_raised_limit_moves_the_baseline() {
    let (place, _) = shrunk();
    place.write("raised.toml", &format!("{INTENT}\n[limits]\nmax-missing = 0.5\n"));
    place.run(&["--config", "raised.toml", "apply", "--yes"]).exits(0).says(&["6 accounts", "is accepted"]);
    assert!(!place.read(ACCEPTED).contains("100000000012"));
    place.onboard(&["--mode", "sync", "apply", "--yes"]).exits(0);
}

#[test]
fn a_plan_file_is_applied_on_the_listing_of_now_and_that_is_accepted() {
    let place = Place::new(11);
    place.onboard(&["plan", "--out", "plan.json"]).exits(0);
    assert!(!place.exists(ACCEPTED));
    // Another account joins: it is not in the file, but it is listed.
    place.list(12);
    let run = place.onboard(&["apply", "plan.json", "--yes"]).exits(0).says(&["12 accounts", "is accepted"]);
    assert!(run.words().contains("the approved plan does not contain it"), "{}", run.stdout);
    assert_eq!(place.read(ACCEPTED), place.read("kept.json"));
}

#[test]
fn a_listing_is_accepted_only_by_an_apply() {
    let place = Place::new(5);
    let run = place.onboard(&["apply"]).exits(1).says(&["use --yes"]);
    assert!(!run.stderr.contains("accepted") && !place.exists(ACCEPTED), "nobody confirmed it");
    place.onboard(&["offboard", "--account", "100000000001", "--yes"]).exits(0);
    assert!(!place.exists(ACCEPTED), "removing one account says nothing about the others");
}

#[test]
fn a_run_of_all_steps_accepts_its_listing() {
    let place = Place::new(3);
    place.onboard(&[]).says(&["3 accounts", "is accepted"]);
    assert!(place.read(ACCEPTED).contains("100000000003"));
}

#[test]
fn a_kept_listing_in_place_of_a_new_one_is_not_accepted() {
    let place = Place::new(3);
    place.write("onboard.toml", &INTENT.replace("keep = ", "max-age-minutes = 60\nkeep = "));
    place.onboard(&["plan"]).exits(0);
    place
        .onboard(&["apply", "--yes"])
        .exits(0)
        .says(&["no listing is accepted: the plan is based on a partial"]);
    assert!(!place.exists(ACCEPTED));
}

#[test]
fn a_run_in_memory_does_not_change_the_kept_listings_of_live_runs() {
    let (place, _) = shrunk();
    // As if a run with credentials had stored both.
    for file in ["kept.json", ACCEPTED] {
        let text = place.read(file);
        let (before, rest) = text.split_once("\"origin\":\"").unwrap();
        let (_, after) = rest.split_once('"').unwrap();
        place.write(file, &format!("{before}\"origin\":\"{}\"{after}", "0".repeat(64)));
    }
    let kept = [place.read("kept.json"), place.read(ACCEPTED)];
    for arguments in
        [&["accounts"][..], &["plan"], &["apply", "--yes"], &["offboard", "--all", "--yes"], &["verify"]]
    {
        let run = place.onboard(arguments);
        assert!(
            run.stderr.contains("this rehearsal leaves them as they are"),
            "{arguments:?}: {}",
            run.stderr
        );
        assert_eq!([place.read("kept.json"), place.read(ACCEPTED)], kept, "{arguments:?}");
    }
}
