//! Commitments by service, and kinds of `AutoStopping` that need each other.

use harness_ccm_core::account::Account;
use harness_ccm_core::backend::ConnectionTest;
use harness_ccm_core::feature::{AutoStopping, Commitment, CommitmentService, FeatureSet, Optimization};
use harness_ccm_core::plan::{FindingKind, Plan, Severity};
use serde_json::json;

use crate::support::{Site, id, payer, told};

const ALL: [&str; 6] = [
    "ec2:PurchaseReservedInstancesOffering",
    "savingsplans:CreateSavingsPlan",
    "rds:PurchaseReservedDBInstancesOffering",
    "elasticache:DescribeReservedCacheNodes",
    "elasticache:DescribeReservedCacheNodesOfferings",
    "elasticache:PurchaseReservedCacheNodesOffering",
];

fn of(commitment: Commitment) -> FeatureSet {
    FeatureSet::new().with_commitment(commitment)
}

fn permitted(site: &Site) -> Vec<usize> {
    (0..ALL.len()).filter(|number| site.permits(1, ALL[*number])).collect()
}

#[tokio::test]
async fn the_role_permits_the_services_that_are_set_and_no_others() {
    use CommitmentService::{Ec2, ElastiCache, Rds};
    let cases: [(&[CommitmentService], &[usize]); 4] = [
        (&[Ec2], &[0, 1]),
        (&[Rds], &[2]),
        (&[ElastiCache], &[3, 4, 5]),
        (&[Ec2, Rds, ElastiCache], &[0, 1, 2, 3, 4, 5]),
    ];
    for (services, expected) in cases {
        let site = Site::new([payer()]).await;
        let buying = Commitment::new().with_purchase().with_services(services.iter().copied());
        site.with(&of(buying)).converge_async().await;
        assert_eq!(permitted(&site), expected, "{services:?}");
        assert!(site.permits(1, "organizations:ListAccounts"));
        assert_eq!(site.test("payer").await, ConnectionTest::Passed, "{services:?}");
        let looking = Commitment::new().with_services(services.iter().copied());
        site.with(&of(looking)).converge_async().await;
        let bought = permitted(&site).into_iter().filter(|number| ![3, 4].contains(number)).count();
        assert_eq!(bought, 0, "looking buys nothing: {services:?}");
    }
}

#[tokio::test]
async fn services_that_are_left_open_stay_and_their_role_serves_them_beside_ec2_and_rds() {
    let site = Site::new([payer()]).await;
    let scenario = site.with(&of(Commitment::new().with_purchase()));
    scenario.converge_async().await;
    assert_eq!(permitted(&site), [0, 1, 2]);
    site.edit("payer", |spec| spec["commitmentFeatures"] = json!(["EC2", "ElastiCache"]));
    scenario.converge_async().await;
    assert_eq!(permitted(&site), [0, 1, 2, 3, 4, 5]);
    assert_eq!(site.stored("payer")["spec"]["commitmentFeatures"], json!(["EC2", "ElastiCache"]));
    assert_eq!(site.test("payer").await, ConnectionTest::Passed);
}

#[tokio::test]
async fn services_behind_a_flag_name_it_and_commitments_outside_the_payer_are_a_finding() {
    let site = Site::new([payer(), Account::new(id(2), "member")]).await;
    let services = [CommitmentService::Ec2, CommitmentService::ElastiCache];
    let plan =
        site.with(&of(Commitment::new().with_purchase().with_services(services))).plan_async().await.plan;
    let [flag] = &told(&plan)[..] else { panic!("{:?}", told(&plan)) };
    assert!(flag.contains("CCM_COMMORCH_ELASTICACHE") && flag.contains("member, payer"), "{flag}");
    let outside = |number: u64| {
        let findings = plan.accounts()[&id(number)].findings.iter();
        findings.filter(|finding| finding.kind == FindingKind::CommitmentOutsidePayer).count()
    };
    assert_eq!((outside(1), outside(2)), (0, 1), "{}", plan.render());
}

/// A kind that needs another, and its partners.
type Alone = (AutoStopping, &'static [AutoStopping]);

/// The kinds without a partner, each with the partners that a plan names.
fn alone(plan: &Plan) -> Vec<(AutoStopping, Vec<AutoStopping>)> {
    let findings = plan.accounts()[&id(2)].findings.iter();
    findings
        .filter_map(|finding| match &finding.kind {
            FindingKind::NoPartner { kind, partners } => {
                assert_eq!(finding.severity, Severity::Problem);
                Some((*kind, partners.iter().copied().collect()))
            }
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_kind_of_autostopping_without_its_partner_is_a_finding_that_names_the_partner() {
    use AutoStopping::{Alb, Asg, Ec2, Ec2Spot, Ecs, Proxy, Rds};
    let cases: [(&[AutoStopping], &[Alone]); 9] = [
        (&[Ec2, Proxy], &[]),
        (&[Ec2, Asg, Alb], &[]),
        (&[Rds, Proxy], &[]),
        (&[Ecs, Alb], &[]),
        (&[Ec2], &[(Ec2, &[Alb, Proxy])]),
        (&[Ec2, Rds, Alb], &[(Rds, &[Proxy])]),
        (&[Ec2, Ecs, Proxy], &[(Ecs, &[Alb])]),
        (&[Ec2Spot, Asg, Alb], &[(Ec2Spot, &[Ec2])]),
        (AutoStopping::ALL, &[]),
    ];
    for (kinds, expected) in cases {
        let site = Site::new([Account::new(id(2), "member")]).await;
        let features =
            FeatureSet::new().with_optimization(Optimization::new().with_kinds(kinds.iter().copied()));
        let plan = site.with(&features).plan_async().await.plan;
        let found = alone(&plan);
        let expected: Vec<_> = expected.iter().map(|(kind, partners)| (*kind, partners.to_vec())).collect();
        assert_eq!(found, expected, "{kinds:?}");
        // The finding stays after the kind is enabled.
        let scenario = site.with(&features);
        scenario.apply_whole_async(plan).await;
        assert_eq!(alone(&scenario.plan_async().await.plan), expected, "{kinds:?}");
    }
}
