//! Managed policies of others that roles are to have, and that are not there: seen in the plan, at the price of few calls.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use async_trait::async_trait;
use harness_ccm_core::backend::{Expect, PolicyPresence, Removed, RoleProvisioner, Written};
use harness_ccm_core::feature::{AutoStopping, FeatureSet, Governance, Optimization};
use harness_ccm_core::id::PolicyArn;
use harness_ccm_core::intent::Intent;
use harness_ccm_core::memory::{MemoryRoles, World};
use harness_ccm_core::plan::{FindingKind, Obstacle, Plan, WithheldReason};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::{ManagedPolicy, PolicyUse, RoleAddress, RoleSpec, RoleState};
use harness_ccm_core::{Error, ErrorKind, Result};
use harness_ccm_fixtures::Scenario;
use support::*;

const MISSPELLED: &str = "arn:aws:iam::aws:policy/ReadonlyAcces";
const BOUNDARY: &str = "arn:${partition}:iam::${account}:policy/ops/Boundary";

fn arn(text: &str) -> PolicyArn {
    text.parse().unwrap()
}

fn boundary(number: u64) -> PolicyArn {
    arn(&format!("arn:aws:iam::{}:policy/ops/Boundary", id(number)))
}

/// Accounts 1 to `last`, where the misspelled policy of AWS does not exist.
fn world(last: u64) -> World {
    let world = World::new((1..=last).map(|number| account(number, &format!("team {number}"))));
    world.delete_policy(&arn(MISSPELLED));
    world
}

fn with_boundary_in(world: World, number: u64) -> World {
    world.with_policy(boundary(number), ManagedPolicy::new("", PolicyDocument::new([])))
}

fn enforcing(policy: &str) -> Intent {
    let governance = Governance::new().with_enforcement_policies([policy.parse().unwrap()]);
    intent(FeatureSet::new().with_governance(governance))
}

/// With a boundary, and with two roles in each account.
fn bounded() -> Intent {
    let optimization = Optimization::new().with_kinds([AutoStopping::Ec2, AutoStopping::Alb]);
    let mut intent = intent(visibility().with_optimization(optimization));
    intent.role.boundary = Some(BOUNDARY.parse().unwrap());
    intent
}

fn plan(world: &World, intent: &Intent) -> Plan {
    Scenario::new(world, intent).plan().plan
}

fn obstacles(plan: &Plan, number: u64) -> Vec<&Obstacle> {
    let withheld = plan.accounts()[&id(number)].withheld.iter();
    withheld
        .filter_map(|withheld| match &withheld.reason {
            WithheldReason::Impossible(obstacle) => Some(obstacle),
            _ => None,
        })
        .collect()
}

/// The policies that were looked for, in their order.
fn asked(world: &World) -> Vec<String> {
    let calls = world.journal().into_iter().filter(|call| call.operation == "find_policy");
    calls.map(|call| call.subject).collect()
}

#[test]
fn a_policy_that_aws_does_not_have_is_detected_in_every_account_and_looked_for_once() {
    let world = world(5);
    let plan = plan(&world, &enforcing(MISSPELLED));
    assert!(!plan.has_changes() && !plan.is_complete(), "{}", plan.render());
    for number in 1..=5 {
        let obstacle = Obstacle::NoSuchPolicy { policy: arn(MISSPELLED), used: PolicyUse::Attachment };
        assert_eq!(obstacles(&plan, number), [&obstacle]);
        let waits =
            |reason: &WithheldReason| matches!(reason, WithheldReason::WaitsFor { incomplete: true, .. });
        assert!(
            plan.accounts()[&id(number)].withheld.iter().any(|withheld| waits(&withheld.reason)),
            "no connector"
        );
    }
    assert_eq!(asked(&world), [MISSPELLED]);
    let text = plan.render().to_string();
    assert!(text.contains(MISSPELLED) && text.contains("`enforcement-policies`"), "{text}");
    assert_eq!(text.matches(MISSPELLED).count(), 1, "said once for all accounts: {text}");
}

#[test]
fn an_account_that_cannot_be_read_is_not_asked_about_the_policies_of_aws() {
    let world = world(3);
    world.make_unreachable(&id(1));
    let plan = plan(&world, &enforcing(MISSPELLED));
    assert_eq!(asked(&world), [MISSPELLED]);
    assert_eq!((obstacles(&plan, 1).len(), obstacles(&plan, 2).len(), obstacles(&plan, 3).len()), (0, 1, 1));
}

#[test]
fn a_boundary_that_one_account_lacks_leaves_that_account_incomplete_and_no_other() {
    let world = with_boundary_in(world(2), 1);
    let planned = plan(&world, &bounded());
    let obstacle = Obstacle::NoSuchPolicy { policy: boundary(2), used: PolicyUse::Boundary };
    assert_eq!(obstacles(&planned, 2), [&obstacle, &obstacle], "both roles");
    assert!(planned.accounts()[&id(2)].steps.is_empty());
    assert_eq!((planned.accounts()[&id(1)].steps.len(), planned.accounts()[&id(1)].withheld.len()), (3, 0));
    let told = obstacle.to_string();
    assert!(told.contains("ops/Boundary") && told.contains("`role-boundary`"), "{told}");
    assert!(!told.contains("000000000002"), "the same words in every account: {told}");
    // Once an account, whatever the number of its roles.
    assert_eq!(asked(&world), [boundary(1).to_string(), boundary(2).to_string()]);
    let world = with_boundary_in(world, 2);
    Scenario::new(&world, &bounded()).converge();
}

#[test]
fn a_role_that_waits_for_a_boundary_has_no_excess_over_what_is_desired() {
    let governance = Governance::new();
    let without = intent(FeatureSet::new().with_governance(governance));
    let mut bounded = without.clone();
    bounded.role.boundary = Some(BOUNDARY.parse().unwrap());
    let world = world(1);
    Scenario::new(&world, &without).converge();
    let planned = plan(&world, &bounded);
    let account = &planned.accounts()[&id(1)];
    assert!(account.steps.is_empty() && !account.withheld.is_empty(), "{}", planned.render());
    assert!(account.findings.is_empty(), "{:?}", account.findings);
}

#[test]
fn what_a_role_has_or_aws_is_known_to_have_is_not_looked_for() {
    let world = with_boundary_in(world(1), 1);
    let mut intent = bounded();
    let governance = Governance::new().with_enforcement_policies([
        "arn:aws:iam::aws:policy/ReadOnlyAccess".parse().unwrap(),
        "arn:aws:iam::aws:policy/SecurityAudit".parse().unwrap(),
    ]);
    intent.rules = enforcing(MISSPELLED).rules;
    intent.rules[0].action =
        harness_ccm_core::intent::RuleAction::Onboard(FeatureSet::new().with_governance(governance));
    Scenario::new(&world, &intent).converge();
    let looked = asked(&world);
    assert_eq!(
        looked,
        ["arn:aws:iam::000000000001:policy/ops/Boundary", "arn:aws:iam::aws:policy/SecurityAudit"]
    );
    world.clear_journal();
    assert!(!plan(&world, &intent).has_changes());
    assert_eq!(asked(&world), [""; 0], "a second run asks for nothing");
}

#[test]
fn nothing_is_looked_for_on_behalf_of_a_role_of_another_owner() {
    let world = with_boundary_in(world(1), 1);
    let mut theirs = intent(visibility());
    theirs.owner = "others".parse().unwrap();
    Scenario::new(&world, &theirs).converge();
    world.clear_journal();
    let mut ours = bounded();
    ours.rules = intent(visibility()).rules;
    plan(&world, &ours);
    assert_eq!(asked(&world), [""; 0]);
}

#[test]
fn a_policy_that_aws_reserves_for_its_own_services_is_detected_without_a_call() {
    let kept = "arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy";
    let world = world(1);
    let plan = plan(&world, &enforcing(kept));
    let obstacle = Obstacle::NotAttachable { policy: arn(kept), used: PolicyUse::Attachment };
    assert_eq!(obstacles(&plan, 1), [&obstacle]);
    assert_eq!(asked(&world), [""; 0]);
}

/// Roles of which it is not known which policies there are.
#[derive(Debug)]
struct Blind {
    roles: MemoryRoles,
    error: Option<ErrorKind>,
}

#[async_trait]
impl RoleProvisioner for Blind {
    async fn find_role(&self, address: &RoleAddress) -> Result<Option<RoleState>> {
        self.roles.find_role(address).await
    }

    async fn find_policy(&self, address: &RoleAddress, policy: &PolicyArn) -> Result<PolicyPresence> {
        // Counts as a call.
        self.roles.find_policy(address, policy).await?;
        match self.error {
            Some(kind) => Err(Error::new(kind, "iam:GetPolicy", "no")),
            None => Ok(PolicyPresence::Unknown(None)),
        }
    }

    async fn put_role(&self, spec: &RoleSpec, expect: Expect<RoleState>) -> Result<Written<RoleState>> {
        self.roles.put_role(spec, expect).await
    }

    async fn remove_role(&self, address: &RoleAddress, expected: &RoleState) -> Result<Removed> {
        self.roles.remove_role(address, expected).await
    }
}

#[test]
fn an_unknown_policy_is_not_missing_and_is_reported() {
    let world = world(9);
    let blind = Blind { roles: world.roles(), error: Some(ErrorKind::Denied) };
    let planned = Scenario::new(&world, &enforcing("arn:aws:iam::aws:policy/SecurityAudit"))
        .with_roles(blind)
        .plan()
        .plan;
    assert!(planned.is_complete() && planned.has_changes(), "{}", planned.render());
    let kinds: Vec<_> = planned.accounts()[&id(9)].findings.iter().map(|finding| &finding.kind).collect();
    let expected = FindingKind::PolicyUnknown {
        policy: arn("arn:aws:iam::aws:policy/SecurityAudit"),
        used: PolicyUse::Attachment,
        note: "iam:GetPolicy: access denied".into(),
    };
    assert!(kinds.contains(&&expected), "{kinds:?}");
    assert_eq!(asked(&world).len(), 3, "a few accounts are asked, not all");
    // The write decides.
    Scenario::new(&world, &enforcing("arn:aws:iam::aws:policy/SecurityAudit")).apply_whole(planned);
}

#[test]
fn a_backend_that_does_not_know_is_asked_once_and_nothing_is_reported() {
    let world = world(3);
    let blind = Blind { roles: world.roles(), error: None };
    let planned = Scenario::new(&world, &enforcing(MISSPELLED)).with_roles(blind).plan().plan;
    assert!(planned.is_complete() && planned.has_changes(), "{}", planned.render());
    assert!(!planned.render().to_string().contains("could not be read"), "{}", planned.render());
    assert_eq!(asked(&world).len(), 1);
}
