//! The enumerations of Harness, such as connector types and categories. Sources: the public copy of Harness' server, and its
//! schema of 2026.

/// Connector types, each with the category that list filters use.
const KINDS: &[(&str, &str)] = &[
    ("K8sCluster", "CLOUD_PROVIDER"),
    ("Git", "CODE_REPO"),
    ("Splunk", "MONITORING"),
    ("AppDynamics", "MONITORING"),
    ("Prometheus", "MONITORING"),
    ("Dynatrace", "MONITORING"),
    ("Vault", "SECRET_MANAGER"),
    ("AzureKeyVault", "SECRET_MANAGER"),
    ("DockerRegistry", "ARTIFACTORY"),
    ("Local", "SECRET_MANAGER"),
    ("AwsKms", "SECRET_MANAGER"),
    ("GcpKms", "SECRET_MANAGER"),
    ("AwsSecretManager", "SECRET_MANAGER"),
    ("Gcp", "CLOUD_PROVIDER"),
    ("Aws", "CLOUD_PROVIDER"),
    ("Azure", "CLOUD_PROVIDER"),
    ("Artifactory", "ARTIFACTORY"),
    ("Jira", "TICKETING"),
    ("Nexus", "ARTIFACTORY"),
    ("Github", "CODE_REPO"),
    ("Gitlab", "CODE_REPO"),
    ("Bitbucket", "CODE_REPO"),
    ("Codecommit", "CODE_REPO"),
    ("CEAws", "CLOUD_COST"),
    ("CEAzure", "CLOUD_COST"),
    ("GcpCloudCost", "CLOUD_COST"),
    ("CEK8sCluster", "CLOUD_COST"),
    ("HttpHelmRepo", "ARTIFACTORY"),
    ("NewRelic", "MONITORING"),
    ("Datadog", "MONITORING"),
    ("SumoLogic", "MONITORING"),
    ("PagerDuty", "MONITORING"),
    ("CustomHealth", "MONITORING"),
    ("ServiceNow", "TICKETING"),
    ("ErrorTracking", "MONITORING"),
    ("Pdc", "CLOUD_PROVIDER"),
    ("AzureRepo", "CODE_REPO"),
    ("Jenkins", "ARTIFACTORY"),
    ("OciHelmRepo", "ARTIFACTORY"),
    ("CustomSecretManager", "SECRET_MANAGER"),
    ("ElasticSearch", "MONITORING"),
    ("GcpSecretManager", "SECRET_MANAGER"),
    ("AzureArtifacts", "ARTIFACTORY"),
    ("Tas", "CLOUD_PROVIDER"),
    ("Spot", "CLOUD_PROVIDER"),
    ("Bamboo", "ARTIFACTORY"),
    ("TerraformCloud", "CLOUD_PROVIDER"),
    ("SignalFX", "MONITORING"),
    ("Harness", "CODE_REPO"),
    ("Rancher", "CLOUD_PROVIDER"),
    ("JDBC", "DATABASE"),
];

pub(crate) const CE_AWS: &str = "CEAws";

pub(crate) const FEATURES: &[&str] = &[
    "BILLING",
    "OPTIMIZATION",
    "VISIBILITY",
    "GOVERNANCE",
    "COMMITMENT_ORCHESTRATOR",
    "CLUSTER_ORCHESTRATOR",
];

pub(crate) const AUTOSTOPPING: &[&str] = &[
    "EC2",
    "SPOT",
    "ASG",
    "ECS",
    "RDS",
    "ALB",
    "PROXY",
    "AZURE_VM",
    "AZURE_APP_GATEWAY",
    "GCP_VM",
    "GCP_INSTANCE_GROUP",
];

pub(crate) const COMMITMENT: &[&str] = &["EC2", "RDS", "ElastiCache"];

pub(crate) const REPORT_TYPES: &[&str] = &["CUR1.0", "CUR2.0", "FOCUSv1.3"];

pub(crate) const CREDENTIALS: &[&str] = &["Default", "OidcAuthentication"];

pub(crate) const STATUSES: &[&str] = &["SUCCESS", "FAILURE", "PARTIAL", "UNKNOWN", "PENDING"];

pub(crate) const MODES: &[&str] = &["DELEGATE", "MANAGER"];

pub(crate) const CATEGORIES: &[&str] = &[
    "CLOUD_PROVIDER",
    "SECRET_MANAGER",
    "CLOUD_COST",
    "ARTIFACTORY",
    "CODE_REPO",
    "MONITORING",
    "TICKETING",
    "DATABASE",
    "COMMUNICATION",
    "DOCUMENTATION",
    "ML_OPS",
];

/// Returns a type in the case that Harness writes. Harness ignores the case of types in requests.
pub(crate) fn kind(word: &str) -> Option<&'static str> {
    KINDS.iter().find(|(kind, _)| kind.eq_ignore_ascii_case(word)).map(|(kind, _)| *kind)
}

/// Returns the types of a category.
pub(crate) fn of_category(category: &str) -> impl Iterator<Item = &'static str> {
    KINDS.iter().filter(move |(_, of)| *of == category).map(|(kind, _)| *kind)
}

/// Returns the category of a type; `None` if the type is unknown.
pub(crate) fn category(kind: &str) -> Option<&'static str> {
    KINDS.iter().find(|(known, _)| *known == kind).map(|(_, category)| *category)
}
