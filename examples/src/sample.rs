use std::str::FromStr as _;

use harness_ccm_core::account::{Account, AccountState};
use harness_ccm_core::cluster::Cluster;
use harness_ccm_core::connector::ConnectorState;
use harness_ccm_core::feature::{Feature, Named};
use harness_ccm_core::id::{AccountId, ExternalId, PolicyArn, RoleArn};
use harness_ccm_core::memory::World;
use harness_ccm_core::owner::OWNER_TAG;
use harness_ccm_core::policy::{PolicyDocument, Statement};
use harness_ccm_core::role::RoleState;

/// The intent of the sample organization: the payer gets billing, sandboxes are skipped, all other accounts get the features of
/// the public guide.
pub const INTENT: &str = include_str!("../onboard.toml");

/// The owner of the resources that an earlier run left, as in [`INTENT`].
const OWNER: &str = "finops";

/// The organization that [`INTENT`] is for.
const ORGANIZATION: &str = "o-acmesample";

/// The reason that the sample could not be built. It is fixed, so this never happens; but nothing here panics.
type Error = Box<dyn std::error::Error + Send + Sync>;

/// A small organization with realistic problems.
///
/// A suspended account; two accounts with the same name; names that are not valid identifiers, one of them a reserved word; a
/// role that Terraform made and that is in sync; a role of ours that a person edited; a connector whose account has left.
pub fn sample_world() -> Result<World, std::io::Error> {
    build().map_err(std::io::Error::other)
}

fn build() -> Result<World, Error> {
    let member = |number: &str, name: &str, units: &[&str]| -> Result<Account, Error> {
        Ok(Account::new(AccountId::from_str(number)?, name)
            .with_ou_path(units.iter().copied())
            .with_organization(ORGANIZATION.parse()?))
    };
    let (prod, dev): (&[_], &[_]) = (&["Workloads", "Prod"], &["Workloads", "Dev"]);
    let accounts = [
        member("100000000001", "acme-payer", &[])?.as_management(),
        member("100000000002", "data-prod", prod)?,
        member("100000000003", "data-dev", dev)?,
        member("100000000004", "Shop (EU) & friends", prod)?,
        member("100000000005", "org", &["Security"])?,
        member("100000000006", "web prod", prod)?,
        member("100000000007", "web-prod", prod)?,
        member("100000000008", "legacy", prod)?.with_state(AccountState::Suspended),
        member("100000000009", "anna", &["Sandbox", "People"])?,
        member("100000000010", "1st-line-support", dev)?,
        member("100000000011", "terraformed", prod)?,
        member("100000000012", "edited", dev)?,
    ];
    let edited = AccountId::from_str("100000000012")?;
    Ok(World::new(accounts)
        .with_role(terraformed()?)
        .with_role(edited_role(&edited)?)
        .with_connector(orphan()?))
}

fn external_id() -> Result<ExternalId, Error> {
    Ok("harness:891928451355:sample".parse()?)
}

/// A role like those of the public Terraform module: several managed policies, no tag.
fn terraformed() -> Result<RoleState, Error> {
    let arn: RoleArn = "arn:aws:iam::100000000011:role/HarnessCERole".parse()?;
    let mut role = RoleState::new(arn.clone(), Cluster::us().trust(&external_id()?)?);
    let own = |name: &str| format!("arn:aws:iam::100000000011:policy/{name}").parse::<PolicyArn>();
    let simulate = Statement::allow(["iam:SimulatePrincipalPolicy"], [arn.to_string()])?;
    let wide = ["ecs:*", "ec2:*", "rds:*", "cloudwatch:*", "ce:GetRightsizingRecommendation"];
    role.attached.insert(own("HarnessGetRolePolicy")?, Some(PolicyDocument::new([simulate])));
    role.attached.insert(
        own("HarnessEventsMonitoringPolicy")?,
        Some(PolicyDocument::new([Statement::allow(wide, ["*"])?])),
    );
    role.attached.insert("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess".parse()?, None);
    Ok(role)
}

/// A role of ours from which a person removed almost everything.
fn edited_role(account: &AccountId) -> Result<RoleState, Error> {
    let arn: RoleArn = format!("arn:aws:iam::{account}:role/HarnessCERole").parse()?;
    let mut role = RoleState::new(arn, Cluster::us().trust(&external_id()?)?);
    let rest = PolicyDocument::new([Statement::allow(["ec2:DescribeRegions"], ["*"])?]);
    role.inline.insert("HarnessCCM".parse()?, rest);
    role.tags.insert(OWNER_TAG.into(), OWNER.into());
    Ok(role)
}

/// A connector of an account that is no longer in the organization.
fn orphan() -> Result<ConnectorState, Error> {
    let mut connector = ConnectorState::new("left_last_year".parse()?);
    connector.account = Some("199999999999".parse()?);
    connector.role_arn = Some("arn:aws:iam::199999999999:role/HarnessCERole".into());
    connector.external_id = Some(external_id()?.to_string());
    connector.features.insert(Named::Known(Feature::Visibility));
    connector.tags.insert(OWNER_TAG.into(), OWNER.into());
    Ok(connector)
}
