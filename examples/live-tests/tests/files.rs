//! Files of the built program: it replaces no file of another program, reads no file without a limit, and writes no file in
//! part.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

#[path = "support/memory.rs"]
#[allow(dead_code, reason = "shared by test files, each of which uses a part")]
mod memory;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;

use memory::{INTENT, Place, program};

const COMMANDS: [&[&str]; 4] =
    [&["accounts"], &["plan"], &["apply", "--yes"], &["offboard", "--account", "100000000001", "--yes"]];

/// An intent that stores its listings in `file`.
fn keeps_in(file: &str) -> String {
    INTENT.replace("kept.json", file)
}

fn mode(place: &Place, name: &str) -> u32 {
    std::fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777
}

fn fifo(place: &Place, name: &str) {
    assert!(place.command("mkfifo").arg(name).status().unwrap().success());
}

#[test]
fn a_listing_is_kept_only_in_a_file_of_its_own() {
    let place = Place::new(3);
    place.write("other.json", "{\"id\": 1}");
    place.write("plan.json", "{\"kind\": \"harness-ccm plan\"}");
    fifo(&place, "pipe");
    for (file, problem) in [
        ("accounts.csv", "is not a kept listing of this program"),
        ("onboard.toml", "is not a kept listing of this program"),
        ("other.json", "is not a kept listing of this program"),
        ("plan.json", "is not a kept listing of this program"),
        ("/dev/null", "is a device"),
        ("/dev/zero", "is a device"),
        ("pipe", "is a pipe"),
        (".", "is a folder"),
        ("missing/kept.json", "there is no folder"),
        ("new/", "this is the name of a folder"),
    ] {
        place.write("onboard.toml", &keeps_in(file));
        let before = (place.names(), place.read("accounts.csv"), place.read("other.json"));
        for command in COMMANDS {
            let run = place.onboard(command).exits(1).says(&["error: ", file, problem]);
            assert_eq!(run.stdout, "", "{file} {command:?}");
        }
        assert_eq!(place.read("onboard.toml"), keeps_in(file));
        assert_eq!((place.names(), place.read("accounts.csv"), place.read("other.json")), before);
    }
}

#[test]
fn an_accepted_listing_is_kept_only_in_a_file_of_its_own() {
    let place = Place::new(3);
    place.write("kept.accepted.json", "notes of somebody");
    for command in COMMANDS {
        place
            .onboard(command)
            .exits(1)
            .says(&["kept.accepted.json: it is not a kept listing", "delete this one"]);
    }
    assert_eq!(place.read("kept.accepted.json"), "notes of somebody");
    assert!(!place.exists("kept.json"), "nothing was listed");
}

#[test]
fn a_latest_listing_that_is_damaged_is_replaced_and_an_accepted_one_stays() {
    let place = Place::new(3);
    place.onboard(&["apply", "--yes"]).exits(0);
    let whole = place.read("kept.json");
    for text in
        [&whole[..whole.len() / 2], "{ \"kind\": \"harness-ccm kept listing\", \"format_version\": 1 }"]
    {
        place.write("kept.json", text);
        place.write("kept.accepted.json", text);
        let run = place.onboard(&["--json", "accounts"]).exits(0);
        for note in ["the accounts are listed again", "the accounts missing since then are unknown"] {
            assert!(run.stdout.contains(note), "{}", run.stdout);
        }
        assert!(place.read("kept.json").contains("100000000003"), "and kept again");
        place
            .onboard(&["apply", "--yes"])
            .exits(0)
            .says(&["no listing is accepted", "delete it to start again"]);
        assert_eq!(place.read("kept.accepted.json"), text);
        std::fs::remove_file(place.path("kept.accepted.json")).unwrap();
        place.onboard(&["apply", "--yes"]).exits(0).says(&["is accepted"]);
        assert!(place.read("kept.accepted.json").contains("100000000003"));
    }
    // An empty file counts as missing.
    place.write("kept.json", "");
    let run = place.onboard(&["--json", "accounts"]).exits(0);
    assert!(!run.stdout.contains("listed again"), "{}", run.stdout);
}

#[test]
fn a_kept_listing_keeps_its_permissions_and_a_link_to_it_stays_a_link() {
    let place = Place::new(3);
    std::fs::create_dir(place.path("data")).unwrap();
    symlink("data/listing.json", place.path("kept.json")).unwrap();
    place.onboard(&["plan"]).exits(0);
    assert!(std::fs::symlink_metadata(place.path("kept.json")).unwrap().is_symlink());
    std::fs::set_permissions(place.path("data/listing.json"), PermissionsExt::from_mode(0o640)).unwrap();
    place.list(4);
    place.onboard(&["plan"]).exits(0);
    assert!(place.read("data/listing.json").contains("100000000004"));
    assert_eq!(mode(&place, "data/listing.json"), 0o640);
    assert!(std::fs::symlink_metadata(place.path("kept.json")).unwrap().is_symlink());
    assert_eq!(
        place.names(),
        ["accounts.csv", "data", "kept.json", "onboard.toml"],
        "nothing is left behind"
    );
    assert_eq!(std::fs::read_dir(place.path("data")).unwrap().count(), 1);
}

#[test]
fn no_file_is_read_without_a_bound() {
    let place = Place::new(3);
    let long = |name: &str, beginning: &str, mib: u64| {
        place.write(name, beginning);
        File::options().write(true).open(place.path(name)).unwrap().set_len((mib << 20) + 1).unwrap();
    };
    place.run(&["--config", "/dev/zero", "plan"]).exits(1).says(&["/dev/zero", "more than 16 MiB"]);
    long("long.toml", "", 16);
    place.run(&["--config", "long.toml", "plan"]).exits(1).says(&["long.toml", "more than 16 MiB"]);
    place.onboard(&["apply", "/dev/zero", "--yes"]).exits(1).says(&[
        "/dev/zero",
        "is a device",
        "plan --out",
    ]);
    place.onboard(&["apply", ".", "--yes"]).exits(1).says(&["is a folder"]);
    long("long.json", "", 512);
    place.onboard(&["apply", "long.json", "--yes"]).exits(1).says(&["long.json", "more than 512 MiB"]);
    long("accounts.csv", "", 32);
    place.onboard(&["plan"]).exits(1).says(&["accounts.csv"]);
    place.list(3);
    long("kept.json", "{\"kind\":\"harness-ccm kept listing\",", 64);
    let run = place.onboard(&["--json", "accounts"]).exits(0);
    assert!(run.stdout.contains("more than 64 MiB"), "{}", run.stdout);
}

#[test]
fn an_intent_file_may_be_a_pipe_and_the_wait_for_it_is_reported() {
    let place = Place::new(3);
    place.shell("exec $onboard --config <(echo 'harness = { account-id = \"sample\" }') accounts").exits(0);
    fifo(&place, "pipe");
    let mut waiting = place
        .command(program())
        .args(["--config", "pipe", "accounts"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(waiting.stderr.take().unwrap());
    let mut word = String::new();
    stderr.read_line(&mut word).unwrap();
    assert!(word.contains("pipe is a pipe: waiting"), "{word}");
    // The write happens only now.
    place.write("pipe", "harness = { account-id = \"sample\" }");
    stderr.read_to_string(&mut word).unwrap();
    assert!(waiting.wait().unwrap().success(), "{word}");
}

#[test]
fn a_plan_replaces_only_a_plan_and_the_refusal_comes_before_the_listing() {
    let place = Place::new(3);
    place.write("other.json", "{\"format_version\": 3}");
    place.write("kept.elsewhere", "{\"kind\":\"harness-ccm kept listing\"}");
    fifo(&place, "pipe");
    symlink("onboard.toml", place.path("link")).unwrap();
    place.write("locked.json", "{\"kind\": \"harness-ccm plan\"}");
    std::fs::set_permissions(place.path("locked.json"), PermissionsExt::from_mode(0o444)).unwrap();
    let before = place.names();
    for (out, problem) in [
        ("onboard.toml", "is not a plan of this program"),
        ("accounts.csv", "is not a plan of this program"),
        ("other.json", "is not a plan of this program"),
        ("kept.elsewhere", "is not a plan of this program"),
        ("link", "is not a plan of this program"),
        ("locked.json", "is read-only"),
        ("/dev/null", "--json prints the plan"),
        ("pipe", "--json prints the plan"),
        ("/dev/stdout", "--json prints the plan"),
        (".", "is a folder"),
        ("missing/plan.json", "there is no folder missing"),
        ("onboard.toml/plan.json", "onboard.toml/plan.json"),
        #[cfg(target_os = "linux")]
        // A folder in which not even root can write.
        ("/proc/plan.json", "nothing can be written in its folder /proc"),
    ] {
        let run = place.onboard(&["plan", "--out", out]).exits(1).says(&["error: ", out, problem]);
        assert_eq!(run.stdout, "", "{out}");
    }
    assert_eq!(place.names(), before, "nothing was listed, or the listing would be kept");
    assert_eq!(place.read("onboard.toml"), INTENT);
    // A file that appeared meanwhile is not replaced either: the listing that this run itself stores.
    place.onboard(&["plan", "--out", "kept.json"]).exits(1).says(&["kept.json: it is not a plan"]);
}

#[test]
fn a_plan_is_written_over_an_older_plan_and_over_an_empty_file() {
    let place = Place::new(3);
    place.onboard(&["plan", "--out", "plan.json"]).exits(0);
    File::create(place.path("as_usual")).unwrap();
    assert_eq!(mode(&place, "plan.json"), mode(&place, "as_usual"), "as the umask says");
    std::fs::set_permissions(place.path("plan.json"), PermissionsExt::from_mode(0o600)).unwrap();
    symlink("plan.json", place.path("link.json")).unwrap();
    place.list(4);
    place.onboard(&["plan", "--out", "link.json"]).exits(0);
    assert!(place.read("plan.json").contains("100000000004"));
    assert_eq!(mode(&place, "plan.json"), 0o600);
    assert!(std::fs::symlink_metadata(place.path("link.json")).unwrap().is_symlink());
    // The printed output is a plan of ours too.
    let printed = place.onboard(&["--json", "plan"]).exits(0).stdout;
    assert_eq!(printed, place.read("plan.json"));
    place.write("printed.json", &printed);
    place.write("empty.json", "");
    for out in ["printed.json", "empty.json"] {
        place.onboard(&["plan", "--out", out]).exits(0);
        assert!(place.read(out).starts_with("{\n  \"kind\": \"harness-ccm plan\",\n"));
        place.onboard(&["apply", out, "--yes"]).exits(0);
    }
}

#[test]
fn a_run_that_cannot_finish_writing_leaves_the_old_plan() {
    let place = Place::new(3);
    place.write("onboard.toml", &INTENT.replace("[listing]\nkeep = \"kept.json\"\n", ""));
    place.onboard(&["plan", "--out", "plan.json"]).exits(0);
    let (old, names) = (place.read("plan.json"), place.names());
    place.list(12);
    let plan = "ulimit -f 1; exec $onboard --config onboard.toml plan --out plan.json";
    // The write fails: an error, and no file is left behind.
    place.shell(&format!("trap '' XFSZ; {plan}")).exits(1).says(&["error: plan.json: "]);
    assert_eq!((place.read("plan.json"), place.names()), (old.clone(), names));
    // The run is killed during the write.
    let run = place.shell(plan);
    assert_eq!(run.code, None, "killed by a signal: {run:?}");
    assert_eq!(place.read("plan.json"), old);
    place.onboard(&["plan", "--out", "plan.json"]).exits(0);
    assert!(place.read("plan.json").contains("100000000012"));
}

#[test]
fn an_apply_refuses_a_file_that_is_not_a_plan_of_this_program() {
    let place = Place::new(3);
    for (text, problem) in [
        ("{\"format_version\": 3}", "it does not begin with the \"kind\""),
        ("{\"kind\": \"harness-ccm kept listing\"}", "it does not begin with the \"kind\""),
        ("{\"kind\": \"harness-ccm plan\", \"format_version\": 99}", "format version 99"),
        ("id,name\n", "not a plan file"),
    ] {
        place.write("file.json", text);
        place.onboard(&["apply", "file.json", "--yes"]).exits(1).says(&["file.json: ", problem]);
    }
}

#[test]
fn the_two_records_of_listings_are_never_one_file() {
    let place = Place::new(3);
    place.onboard(&["plan"]).exits(0);
    symlink(place.path("kept.json"), place.path("kept.accepted.json")).unwrap();
    let before = place.read("kept.json");
    place.list(2);
    for command in COMMANDS {
        place.onboard(command).exits(1).says(&["are one file", "delete the link"]);
    }
    assert_eq!(place.read("kept.json"), before);
    // The file need not exist yet, and the path may be written differently.
    std::fs::create_dir(place.path("folder")).unwrap();
    symlink(place.path("folder"), place.path("same")).unwrap();
    symlink(place.path("folder/target.json"), place.path("new.json")).unwrap();
    symlink("same/target.json", place.path("new.accepted.json")).unwrap();
    let intent = place.read("onboard.toml").replace("kept.json", "new.json");
    place.write("onboard.toml", &intent);
    for command in COMMANDS {
        place.onboard(command).exits(1).says(&["are one file", "delete the link"]);
    }
    assert!(!place.path("folder/target.json").exists());
}

/// All commands with output.
const PRINTING: [&str; 18] = [
    "plan",
    "--json plan",
    "plan --format markdown",
    "plan --format html",
    "apply --yes",
    "--json apply --yes",
    "accounts",
    "accounts --explain 100000000002",
    "status",
    "status --format html",
    "verify",
    "init",
    "check",
    "releases",
    "releases diff module-1.0.1 2026-11",
    "schema plan",
    "--help",
    "",
];

#[test]
fn output_that_cannot_be_written_is_an_error_and_not_a_crash() {
    let place = Place::new(3);
    for command in PRINTING {
        let run = place.shell(&format!("\"$onboard\" --config onboard.toml {command} > /dev/full")).exits(1);
        assert!(run.stderr.contains("error: the output cannot be written"), "{command}: {}", run.stderr);
    }
    place.shell("\"$onboard\" --config onboard.toml plan 2> /dev/full").exits(0);
    place.shell("\"$onboard\" --nonsense > /dev/full 2> /dev/full").exits(1);
}

#[test]
fn a_closed_output_ends_nothing_and_changes_no_exit_code() {
    let place = Place::new(3);
    for command in PRINTING {
        let whole = place.shell(&format!("\"$onboard\" --config onboard.toml {command}"));
        let cut =
            place.shell(&format!("set -o pipefail; \"$onboard\" --config onboard.toml {command} | true"));
        assert_eq!(cut.code, whole.code, "{command}: {}", cut.stderr);
        assert!(!cut.stderr.contains("panicked"), "{command}: {}", cut.stderr);
    }
    let run = place.shell("set -o pipefail; \"$onboard\" --nonsense 2>&1 | true");
    assert_eq!(run.code, Some(1));
}
