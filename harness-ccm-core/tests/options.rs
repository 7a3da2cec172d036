//! Options of features that need something else: a feature flag of the Harness account, another kind of resources, the payer.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use std::collections::BTreeSet;

use harness_ccm_core::account::Account;
use harness_ccm_core::feature::{
    AutoStopping, Billing, Commitment, CommitmentService, CurReport, FeatureSet, HarnessFlag, Optimization,
    ReportType,
};
use harness_ccm_core::intent::{Desired, Diagnostic};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::observe::Observed;
use harness_ccm_core::owner::OWNER_TAG;
use harness_ccm_core::plan::{FindingKind, Plan, PlanOptions, Step, make_plan};
use support::*;

fn upsert(desired: &Desired, observed: &Observed) -> Plan {
    make_plan(desired, observed, PlanOptions::default())
}

/// The flags that a plan says Harness must enable.
fn flags(plan: &Plan) -> BTreeSet<HarnessFlag> {
    let flag = |diagnostic: &Diagnostic| match diagnostic {
        Diagnostic::NeedsFlag { flag, connectors } => {
            assert_eq!(connectors.len(), 1);
            Some(*flag)
        }
        _ => None,
    };
    plan.diagnostics().iter().filter_map(flag).collect()
}

fn with_report(features: FeatureSet, format: Option<ReportType>) -> FeatureSet {
    let report = CurReport::new("cur", "costs");
    features.with_billing(Billing::new(format.map_or(report.clone(), |format| report.with_type(format))))
}

#[test]
fn flags_that_a_plan_adds_are_named_and_those_that_a_connector_needed_before_are_not() {
    let services = |services: &[CommitmentService]| {
        FeatureSet::new().with_commitment(Commitment::new().with_services(services.iter().copied()))
    };
    let all = [HarnessFlag::NewCur, HarnessFlag::CommitmentRds, HarnessFlag::CommitmentElastiCache];
    let [cur, rds, cache] = all;
    let both = [CommitmentService::Rds, CommitmentService::ElastiCache];
    let new = |features: FeatureSet| {
        let desired = desired(features, [1]);
        flags(&upsert(&desired, &nothing(&desired)))
    };
    assert_eq!(new(with_report(services(&both), Some(ReportType::Cur2))), all.into());
    assert_eq!(new(services(&[CommitmentService::Rds])), [rds].into());
    assert_eq!(new(with_report(services(&[CommitmentService::Ec2]), Some(ReportType::Cur1))), [].into());
    assert_eq!(new(with_report(visibility(), None)), [].into());
    // What was there before needs no flag now.
    let before = desired(with_report(services(&[CommitmentService::Rds]), Some(ReportType::Cur2)), [1]);
    let mut observed = applied(&before);
    let after = desired(with_report(services(&both), Some(ReportType::Cur2)), [1]);
    assert_eq!(flags(&upsert(&after, &observed)), [cache].into());
    observed.connectors[0].report = None;
    assert_eq!(flags(&upsert(&after, &observed)), [cur, cache].into());
    assert_eq!(flags(&upsert(&after, &applied(&desired(visibility(), [1])))), all.into());
}

/// The kinds that are alone, as the findings of account 1 name them.
fn alone(plan: &Plan) -> Vec<AutoStopping> {
    let kind = |finding: &harness_ccm_core::plan::Finding| match &finding.kind {
        FindingKind::NoPartner { kind, partners } => {
            assert_eq!(*partners, kind.partners().iter().copied().collect());
            Some(*kind)
        }
        _ => None,
    };
    plan.accounts()[&id(1)].findings.iter().filter_map(kind).collect()
}

#[test]
fn a_kind_without_a_partner_is_found_in_the_connector_as_it_is_after_the_plan() {
    use AutoStopping::{Alb, Ec2, Ecs, Rds};
    let kinds = |kinds: &[AutoStopping]| {
        let optimization = Optimization::new().with_kinds(kinds.iter().copied());
        owned(visibility().with_optimization(optimization)).resolve(listing([1])).unwrap()
    };
    for (desired, expected) in
        [(&[Ec2, Alb][..], &[][..]), (&[Ec2], &[Ec2]), (&[Ec2, Alb, Rds], &[Rds]), (&[Ec2, Ecs], &[Ec2, Ecs])]
    {
        let desired = kinds(desired);
        assert_eq!(alone(&upsert(&desired, &nothing(&desired))), expected);
        assert_eq!(alone(&upsert(&desired, &applied(&desired))), expected);
    }
    // A connector that the plan changes, and one that it does not.
    let (before, after) = (kinds(&[Ec2]), kinds(&[Ec2, Alb]));
    let mut observed = applied(&before);
    assert_eq!(alone(&upsert(&after, &observed)), []);
    assert_eq!(alone(&upsert(&before, &applied(&after))), [Ec2]);
    observed.connectors[0].tags.insert(OWNER_TAG.into(), "others".into());
    assert_eq!(alone(&upsert(&after, &observed)), [Ec2]);
    let mut wider = applied(&after);
    wider.connectors[0].tags.insert(OWNER_TAG.into(), "others".into());
    assert_eq!(alone(&upsert(&before, &wider)), []);
}

#[test]
fn commitments_outside_the_payer_are_found() {
    let found = |account: Account, features: FeatureSet| {
        let desired = owned(features).resolve(Listing::complete([account])).unwrap();
        let plan = upsert(&desired, &nothing(&desired));
        plan.accounts()[&id(1)]
            .findings
            .iter()
            .any(|finding| finding.kind == FindingKind::CommitmentOutsidePayer)
    };
    let commitment = || FeatureSet::new().with_commitment(Commitment::new());
    assert!(found(account(1, "member"), commitment()));
    assert!(!found(account(1, "payer").as_management(), commitment()));
    assert!(!found(account(1, "unknown").with_unknown_management(), commitment()));
    assert!(!found(account(1, "member"), visibility()));
}

/// The changes of the connector of account 1 in a plan.
fn connector_changes(plan: &Plan) -> Vec<String> {
    let steps = plan.accounts()[&id(1)].steps.iter();
    let connector = steps.filter(|step| step.action.resource().to_string().starts_with("connector"));
    connector.flat_map(Step::describe).collect()
}

#[test]
fn another_report_is_a_difference_and_an_unset_format_means_the_classic_one() {
    let of = |name: &str, bucket: &str, format: Option<ReportType>| {
        let report = CurReport::new(name, bucket);
        let report = format.map_or(report.clone(), |format| report.with_type(format));
        owned(FeatureSet::new().with_billing(Billing::new(report))).resolve(listing([1])).unwrap()
    };
    let classic = of("cur", "costs", Some(ReportType::Cur1));
    for (before, after, differs) in [
        (&classic, &of("cur", "costs", None), false),
        (&of("cur", "costs", None), &classic, false),
        (&classic, &of("other", "costs", None), true),
        (&classic, &of("cur", "elsewhere", None), true),
        (&classic, &of("cur", "costs", Some(ReportType::Cur2)), true),
    ] {
        let changes = connector_changes(&upsert(after, &applied(before)));
        assert_eq!(
            changes.iter().any(|line| line.starts_with("curAttributes: cur in costs")),
            differs,
            "{changes:?}"
        );
    }
}
