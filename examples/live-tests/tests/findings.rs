//! Every kind of finding, caused in an AWS in this process and in the simulator, and found there by the program; no finding in
//! a clean estate.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use std::collections::BTreeSet;

use harness_ccm_aws::AwsBackend;
use harness_ccm_aws_servers::{AwsFault, CloudRole, Denier, LocalAws, id};
use harness_ccm_core::owner::OWNER_TAG;
use harness_ccm_core::plan::FindingKind;
use harness_ccm_simulator::RunningSimulator;
use serde_json::{Value, json};
use support::{Run, harness, live};

/// The account of all findings.
const NUMBER: usize = 3;

const INTENT: &str = r#"
owner = "finops"
harness = { cluster = "us" }
organization = { id = "o-a1b2c3d4e5" }

[role]
release = "2026-11"

[[rules]]
name = "all"
features = ["visibility", "optimization"]
optimization = { kinds = ["ec2", "alb"] }
"#;

const ROLE: &str = "HarnessCERole";

/// An organization of three accounts that the program has onboarded.
struct Estate {
    aws: LocalAws,
    harness: RunningSimulator,
    folder: tempfile::TempDir,
}

impl Estate {
    async fn onboarded(intent: &str) -> Self {
        let aws = LocalAws::start().with_members(NUMBER);
        let harness = harness(&AwsBackend::from_sdk_config(&aws.sdk_config().await)).await;
        let estate = Self { aws, harness, folder: tempfile::tempdir().unwrap() };
        estate.intend(intent);
        estate.onboard(&["apply", "--yes"]).exits(0);
        estate
    }

    fn intend(&self, intent: &str) {
        std::fs::write(self.folder.path().join("onboard.toml"), intent).unwrap();
    }

    fn onboard(&self, arguments: &[&str]) -> Run {
        Run::of(live(self.folder.path(), self.aws.environment(), &self.harness).args(arguments))
    }

    fn role(&self, edit: impl FnOnce(&mut CloudRole)) {
        self.aws.edit(NUMBER, |account| edit(account.iam.role_mut(ROLE).unwrap()));
    }

    fn connector_id(&self) -> String {
        let connectors = self.harness.connectors();
        let own = connectors
            .iter()
            .map(|record| &record["connector"])
            .find(|connector| connector["spec"]["awsAccountId"] == id(NUMBER))
            .unwrap();
        own["identifier"].as_str().unwrap().to_owned()
    }

    fn connector(&self, edit: impl FnOnce(&mut Value)) {
        assert!(self.harness.edit(&self.connector_id(), edit));
    }

    /// Another connector for the same account.
    fn another_connector(&self, edit: impl FnOnce(&mut Value)) {
        let own = self.connector_id();
        let connectors = self.harness.connectors();
        let mut connector = connectors
            .into_iter()
            .find(|record| record["connector"]["identifier"] == own)
            .unwrap()["connector"]
            .take();
        connector["identifier"] = json!("another");
        connector["name"] = json!("another");
        edit(&mut connector);
        self.harness.insert(connector);
    }
}

fn allowing(action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})
        .to_string()
}

/// Lets another principal in as well.
fn trust_also(role: &mut CloudRole, who: &str) {
    let mut trust: Value = serde_json::from_str(&role.trust).unwrap();
    let principals = &mut trust["Statement"][0]["Principal"]["AWS"];
    *principals = match principals.take() {
        Value::Array(mut all) => {
            all.push(json!(who));
            all.into()
        }
        one => json!([one, who]),
    };
    role.trust = trust.to_string();
}

fn unmark(role: &mut CloudRole) {
    role.tags.remove(OWNER_TAG);
}

/// A cause of a kind of finding.
struct Way {
    kind: &'static str,
    options: &'static [&'static str],
    /// The intent before, and after.
    intents: [String; 2],
    change: fn(&Estate),
}

fn way(kind: &'static str, change: fn(&Estate)) -> Way {
    Way { kind, options: &[], intents: [INTENT.into(), INTENT.into()], change }
}

impl Way {
    fn with(self, options: &'static [&'static str]) -> Self {
        Self { options, ..self }
    }

    fn then(mut self, from: &str, to: &str) -> Self {
        assert!(self.intents[1].contains(from));
        self.intents[1] = self.intents[1].replace(from, to);
        self
    }

    fn first(mut self, from: &str, to: &str) -> Self {
        assert!(self.intents[0].contains(from));
        self.intents[0] = self.intents[0].replace(from, to);
        self
    }
}

fn nothing(_: &Estate) {}

const FEATURES: &str = "features = [\"visibility\", \"optimization\"]";
/// Two releases grant different permissions for it.
const WITH_ASG: &str = "kinds = [\"ec2\", \"alb\", \"asg\"]";
const KINDS: &str = "kinds = [\"ec2\", \"alb\"]";
const SKIPPED: &str =
    "[[rules]]\nname = \"no\"\naccounts = [\"000000000003\"]\nskip = \"no\"\n\n[[rules]]\nname = \"all\"";

fn ways() -> Vec<Way> {
    vec![
        way("commitment-outside-payer", nothing)
            .then(FEATURES, "features = [\"visibility\", \"optimization\", \"commitment\"]"),
        way("dangerous-permissions", |estate| {
            estate.role(|role| drop(role.inline.insert("Theirs".into(), allowing("ec2:*"))));
        }),
        way("duplicate-connector", |estate| estate.another_connector(|_| {})),
        way("empty-list", |estate| {
            let nothing = json!({"Version": "2012-10-17", "Statement": [
                {"Effect": "Allow", "Action": [], "Resource": "*"}]});
            estate.role(|role| drop(role.inline.insert("Theirs".into(), nothing.to_string())));
        }),
        way("excess-permissions", |estate| {
            estate.role(|role| drop(role.inline.insert("Theirs".into(), allowing("kinesis:PutRecord"))));
        }),
        way("left-behind", nothing).then("release = ", "name = \"OtherRole\"\nrelease = "),
        way("no-partner", nothing).then(KINDS, "kinds = [\"rds\"]"),
        way("non-production-harness", |estate| {
            estate.role(|role| trust_also(role, "arn:aws:iam::108817434118:root"));
        }),
        way("not-ours", |estate| estate.connector(|record| record["connector"]["tags"] = json!({})))
            .then("[[rules]]\nname = \"all\"", SKIPPED),
        way("older-release", |estate| estate.role(unmark))
            .first(KINDS, WITH_ASG)
            .then(KINDS, WITH_ASG)
            .first("2026-11", "module-1.0.1"),
        way("orphan-connector", |estate| {
            estate.aws.edit(NUMBER, |account| {
                for field in ["State", "Status"] {
                    account.fields.insert(field.into(), json!("SUSPENDED"));
                }
            });
        }),
        way("orphan-role", |estate| {
            let mut left = estate.aws.edit(NUMBER, |account| account.iam.role(ROLE).unwrap().clone());
            left.name = "LongAgo".into();
            estate.aws.edit(NUMBER, |account| account.iam.put_role(left));
        })
        .with(&["--deep"]),
        way("policy-unknown", |estate| {
            estate.aws.fail(AwsFault::not_allowed_by(Denier::IdentityPolicy).on("iam:GetPolicy").always());
        })
        .then("release = ", "boundary = \"arn:${partition}:iam::${account}:policy/Boundary\"\nrelease = "),
        way("test-failed", |estate| {
            estate.connector(|record| {
                record["status"] = json!({"status": "FAILURE", "errorSummary": "the role cannot be assumed"});
            });
        }),
        way("test-unknown", |estate| {
            estate.role(|role| role.boundary = Some("arn:aws:iam::000000000003:policy/Boundary".into()));
        }),
        way("test-will-fail", |estate| {
            let boundary = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess";
            estate.role(|role| role.boundary = Some(boundary.into()));
        }),
        way("trust", |estate| {
            estate.role(|role| {
                unmark(role);
                trust_also(role, "AIDACKCEVSQ6C2EXAMPLE");
            });
        }),
        way("unlisted-account", |estate| {
            estate.aws.with(|cloud| drop(cloud.accounts.remove(&id(NUMBER))));
        })
        .with(&["--mode", "sync"]),
        way("unmanaged-fields", |estate| {
            estate.connector(|record| record["connector"]["spec"]["laterField"] = json!({"value": 1}));
        }),
        way("unread-policies", |estate| {
            estate.role(|role| role.attached.extend(["arn:aws:iam::aws:policy/SecurityAudit".into()]));
        }),
        way("wider-trust", |estate| {
            estate.role(|role| {
                unmark(role);
                trust_also(role, "arn:aws:iam::999999999999:root");
            });
        }),
    ]
}

/// The kinds that a plan finds in any account.
fn found(plan: &Value) -> BTreeSet<String> {
    let saved = harness_ccm_core::plan::Plan::from_json(&plan.to_string()).unwrap();
    let accounts = saved.accounts().values();
    accounts.flat_map(|account| &account.findings).map(|finding| finding.kind.name().to_owned()).collect()
}

#[test]
fn every_kind_of_finding_has_a_case() {
    let kinds: BTreeSet<_> = ways().iter().map(|way| way.kind).collect();
    assert_eq!(kinds, FindingKind::NAMES.into());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_is_found_where_it_is_provoked_and_fail_on_makes_the_run_fail() {
    let mut wrong = Vec::new();
    for Way { kind, options, intents: [before, after], change } in ways() {
        let estate = Estate::onboarded(&before).await;
        change(&estate);
        estate.intend(&after);
        let plan = |fail_on: &str| {
            estate.onboard(&[options, &["--json", "plan", "--fail-on", fail_on][..]].concat())
        };
        let run = plan(kind);
        let all = if run.stdout.starts_with('{') { found(&run.json()) } else { BTreeSet::new() };
        if !all.contains(kind) || run.code != 1 || !run.stderr.contains(&format!("--fail-on {kind}")) {
            wrong.push(format!("{kind}: exit {}, found {all:?}: {}", run.code, run.stderr));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_estate_has_none_of_them() {
    let estate = Estate::onboarded(INTENT).await;
    let kinds = FindingKind::NAMES.join(",");
    for options in
        [&[][..], &["--mode", "sync"], &["--mode", "mark"], &["--deep"], &["--mode", "sync", "--deep"]]
    {
        let arguments = [options, &["--json", "plan", "--detailed-exitcode", "--fail-on", &kinds]].concat();
        let run = estate.onboard(&arguments).exits(0);
        assert_eq!(found(&run.json()), BTreeSet::new(), "{options:?}");
    }
    let status = estate.onboard(&["status", "--releases"]).exits(0).words();
    assert!(status.contains("Releases of the permissions that the roles match: 2026-11 in 3."), "{status}");
    let status = estate.onboard(&["--json", "status"]).exits(0).json();
    assert_eq!(status.get("releases"), None, "no account is entered unless it is asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_risk_comes_first_in_every_format() {
    let estate = Estate::onboarded(INTENT).await;
    estate.role(|role| {
        unmark(role);
        role.inline.insert("Theirs".into(), allowing("s3:GetObject"));
        role.attached.insert("arn:aws:iam::aws:policy/SecurityAudit".into());
        trust_also(role, "AIDACKCEVSQ6C2EXAMPLE");
        trust_also(role, "arn:aws:iam::999999999999:root");
    });
    estate.connector(|record| record["connector"]["spec"]["laterField"] = json!(1));
    estate.another_connector(|connector| connector["tags"] = json!({}));
    estate.aws.edit(2, |account| drop(account.iam.remove_role(ROLE)));
    let risk = "also trusts arn:aws:iam::999999999999:root";
    for format in ["text", "markdown", "html"] {
        let run = estate.onboard(&["plan", "--format", format]).exits(0);
        let words = run.words();
        let at = |what: &str| words.find(what).unwrap_or_else(|| panic!("{format} has no {what}"));
        let titles = ["Risks: ", "Problems: ", "Changes", "Notes"].map(at);
        assert!(titles.is_sorted(), "{format}: {titles:?}");
        assert!(at(risk) < titles[1], "{format}");
    }
    let run = estate.onboard(&["--full", "plan"]).exits(0);
    assert!(run.stdout.trim_start().starts_with("Risks: "), "{}", run.stdout);
    let plan = estate.onboard(&["--json", "plan"]).exits(0).json();
    let findings = plan["accounts"][id(NUMBER)]["findings"].as_array().unwrap().clone();
    let severities: Vec<_> = findings.iter().map(|finding| finding["severity"].as_str().unwrap()).collect();
    let places: Vec<_> = severities
        .iter()
        .map(|severity| ["risk", "problem", "note"].iter().position(|name| name == severity).unwrap())
        .collect();
    assert!(places.is_sorted() && places.len() > 3 && places[0] == 0, "{severities:?}");
}
