//! Harness installations: whom the role trusts, the external id and the bucket move together.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, ExternalId, HarnessAccountId};
use crate::policy::{InvalidPolicy, PolicyDocument, Principal, Principals, Statement};

/// A Harness installation as a role sees it.
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
    /// Harness' AWS account, where there is a fixed one.
    pub aws_account: Option<AccountId>,
    /// Who assumes the roles.
    pub trusted: Vec<String>,
    /// How they are trusted.
    pub trust_by: TrustBy,
    /// External ids that are accepted beside the connector's, such as while one is exchanged for another.
    pub additional_external_ids: BTreeSet<ExternalId>,
    /// The bucket that Harness copies reports into, without the number that follows.
    pub bucket: String,
}

/// How a role trusts those who assume it.
///
/// A user that is named is kept by IAM under its unique id. If Harness made such a user anew, every role that names it would
/// trust nobody any more, without a sign of it but an `AIDA...` in the trust policy. The two others do not have that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TrustBy {
    /// By their ARNs, as they are listed.
    #[default]
    Principal,
    /// By their whole account, as the public module did before 1.0.0 and the `CloudFormation` template does.
    Account,
    /// By their whole account, narrowed by a condition on `aws:PrincipalArn`, which is compared as text.
    NarrowedAccount,
}

/// Harness' AWS account for the clusters in the United States, and the bucket of these.
const US: (&str, &str) = ("891928451355", "ce-customer-billing-data-prod");
/// The same for Europe.
const EU: (&str, &str) = ("783764615875", "harness-ccm-service-data-bucket-prod-eu");

/// Harness' AWS account for what is not production: templates that are found beside those for production trust its root, and no
/// production cluster comes from it (a public copy of Harness' source).
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

    /// A Harness of your own, which assumes roles from `aws_account`.
    ///
    /// The account is trusted by its id, which IAM turns into its root's ARN in whatever partition the role is.
    pub fn self_managed(aws_account: AccountId) -> Self {
        let (trusted, bucket) = (aws_account.to_string(), self_managed_bucket(aws_account.as_str()));
        Self::new(Some(aws_account), vec![trusted], bucket)
    }

    /// What Harness presents from its clusters in the United States.
    pub(crate) fn us_external_id(harness_account: &HarnessAccountId) -> ExternalId {
        ExternalId::conventional_from(US.0, harness_account)
    }

    /// What Harness presents from its European cluster.
    pub(crate) fn eu_external_id(harness_account: &HarnessAccountId) -> ExternalId {
        ExternalId::conventional_from(EU.0, harness_account)
    }

    /// Trusts others than the preset does, such as the whole account (`arn:aws:iam::891928451355:root`).
    #[must_use]
    pub fn with_trusted(mut self, principals: Vec<String>) -> Self {
        self.trusted = principals;
        self
    }

    /// Trusts them in another way.
    #[must_use]
    pub fn with_trust_by(mut self, trust_by: TrustBy) -> Self {
        self.trust_by = trust_by;
        self
    }

    /// Accepts these external ids beside the connector's.
    #[must_use]
    pub fn with_additional_external_ids(mut self, ids: impl IntoIterator<Item = ExternalId>) -> Self {
        self.additional_external_ids = ids.into_iter().collect();
        self
    }

    /// Whether a principal belongs to Harness' own account for what is not production. No role should trust it: whoever does has taken
    /// the trust policy from the wrong template.
    pub fn is_non_production(principal: &Principal) -> bool {
        principal.account() == Some(NON_PRODUCTION)
    }

    /// The external id by Harness' convention; none for an installation without an AWS account.
    pub fn conventional_external_id(&self, harness_account: &HarnessAccountId) -> Option<ExternalId> {
        self.aws_account.as_ref().map(|aws| ExternalId::conventional(aws, harness_account))
    }

    /// The trust policy of a role that this Harness assumes with `external_id`.
    ///
    /// What is trusted must be of the role's partition; [`catalog::Request::refusals`](crate::catalog::Request::refusals)
    /// tells.
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

    /// The bucket of the Harness that a role trusts, by the account of the principals in its trust policy: those of the
    /// presets, else that of a self-managed one in that account.
    pub fn bucket_of_whom_it_trusts(trust: &PolicyDocument) -> String {
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

/// The root of a principal's account; what names no account stays as it is.
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
    fn the_bucket_follows_from_whom_a_role_trusts() {
        let own = Cluster::self_managed("123456789012".parse().unwrap());
        for cluster in [Cluster::us(), Cluster::eu(), own, Cluster::us().with_trust_by(TrustBy::Account)] {
            let document = PolicyDocument::parse(&trust(&cluster)).unwrap();
            assert_eq!(Cluster::bucket_of_whom_it_trusts(&document), cluster.bucket);
        }
    }
}
