//! A small model of the public Terraform provider for Harness, its resource `harness_platform_connector_awscc`, after the
//! Harness API reference: its requests, and the fields that it reads in responses. Where its program would end with a panic,
//! the model returns [`Read::Panic`].

use reqwest::{Client, Method};
use serde_json::{Map, Value, json};

/// Types that the provider's library knows. For any other type it panics while it decodes.
const KNOWN_TYPES: [&str; 12] = [
    "CEAws",
    "CEAzure",
    "GcpCloudCost",
    "CEK8sCluster",
    "K8sCluster",
    "Git",
    "Github",
    "Aws",
    "Gcp",
    "Jira",
    "Vault",
    "DockerRegistry",
];

/// A resource as in its configuration and its state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) identifier: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) org: Option<String>,
    pub(crate) project: Option<String>,
    /// `key:value`, or a key alone.
    pub(crate) tags: Vec<String>,
    pub(crate) account: String,
    pub(crate) role: String,
    pub(crate) external_id: String,
    pub(crate) features: Vec<String>,
    /// Name and bucket.
    pub(crate) report: (String, String),
}

/// The result of a call that ends in a state.
#[expect(clippy::large_enum_variant, reason = "a handful of them in tests")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    State(Resource),
    /// Missing: the state is cleared, and the next plan creates it.
    Gone,
    Error(String),
    Panic(&'static str),
}

/// The argument of `terraform import`: an identifier, below an organization, below a project.
#[derive(Debug)]
pub(crate) struct Argument {
    pub(crate) identifier: String,
    org: Option<String>,
    project: Option<String>,
}

impl Argument {
    pub(crate) fn parse(text: &str) -> Self {
        let parts: Vec<_> = text.split('/').map(str::to_owned).collect();
        match &parts[..] {
            [org, project, id] => {
                Self { identifier: id.clone(), org: Some(org.clone()), project: Some(project.clone()) }
            }
            [org, id] => Self { identifier: id.clone(), org: Some(org.clone()), project: None },
            _ => Self { identifier: text.into(), org: None, project: None },
        }
    }
}

impl Resource {
    /// The body of its create and update: a report is always sent, empty values are left out, and a mistake in its library adds
    /// a null named `_`.
    pub(crate) fn body(&self) -> Value {
        let mut connector = json!({
            "name": self.name, "identifier": self.identifier, "type": "CEAws", "_": null,
            "spec": {
                "crossAccountAccess": {"crossAccountRoleArn": self.role, "externalId": self.external_id},
                "awsAccountId": self.account,
                "curAttributes": {"reportName": self.report.0, "s3BucketName": self.report.1},
                "featuresEnabled": self.features
            }
        });
        let scopes = [("orgIdentifier", &self.org), ("projectIdentifier", &self.project)];
        for (field, scope) in scopes.iter().filter(|(_, scope)| scope.is_some()) {
            connector[*field] = json!(scope);
        }
        if !self.description.is_empty() {
            connector["description"] = json!(self.description);
        }
        let tags: Map<_, _> = self
            .tags
            .iter()
            .map(|tag| {
                let (key, value) = tag.split_once(':').unwrap_or((tag, ""));
                (key.to_owned(), json!(value))
            })
            .collect();
        if !tags.is_empty() {
            connector["tags"] = Value::Object(tags);
        }
        json!({ "connector": connector })
    }
}

/// The provider.
#[derive(Debug)]
pub(crate) struct Provider {
    base: String,
    account: String,
    key: String,
    http: Client,
}

/// A response, with the body if the provider's library decodes it.
struct Answer {
    status: u16,
    body: Result<Value, String>,
}

impl Provider {
    pub(crate) fn new(endpoint: &str, account: &str, key: &str) -> Self {
        let http =
            Client::builder().user_agent("terraform-provider-harness-platform-0.43.0").build().unwrap();
        Self { base: format!("{endpoint}/ng/api/connectors"), account: account.into(), key: key.into(), http }
    }

    pub(crate) async fn create(&self, wanted: &Resource) -> Read {
        state(&self.send(Method::POST, "", "", Some(&wanted.body())).await, false)
    }

    pub(crate) async fn update(&self, wanted: &Resource) -> Read {
        state(&self.send(Method::PUT, "", "", Some(&wanted.body())).await, false)
    }

    pub(crate) async fn read(&self, identifier: &str) -> Read {
        state(&self.send(Method::GET, &format!("/{identifier}"), "", None).await, true)
    }

    pub(crate) async fn import(&self, argument: &str) -> Read {
        let Argument { identifier, org, project } = Argument::parse(argument);
        let scope =
            |name: &str, scope: Option<String>| scope.map_or(String::new(), |id| format!("&{name}={id}"));
        let query = scope("orgIdentifier", org) + &scope("projectIdentifier", project);
        state(&self.send(Method::GET, &format!("/{identifier}"), &query, None).await, true)
    }

    pub(crate) async fn delete(&self, identifier: &str) -> Result<(), String> {
        let answer = self.send(Method::DELETE, &format!("/{identifier}"), "", None).await;
        match answer.status {
            200..300 => Ok(()),
            status => Err(format!("{status}: {:?}", answer.body)),
        }
    }

    /// The number of connectors in a page of a list; the result of its library for all of them.
    pub(crate) async fn list(&self, filter: &Value) -> Result<usize, String> {
        let body = self.send(Method::POST, "/listV2", "", Some(filter)).await.body?;
        let content = body["data"]["content"].as_array().ok_or("no content")?;
        for record in content {
            decode_type(&record["connector"]).map_err(|panic| format!("panic: {panic}"))?;
        }
        Ok(content.len())
    }

    async fn send(&self, method: Method, path: &str, query: &str, body: Option<&Value>) -> Answer {
        let url = format!("{}{path}?accountIdentifier={}{query}", self.base, self.account);
        let mut request = self.http.request(method, url).header("x-api-key", &self.key);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let kind = response.headers().get("content-type").map_or("", |value| value.to_str().unwrap());
        let is_json = kind.contains("application/json");
        let text = response.text().await.unwrap();
        let body = if is_json {
            serde_json::from_str(&text).map_err(|error| format!("cannot decode: {error}"))
        } else {
            Err("undefined response type".into())
        };
        Answer { status, body }
    }
}

/// The result of a response that contains one connector.
fn state(answer: &Answer, is_read: bool) -> Read {
    let code = || answer.body.as_ref().ok().and_then(|body| body["code"].as_str());
    let is_gone = matches!(code(), Some("ENTITY_NOT_FOUND" | "RESOURCE_NOT_FOUND_EXCEPTION"));
    match answer.status {
        200..300 => match &answer.body {
            Ok(body) => of_connector(&body["data"]["connector"]),
            Err(error) => Read::Error(error.clone()),
        },
        401 | 403 => Read::Error("check the key and its permissions".into()),
        _ if is_read && is_gone => Read::Gone,
        404 if is_read => Read::Panic("404 with a body that it has no model for"),
        // Only these two are decoded, and a numeric code is not a string.
        400 | 500 => match (&answer.body, code()) {
            (Ok(body), Some(code)) => Read::Error(format!("{code}: {}", body["message"])),
            (Ok(_), None) => Read::Error("cannot decode: the code is no string".into()),
            (Err(error), _) => Read::Error(error.clone()),
        },
        status => Read::Error(format!("HTTP {status}")),
    }
}

fn decode_type(connector: &Value) -> Result<&str, &'static str> {
    let kind = connector["type"].as_str().unwrap_or_default();
    if KNOWN_TYPES.contains(&kind) { Ok(kind) } else { Err("a connector type that it does not know") }
}

/// All fields that it reads in a connector, in its order.
fn of_connector(connector: &Value) -> Read {
    if connector.is_null() {
        return Read::Error("blocked by a policy (OPA)".into());
    }
    match decode_type(connector) {
        Ok("CEAws") => {}
        Ok(kind) => return Read::Error(format!("a connector of type {kind} is not of this resource")),
        Err(panic) => return Read::Panic(panic),
    }
    let text = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
    let scope = |field: &str| connector[field].as_str().map(str::to_owned);
    let spec = &connector["spec"];
    let features = spec["featuresEnabled"].as_array().map(Vec::as_slice).unwrap_or_default();
    let features: Vec<_> = features.iter().map(|feature| feature.as_str().unwrap().to_owned()).collect();
    let access = &spec["crossAccountAccess"];
    if access.is_null() {
        return Read::Panic("crossAccountAccess is looked into, and is null");
    }
    let report = &spec["curAttributes"];
    let billing = features.iter().any(|feature| feature == "BILLING");
    if billing && report.is_null() {
        return Read::Panic("curAttributes is looked into because of BILLING, and is null");
    }
    // Its state stores tags as a set; here they are in the order of their keys as configured.
    let tags = connector["tags"].as_object().into_iter().flatten().map(|(key, value)| {
        let value = value.as_str().unwrap_or_default();
        if value.is_empty() { key.clone() } else { format!("{key}:{value}") }
    });
    let mut tags: Vec<_> = tags.collect();
    tags.sort_by_key(|tag| !tag.contains(':'));
    Read::State(Resource {
        identifier: text(connector, "identifier"),
        name: text(connector, "name"),
        description: text(connector, "description"),
        org: scope("orgIdentifier"),
        project: scope("projectIdentifier"),
        tags,
        account: text(spec, "awsAccountId"),
        role: text(access, "crossAccountRoleArn"),
        external_id: text(access, "externalId"),
        features,
        report: if billing {
            (text(report, "reportName"), text(report, "s3BucketName"))
        } else {
            Default::default()
        },
    })
}
