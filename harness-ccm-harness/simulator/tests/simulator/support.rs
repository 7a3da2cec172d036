use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use harness_ccm_core::Result;
use harness_ccm_core::backend::{Expect, Removed, RoleProvisioner, Written};
use harness_ccm_core::role::{ListedRole, RoleAddress, RoleSpec, RoleState};
use harness_ccm_core::secret::Secret;
use harness_ccm_simulator::{RunningSimulator, Simulator, SimulatorBuilder};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

pub(crate) const ACCOUNT: &str = "AbCdEfGhIjKlMnOpQrStUv";
pub(crate) const KEY: &str = "pat.AbCdEfGhIjKlMnOpQrStUv.0123456789abcdef01234567.SecretMark";
pub(crate) const EXTERNAL_ID: &str = "harness:891928451355:AbCdEfGhIjKlMnOpQrStUv";

/// A simulator and an HTTP client of it.
pub(crate) struct Site {
    pub(crate) simulator: RunningSimulator,
    http: reqwest::Client,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) text: String,
    pub(crate) headers: reqwest::header::HeaderMap,
}

impl Got {
    async fn of(response: Response) -> reqwest::Result<Self> {
        let headers = response.headers().clone();
        Ok(Self {
            status: response.status().as_u16(),
            content_type: headers.get("content-type").map_or("", |value| value.to_str().unwrap()).to_owned(),
            text: response.text().await?,
            headers,
        })
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Returns the `data` of a successful response.
    #[track_caller]
    pub(crate) fn data(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()["data"].take()
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16, code: &str, message: &str) {
        let body = self.json();
        assert_eq!(
            (self.status, body["code"].as_str(), body["message"].as_str()),
            (status, Some(code), Some(message)),
            "{self:?}"
        );
        assert_eq!(self.content_type, "application/json");
    }
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::of(Simulator::builder()).await
    }

    /// Starts a simulator with an account and a key, without a rate limit.
    pub(crate) async fn of(builder: SimulatorBuilder) -> Self {
        let builder = builder.account(ACCOUNT.parse().unwrap()).api_key(Secret::new(KEY)).rate_limit(None);
        Self::exactly(builder).await
    }

    pub(crate) async fn exactly(builder: SimulatorBuilder) -> Self {
        let simulator = builder.start(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
        Self { simulator, http }
    }

    /// A request to `path` without key and account.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("http://{}{path}", self.simulator.addr()))
    }

    /// A request to the API with key and account. `path` starts with `/connectors`.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let sign = if path.contains('?') { '&' } else { '?' };
        self.bare(method, &format!("/gateway/ng/api{path}{sign}accountIdentifier={ACCOUNT}"))
            .header("x-api-key", KEY)
    }

    pub(crate) async fn try_send(&self, request: RequestBuilder) -> reqwest::Result<Got> {
        Got::of(request.send().await?).await
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Got {
        self.try_send(request).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Got {
        self.send(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn test(&self, identifier: &str) -> Got {
        self.send(self.request(Method::POST, &format!("/connectors/testConnection/{identifier}"))).await
    }

    /// Returns the identifiers of the connectors of a list.
    pub(crate) async fn listed(&self, query: &str, filter: &Value) -> Vec<String> {
        identifiers(&self.post(&format!("/connectors/listV2{query}"), filter).await.data()["content"])
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Got {
        self.send(with(self.request(Method::POST, path), body)).await
    }

    pub(crate) async fn create(&self, connector: &Value) -> Got {
        self.post("/connectors", &json!({ "connector": connector })).await
    }

    pub(crate) async fn put(&self, connector: &Value) -> Got {
        self.send(with(self.request(Method::PUT, "/connectors"), &json!({ "connector": connector }))).await
    }
}

/// A read-only AWS with at most one role.
#[derive(Clone, Debug, Default)]
pub(crate) struct OneRole(Arc<Mutex<Option<RoleState>>>);

impl OneRole {
    pub(crate) fn set(&self, role: RoleState) {
        *self.0.lock().unwrap() = Some(role);
    }
}

#[async_trait]
impl RoleProvisioner for OneRole {
    async fn find_role(&self, _: &RoleAddress) -> Result<Option<RoleState>> {
        Ok(self.0.lock().unwrap().clone())
    }

    async fn list_roles(&self, _: &RoleAddress) -> Result<Vec<ListedRole>> {
        unreachable!("a connection test lists nothing")
    }

    async fn put_role(&self, _: &RoleSpec, _: Expect<RoleState>) -> Result<Written<RoleState>> {
        unreachable!("a connection test writes nothing")
    }

    async fn remove_role(&self, _: &RoleAddress, _: &RoleState) -> Result<Removed> {
        unreachable!("a connection test writes nothing")
    }
}

pub(crate) fn with(request: RequestBuilder, body: &Value) -> RequestBuilder {
    request.header("content-type", "application/json").body(body.to_string())
}

/// Returns a valid connector.
pub(crate) fn connector(identifier: &str) -> Value {
    json!({
        "name": identifier, "identifier": identifier, "description": null, "orgIdentifier": null,
        "projectIdentifier": null, "tags": {}, "type": "CEAws",
        "spec": {
            "crossAccountAccess": {
                "crossAccountRoleArn": "arn:aws:iam::123456789012:role/HarnessCERole", "externalId": EXTERNAL_ID
            },
            "awsAccountId": "123456789012", "isAWSGovCloudAccount": false, "curAttributes": null,
            "featuresEnabled": ["VISIBILITY", "GOVERNANCE"]
        }
    })
}

pub(crate) fn identifiers(list: &Value) -> Vec<String> {
    let content = list.as_array().unwrap().iter();
    content.map(|record| record["connector"]["identifier"].as_str().unwrap().to_owned()).collect()
}

/// Waits until a condition holds. The simulator's background work is short.
pub(crate) async fn until(what: impl Fn() -> bool) {
    let begin = std::time::Instant::now();
    while !what() {
        assert!(begin.elapsed() < Duration::from_secs(10), "it never came to that");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
