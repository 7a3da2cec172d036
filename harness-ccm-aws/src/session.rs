//! Ways into accounts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_sts::Client;
use harness_ccm_core::id::{AccountId, Partition, RoleName};
use harness_ccm_core::role::RoleAddress;
use harness_ccm_core::route::Route;
use harness_ccm_core::{Error, ErrorKind, Result};
use tokio::sync::OnceCell;

use crate::error::{Call, from_sdk};

const ASSUME: &str = "sts:AssumeRole";

/// What shows up in the `CloudTrail` of every account that is entered.
const SESSION_NAME: &str = "harness-ccm";

/// Credentials are renewed this long before they end.
const MARGIN: Duration = Duration::from_mins(5);

/// A way into one account: the caller's own credentials, or those of a bootstrap role.
#[derive(Clone, Debug)]
pub(crate) struct Session(Option<Credentials>);

impl Session {
    /// The credentials for one IAM call.
    pub(crate) fn config(&self) -> aws_sdk_iam::config::Builder {
        let config = aws_sdk_iam::config::Builder::new();
        match &self.0 {
            Some(credentials) => config.credentials_provider(credentials.clone()),
            None => config,
        }
    }

    fn is_fresh(&self) -> bool {
        self.0.as_ref().and_then(Credentials::expiry).is_none_or(|expiry| expiry > SystemTime::now() + MARGIN)
    }
}

/// The sessions of one run: an account is entered once, then again only when its credentials end.
#[derive(Clone, Debug)]
pub(crate) struct Sessions(Arc<State>);

#[derive(Debug)]
struct State {
    client: Client,
    caller: OnceCell<AccountId>,
    sessions: Mutex<BTreeMap<AccountId, Session>>,
}

impl Sessions {
    pub(crate) fn new(client: Client) -> Self {
        Self(Arc::new(State { client, caller: OnceCell::new(), sessions: Mutex::default() }))
    }

    /// A way into the account of `address`.
    pub(crate) async fn enter(&self, address: &RoleAddress) -> Result<Session> {
        let account = address.account();
        let caller = self.caller().await?;
        match &address.route {
            _ if caller == account => Ok(Session(None)),
            Route::Direct => Err(Error::new(
                ErrorKind::Invalid,
                ASSUME,
                format!("the account shall be entered with the caller's own credentials, and these belong to {caller}"),
            )
            .with_subject(address.to_string())
            .with_remedy("run with credentials of that account, or leave the account out by a rule")),
            Route::Assume(roles) => self.assume(address, roles).await,
            _ => Err(Error::new(ErrorKind::Unsupported, ASSUME, "this way into an account is not known")
                .with_subject(address.to_string())),
        }
    }

    async fn caller(&self) -> Result<&AccountId> {
        const OPERATION: &str = "sts:GetCallerIdentity";
        self.0
            .caller
            .get_or_try_init(|| async {
                let identity = self
                    .0
                    .client
                    .get_caller_identity()
                    .send()
                    .await
                    .map_err(|error| from_sdk(OPERATION, Call::Read, error))?;
                identity.account.unwrap_or_default().parse().map_err(|error| {
                    Error::new(ErrorKind::Protocol, OPERATION, "the answer names no account")
                        .with_source(error)
                })
            })
            .await
    }

    async fn assume(&self, address: &RoleAddress, roles: &[RoleName]) -> Result<Session> {
        let account = address.account();
        let known = self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(account).cloned();
        if let Some(session) = known.filter(Session::is_fresh) {
            return Ok(session);
        }
        let mut refusals = Vec::new();
        for role in roles {
            match self.assume_one(address.arn.partition(), account, role).await {
                Ok(session) => {
                    let mut sessions = self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner);
                    sessions.insert(account.clone(), session.clone());
                    return Ok(session);
                }
                Err(error) if error.kind() == ErrorKind::Denied => {
                    refusals.push(format!("{role}: {}", error.message()));
                }
                Err(error) => return Err(error.with_subject(address.to_string())),
            }
        }
        Err(Error::new(ErrorKind::Denied, ASSUME, format!("no bootstrap role lets the caller in; {}", refusals.join("; ")))
            .with_subject(address.to_string())
            .with_remedy(
                "accounts that were invited have no such role until their owner makes one: let one of these roles exist there \
                 and trust the caller, name another in reach.bootstrap-roles, or leave the account out by a rule",
            ))
    }

    async fn assume_one(
        &self,
        partition: Partition,
        account: &AccountId,
        role: &RoleName,
    ) -> Result<Session> {
        let arn = format!("arn:{partition}:iam::{account}:role/{role}");
        let answer = self
            .0
            .client
            .assume_role()
            .role_arn(arn)
            .role_session_name(SESSION_NAME)
            .send()
            .await
            .map_err(|error| from_sdk(ASSUME, Call::Read, error))?;
        let entered =
            answer.assumed_role_user().and_then(|user| user.arn().split(':').nth(4)).unwrap_or_default();
        if entered != account.as_str() {
            return Err(Error::new(
                ErrorKind::Protocol,
                ASSUME,
                format!("asked for the account {account}, and let into {entered:?}"),
            ));
        }
        let Some(given) = answer.credentials else {
            return Err(Error::new(ErrorKind::Protocol, ASSUME, "the answer holds no credentials"));
        };
        let expiry = SystemTime::try_from(given.expiration).ok();
        let token = Some(given.session_token);
        Ok(Session(Some(Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            token,
            expiry,
            "harness-ccm",
        ))))
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sts::operation::assume_role::{AssumeRoleError, AssumeRoleOutput};
    use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;
    use aws_sdk_sts::types::{AssumedRoleUser, Credentials as Given};
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use aws_smithy_types::DateTime;
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    const MEMBER: &str = "000000000002";

    fn caller() -> Rule {
        mock!(Client::get_caller_identity)
            .then_output(|| GetCallerIdentityOutput::builder().account("000000000001").build())
    }

    fn denied(role: &'static str) -> Rule {
        mock!(Client::assume_role)
            .match_requests(move |request| request.role_arn().is_some_and(|arn| arn.ends_with(role)))
            .then_error(|| {
                let meta = ErrorMetadata::builder().code("AccessDenied").message("not authorized").build();
                AssumeRoleError::generic(meta)
            })
    }

    fn let_in(role: &'static str, account: &'static str) -> Rule {
        mock!(Client::assume_role)
            .match_requests(move |request| request.role_arn().is_some_and(|arn| arn.ends_with(role)))
            .then_output(move || {
                let arn = format!("arn:aws:sts::{account}:assumed-role/{role}/x");
                let user = AssumedRoleUser::builder().assumed_role_id("x").arn(arn).build().unwrap();
                let given = Given::builder()
                    .access_key_id("a")
                    .secret_access_key("b")
                    .session_token("c")
                    .expiration(DateTime::from(SystemTime::now() + Duration::from_hours(1)))
                    .build()
                    .unwrap();
                AssumeRoleOutput::builder().assumed_role_user(user).credentials(given).build()
            })
    }

    async fn enter(rules: &[&Rule], times: usize) -> Result<Session> {
        let sessions = Sessions::new(mock_client!(aws_sdk_sts, RuleMode::MatchAny, rules));
        let arn = format!("arn:aws:iam::{MEMBER}:role/HarnessCERole").parse().unwrap();
        let address = RoleAddress::new(arn, Route::default());
        for _ in 1..times {
            sessions.enter(&address).await?;
        }
        sessions.enter(&address).await
    }

    #[tokio::test]
    async fn all_ways_are_tried_and_named() {
        let (caller, first, second) =
            (caller(), denied("OrganizationAccountAccessRole"), denied("AWSControlTowerExecution"));
        let error = enter(&[&caller, &first, &second], 1).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied);
        let text = error.report();
        for part in
            ["OrganizationAccountAccessRole", "AWSControlTowerExecution", MEMBER, "reach.bootstrap-roles"]
        {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[tokio::test]
    async fn the_second_way_works_and_is_remembered() {
        let (caller, first, second) =
            (caller(), denied("OrganizationAccountAccessRole"), let_in("AWSControlTowerExecution", MEMBER));
        enter(&[&caller, &first, &second], 3).await.unwrap();
        assert_eq!((caller.num_calls(), first.num_calls(), second.num_calls()), (1, 1, 1));
    }

    #[tokio::test]
    async fn an_account_that_was_not_asked_for_is_refused() {
        let (caller, wrong) = (caller(), let_in("OrganizationAccountAccessRole", "000000000009"));
        let error = enter(&[&caller, &wrong], 1).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
    }
}
