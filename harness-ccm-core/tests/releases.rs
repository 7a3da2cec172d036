//! Releases of the permissions: none of them ever changes, and the differences from another one can be shown.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use std::fmt::Write as _;

use harness_ccm_core::catalog::{Grant, Release, ReleaseChoice, Request};
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::config::Config;
use harness_ccm_core::feature::{
    AutoStopping, Billing, Commitment, CommitmentService, CurReport, FeatureSet, Governance,
    GovernanceAccess, Optimization, ReportType,
};
use harness_ccm_core::id::RoleArn;
use harness_ccm_core::intent::{Diagnostic, RoleSettings};
use harness_ccm_core::plan::{PlanOptions, make_plan};
use sha2::{Digest as _, Sha256};
use support::{intent, listing, nothing, visibility};

/// The SHA-256 of each rendered release, as recorded when the release was published. If it does not match any more, do not record
/// another one: make a new release.
const RECORDED: [(Release, &str); 3] = [
    (Release::Module0_1_4, "d71915325e7c2549c27bb529c545ef32190cc6bb3631bbed987dff37f074fc4b"),
    (Release::Module1_0_1, "25568fa56d9a97e4940a525f06b0f975824557457ea7096daaaedb99f2052dbc"),
    (Release::V2026_11, "70f17b6bb67b37f2ffa11c1cae0e54c113b742efd7b4508470f68126f5c4d523"),
];

/// Each feature and option separately, so that none hides another.
fn each_alone() -> Vec<(String, FeatureSet)> {
    let none = FeatureSet::new;
    let report = || CurReport::new("cur", "costs");
    let governance = |access| none().with_governance(Governance::new().with_access(access));
    let mut all = vec![
        ("always".to_owned(), none()),
        ("visibility".into(), none().with_visibility()),
        ("governance view-only".into(), governance(GovernanceAccess::ViewOnly)),
        ("governance read-only".into(), governance(GovernanceAccess::ReadOnly)),
        ("billing".into(), none().with_billing(Billing::new(report()))),
        ("billing CUR 2.0".into(), none().with_billing(Billing::new(report().with_type(ReportType::Cur2)))),
        ("commitment looking".into(), none().with_commitment(Commitment::new())),
        ("commitment purchasing".into(), none().with_commitment(Commitment::new().with_purchase())),
        ("cluster orchestration".into(), none().with_cluster_orchestration()),
        ("optimization".into(), none().with_optimization(Optimization::default())),
        (
            "encrypted volumes".into(),
            none().with_optimization(Optimization::default().with_encrypted_volumes()),
        ),
        (
            "secrets".into(),
            none().with_optimization(
                Optimization::default().with_secrets([
                    "arn:aws:secretsmanager:us-east-1:123456789012:secret:tls".parse().unwrap(),
                ]),
            ),
        ),
    ];
    let services = CommitmentService::ALL.iter();
    all.extend(services.map(|service| {
        let commitment = Commitment::new().with_purchase().with_services([*service]);
        (format!("commitment {service}"), none().with_commitment(commitment))
    }));
    all.extend(AutoStopping::ALL.iter().map(|kind| {
        (format!("optimization {kind}"), none().with_optimization(Optimization::new().with_kinds([*kind])))
    }));
    all
}

/// Everything that a release renders for that, including names and descriptions of policies, which IAM never
/// changes.
fn rendered(release: Release) -> String {
    let role: RoleArn = "arn:aws:iam::123456789012:role/HarnessCERole".parse().unwrap();
    let cluster = Cluster::us();
    let mut text = String::new();
    for (name, features) in each_alone() {
        let request = Request::new(&features, &role, &cluster).with_release(release);
        writeln!(text, "## {name}").unwrap();
        let permissions = match request.with_regions(["us-east-1", "eu-west-1"]).permissions() {
            Ok(permissions) => permissions,
            Err(refusal) => {
                writeln!(text, "refused: {refusal}").unwrap();
                continue;
            }
        };
        let mut policies = |of: &str, grants: &[Grant]| {
            for Grant { name, description, document, .. } in grants {
                writeln!(text, "{of} {name} ({description})\n{}", document.to_json()).unwrap();
            }
        };
        policies("policy", &permissions.policies);
        if let Some(lambda) = &permissions.lambda {
            policies("lambda policy", &lambda.policies);
            writeln!(text, "lambda role {}{}\n{}", lambda.path, lambda.name, lambda.trust.to_json()).unwrap();
        }
        for policy in &permissions.attached {
            writeln!(text, "attached {policy}").unwrap();
        }
    }
    text
}

#[test]
fn a_release_is_what_it_was_when_it_was_published() {
    assert_eq!(RECORDED.map(|(release, _)| release), Release::ALL, "each release has its digest");
    let digest = |release| {
        Sha256::digest(rendered(release)).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    };
    for (release, _) in RECORDED {
        insta::assert_snapshot!(format!("release_{release}"), rendered(release));
    }
    assert_eq!(
        RECORDED.map(|(release, _)| (release, digest(release))),
        RECORDED.map(|(release, recorded)| (release, recorded.to_owned()))
    );
}

#[test]
fn an_intent_without_a_release_keeps_the_first_dated_one() {
    assert_eq!(
        RoleSettings::default().release,
        ReleaseChoice::Pinned(Release::V2026_11),
        "of all versions to come"
    );
    let load = |release: &str| {
        Config::from_toml(&format!("[harness]\naccount-id = \"acct\"\n[role]\n{release}"), None)
    };
    assert_eq!(load("").unwrap().intent.role.release.as_str(), "2026-11");
    for name in ["module-0.1.4", "module-1.0.1", "2026-11", "current"] {
        let read = load(&format!("release = \"{name}\"")).unwrap().intent.role.release;
        assert_eq!(read.as_str(), name);
    }
    let error = load("release = \"2027-03\"").unwrap_err().to_string();
    assert!(
        error.contains("line 4") && error.contains("2026-11") && error.contains("newer version"),
        "{error}"
    );
}

#[test]
fn a_plan_says_which_release_current_is_and_a_pinned_one_is_part_of_its_basis() {
    let plan = |choice: ReleaseChoice| {
        let mut intent = intent(visibility());
        intent.role.release = choice;
        let desired = intent.resolve(listing([1])).unwrap();
        make_plan(&desired, &nothing(&desired), PlanOptions::default())
    };
    let current = plan(ReleaseChoice::Current);
    assert_eq!(current.diagnostics(), [Diagnostic::CurrentRelease { release: Release::NEWEST }]);
    assert!(current.render().to_string().contains("2026-11"));
    for release in Release::ALL {
        let pinned = plan(release.into());
        assert_eq!((pinned.diagnostics().len(), pinned.basis().release), (0, Some(release)));
    }
    assert_eq!(current.basis().release, Some(Release::NEWEST));
}

#[test]
fn a_difference_of_releases_says_what_is_added_and_removed_and_for_which_feature() {
    let diff = Release::Module1_0_1.diff(Release::V2026_11);
    insta::assert_snapshot!(diff);
    let back = Release::V2026_11.diff(Release::Module1_0_1);
    assert_eq!((&back.added, &back.removed), (&diff.removed, &diff.added));
    for release in Release::ALL {
        assert!(release.diff(release).is_empty());
    }
}
