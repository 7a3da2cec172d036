//! The releases of the catalogue that reproduce the module, compared with the published module.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

use std::collections::BTreeMap;

use harness_ccm_core::catalog::{Grant, Release, Request};
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::testing::published::{Inputs, MadeRole, Maker};
use proptest::prelude::*;

const RELEASES: [(Release, Maker); 2] =
    [(Release::Module0_1_4, Maker::MODULE_0_1_4), (Release::Module1_0_1, Maker::MODULE_1_0_1)];

fn inputs(on: impl IntoIterator<Item = String>) -> Inputs {
    let mut inputs = Inputs::of("123456789012".parse().unwrap());
    inputs.switch_on(on);
    inputs
}

/// Whether features can express these switches: reading is part of buying.
fn can_be_said(inputs: &Inputs) -> bool {
    !inputs.on.contains("enable_commitment_write") || inputs.on.contains("enable_commitment_read")
}

fn by_name(grants: &[Grant]) -> BTreeMap<&str, (&str, &PolicyDocument)> {
    grants.iter().map(|grant| (grant.name.as_str(), (grant.description.as_str(), &grant.document))).collect()
}

fn assert_same_policies(case: &str, grants: &[Grant], made: &MadeRole) {
    let ours = by_name(grants);
    let theirs: Vec<_> = made.policies.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!(ours.len(), theirs.len(), "{case}: {:?} {theirs:?}", ours.keys());
    for policy in &made.policies {
        let (description, document) = ours[policy.name.as_str()];
        assert_eq!(description, policy.description, "{case}: {}", policy.name);
        assert!(
            document.equivalent(&policy.document),
            "{case}: {} {}",
            document.to_json(),
            policy.document.to_json()
        );
        assert!(
            document.equivalent_with_labels(&policy.document),
            "{case}: Sids too: {} {}",
            document.to_json(),
            policy.document.to_json()
        );
    }
}

fn assert_published(release: Release, maker: Maker, inputs: &Inputs) {
    let case = format!("{maker} with {:?}", inputs.on);
    let made = maker.make(inputs);
    let features = inputs.features();
    let role = &made.cross_account.state.arn;
    let rendered = Request::new(&features, role, &Cluster::us())
        .with_release(release)
        .with_prefix(inputs.prefix.parse().unwrap())
        .permissions()
        .unwrap_or_else(|refusal| panic!("{case}: {refusal}"));
    assert_same_policies(&case, &rendered.policies, &made.cross_account);
    match (&rendered.lambda, &made.lambda) {
        (None, None) => {}
        (Some(ours), Some(theirs)) => {
            assert_eq!(
                (&ours.path, &ours.name),
                (theirs.state.arn.path(), theirs.state.arn.name()),
                "{case}"
            );
            assert!(ours.trust.equivalent(&theirs.state.trust), "{case}");
            assert_same_policies(&case, &ours.policies, theirs);
        }
        (ours, theirs) => panic!("{case}: {ours:?} {theirs:?}"),
    }
    let beside: Vec<_> = made
        .cross_account
        .state
        .attached
        .iter()
        .filter(|(_, text)| text.is_none())
        .map(|(arn, _)| arn)
        .collect();
    assert_eq!(rendered.attached.iter().collect::<Vec<_>>(), beside, "{case}");
}

#[test]
fn every_switch_alone_and_every_two_give_what_the_module_gives() {
    for (release, maker) in RELEASES {
        let switches = maker.switches();
        assert!(switches.len() >= 6, "{switches:?}");
        assert_published(release, maker, &inputs([]));
        for one in &switches {
            for other in &switches {
                let inputs = inputs([one.clone(), other.clone()]);
                if can_be_said(&inputs) {
                    assert_published(release, maker, &inputs);
                }
            }
        }
        let everything = inputs(switches);
        let made = maker.make(&everything);
        let lambda = made.lambda.map_or(0, |role| role.policies.len());
        // All but the switch for secrets, which is enabled by a value and is in the property below.
        assert_eq!(made.cross_account.policies.len() + lambda, 8, "{maker}");
        assert_published(release, maker, &everything);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_switches_give_what_the_module_gives(
        which in any::<u32>(),
        prefix in "[a-z-]{0,8}",
        secrets in 0..3_usize,
        own_policy in any::<bool>(),
    ) {
        for (release, maker) in RELEASES {
            let on = maker.switches().into_iter().enumerate().filter(|(bit, _)| which >> bit & 1 == 1);
            let mut inputs = inputs(on.map(|(_, switch)| switch));
            inputs.prefix.clone_from(&prefix);
            // Secrets or policies enable the feature that they belong to.
            if inputs.features().optimization.is_some() {
                inputs.secrets = (0..secrets)
                    .map(|n| format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:tls-{n}"))
                    .collect();
            }
            if own_policy && inputs.features().governance.is_some() {
                inputs.governance_policies = vec!["arn:aws:iam::123456789012:policy/Enforce".parse().unwrap()];
            }
            if can_be_said(&inputs) {
                assert_published(release, maker, &inputs);
            }
        }
    }
}
