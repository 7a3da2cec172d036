use std::collections::BTreeSet;

use super::template::{Holder, Policy, Values, When};
use super::{AccountRefusal, Grant, LambdaRole, Permissions, Refusal, Release};
use crate::cluster::{Cluster, TrustBy};
use crate::feature::{AutoStopping, CommitmentService, Feature, FeatureSet, GovernanceAccess, ReportType};
use crate::id::{InvalidId, NamePrefix, Partition, PolicyArn, RoleArn, RoleName, RolePath};
use crate::policy::{PolicyDocument, Principal, Principals, Statement};

/// A request for the permissions of one account.
///
/// ```
/// use harness_ccm_core::catalog::{Release, Request};
/// use harness_ccm_core::cluster::Cluster;
/// use harness_ccm_core::feature::FeatureSet;
///
/// let (features, cluster) = (FeatureSet::new().with_visibility(), Cluster::us());
/// let role = "arn:aws:iam::123456789012:role/HarnessCERole".parse()?;
/// let permissions = Request::new(&features, &role, &cluster).with_release(Release::Module1_0_1).permissions()?;
/// let names: Vec<_> = permissions.policies.iter().map(|grant| grant.name.as_str()).collect();
/// assert_eq!(names, ["HarnessGetRolePolicy", "HarnessEventsMonitoringPolicy"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request<'a> {
    /// The features that Harness should have.
    pub features: &'a FeatureSet,
    /// The cross-account role, which determines account and partition.
    pub role: &'a RoleArn,
    /// The Harness installation.
    pub cluster: &'a Cluster,
    /// The regions in use, for permissions that name regions; none by default.
    pub regions: BTreeSet<String>,
    /// The release of the catalogue.
    pub release: Release,
    /// The prefix of the names of the Lambda role and of the policies; empty by default.
    pub prefix: NamePrefix,
}

impl<'a> Request<'a> {
    /// A request for the permissions of `features` for `role`, from the newest release.
    pub fn new(features: &'a FeatureSet, role: &'a RoleArn, cluster: &'a Cluster) -> Self {
        Self {
            features,
            role,
            cluster,
            regions: BTreeSet::new(),
            release: Release::NEWEST,
            prefix: NamePrefix::default(),
        }
    }

    /// Sets the regions in use.
    #[must_use]
    pub fn with_regions(mut self, regions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.regions = regions.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the release.
    #[must_use]
    pub fn with_release(mut self, release: Release) -> Self {
        self.release = release;
        self
    }

    /// Sets the prefix of names.
    #[must_use]
    pub fn with_prefix(mut self, prefix: NamePrefix) -> Self {
        self.prefix = prefix;
        self
    }

    /// All reasons why the permissions cannot be granted, even if they could be rendered.
    ///
    /// A pure function of the request, called when an intent is resolved, before anything is read or written.
    pub fn refusals(&self) -> Vec<Refusal> {
        let mut refusals = Vec::new();
        self.refuse_partition(&mut refusals);
        self.refuse_principals(&mut refusals);
        self.refuse_report(&mut refusals);
        self.refuse_regions(&mut refusals);
        self.refuse_foreign_arns(&mut refusals);
        self.refuse_release(&mut refusals);
        refusals
    }

    /// Returns the permissions for this account.
    ///
    /// **Errors.** The first of [`refusals`](Self::refusals).
    pub fn permissions(&self) -> Result<Permissions, Refusal> {
        match self.refusals().into_iter().next() {
            Some(refusal) => Err(refusal),
            None => self.render(),
        }
    }

    fn render(&self) -> Result<Permissions, Refusal> {
        let contents = self.release.contents();
        let on = When::of(self.features);
        let values = self.values()?;
        let mut policies = Vec::new();
        let mut of_lambda = Vec::new();
        for policy in contents.policies {
            let Some(grant) = self.grant(policy, &on, &values)? else { continue };
            match policy.holder {
                Holder::CrossAccount => policies.push(grant),
                Holder::Lambda => of_lambda.push(grant),
            }
        }
        let lambda = if of_lambda.is_empty() { None } else { Some(self.lambda(of_lambda)?) };
        Ok(Permissions { policies, attached: self.attached()?, lambda })
    }

    fn grant(&self, policy: &Policy, on: &BTreeSet<When>, values: &Values) -> Result<Option<Grant>, Refusal> {
        let Policy { name, description, holder: _, statements } = policy;
        let statements: Vec<_> = statements
            .iter()
            .filter_map(|template| template.render(on, values).transpose())
            .collect::<Result<_, _>>()?;
        if statements.is_empty() {
            return Ok(None);
        }
        Ok(Some(Grant {
            name: format!("{}{name}", self.prefix).parse()?,
            description: (*description).into(),
            document: PolicyDocument::new(statements),
        }))
    }

    fn lambda(&self, policies: Vec<Grant>) -> Result<LambdaRole, Refusal> {
        let (path, name) = lambda_role_name(&self.prefix)?;
        let principals = Principals::service(["lambda.amazonaws.com"]);
        let trust = PolicyDocument::new([Statement::trust(principals, ["sts:AssumeRole"])?]);
        Ok(LambdaRole { path, name, trust, policies })
    }

    fn attached(&self) -> Result<BTreeSet<PolicyArn>, InvalidId> {
        let Some(governance) = &self.features.governance else { return Ok(BTreeSet::new()) };
        let contents = self.release.contents();
        let names = match governance.access {
            GovernanceAccess::ViewOnly => contents.view_only,
            GovernanceAccess::ReadOnly => contents.read_only,
        };
        let (partition, account) = (self.role.partition(), self.role.account());
        let own = names.iter().map(|name| format!("arn:{partition}:iam::aws:policy/{name}").parse());
        let given = governance.enforcement_policies.iter().map(|policy| policy.within(partition, account));
        own.chain(given).collect()
    }

    fn values(&self) -> Result<Vec<(&'static str, Vec<String>)>, InvalidId> {
        let Self { features, role, cluster, regions, release: _, prefix: _ } = self;
        let (partition, account) = (role.partition(), role.account());
        let suffix = service_suffix(partition);
        let services = regions
            .iter()
            .flat_map(|region| ["ec2", "rds", "ecs"].map(|service| format!("{service}.{region}.{suffix}")));
        let secrets = features.optimization.iter().flat_map(|optimization| &optimization.secrets);
        let secrets: Vec<_> = secrets
            .map(|secret| Ok(secret.within(partition, account)?.to_string()))
            .collect::<Result<_, InvalidId>>()?;
        Ok(vec![
            ("${partition}", vec![partition.to_string()]),
            ("${account}", vec![account.to_string()]),
            ("${role}", vec![role.to_string()]),
            ("${cur_bucket}", features.billing.iter().map(|billing| billing.report.bucket.clone()).collect()),
            ("${harness_bucket}", vec![cluster.bucket.clone()]),
            ("${services}", services.collect()),
            ("${secrets}", secrets),
        ])
    }

    fn refuse_partition(&self, refusals: &mut Vec<Refusal>) {
        if self.role.partition() != Partition::UsGov {
            return;
        }
        let names = self.features.names();
        let refused: Vec<_> = [Feature::Billing, Feature::Visibility]
            .into_iter()
            .filter(|feature| names.contains(feature))
            .collect();
        if !refused.is_empty() {
            refusals.push(AccountRefusal::GovCloud { features: refused }.into());
        }
    }

    fn refuse_principals(&self, refusals: &mut Vec<Refusal>) {
        let partition = self.role.partition();
        let refused = |principal: &String, rule| Refusal::Principal { principal: principal.clone(), rule };
        if self.cluster.trusted.is_empty() {
            refusals.push(refused(&String::new(), "a role needs at least one trusted principal"));
        }
        for principal in &self.cluster.trusted {
            let parsed = Principal::from(principal.as_str());
            let arn_of = principal.strip_prefix("arn:").and_then(|rest| rest.split(':').next());
            refusals.extend(match (arn_of, parsed.account()) {
                _ if principal == "*" => {
                    Some(refused(principal, "it would trust every caller that knows the external id"))
                }
                (_, None) => Some(refused(
                    principal,
                    "it is the ARN of an IAM user, a role or a root, or an account id",
                )),
                (Some(of), _) if of != partition.as_str() => {
                    Some(AccountRefusal::ForeignPrincipal { principal: principal.clone(), partition }.into())
                }
                _ if Cluster::is_non_production(&parsed) => Some(refused(
                    principal,
                    "it belongs to a Harness account that is not for production, which only internal templates use",
                )),
                _ if self.cluster.trust_by == TrustBy::NarrowedAccount
                    && parsed.whole_account().is_some() =>
                {
                    Some(refused(
                        principal,
                        "a trusted account can only be restricted to named users or roles",
                    ))
                }
                _ => None,
            });
        }
    }

    fn refuse_report(&self, refusals: &mut Vec<Refusal>) {
        let Some(billing) = &self.features.billing else { return };
        let (name, bucket) = (&billing.report.name, &billing.report.bucket);
        if billing.report.report_type == Some(ReportType::Focus) {
            refusals.push(Refusal::ReportType { report_type: ReportType::Focus });
        }
        if name.trim().is_empty() {
            refusals.push(Refusal::ReportWithoutName);
        }
        if bucket.trim().is_empty() {
            refusals.push(Refusal::ReportWithoutBucket);
        } else if bucket.starts_with("arn:") {
            refusals.push(Refusal::BucketArn { bucket: bucket.clone() });
        } else if !bucket.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) {
            // Not stricter: buckets created before 2018 in us-east-1 may have capital letters and
            // underscores.
            refusals.push(Refusal::BucketName { bucket: bucket.clone() });
        }
    }

    fn refuse_regions(&self, refusals: &mut Vec<Refusal>) {
        let on = When::of(self.features);
        let by_region = |policy: &Policy| {
            policy.statements.iter().any(|template| {
                template.actions.iter().any(|(when, _)| on.contains(when))
                    && template.conditions.iter().any(|(_, _, values)| values.contains(&"${services}"))
            })
        };
        if !self.release.contents().policies.iter().any(by_region) {
            return;
        }
        if self.regions.is_empty() {
            refusals.push(Refusal::NoRegions);
        }
        let valid = |region: &str| {
            region.split('-').count() >= 3
                && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && region.ends_with(|last: char| last.is_ascii_digit())
        };
        let invalid = self.regions.iter().filter(|region| !valid(region));
        refusals.extend(invalid.map(|region| Refusal::Region { region: region.clone() }));
    }

    fn refuse_foreign_arns(&self, refusals: &mut Vec<Refusal>) {
        let FeatureSet { governance, optimization, .. } = self.features;
        let (partition, account) = (self.role.partition(), self.role.account());
        for policy in governance.iter().flat_map(|governance| &governance.enforcement_policies) {
            match policy.within(partition, account) {
                Ok(policy) if policy.can_be_attached_in(partition, account) => {}
                Ok(policy) => refusals.push(AccountRefusal::ForeignPolicy { policy }.into()),
                Err(invalid) => refusals.push(invalid.into()),
            }
        }
        for secret in optimization.iter().flat_map(|optimization| &optimization.secrets) {
            match secret.within(partition, account) {
                Ok(secret) if secret.partition() == partition => {}
                Ok(secret) => refusals.push(AccountRefusal::ForeignSecret { secret }.into()),
                Err(invalid) => refusals.push(invalid.into()),
            }
        }
    }

    fn refuse_release(&self, refusals: &mut Vec<Refusal>) {
        let release = self.release;
        let contents = release.contents();
        let has = |when| contents.policies.iter().any(|policy| policy.switches().any(|own| own == when));
        let whole = has(When::Optimization);
        let open = self.features.commitment.as_ref().is_some_and(|c| c.services.is_empty());
        let in_whole = |service: &CommitmentService| {
            contents.commitments.contains(service) || open && !contents.commitments.is_empty()
        };
        let missing = |what: &str| Refusal::NotInRelease { release, what: what.into() };
        for when in When::of(self.features).into_iter().filter(|when| !has(*when)) {
            refusals.extend(match when {
                // Its parts decide.
                When::Always | When::Optimization => None,
                When::Governance if !contents.view_only.is_empty() => None,
                // All kinds together are the whole.
                When::Kind(_) if whole => None,
                When::Kind(kind) => Some(missing(&format!("AutoStopping of the kind {kind}"))),
                When::Visibility => Some(missing("visibility")),
                When::Governance => Some(missing("governance")),
                When::EncryptedVolumes => Some(missing("encrypted volumes")),
                When::Secrets => Some(missing("secrets")),
                When::Billing => Some(missing("billing")),
                When::DataExports => Some(missing("reports in the format CUR 2.0")),
                When::CommitmentOf(service) | When::PurchaseOf(service) if in_whole(&service) => None,
                When::CommitmentOf(service) => Some(missing(&format!("commitments of {service}"))),
                When::PurchaseOf(service) => Some(missing(&format!("purchases of {service} commitments"))),
                When::Commitment => Some(missing("commitment orchestration")),
                // Its parts decide.
                When::Purchase if has(When::PurchaseOf(CommitmentService::Ec2)) => None,
                When::Purchase => Some(missing("purchases of commitments")),
                When::ClusterOrchestration => Some(missing("cluster orchestration")),
            });
        }
        let all = |kinds: &BTreeSet<AutoStopping>| AutoStopping::ALL.iter().all(|kind| kinds.contains(kind));
        if whole
            && self.features.optimization.as_ref().is_some_and(|optimization| !all(&optimization.kinds()))
        {
            refusals.push(Refusal::OnlyAsAWhole { release });
        }
    }
}

/// The path and name of the Lambda execution role. Harness finds the role by them.
pub(crate) fn lambda_role_name(prefix: &NamePrefix) -> Result<(RolePath, RoleName), InvalidId> {
    Ok(("/ce-optimization-service-role/".parse()?, format!("{prefix}{LAMBDA_ROLE}").parse()?))
}

/// The end of the name of the Lambda execution role.
const LAMBDA_ROLE: &str = "HarnessCELambdaExecutionRole";

/// The prefix of a role's name, if it is the Lambda execution role.
pub(crate) fn lambda_role_prefix(name: &RoleName) -> Option<&str> {
    name.as_str().strip_suffix(LAMBDA_ROLE)
}

/// The domain of service names, as in `kms:ViaService`.
fn service_suffix(partition: Partition) -> &'static str {
    match partition {
        Partition::China => "amazonaws.com.cn",
        Partition::EuSovereign => "amazonaws.eu",
        // Nothing is created in an unknown partition.
        Partition::Aws | Partition::UsGov | Partition::Other(_) => "amazonaws.com",
    }
}
