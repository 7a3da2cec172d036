//! Makes the roles of an account from settings and catalogue.

use std::collections::{BTreeMap, BTreeSet};

use super::{Boundary, Intent, InvalidIntent, Layout, RoleSettings, RuleAction};
use crate::account::Account;
use crate::catalog::{self, Grant, Permissions, Release, Request};
use crate::cluster::Cluster;
use crate::feature::{FeatureSet, Governance, GovernanceAccess};
use crate::id::{AccountId, Partition, PerAccount, PolicyArn, PolicyName, RoleArn, RoleName, RolePath};
use crate::owner::{ADOPTED_TAG, BOUNDARY_TAG, MANAGED_TAG, OWNER_TAG};
use crate::policy::PolicyDocument;
use crate::role::{Retired, RetiredBoundary, RoleAddress, RoleSpec, RoleState, check_tags};
use crate::session::SessionSeconds;
use crate::setting::Setting;

/// The only inline policy that we keep on a role.
const INLINE_POLICY: &str = "HarnessCCM";

/// The inputs for the roles of one account.
pub(super) struct Ingredients<'a> {
    pub(super) account: &'a Account,
    /// The cross-account role.
    pub(super) arn: &'a RoleArn,
    pub(super) permissions: &'a Permissions,
    /// The policies that the catalogue may have attached.
    pub(super) attachable: BTreeSet<PolicyArn>,
}

impl Intent {
    /// Checks the settings of roles that do not depend on accounts.
    pub(super) fn check_roles(&self) -> Result<(), InvalidIntent> {
        self.role_name()?;
        self.check_session()?;
        let mut tags = self.role_tags();
        for own in [OWNER_TAG, MANAGED_TAG, ADOPTED_TAG, BOUNDARY_TAG] {
            if tags.insert(own.into(), String::new()).is_some() {
                return Err(InvalidIntent::Role(format!("the tag {own:?} is reserved: use another key")));
            }
        }
        check_tags(&tags).map_err(|error| InvalidIntent::Role(error.to_string()))
    }

    /// Checks the session length: a role that assumes another gets at most an hour, whatever the other role allows (AWS
    /// STS API reference, `AssumeRole`).
    fn check_session(&self) -> Result<(), InvalidIntent> {
        let Some(session) = self.connector.session.filter(|session| *session > SessionSeconds::CHAINED)
        else {
            return Ok(());
        };
        let is_role =
            |principal: &String| [":role/", ":assumed-role/"].iter().any(|kind| principal.contains(kind));
        let trusted = &self.cluster.trusted;
        if trusted.is_empty() || !trusted.iter().all(is_role) {
            return Ok(());
        }
        Err(InvalidIntent::Role(format!(
            "sessions of {session} seconds are not possible if {} contains a role: a session of one role in another lasts at most {} seconds: lower {}",
            Setting::Trusted,
            SessionSeconds::CHAINED,
            Setting::Session
        )))
    }

    fn role_tags(&self) -> BTreeMap<String, String> {
        let mut tags = self.tags.clone();
        tags.extend(self.role.tags.clone());
        tags
    }

    /// The full name of a new cross-account role.
    pub fn role_name(&self) -> Result<RoleName, InvalidIntent> {
        let RoleSettings { prefix, name, .. } = &self.role;
        let full = format!("{prefix}{}", name.new_name());
        full.parse().map_err(|_| {
            InvalidIntent::Role(format!(
                "{} and {} have {} characters together, IAM allows 64: shorten one of them",
                Setting::RolePrefix,
                Setting::RoleName,
                full.len()
            ))
        })
    }

    /// The cross-account role's ARN in one account.
    pub(super) fn role_arn(&self, account: &Account) -> Result<RoleArn, InvalidIntent> {
        Ok(RoleArn::new(account.partition, account.id.clone(), self.role.path.clone(), self.role_name()?))
    }

    fn lambda_arn(&self, account: &Account) -> Result<RoleArn, InvalidIntent> {
        let (path, name) = catalog::lambda_role_name(&self.role.prefix)?;
        Ok(RoleArn::new(account.partition, account.id.clone(), path, name))
    }

    /// The cross-account roles of earlier settings, in an account.
    pub(super) fn former_roles(&self, account: &Account) -> BTreeSet<RoleArn> {
        let arn = |name: &RoleName| {
            RoleArn::new(account.partition, account.id.clone(), RolePath::root(), name.clone())
        };
        self.role.former_names.iter().map(arn).collect()
    }

    /// The addresses of our roles in an account: the Lambda role first, because roles are removed in reverse order.
    pub(super) fn addresses(
        &self,
        account: &Account,
        arn: &RoleArn,
    ) -> Result<Vec<RoleAddress>, InvalidIntent> {
        let route = self.route_to(account, arn.name())?;
        let arns = [self.lambda_arn(account)?, arn.clone()];
        Ok(arns.into_iter().map(|arn| RoleAddress::new(arn, route.clone())).collect())
    }

    /// The permissions of `features` for the role `arn`.
    pub(super) fn request<'a>(&'a self, features: &'a FeatureSet, arn: &'a RoleArn) -> Request<'a> {
        Request::new(features, arn, &self.cluster)
            .with_regions(&self.regions)
            .with_release(self.role.release.release())
            .with_prefix(self.role.prefix.clone())
    }

    /// The roles of one account, in the order of creation.
    pub(super) fn roles(&self, ingredients: Ingredients<'_>) -> Result<Vec<RoleSpec>, InvalidIntent> {
        let Ingredients { account, arn, permissions, attachable } = ingredients;
        // Every setting by name: a new one does not compile until it is decided where it is used.
        let RoleSettings {
            boundary,
            layout: _,
            release: _,
            prefix: _,
            name: _,
            path: _,
            additional_external_ids: _,
            former_names: _,
            tags: _,
            quotas: _,
        } = &self.role;
        let route = self.route_to(account, arn.name())?;
        let mut roles = Vec::new();
        if let Some(lambda) = &permissions.lambda {
            let address = RoleAddress::new(self.lambda_arn(account)?, route.clone());
            let spec = RoleSpec::new(address, lambda.trust.clone(), self.owner.clone());
            roles.push(self.filled(spec, &lambda.policies, lambda.merged())?);
        }
        let address = RoleAddress::new(arn.clone(), route);
        let spec = RoleSpec::new(address, self.trust()?, self.owner.clone());
        let mut role = self.filled(spec, &permissions.policies, permissions.merged())?;
        role.attached.clone_from(&permissions.attached);
        role.retired.attached = attachable;
        // Every role allows an hour.
        let longer = self.connector.session.filter(|session| session.get() > RoleState::DEFAULT_MAX_SESSION);
        roles.push(role.with_max_session(longer));
        let boundary = match boundary {
            Some(Boundary::Policy(arn)) => Some(arn.within(account.partition, &account.id)?),
            Some(Boundary::None) | None => None,
        };
        let tags = self.role_tags();
        Ok(roles
            .into_iter()
            .map(|role| role.with_boundary(boundary.clone()).with_tags(tags.clone()))
            .collect())
    }

    /// Adds the permissions in the desired layout, and retires those of other layouts.
    fn filled(
        &self,
        spec: RoleSpec,
        grants: &[Grant],
        merged: PolicyDocument,
    ) -> Result<RoleSpec, InvalidIntent> {
        let inline: PolicyName = INLINE_POLICY.parse()?;
        let boundary = match self.role.boundary {
            Some(Boundary::None) => RetiredBoundary::Any,
            Some(Boundary::Policy(_)) | None => RetiredBoundary::Ours,
        };
        let retired =
            Retired { inline: [inline.clone()].into(), policies: true, boundary, ..Retired::default() };
        let spec = spec.with_retired(retired);
        Ok(match self.role.layout {
            Layout::Inline => spec.with_inline(inline, merged),
            Layout::Managed => grants.iter().fold(spec, |spec, grant| {
                spec.with_managed(&grant.name, grant.description.as_str(), grant.document.clone())
            }),
        })
    }

    fn trust(&self) -> Result<PolicyDocument, InvalidIntent> {
        let own = &self.cluster.additional_external_ids;
        let more = own.union(&self.role.additional_external_ids).cloned();
        Ok(self.cluster.clone().with_additional_external_ids(more).trust(&self.external_id)?)
    }

    /// All policies that the rules and any release of the catalogue may have attached to our roles.
    pub(super) fn attachable(&self) -> Attachable {
        let verdicts = self.rules.iter().map(|rule| &rule.action);
        let features = verdicts.filter_map(|verdict| match verdict {
            RuleAction::Onboard(features) => features.governance.as_ref(),
            RuleAction::Skip(_) => None,
        });
        let given = features.flat_map(|governance| &governance.enforcement_policies).cloned().collect();
        let own = Partition::KNOWN.into_iter().map(|partition| (partition, governance_policies(partition)));
        Attachable { given, own: own.collect() }
    }
}

/// Policies that may have been attached to our roles.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Attachable {
    given: BTreeSet<PerAccount<PolicyArn>>,
    own: BTreeMap<Partition, BTreeSet<PolicyArn>>,
}

impl Attachable {
    /// The policies for one account.
    pub(super) fn within(&self, account: &Account) -> BTreeSet<PolicyArn> {
        let mut policies = self.own.get(&account.partition).cloned().unwrap_or_default();
        // A policy that is not valid there cannot have been attached there.
        policies.extend(self.given.iter().filter_map(|arn| arn.within(account.partition, &account.id).ok()));
        policies
    }
}

/// The AWS-managed policies that any release attaches for governance.
fn governance_policies(partition: Partition) -> BTreeSet<PolicyArn> {
    let (Ok(account), Ok(name)) = ("123456789012".parse::<AccountId>(), "x".parse()) else {
        return BTreeSet::new();
    };
    let role = RoleArn::new(partition, account.clone(), RolePath::root(), name);
    // An account that roles in every partition may trust.
    let cluster = Cluster::self_managed(account);
    let attached = |(release, access)| {
        let features = FeatureSet::new().with_governance(Governance::new().with_access(access));
        Request::new(&features, &role, &cluster).with_release(release).permissions().ok().map(|p| p.attached)
    };
    let accesses = [GovernanceAccess::ViewOnly, GovernanceAccess::ReadOnly];
    let all = Release::ALL.into_iter().flat_map(|release| accesses.map(|access| (release, access)));
    all.filter_map(attached).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_of_governance_are_known_in_every_partition() {
        for partition in Partition::KNOWN {
            let policies: Vec<_> = governance_policies(partition).iter().map(ToString::to_string).collect();
            assert_eq!(
                policies,
                ["ReadOnlyAccess", "job-function/ViewOnlyAccess"]
                    .map(|name| format!("arn:{partition}:iam::aws:policy/{name}"))
            );
        }
    }
}
