//! Connection tests judged against roles.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use async_trait::async_trait;
use harness_ccm_core::Result;
use harness_ccm_core::backend::{ConnectionTest, ConnectorClient, Expect, Removed, RoleProvisioner, Written};
use harness_ccm_core::connector::ConnectorSpec;
use harness_ccm_core::feature::{AutoStopping, Feature};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::{RoleAddress, RoleSpec, RoleState};
use harness_ccm_core::secret::Secret;
use harness_ccm_harness::HarnessConnectors;
use harness_ccm_simulator::Simulator;

const ARN: &str = "arn:aws:iam::123456789012:role/HarnessCERole";

/// One role that is only looked at.
#[derive(Debug)]
struct OneRole(Option<RoleState>);

#[async_trait]
impl RoleProvisioner for OneRole {
    async fn find_role(&self, _: &RoleAddress) -> Result<Option<RoleState>> {
        Ok(self.0.clone())
    }

    async fn put_role(&self, _: &RoleSpec, _: Expect<RoleState>) -> Result<Written<RoleState>> {
        unreachable!("a connection test writes nothing")
    }

    async fn remove_role(&self, _: &RoleAddress, _: &RoleState) -> Result<Removed> {
        unreachable!("a connection test writes nothing")
    }
}

fn role(external_id: &str, actions: &str) -> RoleState {
    let parse = |text: String| PolicyDocument::parse(&text).unwrap();
    let trust = parse(format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":"arn:aws:iam::891928451355:root"}},"Condition":{{"StringEquals":{{"sts:ExternalId":"{external_id}"}}}}}}]}}"#
    ));
    let mut role = RoleState::new(ARN.parse().unwrap(), trust);
    let simulate = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"iam:SimulatePrincipalPolicy","Resource":"{ARN}"}},{{"Effect":"Allow","Action":{actions},"Resource":"*"}}]}}"#
    );
    role.inline.insert("Own".parse().unwrap(), parse(simulate));
    role
}

async fn verdict(
    role: Option<RoleState>,
    features: &[Feature],
    kinds: Option<AutoStopping>,
) -> ConnectionTest {
    let simulator = Simulator::builder()
        .roles(Some(Arc::new(OneRole(role))))
        .start("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let client = HarnessConnectors::builder("acct".parse().unwrap(), Secret::new("pat.acct.a.b"))
        .endpoint(simulator.endpoint())
        .build()
        .unwrap();
    let mut spec = ConnectorSpec::new(
        "aws1".parse().unwrap(),
        "aws1".parse().unwrap(),
        ARN.parse().unwrap(),
        "the-id".parse().unwrap(),
        features.iter().copied().collect(),
        "tests".parse().unwrap(),
    );
    spec.autostopping = kinds.map(|kind| [kind].into());
    client.put_connector(&spec, Expect::Absent).await.unwrap();
    client.test_connector(&spec.id).await.unwrap()
}

fn reasons(test: ConnectionTest) -> Vec<String> {
    match test {
        ConnectionTest::Passed => Vec::new(),
        ConnectionTest::Failed(failure) => failure.reasons,
    }
}

#[tokio::test]
async fn the_role_must_exist_and_trust_the_external_id() {
    let governance = [Feature::Governance];
    assert_eq!(verdict(Some(role("the-id", r#""x:Y""#)), &governance, None).await, ConnectionTest::Passed);
    assert_eq!(reasons(verdict(None, &governance, None).await).len(), 1);
    let ConnectionTest::Failed(failure) = verdict(Some(role("other", r#""x:Y""#)), &governance, None).await
    else {
        panic!("the external id is another")
    };
    assert!(failure.summary.contains("sts:AssumeRole"), "{}", failure.summary);
}

#[tokio::test]
async fn missing_actions_are_named() {
    let actions = r#"["ecs:*","ec2:DescribeInstances*","ec2:DescribeRegions","ec2:DescribeVolumes","cloudwatch:*","rds:*"]"#;
    let missing = reasons(verdict(Some(role("the-id", actions)), &[Feature::Visibility], None).await);
    assert_eq!(missing, ["Action: ec2:DescribeSnapshots not allowed on Resource: *"]);
}

#[tokio::test]
async fn optimization_is_judged_by_kind_where_kinds_are_listed() {
    let actions = r#"["ec2:DescribeInstances","ec2:CreateTags","ec2:StartInstances","ec2:StopInstances"]"#;
    let kinds =
        verdict(Some(role("the-id", actions)), &[Feature::Optimization], Some(AutoStopping::Ec2)).await;
    assert_eq!(kinds, ConnectionTest::Passed);
    let whole = verdict(Some(role("the-id", actions)), &[Feature::Optimization], None).await;
    assert_eq!(reasons(whole).len(), 50, "52 actions, of which two are granted");
}
