//! AWS STS: the identity of the caller, and roles to assume.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::policy::evaluate::{Asker, Question, Verdict, trusts};
use crate::policy::syntax::{self, Use};
use crate::services::access;
use crate::state::cloud::Cloud;
use crate::state::iam::CloudRole;
use crate::state::organization::ORGANIZATION;
use crate::state::principal::{Principal, RoleSession};
use crate::wire::call::AwsCall;
use crate::wire::denial::denied;
use crate::wire::failure::Failure;
use crate::wire::fields::Fields;
use crate::wire::time::iso;
use crate::wire::xml::Xml;

/// The default duration of a session, and the maximum for a chained one.
const HOUR: u64 = 3_600;

pub(crate) fn handle(cloud: &mut Cloud, call: &AwsCall, caller: &Principal) -> Result<Xml, Failure> {
    match call.action.as_str() {
        "GetCallerIdentity" => {
            Ok(Xml::new().text("Arn", &caller.arn).text("UserId", "local").text("Account", &caller.account))
        }
        "AssumeRole" => assume(cloud, call, caller),
        other => Err(Failure::unknown_action(other)),
    }
}

fn assume(cloud: &mut Cloud, call: &AwsCall, caller: &Principal) -> Result<Xml, Failure> {
    let fields = Fields(&call.parameters);
    let arn = fields.need("RoleArn")?;
    let name = session_name(fields)?;
    let seconds = seconds(fields, caller)?;
    let policy = session_policy(fields)?;
    access::check(cloud, call, caller)?;
    let Some(role) = role(cloud, call, arn) else { return Err(denied(call, "sts:AssumeRole", arn, "")) };
    for permission in call.permissions() {
        if judge(cloud, call, caller, &role, &permission) != Verdict::Allowed {
            return Err(denied(call, &permission, arn, ""));
        }
    }
    // A caller without access does not learn the maximum duration.
    if seconds > role.max_session {
        let message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(Failure::new(400, "ValidationError", message));
    }
    let (number, account, partition) = (cloud.next(), &call.account, cloud.partition().to_owned());
    let session = format!("arn:{partition}:sts::{account}:assumed-role/{}/{name}", role.name);
    let (key, token) = (
        format!("ASIALOCAL{number:010}"),
        format!("IQoJLocalAwsSessionToken{number:010}{}", "0aB/".repeat(80)),
    );
    let ends = cloud.now() + cloud.session_lifetime.unwrap_or(Duration::from_secs(seconds));
    let answer = Xml::new()
        .within(
            "AssumedRoleUser",
            &Xml::new().text("AssumedRoleId", format!("AROALOCAL:{name}")).text("Arn", &session),
        )
        .within(
            "Credentials",
            &Xml::new()
                .text("AccessKeyId", &key)
                .text("SecretAccessKey", format!("LocalAwsSecretAccessKeyOfASession{number:07}"))
                .text("SessionToken", &token)
                .text("Expiration", iso(ends)),
        )
        .maybe("SourceIdentity", fields.get("SourceIdentity"));
    let tags = fields.tags().into_iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
    let session_of = RoleSession {
        role: role.name,
        token,
        ends,
        policy: policy.map(str::to_owned),
        tags: tags.collect(),
        source_identity: fields.get("SourceIdentity").map(str::to_owned),
    };
    cloud.principals.insert(key, Principal { session: Some(session_of), ..Principal::of(&session) });
    Ok(answer)
}

/// The role of that ARN, if its account is accessible. Case and path count.
fn role(cloud: &mut Cloud, call: &AwsCall, arn: &str) -> Option<CloudRole> {
    let lag = cloud.lag;
    let (_, place) = arn.split_once(":role")?;
    let account = cloud.accounts.get_mut(&call.account).filter(|account| account.is_open())?;
    let shown = if lag.hits_writes() { account.past.shown(lag) } else { None };
    let name = place.rsplit('/').next()?;
    let role = shown.unwrap_or(&account.iam).role(name)?;
    (format!("{}{}", role.path, role.name) == place).then(|| role.clone())
}

fn judge(cloud: &Cloud, call: &AwsCall, caller: &Principal, role: &CloudRole, permission: &str) -> Verdict {
    let fields = Fields(&call.parameters);
    let of_role = caller.role();
    let mut context = BTreeMap::from([
        ("aws:principalarn".to_owned(), of_role.clone().unwrap_or_else(|| caller.arn.clone())),
        ("aws:principalaccount".to_owned(), caller.account.clone()),
    ]);
    if cloud.accounts.get(&caller.account).is_some_and(|account| account.parent.is_some()) {
        context.insert("aws:principalorgid".into(), ORGANIZATION.into());
    }
    for (key, field) in [
        ("sts:externalid", "ExternalId"),
        ("sts:rolesessionname", "RoleSessionName"),
        ("sts:sourceidentity", "SourceIdentity"),
    ] {
        if let Some(value) = fields.get(field) {
            context.insert(key.into(), value.into());
        }
    }
    let tags = fields
        .tags()
        .into_iter()
        .map(|(key, value)| (format!("aws:requesttag/{}", key.to_lowercase()), value.to_owned()));
    context.extend(tags);
    if let Some(session) = &caller.session {
        let own = session
            .tags
            .iter()
            .map(|(key, value)| (format!("aws:principaltag/{}", key.to_lowercase()), value.clone()));
        context.extend(own);
        context.extend(
            session.source_identity.clone().map(|identity| ("aws:sourceidentity".to_owned(), identity)),
        );
    }
    let asker = Asker { account: &caller.account, arn: &caller.arn, role: of_role.as_deref() };
    let question = Question { action: permission, resource: "*", context: &context };
    trusts(&role.trust, asker, question)
}

fn session_name(fields: Fields<'_>) -> Result<&str, Failure> {
    let name = fields.need("RoleSessionName")?;
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    if (2..=64).contains(&name.len()) && name.chars().all(fits) {
        return Ok(name);
    }
    let rule = "Member must satisfy regular expression pattern: [\\w+=,.@-]*";
    Err(Failure::validation("roleSessionName", name, rule))
}

fn seconds(fields: Fields<'_>, caller: &Principal) -> Result<u64, Failure> {
    let seconds = fields.number("DurationSeconds")?.unwrap_or(HOUR);
    if !(900..=43_200).contains(&seconds) {
        let rule = "Member must have value between 900 and 43200";
        return Err(Failure::validation("durationSeconds", &seconds.to_string(), rule));
    }
    if caller.is_session() && seconds > HOUR {
        let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
        return Err(Failure::new(400, "ValidationError", message));
    }
    Ok(seconds)
}

fn session_policy(fields: Fields<'_>) -> Result<Option<&str>, Failure> {
    let Some(policy) = fields.get("Policy") else { return Ok(None) };
    if policy.len() > 2_048 {
        return Err(Failure::validation(
            "policy",
            "(policy)",
            "Member must have length less than or equal to 2048",
        ));
    }
    syntax::check(policy, Use::Identity)?;
    Ok(Some(policy))
}
