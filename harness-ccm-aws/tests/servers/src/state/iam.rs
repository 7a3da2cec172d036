use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::state::tags::CloudTags;

/// The usual quotas (IAM user guide, "IAM and AWS STS quotas"), by the names of `GetAccountSummary`.
const QUOTAS: [(&str, usize); 7] = [
    ("AssumeRolePolicySizeQuota", 2_048),
    ("AttachedPoliciesPerRoleQuota", 10),
    ("PoliciesQuota", 1_500),
    ("PolicySizeQuota", 6_144),
    ("RolePolicySizeQuota", 10_240),
    ("RolesQuota", 1_000),
    ("VersionsPerPolicyQuota", 5),
];

/// The IAM of one account.
#[derive(Clone, Debug, Default)]
pub struct CloudIam {
    /// By their names in lower case: IAM has no two names that differ only in case.
    pub(crate) roles: BTreeMap<String, CloudRole>,
    /// Customer-managed policies, likewise.
    pub(crate) policies: BTreeMap<String, CloudPolicy>,
    /// Quotas other than the usual ones, by the names of `GetAccountSummary`.
    pub quotas: BTreeMap<String, usize>,
    /// Instance profiles with the role in each.
    pub profiles: BTreeMap<String, String>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloudRole {
    /// Its name, as it is spelled.
    pub name: String,
    /// Its name, in the original spelling.
    pub path: String,
    /// The trust policy.
    pub trust: String,
    /// The description, if it has one.
    pub description: Option<String>,
    /// The maximum session duration, in seconds.
    pub max_session: u64,
    /// The ARN of the permissions boundary.
    pub boundary: Option<String>,
    /// Its tags.
    pub tags: CloudTags,
    /// Inline policies by their name.
    pub inline: BTreeMap<String, String>,
    /// The ARNs of the attached policies.
    pub attached: BTreeSet<String>,
}

impl CloudRole {
    /// A role that the principals of this trust policy may assume, under the path `/` unless the name has one: `ops/Bootstrap`.
    pub fn new(name: &str, trust: impl Into<String>) -> Self {
        let (path, name) = match name.rsplit_once('/') {
            Some((path, name)) => (format!("/{path}/"), name),
            None => ("/".to_owned(), name),
        };
        Self {
            name: name.to_owned(),
            path,
            trust: trust.into(),
            description: None,
            max_session: 3_600,
            boundary: None,
            tags: CloudTags::default(),
            inline: BTreeMap::new(),
            attached: BTreeSet::new(),
        }
    }

    /// A bootstrap role: an account may assume it, and it may do everything in its own account.
    pub fn bootstrap(name: &str, trusted: &str) -> Self {
        let mut role = Self::new(name, trust_of(trusted, None));
        role.attached.insert("arn:aws:iam::aws:policy/AdministratorAccess".to_owned());
        role
    }

    /// A role that this account may assume with this external id only.
    pub fn bootstrap_with_external_id(name: &str, trusted: &str, external_id: &str) -> Self {
        Self { trust: trust_of(trusted, Some(external_id)), ..Self::bootstrap(name, trusted) }
    }
}

/// A customer-managed policy.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CloudPolicy {
    /// Its name, in the original spelling.
    pub name: String,
    /// Its path, `/` for none.
    pub path: String,
    /// The description, if it has one.
    pub description: Option<String>,
    /// Its tags.
    pub tags: CloudTags,
    /// The texts by the number of their version.
    pub versions: BTreeMap<u32, String>,
    /// The default version.
    pub default_version: u32,
    /// The highest number so far: no number is used twice.
    pub(crate) latest_version: u32,
}

impl CloudPolicy {
    /// A policy with one version.
    pub fn new(name: &str, path: &str, document: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            path: path.to_owned(),
            description: None,
            tags: CloudTags::exact(),
            versions: BTreeMap::from([(1, document.into())]),
            default_version: 1,
            latest_version: 1,
        }
    }

    /// Returns the default text.
    pub fn document(&self) -> &str {
        self.versions.get(&self.default_version).map_or("", String::as_str)
    }
}

impl CloudIam {
    /// A quota, by its name in `GetAccountSummary`.
    pub fn quota(&self, name: &str) -> usize {
        let usual =
            || QUOTAS.into_iter().find(|(known, _)| *known == name).map_or(usize::MAX, |(_, value)| value);
        self.quotas.get(name).copied().unwrap_or_else(usual)
    }

    /// All quotas that are known.
    pub(crate) fn all_quotas(&self) -> BTreeMap<&str, usize> {
        let mut all: BTreeMap<&str, usize> = QUOTAS.into_iter().collect();
        all.extend(self.quotas.iter().map(|(name, value)| (name.as_str(), *value)));
        all
    }

    /// Adds a role, or replaces one with its name.
    pub fn put_role(&mut self, role: CloudRole) {
        self.roles.insert(role.name.to_lowercase(), role);
    }

    /// Removes a role.
    pub fn remove_role(&mut self, name: &str) -> Option<CloudRole> {
        self.roles.remove(&name.to_lowercase())
    }

    /// A role by its name, in any case.
    pub fn role(&self, name: &str) -> Option<&CloudRole> {
        self.roles.get(&name.to_lowercase())
    }

    /// Returns the same role to change it.
    pub fn role_mut(&mut self, name: &str) -> Option<&mut CloudRole> {
        self.roles.get_mut(&name.to_lowercase())
    }

    /// All roles.
    pub fn all_roles(&self) -> impl Iterator<Item = &CloudRole> {
        self.roles.values()
    }

    /// Adds a customer-managed policy, or replaces one with its name.
    pub fn put_policy(&mut self, policy: CloudPolicy) {
        self.policies.insert(policy.name.to_lowercase(), policy);
    }

    /// Returns a customer-managed policy by its ARN, whose path counts.
    pub fn policy(&self, arn: &str) -> Option<&CloudPolicy> {
        let (path, name) = split(arn)?;
        self.policies.get(&name.to_lowercase()).filter(|policy| policy.path == path)
    }

    /// Returns the same policy to change it.
    pub fn policy_mut(&mut self, arn: &str) -> Option<&mut CloudPolicy> {
        let (path, name) = split(arn)?;
        self.policies.get_mut(&name.to_lowercase()).filter(|policy| policy.path == path)
    }

    /// All customer-managed policies.
    pub fn all_policies(&self) -> impl Iterator<Item = &CloudPolicy> {
        self.policies.values()
    }
}

/// Path and name in the ARN of a policy.
fn split(arn: &str) -> Option<(&str, &str)> {
    let (_, place) = arn.split_once(":policy")?;
    let name = place.rfind('/')? + 1;
    Some((&place[..name], &place[name..]))
}

/// The trust policy of a role that an account may assume, perhaps only with an external id.
fn trust_of(account: &str, external_id: Option<&str>) -> String {
    let mut statement = json!({
        "Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
        "Action": "sts:AssumeRole",
    });
    if let Some(external_id) = external_id {
        statement["Condition"] = json!({"StringEquals": {"sts:ExternalId": external_id}});
    }
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}
