//! Whether a session of a role may make a call.
//!
//! The role's policies, the role's boundary and the policy of the session are evaluated. Of AWS' own policies two are known,
//! `AdministratorAccess` and `IAMFullAccess`; the others allow nothing here. Users may do everything in their account.

use std::collections::BTreeMap;

use crate::policy::evaluate::{Question, Verdict, judge};
use crate::state::cloud::Cloud;
use crate::state::iam::{CloudIam, CloudPolicy};
use crate::state::principal::Principal;
use crate::wire::call::{AwsCall, AwsService};
use crate::wire::denial::{Denier, denied};
use crate::wire::failure::Failure;

const EVERYTHING: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const ALL_OF_IAM: &str = r#"{"Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}"#;

/// The resource of a call, as an ARN. An existing role is identified with its path.
pub(crate) fn resource(cloud: &Cloud, call: &AwsCall) -> String {
    let AwsCall { service, account, .. } = call;
    let iam = || cloud.accounts.get(account).map(|account| &account.iam);
    let path = call.parameter("Path").unwrap_or("/");
    let partition = cloud.partition();
    match (service, call.parameter("RoleName"), call.parameter("PolicyName"), call.parameter("PolicyArn")) {
        (AwsService::Sts, ..) => call.parameter("RoleArn").unwrap_or("*").to_owned(),
        (AwsService::Iam, Some(name), ..) => {
            let role = iam().and_then(|iam| iam.role(name));
            let (path, name) = role.map_or((path, name), |role| (role.path.as_str(), role.name.as_str()));
            format!("arn:{partition}:iam::{account}:role{path}{name}")
        }
        (AwsService::Iam, None, Some(name), _) => {
            format!("arn:{partition}:iam::{account}:policy{path}{name}")
        }
        (AwsService::Iam, None, None, Some(arn)) => arn.to_owned(),
        _ => "*".to_owned(),
    }
}

/// Refuses calls that the policies of a session do not allow.
pub(crate) fn check(cloud: &Cloud, call: &AwsCall, caller: &Principal) -> Result<(), Failure> {
    let Some(session) = &caller.session else { return Ok(()) };
    let iam = cloud.accounts.get(&caller.account).map(|account| &account.iam);
    let role = iam.and_then(|iam| iam.role(&session.role));
    let resource = resource(cloud, call);
    let mut context = BTreeMap::from([("aws:requestedregion".to_owned(), call.region.clone())]);
    if let Some(boundary) = call.parameter("PermissionsBoundary") {
        context.insert("iam:permissionsboundary".to_owned(), boundary.to_owned());
    }
    let own: Vec<&str> = role.into_iter().flat_map(|role| role.inline.values().map(String::as_str)).collect();
    let attached = role.into_iter().flat_map(|role| role.attached.iter());
    let own = own.into_iter().chain(attached.filter_map(|arn| document(iam, arn)));
    let mut layers = vec![(Denier::IdentityPolicy, own.collect::<Vec<_>>())];
    if let Some(boundary) = role.and_then(|role| role.boundary.as_deref()) {
        layers.push((Denier::PermissionsBoundary, document(iam, boundary).into_iter().collect()));
    }
    if let Some(policy) = &session.policy {
        layers.push((Denier::SessionPolicy, vec![policy.as_str()]));
    }
    for permission in call.permissions() {
        for (denier, documents) in &layers {
            let question = Question { action: &permission, resource: &resource, context: &context };
            let why = match judge(documents.iter().copied(), question) {
                Verdict::Allowed => continue,
                Verdict::Forbidden => denier.explicitly(),
                Verdict::Silent => denier.implicitly(&permission),
            };
            return Err(denied(call, &permission, &resource, &why));
        }
    }
    Ok(())
}

fn document<'a>(iam: Option<&'a CloudIam>, arn: &str) -> Option<&'a str> {
    match arn.split_once(":iam::aws:policy/") {
        Some((_, "AdministratorAccess")) => Some(EVERYTHING),
        Some((_, "IAMFullAccess")) => Some(ALL_OF_IAM),
        Some(_) => None,
        None => iam?.policy(arn).map(CloudPolicy::document),
    }
}
