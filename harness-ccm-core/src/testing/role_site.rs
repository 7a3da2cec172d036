//! Where the suite of roles works, and its single steps.

use super::{ok, same};
use crate::backend::{Expect, Removed, RoleProvisioner, Written};
use crate::id::{AccountId, OwnerId, Partition, PolicyArn, PolicyName, RoleArn, RolePath};
use crate::policy::{PolicyDocument, Principals, Statement};
use crate::role::{RoleAddress, RoleSpec, RoleState};
use crate::route::Route;

/// Where the suite works.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RoleSite {
    /// The partition.
    pub partition: Partition,
    /// An account that can be entered.
    pub account: AccountId,
    /// The way into it.
    pub route: Route,
    /// What the names of roles begin with.
    pub prefix: String,
}

impl RoleSite {
    /// An account of the commercial partition, entered by the default route; `prefix` is what the names of roles begin with.
    pub fn new(account: AccountId, prefix: impl Into<String>) -> Self {
        Self { partition: Partition::Aws, account, route: Route::default(), prefix: prefix.into() }
    }

    /// Sets the partition.
    #[must_use]
    pub fn with_partition(mut self, partition: Partition) -> Self {
        self.partition = partition;
        self
    }

    /// Sets the way into the account.
    #[must_use]
    pub fn with_route(mut self, route: Route) -> Self {
        self.route = route;
        self
    }

    pub(super) fn address(&self, name: &str) -> RoleAddress {
        let name = format!("{}{name}", self.prefix).parse().unwrap();
        let arn = RoleArn::new(self.partition, self.account.clone(), RolePath::root(), name);
        RoleAddress::new(arn, self.route.clone())
    }

    pub(super) fn spec(&self, name: &str, owner: &str) -> RoleSpec {
        let principals = Principals::aws([format!("arn:{}:iam::{}:root", self.partition, self.account)]);
        let trust = Statement::trust(principals, ["sts:AssumeRole"]).unwrap().with_condition(
            "StringEquals",
            "sts:ExternalId",
            ["one"],
        );
        RoleSpec::new(self.address(name), PolicyDocument::new([trust]), owner.parse::<OwnerId>().unwrap())
            .with_inline("Own".parse().unwrap(), allow(["ec2:DescribeRegions"]))
    }
}

/// A role that has one managed policy of ours in place of the inline one.
impl RoleSite {
    pub(super) fn managed(&self, name: &str, action: &str) -> RoleSpec {
        let mut spec = self.spec(name, "suite");
        spec.inline.clear();
        spec.retired.policies = true;
        spec.with_managed(&self.policy_name(name), "made by the suite", allow([action]))
    }

    pub(super) fn policy_name(&self, name: &str) -> PolicyName {
        format!("{}{name}Policy", self.prefix).parse().unwrap()
    }

    pub(super) fn view_only(&self) -> PolicyArn {
        format!("arn:{}:iam::aws:policy/job-function/ViewOnlyAccess", self.partition).parse().unwrap()
    }
}

pub(super) fn allow<const N: usize>(actions: [&str; N]) -> PolicyDocument {
    PolicyDocument::new([Statement::allow(actions, ["*"]).unwrap()])
}

pub(super) async fn seen(case: &str, roles: &dyn RoleProvisioner, address: &RoleAddress) -> RoleState {
    match ok(case, roles.find_role(address).await) {
        Some(state) => state,
        None => panic!("{case}: the role is not there"),
    }
}

pub(super) async fn create(case: &str, roles: &dyn RoleProvisioner, spec: &RoleSpec) -> RoleState {
    match ok(case, roles.put_role(spec, Expect::Absent).await) {
        Written::Created(state) => state,
        other => panic!("{case}: expected Created, got {other:?}"),
    }
}

pub(super) async fn remove(case: &str, roles: &dyn RoleProvisioner, address: &RoleAddress) {
    let state = seen(case, roles, address).await;
    assert_eq!(ok(case, roles.remove_role(address, &state).await), Removed::Removed, "{case}");
    assert_eq!(ok(case, roles.find_role(address).await), None, "{case}: gone after removal");
}

pub(super) async fn put(case: &str, roles: &dyn RoleProvisioner, spec: &RoleSpec) -> RoleState {
    let before = seen(case, roles, &spec.address).await;
    let written = ok(case, roles.put_role(spec, Expect::same(before)).await);
    assert!(matches!(written, Written::Updated(_)), "{case}: {written:?}");
    let found = seen(case, roles, &spec.address).await;
    assert!(spec.differences(&found).is_empty(), "{case}: {:?}", spec.differences(&found));
    let answered = written.into_state();
    same(case, found.same_as(&answered), &answered, &found);
    found
}
