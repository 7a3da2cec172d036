//! AWS IAM: the roles and customer-managed policies of the caller's account.

mod attachments;
mod inline;
mod page;
mod policies;
mod roles;
mod shape;
mod site;
mod summary;
mod tags;
mod versions;

use crate::services::access;
use crate::services::iam::site::Site;
use crate::state::cloud::Cloud;
use crate::state::iam::CloudIam;
use crate::state::principal::Principal;
use crate::wire::call::AwsCall;
use crate::wire::failure::Failure;
use crate::wire::xml::Xml;

/// Responds to a request. A write takes effect as a whole or not at all.
pub(crate) fn handle(cloud: &mut Cloud, call: &AwsCall, caller: &Principal) -> Result<Xml, Failure> {
    let lag = cloud.lag;
    let account = cloud.accounts.entry(caller.account.clone()).or_default();
    account.past.count();
    let shown = account.past.shown(lag).cloned();
    let now = account.iam.clone();
    access::check(cloud, call, caller)?;
    let site = Site::new(cloud, call);
    if call.is_read() {
        return read(&site, shown.as_ref().unwrap_or(&now));
    }
    if lag.hits_writes()
        && let Some(shown) = &shown
    {
        site.check_shown(shown, &now)?;
    }
    let mut next = now.clone();
    let answer = write(&site, &mut next)?;
    let account = cloud.accounts.entry(caller.account.clone()).or_default();
    account.iam = next;
    if !lag.is_none() {
        account.past.wrote(now);
    }
    Ok(answer)
}

fn read(site: &Site<'_>, iam: &CloudIam) -> Result<Xml, Failure> {
    match site.action() {
        "GetRole" => roles::get(site, iam),
        "ListRoles" => roles::list(site, iam),
        "GetRolePolicy" => inline::get(site, iam),
        "ListRolePolicies" => inline::list(site, iam),
        "ListAttachedRolePolicies" => attachments::list(site, iam),
        "ListInstanceProfilesForRole" => attachments::profiles(site, iam),
        "ListRoleTags" => tags::of_role(site, iam),
        "ListPolicyTags" => tags::of_policy(site, iam),
        "GetPolicy" => policies::get(site, iam),
        "ListPolicies" => policies::list(site, iam),
        "GetPolicyVersion" => versions::get(site, iam),
        "ListPolicyVersions" => versions::list(site, iam),
        "GetAccountSummary" => Ok(summary::get(iam)),
        other => Err(Failure::unknown_action(other)),
    }
}

fn write(site: &Site<'_>, iam: &mut CloudIam) -> Result<Xml, Failure> {
    match site.action() {
        "CreateRole" => roles::create(site, iam),
        "UpdateRole" => roles::update(site, iam),
        "UpdateAssumeRolePolicy" => roles::update_trust(site, iam),
        "PutRolePermissionsBoundary" => roles::put_boundary(site, iam),
        "DeleteRolePermissionsBoundary" => roles::delete_boundary(site, iam),
        "DeleteRole" => roles::delete(site, iam),
        "PutRolePolicy" => inline::put(site, iam),
        "DeleteRolePolicy" => inline::delete(site, iam),
        "AttachRolePolicy" => attachments::attach(site, iam),
        "DetachRolePolicy" => attachments::detach(site, iam),
        "RemoveRoleFromInstanceProfile" => attachments::leave_profile(site, iam),
        "TagRole" => tags::tag_role(site, iam),
        "UntagRole" => tags::untag_role(site, iam),
        "TagPolicy" => tags::tag_policy(site, iam),
        "UntagPolicy" => tags::untag_policy(site, iam),
        "CreatePolicy" => policies::create(site, iam),
        "DeletePolicy" => policies::delete(site, iam),
        "CreatePolicyVersion" => versions::create(site, iam),
        "SetDefaultPolicyVersion" => versions::set_default(site, iam),
        "DeletePolicyVersion" => versions::delete(site, iam),
        other => Err(Failure::unknown_action(other)),
    }
}
