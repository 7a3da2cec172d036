//! Harness installations: trusted principals, external id and bucket belong together.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ExternalId, HarnessAccountId};
use crate::policy::{InvalidPolicy, PolicyDocument, Principal, Principals, Statement};

/// The properties of a Harness installation that roles depend on.
///
/// ```
/// use harness_ccm_core::cluster::{Cluster, TrustBy};
///
/// let cluster = Cluster::us().with_trust_by(TrustBy::NarrowedAccount);
/// let trust = cluster.trust(&"harness:891928451355:my-account".parse()?)?;
/// assert!(trust.to_json().contains("arn:aws:iam::891928451355:root"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cluster {
    /// Harness' AWS account, if it is known.
    pub aws_account: Option<AccountId>,
    /// The principals that assume the roles.
    pub trusted: Vec<String>,
    /// How trust policies name them.
    pub trust_by: TrustBy,
    /// External ids that are accepted in addition to the connector's, for example during a change of external
    /// ids.
    pub additional_external_ids: BTreeSet<ExternalId>,
    /// The bucket into which Harness copies reports, without the number at its end.
    pub bucket: String,
}

/// How a trust policy names the principals that assume the role.
///
/// IAM stores a named user under its unique id. If Harness deleted and recreated such a user, roles that name it would trust
/// no one any more, and only an `AIDA...` in the trust policy would show it. The two other ways do not have this problem.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TrustBy {
    /// By their ARNs, as listed.
    #[default]
    Principal,
    /// By their whole account, as the public module did before 1.0.0 and the `CloudFormation` template does.
    Account,
    /// By their whole account, restricted by a condition on `aws:PrincipalArn`, which is compared as text.
    NarrowedAccount,
}

/// Harness' AWS account and bucket for the clusters in the United States.
const US: (&str, &str) = ("891928451355", "ce-customer-billing-data-prod");
/// The same for Europe.
const EU: (&str, &str) = ("783764615875", "harness-ccm-service-data-bucket-prod-eu");

/// Harness' AWS account for non-production systems: templates next to those for production trust its root, and no production
/// cluster uses it (a public copy of Harness' source).
const NON_PRODUCTION: &str = "108817434118";

fn self_managed_bucket(aws_account: &str) -> String {
    format!("harness-ccm-service-data-bucket-{aws_account}")
}

impl Cluster {
    fn new(aws_account: Option<AccountId>, trusted: Vec<String>, bucket: String) -> Self {
        Self {
            aws_account,
            trusted,
            trust_by: TrustBy::default(),
            additional_external_ids: BTreeSet::new(),
            bucket,
        }
    }

    /// The clusters in the United States (`app.harness.io`, `app3.harness.io`): two users of Harness' AWS account, as in the
    /// public Terraform module since 1.0.0.
    pub fn us() -> Self {
        let (account, bucket) = US;
        let trusted = ["ce-prod-bucket-admin", "prod-data-pipeline-dont-delete"]
            .map(|user| format!("arn:aws:iam::{account}:user/{user}"));
        Self::new(account.parse().ok(), trusted.into(), bucket.into())
    }

    /// The European cluster (`accounts.eu.harness.io`), as in the public Terraform module's README.
    pub fn eu() -> Self {
        let (account, bucket) = EU;
        let trusted = format!("arn:aws:iam::{account}:user/harness-ccm-service-user-prod-eu");
        Self::new(account.parse().ok(), vec![trusted], bucket.into())
    }

    /// Your own Harness, which assumes roles from `aws_account`.
    ///
    /// Roles trust the account by its id, which IAM converts to its root ARN in the partition of the role.
    pub fn self_managed(aws_account: AccountId) -> Self {
        let (trusted, bucket) = (aws_account.to_string(), self_managed_bucket(aws_account.as_str()));
        Self::new(Some(aws_account), vec![trusted], bucket)
    }

    /// The external id that Harness presents from its clusters in the United States.
    pub(crate) fn us_external_id(harness_account: &HarnessAccountId) -> ExternalId {
        ExternalId::conventional_from(US.0, harness_account)
    }

    /// The external id that Harness presents from its European cluster.
    pub(crate) fn eu_external_id(harness_account: &HarnessAccountId) -> ExternalId {
        ExternalId::conventional_from(EU.0, harness_account)
    }

    /// Trusts other principals than the preset, such as the whole account (`arn:aws:iam::891928451355:root`).
    #[must_use]
    pub fn with_trusted(mut self, principals: Vec<String>) -> Self {
        self.trusted = principals;
        self
    }

    /// Sets how trust policies name the principals.
    #[must_use]
    pub fn with_trust_by(mut self, trust_by: TrustBy) -> Self {
        self.trust_by = trust_by;
        self
    }

    /// Accepts these external ids in addition to the connector's.
    #[must_use]
    pub fn with_additional_external_ids(mut self, ids: impl IntoIterator<Item = ExternalId>) -> Self {
        self.additional_external_ids = ids.into_iter().collect();
        self
    }

    /// Whether a principal belongs to Harness' own account for non-production systems. No role should trust it: a trust policy
    /// with it was copied from the wrong template.
    pub fn is_non_production(principal: &Principal) -> bool {
        principal.account() == Some(NON_PRODUCTION)
    }

    /// The external id of Harness' convention; `None` for an installation without an AWS account.
    pub fn conventional_external_id(&self, harness_account: &HarnessAccountId) -> Option<ExternalId> {
        self.aws_account.as_ref().map(|aws| ExternalId::conventional(aws, harness_account))
    }

    /// The trust policy of a role that this Harness assumes with `external_id`.
    ///
    /// The principals must belong to the role's partition;
    /// [`catalog::Request::refusals`](crate::catalog::Request::refusals) checks this.
    pub fn trust(&self, external_id: &ExternalId) -> Result<PolicyDocument, InvalidPolicy> {
        let named = Principals::aws(self.trusted.iter().map(String::as_str));
        let accounts = || Principals::aws(self.trusted.iter().map(|principal| root_of(principal)));
        let principals = match self.trust_by {
            TrustBy::Principal => named,
            TrustBy::Account | TrustBy::NarrowedAccount => accounts(),
        };
        let external_ids = self.additional_external_ids.iter().chain([external_id]).map(ExternalId::as_str);
        let mut statement = Statement::trust(principals, ["sts:AssumeRole"])?.with_condition(
            "StringEquals",
            "sts:ExternalId",
            external_ids,
        );
        if self.trust_by == TrustBy::NarrowedAccount {
            let named = self.trusted.iter().map(String::as_str);
            statement = statement.with_condition("ArnEquals", "aws:PrincipalArn", named);
        }
        Ok(PolicyDocument::new([statement]))
    }

    /// The bucket of the Harness that a role trusts, by the account of the principals in its trust policy: that of a
    /// preset, otherwise that of a self-managed Harness in that account.
    pub fn bucket_of_trusted(trust: &PolicyDocument) -> String {
        let accounts: BTreeSet<&str> = trust
            .statements()
            .iter()
            .filter_map(Statement::principals)
            .flat_map(Principals::aws_principals)
            .filter_map(Principal::account)
            .collect();
        let (_, us) = US;
        [US, EU]
            .into_iter()
            .find(|(account, _)| accounts.contains(account))
            .map(|(_, bucket)| bucket.to_owned())
            .or_else(|| accounts.first().map(|account| self_managed_bucket(account)))
            .unwrap_or_else(|| us.to_owned())
    }
}

/// The root of a principal's account; a principal without an account stays as it is.
fn root_of(principal: &str) -> String {
    let named = Principal::from(principal);
    let mut parts = principal.split(':');
    match (named.account(), parts.next(), parts.next()) {
        (Some(account), Some("arn"), Some(partition)) => format!("arn:{partition}:iam::{account}:root"),
        _ => principal.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Trusted, trusted};

    fn trust(cluster: &Cluster) -> String {
        cluster.trust(&"harness:1:acct".parse().unwrap()).unwrap().to_json()
    }

    #[test]
    fn the_whole_account_may_be_trusted_and_narrowed_again() {
        let cluster = Cluster::us().with_trust_by(TrustBy::Account);
        insta::assert_snapshot!(trust(&cluster), @r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::891928451355:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"harness:1:acct"}}}]}"#);
        let cluster = Cluster::us()
            .with_trust_by(TrustBy::NarrowedAccount)
            .with_additional_external_ids(["harness:2:acct".parse().unwrap()]);
        insta::assert_snapshot!(trust(&cluster), @r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::891928451355:root"},"Action":"sts:AssumeRole","Condition":{"ArnEquals":{"aws:PrincipalArn":["arn:aws:iam::891928451355:user/ce-prod-bucket-admin","arn:aws:iam::891928451355:user/prod-data-pipeline-dont-delete"]},"StringEquals":{"sts:ExternalId":["harness:1:acct","harness:2:acct"]}}}]}"#);
        let document = PolicyDocument::parse(&trust(&cluster)).unwrap();
        assert_eq!(trusted(&document, "harness:2:acct"), Trusted::Yes);
        assert_eq!(trusted(&document, "harness:3:acct"), Trusted::No);
    }

    #[test]
    fn a_self_managed_harness_is_trusted_in_its_own_partition() {
        let cluster = Cluster::self_managed("123456789012".parse().unwrap());
        let root = |partition: &str| {
            cluster.clone().with_trusted(vec![format!("arn:{partition}:iam::123456789012:root")])
        };
        let document = |cluster: &Cluster| PolicyDocument::parse(&trust(cluster)).unwrap();
        for partition in ["aws", "aws-us-gov", "aws-cn"] {
            assert!(
                document(&cluster).equivalent(&document(&root(partition))),
                "as IAM shows it in {partition}"
            );
        }
    }

    #[test]
    fn the_bucket_follows_from_the_trusted_principals() {
        let own = Cluster::self_managed("123456789012".parse().unwrap());
        for cluster in [Cluster::us(), Cluster::eu(), own, Cluster::us().with_trust_by(TrustBy::Account)] {
            let document = PolicyDocument::parse(&trust(&cluster)).unwrap();
            assert_eq!(Cluster::bucket_of_trusted(&document), cluster.bucket);
        }
    }
}
