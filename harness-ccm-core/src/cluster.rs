//! Harness installations: whom the role trusts, the external id and the bucket move together.

use crate::id::{AccountId, ExternalId, HarnessAccountId};
use crate::policy::{InvalidPolicy, PolicyDocument, Principals, Statement};

/// A Harness installation as a role sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cluster {
    /// Harness' AWS account, where there is a fixed one.
    pub aws_account: Option<AccountId>,
    /// Who assumes the roles.
    pub trusted: Vec<String>,
    /// The bucket that Harness copies reports into, without the number that follows.
    pub bucket: String,
}

impl Cluster {
    /// The clusters in the United States (`app.harness.io`, `app3.harness.io`): two users of Harness' AWS account, as in the
    /// public Terraform module since 1.0.0.
    pub fn us() -> Self {
        Self {
            aws_account: "891928451355".parse().ok(),
            trusted: vec![
                "arn:aws:iam::891928451355:user/ce-prod-bucket-admin".into(),
                "arn:aws:iam::891928451355:user/prod-data-pipeline-dont-delete".into(),
            ],
            bucket: "ce-customer-billing-data-prod".into(),
        }
    }

    /// The European cluster (`accounts.eu.harness.io`), as in the public Terraform module's README.
    pub fn eu() -> Self {
        Self {
            aws_account: "783764615875".parse().ok(),
            trusted: vec!["arn:aws:iam::783764615875:user/harness-ccm-service-user-prod-eu".into()],
            bucket: "harness-ccm-service-data-bucket-prod-eu".into(),
        }
    }

    /// A Harness of your own, which assumes roles from `aws_account`.
    pub fn self_managed(aws_account: AccountId) -> Self {
        Self {
            trusted: vec![format!("arn:aws:iam::{aws_account}:root")],
            bucket: format!("harness-ccm-service-data-bucket-{aws_account}"),
            aws_account: Some(aws_account),
        }
    }

    /// Trusts others than the preset does, such as the whole account (`arn:aws:iam::891928451355:root`).
    #[must_use]
    pub fn with_trusted(mut self, principals: Vec<String>) -> Self {
        self.trusted = principals;
        self
    }

    /// The external id by Harness' convention; none for an installation without an AWS account.
    pub fn conventional_external_id(&self, harness_account: &HarnessAccountId) -> Option<ExternalId> {
        self.aws_account.as_ref().map(|aws| ExternalId::conventional(aws, harness_account))
    }

    /// The trust policy of a role that this Harness assumes with `external_id`.
    pub fn trust(&self, external_id: &ExternalId) -> Result<PolicyDocument, InvalidPolicy> {
        let principals = Principals::aws(self.trusted.iter().map(String::as_str));
        let statement = Statement::trust(principals, ["sts:AssumeRole"])?.with_condition(
            "StringEquals",
            "sts:ExternalId",
            [external_id.as_str()],
        );
        Ok(PolicyDocument::new([statement]))
    }
}
