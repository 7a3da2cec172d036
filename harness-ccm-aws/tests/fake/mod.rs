//! An AWS in this process: Organizations, STS and as much of IAM as it takes to look for a role. Everything goes through the real
//! clients of the SDK, down to the HTTP request.
//!
//! What moto does not do is done here: roles that are missing or trust somebody else, external ids, the one-hour limit and that of
//! the role, `Paths`, pages of twenty, empty pages, throttling.
#![allow(dead_code, reason = "shared by test files")]
#![allow(clippy::panic, clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::Format;
use harness_ccm_aws::{AwsBackend, Pacing};
use serde_json::{Value, json};

/// The management account.
pub(crate) const MANAGEMENT: &str = "000000000001";
pub(crate) const ORGANIZATION: &str = "o-a1b2c3d4e5";
pub(crate) const ROOT: &str = "r-ab12";

/// Handles to one AWS.
#[derive(Clone, Debug)]
pub(crate) struct Fake(Arc<Mutex<World>>);

/// What is there, and how it misbehaves.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// Id, name, parent.
    pub(crate) units: Vec<(String, String, String)>,
    pub(crate) accounts: BTreeMap<String, FakeAccount>,
    /// Every call, such as `organizations:ListAccounts`, with its most telling parameter.
    pub(crate) calls: Vec<(String, String)>,
    /// Every n-th call of Organizations is refused.
    pub(crate) throttle_every: Option<usize>,
    fail_first: usize,
    fail_code: &'static str,
    /// Accounts that are listed, and that no other call knows any more.
    pub(crate) left: BTreeSet<String>,
    /// An empty page with a token comes before every page but the first.
    pub(crate) empty_pages: bool,
    /// The token of the first page comes again with the second.
    pub(crate) repeat_token: bool,
    /// Credentials last so long, whatever was asked for.
    pub(crate) lifetime: Option<Duration>,
    keys: BTreeMap<String, Principal>,
    organizations_calls: usize,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct FakeAccount {
    pub(crate) parent: String,
    pub(crate) tags: BTreeMap<String, String>,
    /// Laid over the account's JSON; null takes a field away.
    pub(crate) fields: BTreeMap<String, Value>,
    /// By path and name.
    pub(crate) roles: BTreeMap<String, Trust>,
}

/// Whom a role lets in.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    pub(crate) account: String,
    pub(crate) external_id: Option<String>,
    /// What AWS adds to a refusal.
    pub(crate) denied: Option<String>,
    /// The longest session that it allows, in seconds.
    pub(crate) max_session: u64,
}

impl Trust {
    pub(crate) fn account(account: &str) -> Self {
        Self { account: account.into(), external_id: None, denied: None, max_session: 3_600 }
    }
}

#[derive(Clone, Debug)]
struct Principal {
    account: String,
    arn: String,
    policy: Option<String>,
}

/// Does not wait.
#[derive(Debug)]
struct Instantly;

impl AsyncSleep for Instantly {
    fn sleep(&self, _: Duration) -> Sleep {
        Sleep::new(std::future::ready(()))
    }
}

pub(crate) fn id(number: usize) -> String {
    format!("{number:012}")
}

impl Fake {
    /// The management account alone; its user calls.
    pub(crate) fn new() -> Self {
        let mut world = World { fail_code: "TooManyRequestsException", ..World::default() };
        world
            .accounts
            .insert(MANAGEMENT.into(), FakeAccount { parent: ROOT.into(), ..FakeAccount::default() });
        let fake = Self(Arc::new(Mutex::new(world)));
        fake.call_as(&format!("arn:aws:iam::{MANAGEMENT}:user/operator"));
        fake
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// Whom the credentials of the environment belong to.
    pub(crate) fn call_as(&self, arn: &str) {
        let account = arn.split(':').nth(4).unwrap().to_owned();
        let caller = Principal { account, arn: arn.into(), policy: None };
        self.lock().keys.insert("CALLER".into(), caller);
    }

    /// Members 2 to `last`, each with the role that Organizations makes.
    pub(crate) fn with_members(self, last: usize) -> Self {
        for number in 2..=last {
            let mut account = FakeAccount { parent: ROOT.into(), ..FakeAccount::default() };
            account.roles.insert("OrganizationAccountAccessRole".into(), Trust::account(MANAGEMENT));
            self.lock().accounts.insert(id(number), account);
        }
        self
    }

    /// Refuses the next calls of Organizations with this code.
    pub(crate) fn fail_first(&self, calls: usize, code: &'static str) {
        let mut world = self.lock();
        world.fail_first = calls;
        world.fail_code = code;
    }

    pub(crate) fn with_unit(self, id: &str, parent: &str) -> Self {
        self.lock().units.push((id.into(), format!("Unit {id}"), parent.into()));
        self
    }

    pub(crate) fn edit(&self, number: usize, edit: impl FnOnce(&mut FakeAccount)) {
        edit(self.lock().accounts.get_mut(&id(number)).unwrap());
    }

    /// Fills `Paths` of all accounts.
    pub(crate) fn fill_paths(&self) {
        let mut world = self.lock();
        let paths: Vec<_> = world
            .accounts
            .iter()
            .map(|(id, account)| {
                (id.clone(), format!("{ORGANIZATION}/{}/", world.nodes(&account.parent).join("/")))
            })
            .collect();
        for (id, path) in paths {
            world.accounts.get_mut(&id).unwrap().fields.insert("Paths".into(), json!([path]));
        }
    }

    pub(crate) async fn config(&self) -> SdkConfig {
        aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .endpoint_url("http://aws.invalid")
            .credentials_provider(Credentials::new("CALLER", "secret", None, None, "test"))
            .http_client(self.clone())
            .sleep_impl(Instantly)
            .load()
            .await
    }

    pub(crate) async fn backend(&self) -> AwsBackend {
        AwsBackend::from_sdk_config(&self.config().await).with_pacing(Pacing::Unlimited)
    }

    /// How often each operation was called since this was last asked.
    pub(crate) fn take_counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for (operation, _) in std::mem::take(&mut self.lock().calls) {
            *counts.entry(operation).or_default() += 1;
        }
        counts
    }

    /// The parameters of every call of `operation`.
    pub(crate) fn calls(&self, operation: &str) -> Vec<String> {
        let world = self.lock();
        world.calls.iter().filter(|(name, _)| name == operation).map(|(_, subject)| subject.clone()).collect()
    }

    /// The policies of the sessions that were given so far.
    pub(crate) fn session_policies(&self) -> BTreeSet<String> {
        self.lock().keys.values().filter_map(|key| key.policy.clone()).collect()
    }
}

impl HttpConnector for Fake {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Ok(self.lock().answer(&request)))
    }
}

impl HttpClient for Fake {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn response(status: u16, body: impl Into<Vec<u8>>) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.into()))
}

fn refuse(code: &str, message: &str) -> HttpResponse {
    refuse_with(400, code, message)
}

fn refuse_with(status: u16, code: &str, message: &str) -> HttpResponse {
    response(status, json!({"__type": code, "Message": message}).to_string())
}

fn refuse_xml(status: u16, code: &str, message: &str) -> HttpResponse {
    response(
        status,
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>x</RequestId></ErrorResponse>"
        ),
    )
}

impl World {
    /// The ids from the root down to `node`.
    fn nodes(&self, node: &str) -> Vec<String> {
        match self.units.iter().find(|(id, ..)| id == node) {
            Some((_, _, parent)) => {
                let mut nodes = self.nodes(parent);
                nodes.push(node.into());
                nodes
            }
            None => vec![ROOT.into()],
        }
    }

    fn answer(&mut self, request: &HttpRequest) -> HttpResponse {
        let authorization = request.headers().get("authorization").unwrap_or_default();
        let key = authorization.split("Credential=").nth(1).unwrap_or_default().split('/').next().unwrap();
        let principal = self.keys.get(key).cloned().unwrap();
        let body = request.body().bytes().unwrap();
        if let Some(target) = request.headers().get("x-amz-target") {
            let action = target.split('.').nth(1).unwrap().to_owned();
            let body: Value = serde_json::from_slice(body).unwrap();
            self.organizations(&action, &body, &principal)
        } else {
            let text = std::str::from_utf8(body).unwrap();
            let fields: BTreeMap<String, String> = text
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(key, value)| {
                    let value = value.replace('+', " ");
                    let value = percent_encoding::percent_decode_str(&value).decode_utf8().unwrap();
                    (key.to_owned(), value.into_owned())
                })
                .collect();
            self.query(&fields, &principal)
        }
    }

    fn organizations(&mut self, action: &str, body: &Value, caller: &Principal) -> HttpResponse {
        let subject = ["ParentId", "ChildId", "ResourceId"].iter().find_map(|key| body[*key].as_str());
        self.calls.push((format!("organizations:{action}"), subject.unwrap_or_default().into()));
        self.organizations_calls += 1;
        if self.organizations_calls <= self.fail_first {
            let status = if self.fail_code == "ServiceException" { 500 } else { 400 };
            return refuse_with(status, self.fail_code, "Try again");
        }
        if self.throttle_every.is_some_and(|every| self.organizations_calls.is_multiple_of(every)) {
            return refuse("TooManyRequestsException", "You have sent too many requests");
        }
        if caller.account != MANAGEMENT {
            return refuse("AccessDeniedException", "You don't have permissions to access this resource.");
        }
        let subject = subject.unwrap_or_default();
        if self.left.contains(subject) {
            let what = if action == "ListParents" { "Child" } else { "Target" };
            return refuse(&format!("{what}NotFoundException"), "We can't find it");
        }
        match action {
            "DescribeOrganization" => {
                let organization = json!({"Id": ORGANIZATION, "MasterAccountId": MANAGEMENT});
                response(200, json!({"Organization": organization}).to_string())
            }
            "ListRoots" => self.page("Roots", &[json!({"Id": ROOT, "Name": "Root"})], body),
            "ListAccounts" => {
                let all: Vec<_> = self.accounts.keys().map(|id| self.account(id)).collect();
                self.page("Accounts", &all, body)
            }
            "ListAccountsForParent" => {
                let here = self.accounts.iter().filter(|(_, account)| account.parent == subject);
                let here: Vec<_> = here.map(|(id, _)| self.account(id)).collect();
                self.page("Accounts", &here, body)
            }
            "ListOrganizationalUnitsForParent" => {
                let here = self.units.iter().filter(|(_, _, parent)| parent == subject);
                let here: Vec<_> = here.map(|(id, name, _)| json!({"Id": id, "Name": name})).collect();
                self.page("OrganizationalUnits", &here, body)
            }
            "ListParents" => {
                let unit = self.units.iter().find(|(id, ..)| id == subject).map(|(.., parent)| parent);
                let account = self.accounts.get(subject).map(|account| &account.parent);
                match unit.or(account) {
                    Some(parent) => {
                        let kind = if parent == ROOT { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
                        self.page("Parents", &[json!({"Id": parent, "Type": kind})], body)
                    }
                    None => refuse("ChildNotFoundException", "We can't find it"),
                }
            }
            "ListTagsForResource" => match self.accounts.get(subject) {
                Some(account) => {
                    let tags = account.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value}));
                    self.page("Tags", &tags.collect::<Vec<_>>(), body)
                }
                None => refuse("TargetNotFoundException", "We can't find it"),
            },
            other => panic!("{other} is not called"),
        }
    }

    fn account(&self, id: &str) -> Value {
        let mut account = json!({
            "Id": id,
            "Arn": format!("arn:aws:organizations::{MANAGEMENT}:account/{ORGANIZATION}/{id}"),
            "Name": format!("team {id}"),
            "Email": format!("{id}@example.com"),
            "State": "ACTIVE",
            "Status": "ACTIVE",
            "JoinedMethod": "CREATED",
            "JoinedTimestamp": 1_700_000_000,
        });
        for (key, value) in &self.accounts[id].fields {
            account[key] = value.clone();
        }
        account
    }

    /// Twenty of `items`, or an empty page.
    fn page(&self, key: &str, items: &[Value], body: &Value) -> HttpResponse {
        let token = body["NextToken"].as_str().unwrap_or("0");
        let (empty, start) = match token.strip_prefix("empty-") {
            Some(start) => (true, start.parse::<usize>().unwrap()),
            None => (false, token.parse().unwrap()),
        };
        let size = if empty { 0 } else { body["MaxResults"].as_u64().unwrap_or(20).min(20) };
        let end = items.len().min(start + usize::try_from(size).unwrap());
        let next = (end < items.len()).then(|| match (empty, self.empty_pages, self.repeat_token) {
            (_, _, true) => "20".to_owned(),
            (false, true, _) => format!("empty-{end}"),
            _ => end.to_string(),
        });
        response(200, json!({key: items[start..end], "NextToken": next}).to_string())
    }

    fn query(&mut self, fields: &BTreeMap<String, String>, caller: &Principal) -> HttpResponse {
        let action = fields["Action"].as_str();
        match action {
            "GetCallerIdentity" => {
                self.calls.push(("sts:GetCallerIdentity".into(), String::new()));
                let Principal { account, arn, .. } = caller;
                response(
                    200,
                    format!(
                        "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{arn}</Arn><UserId>x</UserId><Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
                    ),
                )
            }
            "AssumeRole" => self.assume(fields, caller),
            "GetRole" => {
                // The account whose role is asked for is the one that the credentials belong to: that is what is tested.
                self.calls.push(("iam:GetRole".into(), caller.account.clone()));
                refuse_xml(404, "NoSuchEntity", "The role cannot be found.")
            }
            other => panic!("{other} is not called"),
        }
    }

    fn assume(&mut self, fields: &BTreeMap<String, String>, caller: &Principal) -> HttpResponse {
        let arn = &fields["RoleArn"];
        self.calls.push(("sts:AssumeRole".into(), arn.clone()));
        let account = arn.split(':').nth(4).unwrap().to_owned();
        let role = arn.split_once(":role/").unwrap().1.to_owned();
        let seconds: u64 = fields.get("DurationSeconds").map_or(3_600, |text| text.parse().unwrap());
        if caller.arn.contains(":assumed-role/") && seconds > 3_600 {
            let message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
            return refuse_xml(400, "ValidationError", message);
        }
        let trust = self.accounts.get(&account).and_then(|account| account.roles.get(&role));
        let denied = match trust {
            None => Some(String::new()),
            Some(trust) => trust.denied.clone().or_else(|| {
                let known = trust.account == caller.account
                    && (trust.external_id.is_none()
                        || trust.external_id.as_ref() == fields.get("ExternalId"));
                (!known).then(String::new)
            }),
        };
        if let Some(because) = denied {
            let mut message = format!(
                "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
                caller.arn
            );
            write!(message, "{because}").unwrap();
            return refuse_xml(403, "AccessDenied", &message);
        }
        // Whoever is not let in is not told how long.
        if trust.is_some_and(|trust| seconds > trust.max_session) {
            let message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
            return refuse_xml(400, "ValidationError", message);
        }
        let key = format!("ASIA{}", self.keys.len());
        let name = role.rsplit('/').next().unwrap();
        let session = format!("arn:aws:sts::{account}:assumed-role/{name}/{}", fields["RoleSessionName"]);
        let ends = SystemTime::now() + self.lifetime.unwrap_or(Duration::from_secs(seconds));
        let ends = DateTime::from(ends).fmt(Format::DateTime).unwrap();
        let principal = Principal { account, arn: session.clone(), policy: fields.get("Policy").cloned() };
        self.keys.insert(key.clone(), principal);
        response(
            200,
            format!(
                "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><AssumedRoleId>A:x</AssumedRoleId><Arn>{session}</Arn></AssumedRoleUser>\
                 <Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{ends}</Expiration></Credentials>\
                 </AssumeRoleResult></AssumeRoleResponse>"
            ),
        )
    }
}
