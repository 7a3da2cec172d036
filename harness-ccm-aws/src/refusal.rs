//! Explains why an account could not be entered.
//!
//! AWS STS has one code for a missing role, a role that trusts another principal, a wrong external id, a suspended account, and
//! policies of the organization: `AccessDenied`. The rest of its message, and facts from listing the organization, determine
//! what to check.

use std::time::{Duration, SystemTime};

use harness_ccm_core::account::AccountState;
use harness_ccm_core::id::{AccountId, RoleArn};
use harness_ccm_core::role::RoleAddress;
use harness_ccm_core::route::Assume;
use harness_ccm_core::setting::Setting;
use harness_ccm_core::{Error, ErrorKind};

use crate::caller::{ASSUME, Caller};
use crate::known::Known;

/// A role that refused the caller, with AWS' message.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) role: RoleArn,
    pub(crate) said: String,
}

/// The part of AWS' message after "not authorized", which repeats the caller and the role.
fn reason(said: &str) -> &str {
    if is_region_disabled(said) {
        return "STS is not active in this region for the account";
    }
    let said = said.trim_end_matches(" (AccessDenied)");
    match said.split_once("on resource: ") {
        Some((_, rest)) => match rest.split_once(' ') {
            Some((_, reason)) => reason.trim(),
            None if said.contains("sts:TagSession") => "sts:TagSession not authorized",
            None if said.contains("sts:SetSourceIdentity") => "sts:SetSourceIdentity not authorized",
            None => "not authorized",
        },
        None => said,
    }
}

/// The cause that AWS names, if it names one.
///
/// The endings are those of the IAM user guide, "Troubleshoot access denied error messages".
pub(crate) fn named(said: &str) -> Option<&'static str> {
    let table = [
        // The refused call is checked before the cause: these two may be refused in addition to the call that was made.
        (
            "sts:TagSession",
            "the caller's session has tags that AWS passes on to every role, as those of EKS Pod Identity do: let the trust policies of \
             these roles allow sts:TagSession beside sts:AssumeRole, and the caller too, or call from a session without such tags \
             (for EKS Pod Identity: disable session tags in the association)",
        ),
        (
            "sts:SetSourceIdentity",
            "the caller's session has a source identity that AWS passes on to every role: let the trust policies of these roles allow \
             sts:SetSourceIdentity beside sts:AssumeRole, and the caller too",
        ),
        (
            "RegionDisabledException",
            "STS is not active in the region of this run for that account: set AWS_REGION to a region that is (us-east-1 always is in aws), \
             or activate STS there",
        ),
        (
            "service control policy",
            "a service control policy of the organization forbids the caller sts:AssumeRole on it: exempt the caller there",
        ),
        (
            "resource control policy",
            "a resource control policy of the organization forbids sts:AssumeRole on it: exempt the caller there",
        ),
        (
            "permissions boundary",
            "the permissions boundary of the caller does not allow sts:AssumeRole on these roles: add it",
        ),
        (
            "session policy",
            "the caller's own session is limited by a policy without sts:AssumeRole: sign in without it",
        ),
        (
            "VPC endpoint policy",
            "the policy of the VPC endpoint for STS forbids it: allow sts:AssumeRole there",
        ),
        (
            "no identity-based policy allows",
            "no policy of the caller allows it: give the caller sts:AssumeRole on these roles in all accounts",
        ),
        (
            "explicit deny in an identity-based policy",
            "a policy of the caller denies sts:AssumeRole on it: remove that statement",
        ),
    ];
    table.into_iter().find(|(part, _)| said.contains(part)).map(|(_, advice)| advice)
}

/// All roles of a route refused.
pub(crate) fn explain(
    address: &RoleAddress,
    assume: &Assume,
    caller: &Caller,
    known: &Known,
    refusals: &[Refusal],
    now: SystemTime,
) -> Error {
    let account = address.account();
    let tried: Vec<_> = refusals
        .iter()
        .map(|Refusal { role, said }| {
            format!("{}{} ({})", role.path().as_str().trim_start_matches('/'), role.name(), reason(said))
        })
        .collect();
    let through = assume.through.as_ref().map(|hop| format!(" through {}", hop.role)).unwrap_or_default();
    let message =
        format!("no role lets {} into the account{through}; tried {}", caller.arn, tried.join(", "));
    if let Some(age) = being_set_up(account, known, refusals, now) {
        let minutes = age.as_secs() / 60;
        return Error::new(ErrorKind::NotReady, ASSUME, message).with_subject(address.to_string()).with_remedy(
            format!(
                "the account joined {minutes} minutes ago and AWS is still setting it up: the next run onboards it"
            ),
        );
    }
    Error::new(ErrorKind::Denied, ASSUME, message)
        .with_subject(address.to_string())
        .with_remedy(checks(account, assume, caller, known, refusals).join("; "))
}

/// The age of the account, if that explains why no role can be assumed: no refusal has another cause.
fn being_set_up(
    account: &AccountId,
    known: &Known,
    refusals: &[Refusal],
    now: SystemTime,
) -> Option<Duration> {
    let age = known.member(account)?.new_for(now)?;
    let passes =
        |refusal: &Refusal| reason(&refusal.said) == "not authorized" || is_region_disabled(&refusal.said);
    refusals.iter().all(passes).then_some(age)
}

pub(crate) fn is_region_disabled(said: &str) -> bool {
    said.contains("RegionDisabledException")
}

/// The causes to check, the likeliest first.
fn checks(
    account: &AccountId,
    assume: &Assume,
    caller: &Caller,
    known: &Known,
    refusals: &[Refusal],
) -> Vec<String> {
    let mut checks = Vec::new();
    let member = known.member(account);
    if let Some(state) = member.as_ref().map(|member| &member.state)
        && *state != AccountState::Active
    {
        return vec![format!(
            "the account is {state}, and such an account cannot be accessed: skip it by a rule"
        )];
    }
    let mut remedies: Vec<_> = refusals.iter().filter_map(|refusal| named(&refusal.said)).collect();
    remedies.dedup();
    if !remedies.is_empty() {
        return remedies.into_iter().map(str::to_owned).collect();
    }
    let from = assume.through.as_ref().map_or(&caller.account, |hop| hop.role.account());
    let invited = member.as_ref().and_then(|member| member.invited);
    let trusted = member.map(|member| member.management).filter(|management| management != from);
    match (&trusted, invited) {
        (Some(management), _) => checks.push(format!(
            "these calls come from account {from}, and the roles that AWS makes trust only the management account {management}: \
             run there, go through a role there (the setting `through`), or let the roles trust {from}"
        )),
        (None, Some(false)) => checks.push(
            "the account was created in the organization, so a role was made in it: perhaps under another name, or it was removed"
                .into(),
        ),
        (None, None) => {
            checks.push("accounts that were invited have no such role until their owner makes one".into());
        }
        (None, Some(true)) => {}
    }
    if invited == Some(true) {
        checks.push(
            "the account was invited into the organization, so AWS made no role in it: have its owner make one that trusts the caller"
                .into(),
        );
    }
    if !assume.roles.iter().any(|role| role.as_str().ends_with("AWSControlTowerExecution")) {
        checks.push("accounts of Control Tower have AWSControlTowerExecution: name it too".into());
    }
    match &assume.external_id {
        Some(_) => checks.push("the trust policy must require the external id that is set".into()),
        None => checks.push("if the role's trust policy asks for an external id, give it".into()),
    }
    checks.push(format!(
        "name the right role in {} or a route of its own in {}, or leave the account out by a rule",
        Setting::BootstrapRoles,
        Setting::Routes
    ));
    checks
}

/// The role before the account refused.
pub(crate) fn explain_hop(address: Option<&RoleAddress>, caller: &Caller, refusal: &Refusal) -> Error {
    let Refusal { role, said } = refusal;
    let message = format!("the intermediate role {role} refuses {}: {}", caller.arn, reason(said));
    let advice = named(said).unwrap_or(
        "the role must exist and trust the caller; if its trust policy requires an external id, set it; \
         the caller needs sts:AssumeRole on it",
    );
    let error = Error::new(ErrorKind::Denied, ASSUME, message).with_remedy(advice);
    match address {
        Some(address) => error.with_subject(address.to_string()),
        None => error,
    }
}

/// A direct route into an account that is not the caller's.
pub(crate) fn explain_direct(address: &RoleAddress, caller: &Caller, known: &Known) -> Error {
    let account = address.account();
    let management = known.member(account).is_some_and(|member| member.management == *account);
    let what = if management { "the management account" } else { "the account" };
    Error::new(
        ErrorKind::Invalid,
        ASSUME,
        format!("{what} has the direct route, but the caller's own credentials belong to {}", caller.account),
    )
    .with_subject(address.to_string())
    .with_remedy(if management {
        "a delegated administrator has no route into it: run with credentials of the management account, set a route for it in \
         the setting `routes` (management = true), or leave it out by a rule"
    } else {
        "run with credentials of that account, or leave the account out by a rule"
    })
}
