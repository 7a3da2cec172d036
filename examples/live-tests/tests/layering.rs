//! Dependencies that crates must not have: read from `cargo tree`.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::collections::BTreeSet;
use std::process::Command;

/// The packages, with their versions, that `arguments` of `cargo tree` list.
fn packages(arguments: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--edges",
            "normal,build",
        ])
        .args(arguments)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn assert_free_of(arguments: &[&str], unwanted: &[&str]) {
    let packages = packages(arguments);
    assert!(packages.len() > 5, "{packages:?}");
    for package in &packages {
        let found = unwanted.iter().find(|unwanted| package.starts_with(**unwanted));
        assert!(found.is_none(), "{package} in {arguments:?}");
    }
}

#[test]
fn the_core_needs_no_runtime_no_http_and_no_aws() {
    let unwanted = ["tokio", "hyper", "reqwest", "aws-", "rustls", "ring", "h2"];
    assert_free_of(&["-p", "harness-ccm-core"], &unwanted);
    assert_free_of(&["-p", "harness-ccm-core", "--all-features"], &unwanted);
}

#[test]
fn the_memory_example_needs_no_http_and_no_aws() {
    assert_free_of(
        &["-p", "harness-ccm-examples"],
        &["hyper", "reqwest", "aws-", "rustls", "harness-ccm-aws", "harness-ccm-harness"],
    );
}

#[test]
fn the_simulator_needs_no_client_and_aws_only_when_asked() {
    let client = ["harness-ccm-harness", "reqwest"];
    assert_free_of(&["-p", "harness-ccm-simulator", "--all-features"], &client);
    let aws = ["aws-", "harness-ccm-aws", "rustls"];
    assert_free_of(&["-p", "harness-ccm-simulator"], &aws);
    assert_free_of(&["-p", "harness-ccm-simulator", "--no-default-features"], &["clap", "anstream"]);
}

#[test]
fn the_client_brings_no_server() {
    assert_free_of(&["-p", "harness-ccm-harness"], &["axum", "regex", "harness-ccm-simulator"]);
}

#[test]
fn there_is_one_tls_stack() {
    let live = ["-p", "harness-ccm-aws", "-p", "harness-ccm-harness"];
    assert_free_of(&live, &["openssl v", "openssl-sys", "native-tls"]);
    for package in ["rustls ", "hyper ", "h2 "] {
        let versions: BTreeSet<_> =
            packages(&live).into_iter().filter(|line| line.starts_with(package)).map(first_two).collect();
        assert!(versions.len() <= 1, "{versions:?}");
    }
}

/// Name and version, without the mark of a repeated line.
fn first_two(line: impl AsRef<str>) -> String {
    line.as_ref().split(' ').take(2).collect::<Vec<_>>().join(" ")
}
