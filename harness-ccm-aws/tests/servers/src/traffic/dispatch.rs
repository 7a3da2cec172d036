//! Processes a request: the caller, the faults, the service's action, and the entry in the log.

use std::collections::BTreeMap;

use crate::services::{access, iam, organizations, sts};
use crate::state::cloud::Cloud;
use crate::state::principal::Principal;
use crate::traffic::faults::Faults;
use crate::traffic::log::Log;
use crate::traffic::mishap::Mishap;
use crate::traffic::reply::{Answer, Outcome, Reply};
use crate::wire::call::{AwsCall, AwsService};
use crate::wire::failure::Failure;
use crate::wire::{fields, time};

/// The state that all requests share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) cloud: Cloud,
    pub(crate) faults: Faults,
    pub(crate) log: Log,
}

/// A request as it arrived. Header names are in lower case.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// The content of the signature; it is not verified.
struct Scope<'a> {
    key: &'a str,
    region: &'a str,
    service: AwsService,
}

impl Incoming {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`.
    fn scope(&self) -> Option<Scope<'_>> {
        let credential = self.header("authorization").split("Credential=").nth(1)?.split(',').next()?;
        let parts: Vec<&str> = credential.split('/').collect();
        let [key, _, region, service, _] = parts[..] else { return None };
        let all = [AwsService::Organizations, AwsService::Sts, AwsService::Iam];
        let service = all.into_iter().find(|known| known.prefix() == service)?;
        Some(Scope { key, region, service })
    }

    fn call(&self, cloud: &Cloud, scope: &Scope<'_>) -> AwsCall {
        let (action, parameters) = match scope.service {
            AwsService::Organizations => {
                let target = self.header("x-amz-target");
                let body = serde_json::from_slice(&self.body).unwrap_or_default();
                (target.rsplit('.').next().unwrap_or_default().to_owned(), fields::of_json(&body))
            }
            AwsService::Sts | AwsService::Iam => {
                let mut parameters = fields::of_form(&self.body);
                parameters.remove("Version");
                (parameters.remove("Action").unwrap_or_default(), parameters)
            }
        };
        let caller = cloud.principals.get(scope.key);
        let own = caller.map(|caller| caller.account.clone()).unwrap_or_default();
        let named = match scope.service {
            AwsService::Organizations => {
                ["AccountId", "ResourceId", "ChildId"].iter().find_map(|name| parameters.get(*name)).cloned()
            }
            AwsService::Sts => {
                parameters.get("RoleArn").and_then(|arn| arn.split(':').nth(4)).map(str::to_owned)
            }
            AwsService::Iam => None,
        };
        let is_account = |id: &String| id.len() == 12 && id.chars().all(|digit| digit.is_ascii_digit());
        AwsCall {
            service: scope.service,
            action,
            region: scope.region.to_owned(),
            account: named.filter(is_account).unwrap_or(own),
            caller: caller.map(|caller| caller.arn.clone()).unwrap_or_default(),
            parameters,
            user_agent: format!("{} {}", self.header("user-agent"), self.header("x-amz-user-agent"))
                .trim()
                .to_owned(),
        }
    }
}

impl State {
    pub(crate) fn new() -> Self {
        Self { cloud: Cloud::new(), faults: Faults::default(), log: Log::default() }
    }

    /// Returns the reply to a request. [`answer`](Self::answer) responds later to a request that was held.
    pub(crate) fn reply(&mut self, incoming: &Incoming) -> Reply {
        let date = self.cloud.now();
        let Some(scope) = incoming.scope() else {
            let failure =
                Failure::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
            return Reply::Answer(Answer::of(AwsService::Iam, "", &Outcome::Failed(failure), date));
        };
        let call = incoming.call(&self.cloud, &scope);
        let number = self.log.arrival(call.clone());
        let Some((fault, permission)) = self.faults.take(&call) else {
            return Reply::Answer(self.answer(incoming, number));
        };
        let early = fault.after_commit.then(|| self.answer(incoming, number));
        let resource = access::resource(&self.cloud, &call);
        let failure = fault.mishap.failure(&call, &permission, &resource);
        let code = failure.as_ref().map(|failure| failure.code.clone());
        let reply = match (&fault.mishap, failure) {
            (_, Some(failure)) => {
                Reply::Answer(Answer::of(call.service, &call.action, &Outcome::Failed(failure), date))
            }
            (Mishap::Page { status, body }, None) => Reply::Answer(Answer {
                status: *status,
                content_type: "text/html".into(),
                body: body.clone(),
                date,
            }),
            (Mishap::Truncated, None) => {
                Reply::Truncated(early.unwrap_or_else(|| self.answer(incoming, number)))
            }
            (Mishap::Endless, None) => Reply::Endless(early.unwrap_or_else(|| self.answer(incoming, number))),
            (Mishap::Held, None) => Reply::Held(number),
            _ => Reply::HangUp,
        };
        if let Some(logged) = self.log.get_mut(number) {
            logged.fault = Some(fault.mishap.name());
            logged.code = code;
            logged.status = match &reply {
                Reply::Answer(answer) | Reply::Endless(answer) => answer.status,
                Reply::HangUp | Reply::Truncated(_) | Reply::Held(_) => 0,
            };
        }
        reply
    }

    /// Returns the service's response without a fault.
    pub(crate) fn answer(&mut self, incoming: &Incoming, number: usize) -> Answer {
        let date = self.cloud.now();
        let Some(scope) = incoming.scope() else {
            let failure = Failure::new(403, "IncompleteSignature", "The signature is not complete");
            return Answer::of(AwsService::Iam, "", &Outcome::Failed(failure), date);
        };
        let call = incoming.call(&self.cloud, &scope);
        let outcome = match self.authenticate(incoming, &scope) {
            Ok(caller) => self.serve(&call, &caller),
            Err(failure) => Outcome::Failed(failure),
        };
        let answer = Answer::of(call.service, &call.action, &outcome, date);
        if let Some(logged) = self.log.get_mut(number) {
            logged.status = answer.status;
            logged.took_effect = !matches!(outcome, Outcome::Failed(_));
            logged.code = match outcome {
                Outcome::Failed(failure) => Some(failure.code),
                Outcome::Json(_) | Outcome::Xml(_) => None,
            };
        }
        answer
    }

    fn serve(&mut self, call: &AwsCall, caller: &Principal) -> Outcome {
        let xml = match call.service {
            AwsService::Organizations => {
                let answer = access::check(&self.cloud, call, caller)
                    .and_then(|()| organizations::handle(&self.cloud, call, caller));
                return answer.map_or_else(Outcome::Failed, Outcome::Json);
            }
            AwsService::Sts => sts::handle(&mut self.cloud, call, caller),
            AwsService::Iam => iam::handle(&mut self.cloud, call, caller),
        };
        xml.map_or_else(Outcome::Failed, Outcome::Xml)
    }

    fn authenticate(&self, incoming: &Incoming, scope: &Scope<'_>) -> Result<Principal, Failure> {
        let is_json = scope.service == AwsService::Organizations;
        let code = |query: &'static str, json: &'static str| if is_json { json } else { query };
        let unknown = || {
            let code = code("InvalidClientTokenId", "UnrecognizedClientException");
            Failure::new(403, code, "The security token included in the request is invalid")
        };
        let caller = self.cloud.principals.get(scope.key).ok_or_else(unknown)?;
        let now = self.cloud.now();
        time::check_signed(
            incoming.header("x-amz-date"),
            now,
            code("SignatureDoesNotMatch", "InvalidSignatureException"),
        )?;
        if let Some(session) = &caller.session {
            if session.token != incoming.header("x-amz-security-token") {
                return Err(unknown());
            }
            if session.ends <= now {
                let code = code("ExpiredToken", "ExpiredTokenException");
                return Err(Failure::new(403, code, "The security token included in the request is expired"));
            }
        }
        Ok(caller.clone())
    }
}
