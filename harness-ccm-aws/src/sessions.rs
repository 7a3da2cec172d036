//! Opens sessions in accounts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sdk_sts::Client;
use aws_sdk_sts::types::Tag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;
use harness_ccm_core::id::{AccountId, ExternalId, RoleArn, RoleName, SourceIdentity};
use harness_ccm_core::role::RoleAddress;
use harness_ccm_core::route::{Assume, Hop, Route};
use harness_ccm_core::session::SessionSeconds;
use harness_ccm_core::{Error, ErrorKind, Result};
use tokio::sync::OnceCell;

use crate::caller::{ASSUME, Caller};
use crate::circumstances::Circumstances;
use crate::clock::Clock;
use crate::codes::is_too_long;
use crate::error::from_sdk;
use crate::known::Known;
use crate::note::Note;
use crate::refusal::{self, Refusal};
use crate::run::Run;
use crate::session::Session;
use crate::session_policy::{self, SessionActions};
use harness_ccm_core::internal::Sent;

/// The sessions of one run: it enters an account once, and again only when the credentials expire.
#[derive(Clone, Debug)]
pub(crate) struct Sessions(Arc<State>);

#[derive(Debug)]
struct State {
    client: Client,
    known: Known,
    actions: SessionActions,
    circumstances: Circumstances,
    run: Arc<Run>,
    clock: Clock,
    caller: OnceCell<Caller>,
    /// Roles for which AWS opens no session longer than an hour.
    short: Mutex<BTreeSet<RoleName>>,
    slots: Mutex<BTreeMap<Door, Arc<Slot>>>,
}

/// The target of a session. The route is part of it: two routes into one account may have different permissions there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Door {
    Hop(Hop),
    Account(AccountId, Assume),
}

/// Callers that need a session which is being requested wait for it.
type Slot = tokio::sync::Mutex<Option<Entered>>;

#[derive(Clone, Debug)]
struct Entered {
    session: Session,
    /// The index of the role that accepted the caller.
    role: usize,
}

/// One role to assume.
struct Request<'a> {
    role: &'a RoleArn,
    external_id: Option<&'a ExternalId>,
    session: Option<SessionSeconds>,
    policy: Option<String>,
}

/// The reason that a session was not opened.
enum Unopened {
    /// It would be longer than AWS allows.
    TooLong(Error),
    Otherwise(Error),
}

impl Unopened {
    fn into_error(self) -> Error {
        match self {
            Self::TooLong(error) | Self::Otherwise(error) => error,
        }
    }
}

impl Sessions {
    /// Makes sessions that may do `actions` if they are restricted.
    pub(crate) fn new(
        client: Client,
        known: Known,
        actions: SessionActions,
        circumstances: Circumstances,
        run: Arc<Run>,
        clock: Clock,
    ) -> Self {
        Self(Arc::new(State {
            client,
            known,
            actions,
            circumstances,
            run,
            clock,
            caller: OnceCell::new(),
            short: Mutex::default(),
            slots: Mutex::default(),
        }))
    }

    /// Returns a session in the account of `address`.
    pub(crate) async fn enter(&self, address: &RoleAddress) -> Result<Session> {
        let caller = self.caller().await?;
        if let Some(partition) = caller.partition().filter(|partition| *partition != address.arn.partition())
        {
            return Err(Error::new(
                ErrorKind::Invalid,
                ASSUME,
                format!(
                    "the account is in the partition {}, the credentials are for {partition}",
                    address.arn.partition()
                ),
            )
            .with_subject(address.to_string())
            .with_remedy(
                "credentials are valid in one partition only: use credentials of an account there, in a separate run",
            ));
        }
        match &address.route {
            _ if caller.account == *address.account() => Ok(Session::OWN),
            Route::Direct => Err(refusal::explain_direct(address, caller, &self.0.known)),
            Route::Assume(assume) => match &assume.through {
                Some(hop) if hop.role.account() == address.account() => self.over(hop, Some(address)).await,
                _ => self.assume(address, assume).await,
            },
            _ => Err(Error::new(
                ErrorKind::Unsupported,
                ASSUME,
                "this version does not know this kind of route",
            )
            .with_subject(address.to_string())),
        }
    }

    /// Returns the session of a role from which other roles are assumed.
    pub(crate) async fn hop(&self, hop: &Hop) -> Result<Session> {
        self.over(hop, None).await
    }

    async fn over(&self, hop: &Hop, address: Option<&RoleAddress>) -> Result<Session> {
        let caller = self.caller().await?;
        let slot = self.slot(Door::Hop(hop.clone()));
        let mut slot = slot.lock().await;
        if let Some(Entered { session, .. }) =
            slot.as_ref().filter(|entered| entered.session.is_fresh(self.0.clock.now()))
        {
            return Ok(session.clone());
        }
        let Hop { role, external_id, .. } = hop;
        let request = Request { role, external_id: external_id.as_ref(), session: None, policy: None };
        let session = self.ask(&Session::OWN, &request).await.map_err(|error| {
            if error.kind() == ErrorKind::Denied {
                let refusal = Refusal { role: role.clone(), said: error.message().into() };
                refusal::explain_hop(address, caller, &refusal)
            } else {
                error.with_subject(role.to_string())
            }
        })?;
        *slot = Some(Entered { session: session.clone(), role: 0 });
        Ok(session)
    }

    /// Returns their run.
    pub(crate) fn run(&self) -> &Run {
        &self.0.run
    }

    pub(crate) async fn caller(&self) -> Result<&Caller> {
        const OPERATION: &str = "sts:GetCallerIdentity";
        self.0
            .caller
            .get_or_try_init(|| async {
                let circumstances = &self.0.circumstances;
                let identity = self.0.client.get_caller_identity().send().await.map_err(|error| {
                    let remedy = error.code().and_then(|code| circumstances.remedy(code));
                    let error = from_sdk(OPERATION, Sent::Read, error);
                    match remedy {
                        Some(remedy) => error.with_remedy(remedy),
                        None => error,
                    }
                })?;
                let account: AccountId = identity.account.unwrap_or_default().parse().map_err(|error| {
                    Error::new(ErrorKind::Protocol, OPERATION, "the answer names no account")
                        .with_source(error)
                })?;
                circumstances.tell_caller(&account);
                let arn = identity.arn.unwrap_or_else(|| format!("the caller in account {account}"));
                Ok(Caller { account, arn })
            })
            .await
    }

    fn slot(&self, door: Door) -> Arc<Slot> {
        self.0.slots.lock().unwrap_or_else(PoisonError::into_inner).entry(door).or_default().clone()
    }

    async fn assume(&self, address: &RoleAddress, assume: &Assume) -> Result<Session> {
        let (account, partition) = (address.account(), address.arn.partition());
        let caller = self.caller().await?;
        let slot = self.slot(Door::Account(account.clone(), assume.clone()));
        let mut slot = slot.lock().await;
        if let Some(Entered { session, .. }) =
            slot.as_ref().filter(|entered| entered.session.is_fresh(self.0.clock.now()))
        {
            return Ok(session.clone());
        }
        let (base, chained) = match &assume.through {
            Some(hop) => (self.over(hop, Some(address)).await?, true),
            None => (Session::OWN, caller.is_session()),
        };
        let session =
            assume.session.map(|asked| if chained { asked.min(SessionSeconds::CHAINED) } else { asked });
        let policy = assume
            .scope
            .as_ref()
            .map(|scope| session_policy::render(scope, self.0.actions, partition, account))
            .transpose()?;
        // A renewal tries the role that worked before first. For other accounts the user's order applies: it may put the role
        // with fewer permissions first.
        let worked = slot.as_ref().map(|entered| entered.role);
        let order = worked.into_iter().chain((0..assume.roles.len()).filter(|index| Some(*index) != worked));
        let mut refusals = Vec::new();
        for (index, role) in order.filter_map(|index| Some((index, assume.roles.get(index)?))) {
            let role = role.arn(partition, account).map_err(|error| {
                Error::new(ErrorKind::Invalid, ASSUME, "a bootstrap role has no ARN in this account")
                    .with_subject(address.to_string())
                    .with_source(error)
            })?;
            let external_id = assume.external_id.as_ref();
            let request = Request { role: &role, external_id, session, policy: policy.clone() };
            match self.ask(&base, &request).await {
                Ok(session) => {
                    *slot = Some(Entered { session: session.clone(), role: index });
                    return Ok(session);
                }
                // The error of a disabled region may mean that AWS is still setting up the account.
                Err(error)
                    if error.kind() == ErrorKind::Denied || refusal::is_region_disabled(error.message()) =>
                {
                    refusals.push(Refusal { role, said: error.message().into() });
                }
                Err(error) => return Err(error.with_subject(address.to_string())),
            }
        }
        Err(refusal::explain(address, assume, caller, &self.0.known, &refusals, self.0.clock.now()))
    }

    /// Requests a session: of one hour if AWS does not open one of the requested duration. Every role allows an hour.
    async fn ask(&self, base: &Session, request: &Request<'_>) -> Result<Session> {
        let hour = SessionSeconds::CHAINED;
        let Some(asked) = request.session.filter(|asked| *asked > hour) else {
            return self.ask_for(base, request, request.session).await.map_err(Unopened::into_error);
        };
        let name = request.role.name();
        let short = self.0.short.lock().unwrap_or_else(PoisonError::into_inner).contains(name);
        if !short {
            match self.ask_for(base, request, Some(asked)).await {
                Err(Unopened::TooLong(refusal)) => {
                    self.0.short.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
                    let said = refusal.message().to_owned();
                    self.0.circumstances.notes.tell(Note::OneHour { role: name.clone(), asked, said });
                }
                answer => return answer.map_err(Unopened::into_error),
            }
        }
        self.ask_for(base, request, Some(hour)).await.map_err(Unopened::into_error)
    }

    async fn ask_for(
        &self,
        base: &Session,
        request: &Request<'_>,
        session: Option<SessionSeconds>,
    ) -> Result<Session, Unopened> {
        let run = &self.0.run;
        let source = run.source(request.role.name());
        let answer = self.ask_as(base, request, session, source.as_ref()).await;
        match answer {
            // Options that the role does not permit are omitted, also for roles of the same name in other accounts.
            Err(Unopened::Otherwise(error)) if source.is_some() && is_about_source(&error) => {
                run.forget_source(request.role.name());
                self.ask_as(base, request, session, None).await
            }
            answer => answer,
        }
    }

    async fn ask_as(
        &self,
        base: &Session,
        request: &Request<'_>,
        session: Option<SessionSeconds>,
        source: Option<&SourceIdentity>,
    ) -> Result<Session, Unopened> {
        let Request { role, external_id, session: _, policy } = request;
        let run = &self.0.run;
        let caller = self.caller().await.map_err(Unopened::Otherwise)?;
        let tags =
            run.tags(caller).into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
        let tags = tags.collect::<Result<Vec<_>, _>>().map_err(|error| {
            let error = Error::new(ErrorKind::Invalid, ASSUME, "the session's tags cannot be built")
                .with_source(error);
            Unopened::Otherwise(error)
        })?;
        let answer = self
            .0
            .client
            .assume_role()
            .role_arn(role.to_string())
            .role_session_name(run.session_name())
            .set_source_identity(source.map(ToString::to_string))
            .set_tags(Some(tags).filter(|tags| !tags.is_empty()))
            .set_external_id(external_id.map(ToString::to_string))
            .set_duration_seconds(session.and_then(|session| session.get().try_into().ok()))
            .set_policy(policy.clone())
            .customize()
            .config_override(base.sts())
            .send()
            .await
            .map_err(|error| {
                let too_long = is_too_long(error.code(), error.message());
                let error = from_sdk(ASSUME, Sent::Read, error);
                if too_long { Unopened::TooLong(error) } else { Unopened::Otherwise(error) }
            })?;
        let entered =
            answer.assumed_role_user().and_then(|user| user.arn().split(':').nth(4)).unwrap_or_default();
        if entered != role.account().as_str() {
            return Err(Unopened::Otherwise(Error::new(
                ErrorKind::Protocol,
                ASSUME,
                format!(
                    "a session in the account {} was requested, but it is in {entered:?}",
                    role.account()
                ),
            )));
        }
        let Some(given) = answer.credentials else {
            return Err(Unopened::Otherwise(Error::new(
                ErrorKind::Protocol,
                ASSUME,
                "the answer holds no credentials",
            )));
        };
        let expiry = SystemTime::try_from(given.expiration).ok();
        let token = Some(given.session_token);
        Ok(Session::new(Credentials::new(
            given.access_key_id,
            given.secret_access_key,
            token,
            expiry,
            "harness-ccm",
        )))
    }
}

/// Whether a role does not permit a source identity.
fn is_about_source(error: &Error) -> bool {
    error.kind() == ErrorKind::Denied && error.message().contains("sts:SetSourceIdentity")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
        let sessions = Sessions::new(
            mock_client!(aws_sdk_sts, RuleMode::MatchAny, rules),
            Known::default(),
            crate::iam::ACTIONS,
            Circumstances::of_region(crate::region::RegionInUse::given("us-east-1")),
            Arc::new(Run::begin()),
            Clock::default(),
        );
        let arn = format!("arn:aws:iam::{MEMBER}:role/HarnessCERole").parse().unwrap();
        let address = RoleAddress::new(arn, Route::default());
        for _ in 1..times {
            sessions.enter(&address).await?;
        }
        sessions.enter(&address).await
    }

    #[tokio::test]
    async fn all_bootstrap_roles_are_tried_and_named() {
        let (caller, first, second) =
            (caller(), denied("OrganizationAccountAccessRole"), denied("AWSControlTowerExecution"));
        let error = enter(&[&caller, &first, &second], 1).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied);
        let text = error.report();
        for part in [
            "OrganizationAccountAccessRole",
            "AWSControlTowerExecution",
            MEMBER,
            "the setting `bootstrap-roles`",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[tokio::test]
    async fn the_second_bootstrap_role_works_and_is_remembered() {
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
