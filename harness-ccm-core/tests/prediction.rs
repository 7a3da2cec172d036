//! The predictions of a plan about Harness' connection test, before anything is written.

mod support;

use futures_executor::block_on;
use harness_ccm_core::backend::{ConnectionTest, ConnectorClient as _};
use harness_ccm_core::feature::{Commitment, FeatureSet};
use harness_ccm_core::intent::{Desired, Intent};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::Observed;
use harness_ccm_core::plan::{ExpectedTest, Plan, PlanOptions, make_plan};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::resource::Resource;
use support::*;

fn planned(desired: &Desired, observed: &Observed) -> Plan {
    make_plan(desired, observed, PlanOptions::default())
}

fn expected(plan: &Plan) -> (Option<ExpectedTest>, Vec<String>) {
    let account = &plan.accounts()[&id(1)];
    let findings =
        account.findings.iter().filter(|finding| matches!(finding.resource, Resource::Connector(_)));
    (account.connection_test, findings.map(|finding| finding.kind.to_string()).collect())
}

#[test]
fn a_connector_that_is_made_and_one_that_is_there_pass() {
    let desired = desired(visibility(), [1]);
    for observed in [nothing(&desired), applied(&desired)] {
        assert_eq!(expected(&planned(&desired, &observed)), (Some(ExpectedTest::Passes), Vec::new()));
    }
}

#[test]
fn permissions_missing_in_a_release_or_option_are_predicted() {
    let looking = desired(FeatureSet::new().with_commitment(Commitment::new()), [1]);
    for observed in [nothing(&looking), applied(&looking)] {
        let (test, findings) = expected(&planned(&looking, &observed));
        assert_eq!(test, Some(ExpectedTest::Fails));
        insta::allow_duplicates! {
            insta::assert_debug_snapshot!(findings, @r#"
            [
                "only the payer's connector orchestrates commitments: give this account a rule without the feature, and its role no such permissions",
                "Harness' connection test will fail: Missing AWS access permissions: Action: ec2:ModifyReservedInstances not allowed on Resource: *, Action: ec2:GetReservedInstancesExchangeQuote not allowed on Resource: *, Action: ec2:AcceptReservedInstancesExchangeQuote not allowed on Resource: * and 2 more",
            ]
            "#);
        }
    }
    let buying = desired(FeatureSet::new().with_commitment(Commitment::new().with_purchase()), [1]);
    assert_eq!(expected(&planned(&buying, &nothing(&buying))).0, Some(ExpectedTest::Passes));
}

#[test]
fn other_policies_of_the_role_count() {
    let desired = desired(visibility(), [1]);
    let mut observed = applied(&desired);
    let deny = PolicyDocument::parse(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ecs:*","Resource":"*"}]}"#,
    );
    seen_role(&mut observed, &desired, 1).inline.insert("NoContainers".parse().unwrap(), deny.unwrap());
    let (test, findings) = expected(&planned(&desired, &observed));
    assert_eq!(test, Some(ExpectedTest::Fails));
    assert!(findings[0].contains("ecs:"), "{findings:?}");
    // A policy that could not be read may deny anything.
    let mut observed = applied(&desired);
    let unread = "arn:aws:iam::000000000001:policy/Unread".parse().unwrap();
    seen_role(&mut observed, &desired, 1).attached.insert(unread, None);
    assert_eq!(expected(&planned(&desired, &observed)).0, Some(ExpectedTest::Unknown));
}

#[test]
fn an_unknown_boundary_makes_the_prediction_unknown() {
    let mut intent: Intent = intent(visibility());
    intent.role.boundary = Some("arn:${partition}:iam::${account}:policy/Boundary".parse().unwrap());
    let desired = intent.resolve(Listing::complete([account(1, "bounded")])).unwrap();
    let (test, findings) = expected(&planned(&desired, &nothing(&desired)));
    assert_eq!(test, Some(ExpectedTest::Unknown));
    assert!(findings[0].contains("it is unknown whether"), "{findings:?}");
}

#[test]
fn nothing_is_predicted_if_nothing_is_done() {
    let desired = desired(visibility(), [1]);
    let mut observed = nothing(&desired);
    observed.roles.clear();
    assert_eq!(expected(&planned(&desired, &observed)).0, None);
}

#[test]
fn the_connection_test_in_memory_considers_only_known_policies() {
    let desired = desired(visibility(), [1]);
    let wanted = wanted(&desired, 1);
    let mut role = role_state(wanted.roles.last().unwrap());
    // A server decides what a prediction cannot: here a policy without a text and a boundary have no effect.
    role.attached.insert("arn:aws:iam::000000000001:policy/Unread".parse().unwrap(), None);
    role.boundary = Some("arn:aws:iam::000000000001:policy/Boundary".parse().unwrap());
    let world =
        World::new([account(1, "a")]).with_role(role).with_connector(connector_state(&wanted.connector));
    let test = block_on(world.connectors().test_connector(&wanted.connector.id)).unwrap();
    assert_eq!(test, ConnectionTest::Passed);
    assert!(world.edit_role(&id(1), &"HarnessCERole".parse().unwrap(), |role| role.inline.clear()));
    let test = block_on(world.connectors().test_connector(&wanted.connector.id)).unwrap();
    assert!(matches!(test, ConnectionTest::Failed(_)));
}
