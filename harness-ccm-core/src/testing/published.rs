//! Roles as other tools create them: a release of Harness' public Terraform module, or its CloudFormation
//! template.
//!
//! For tests of adoption: [`Maker::make`] returns the roles as IAM would show them. The facts and their
//! sources are in `policies.json`.
//!
//! ```
//! use harness_ccm_core::testing::published::{Inputs, Maker};
//!
//! let mut inputs = Inputs::of("123456789012".parse()?);
//! inputs.switch_on(["enable_events", "enable_governance", "autostopping_resources=ec2"]);
//! let made = Maker::MODULE_1_0_1.make(&inputs);
//! let names: Vec<_> = made.cross_account.policies.iter().map(|policy| policy.name.as_str()).collect();
//! assert_eq!(names, ["HarnessAutostoppingResources", "HarnessGetRolePolicy", "HarnessEventsMonitoringPolicy"]);
//! assert_eq!(made.cross_account.state.attached.len(), 4, "with ViewOnlyAccess");
//! assert!(made.lambda.is_none());
//! # Ok::<(), harness_ccm_core::id::InvalidId>(())
//! ```

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::feature::{
    AutoStopping, Billing, Commitment, CurReport, FeatureSet, Governance, GovernanceAccess, Optimization,
};
use crate::id::{AccountId, ExternalId, PolicyArn, PolicyName, RoleArn};
use crate::policy::PolicyDocument;
use crate::role::RoleState;

/// A tool that creates roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Maker(&'static str);

impl Maker {
    /// Release 0.1.4 of the Terraform module (October 2023).
    pub const MODULE_0_1_4: Self = Self("0.1.4");
    /// Release 0.1.8 of the Terraform module (September 2024).
    pub const MODULE_0_1_8: Self = Self("0.1.8");
    /// Release 1.0.0 of the Terraform module (April 2025).
    pub const MODULE_1_0_0: Self = Self("1.0.0");
    /// Release 1.0.1 of the Terraform module (May 2025).
    pub const MODULE_1_0_1: Self = Self("1.0.1");
    /// The Terraform module's main branch (January 2026).
    pub const MODULE_HEAD: Self = Self("HEAD");
    /// The CloudFormation template.
    pub const TEMPLATE: Self = Self("template");

    /// All releases of the module.
    pub const MODULES: [Self; 5] =
        [Self::MODULE_0_1_4, Self::MODULE_0_1_8, Self::MODULE_1_0_0, Self::MODULE_1_0_1, Self::MODULE_HEAD];

    /// All tools.
    pub const ALL: [Self; 6] = [
        Self::MODULE_0_1_4,
        Self::MODULE_0_1_8,
        Self::MODULE_1_0_0,
        Self::MODULE_1_0_1,
        Self::MODULE_HEAD,
        Self::TEMPLATE,
    ];

    fn facts(self) -> &'static Value {
        if self == Self::TEMPLATE { &FACTS["template"] } else { &FACTS["modules"][self.0] }
    }

    /// Every switch of the tool: a boolean input by its name, an entry of a list input as `list=entry`.
    ///
    /// Inputs that are enabled by a value, the secrets and the governance policies, are not switches but fields of
    /// [`Inputs`].
    pub fn switches(self) -> Vec<String> {
        let facts = self.facts();
        let switches = texts(&facts["inputs"]).into_iter().flat_map(|input| match input.as_str() {
            "autostopping_loadbalancers" => entries(&input, &["alb", "proxy"]),
            "autostopping_resources" => entries(&input, &["ec2", "ec2-spot", "asg", "rds", "ecs"]),
            name if name.starts_with("enable_") || name.ends_with("Enabled") => vec![input],
            _ => Vec::new(),
        });
        switches.collect()
    }

    /// The principals that it trusts by default.
    pub fn principals(self) -> Vec<String> {
        let users = [Self::MODULE_1_0_0, Self::MODULE_1_0_1, Self::MODULE_HEAD].contains(&self);
        let names: &[&str] = if users {
            &["user/prod-data-pipeline-dont-delete", "user/ce-prod-bucket-admin"]
        } else {
            &["root"]
        };
        names.iter().map(|name| format!("arn:aws:iam::891928451355:{name}")).collect()
    }

    /// Returns the roles that it creates.
    pub fn make(self, inputs: &Inputs) -> Made {
        let facts = self.facts();
        let role = |id: &str| {
            list(&facts["roles"])
                .iter()
                .find(|role| role["id"] == id && inputs.holds(&role["when"]))
                .map(|role| self.role(facts, role, inputs))
        };
        Made { lambda: role("harness_ce_lambda"), cross_account: role("harness_ce").unwrap() }
    }

    fn role(self, facts: &Value, role: &Value, inputs: &Inputs) -> MadeRole {
        let account = &inputs.account;
        let name = text(&role["name"]).replace("${PREFIX}", &inputs.prefix);
        let arn: RoleArn =
            format!("arn:aws:iam::{account}:role{}{name}", text(&role["path"])).parse().unwrap();
        let principals = inputs.principals.clone().unwrap_or_else(|| self.principals());
        let fill = |text: String| inputs.fill(&text, &arn, &principals);
        let document = |statements: &Value| {
            let statements: Vec<_> = list(statements)
                .iter()
                .filter(|statement| statement.get("when").is_none_or(|when| inputs.holds(when)))
                .map(|statement| filled(&inputs.statement(statement), &fill))
                .collect();
            let document = json!({"Version": "2012-10-17", "Statement": statements});
            PolicyDocument::parse(&document.to_string()).unwrap()
        };
        let mut state = RoleState::new(arn.clone(), document(&role["trust"]));
        let mut policies = Vec::new();
        let own = |policy: &&Value| policy["attached_to"] == role["id"] && inputs.holds(&policy["when"]);
        for (number, policy) in list(&facts["policies"]).iter().filter(own).enumerate() {
            let name = text(&policy["name"]).replace("${PREFIX}", &inputs.prefix);
            // CloudFormation generates names.
            let name = if self == Self::TEMPLATE {
                format!(
                    "{}-{name}-{:013X}",
                    inputs.stack,
                    0x1A2B_3C4D_5E6F_u64 * (number as u64 + 7) % 0xF_FFFF_FFFF_FFFF
                )
            } else {
                name
            };
            let policy = MadePolicy {
                arn: format!("arn:aws:iam::{account}:policy/{name}").parse().unwrap(),
                name: name.parse().unwrap(),
                description: text(&policy["description"]).to_owned(),
                document: document(&policy["statements"]),
            };
            state.attached.insert(policy.arn.clone(), Some(policy.document.clone()));
            policies.push(policy);
        }
        if role["id"] == "harness_ce" {
            for attachment in list(&facts["attachments"]) {
                let policy = text(&attachment["policy"]);
                if policy.starts_with("each of") {
                    state.attached.extend(inputs.governance_policies.iter().map(|arn| (arn.clone(), None)));
                } else if inputs.holds(&attachment["when"]) {
                    state.attached.insert(policy.parse().unwrap(), None);
                }
            }
        }
        MadeRole { state, policies }
    }
}

impl std::fmt::Display for Maker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if *self == Self::TEMPLATE {
            f.pad("CloudFormation template")
        } else {
            write!(f, "module {}", self.0)
        }
    }
}

/// The user's inputs of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inputs {
    /// The account of the roles; its partition is `aws`, as in the module.
    pub account: AccountId,
    /// The prefix of names (`prefix`).
    pub prefix: String,
    /// The trusted external ids (`external_id` and `additional_external_ids`).
    pub external_ids: Vec<ExternalId>,
    /// The trusted principals (`trusted_roles`, `PrincipalBilling`); the tool's default if `None`.
    pub principals: Option<Vec<String>>,
    /// The report's bucket (`s3_bucket_arn`, `BucketName`).
    pub cur_bucket: String,
    /// Harness' bucket (`s3_bucket_name`).
    pub harness_bucket: String,
    /// The secrets (`secrets`).
    pub secrets: Vec<String>,
    /// The user's own policies for governance (`governance_policy_arns`).
    pub governance_policies: Vec<PolicyArn>,
    /// The stack's name, for CloudFormation.
    pub stack: String,
    /// The enabled switches, from [`Maker::switches`].
    pub on: BTreeSet<String>,
}

impl Inputs {
    /// Inputs without any switch, in this account, for the Harness account `acct` on the American clusters.
    pub fn of(account: AccountId) -> Self {
        Self {
            account,
            prefix: String::new(),
            external_ids: vec!["harness:891928451355:acct".parse().unwrap()],
            principals: None,
            cur_bucket: "acme-cost-reports".into(),
            harness_bucket: "ce-customer-billing-data-prod".into(),
            secrets: Vec::new(),
            governance_policies: Vec::new(),
            stack: "StackSet-harness-ccm".into(),
            on: BTreeSet::new(),
        }
    }

    /// Enables these switches.
    pub fn switch_on(&mut self, switches: impl IntoIterator<Item = impl Into<String>>) {
        self.on.extend(switches.into_iter().map(Into::into));
    }

    /// The features that these switches mean, in our terms. The report is called `harness-cur`.
    ///
    /// The switches that only 0.1.6 to 0.1.8 have (`enable_autostopping_...`) do not mean a whole feature.
    pub fn features(&self) -> FeatureSet {
        let on = |names: &[&str]| names.iter().any(|name| self.on.contains(*name));
        let mut features = FeatureSet::new();
        if on(&["enable_events", "EventsEnabled"]) {
            features = features.with_visibility();
        }
        if on(&["enable_billing", "BillingEnabled"]) {
            let report = CurReport::new("harness-cur", self.cur_bucket.clone());
            features = features.with_billing(Billing::new(report));
        }
        if on(&["enable_governance", "GovernanceEnabled"]) {
            let policies = self.governance_policies.iter().map(|arn| arn.as_str().parse().unwrap());
            features = features.with_governance(
                Governance::new().with_access(GovernanceAccess::ViewOnly).with_enforcement_policies(policies),
            );
        }
        if on(&["enable_commitment_read"]) {
            let commitment = if on(&["enable_commitment_write"]) {
                Commitment::new().with_purchase()
            } else {
                Commitment::new()
            };
            features = features.with_commitment(commitment);
        }
        let kinds: BTreeSet<_> = if on(&["enable_optimization", "OptimizationEnabled"]) {
            AutoStopping::ALL.iter().copied().collect()
        } else {
            let listed = |kind: &AutoStopping| {
                let kind = kind.as_str();
                self.on.contains(&format!("autostopping_loadbalancers={kind}"))
                    || self.on.contains(&format!("autostopping_resources={kind}"))
            };
            AutoStopping::ALL.iter().copied().filter(listed).collect()
        };
        let volumes = on(&["enable_cmk_ebs"]);
        if !kinds.is_empty() || volumes || !self.secrets.is_empty() {
            let mut optimization = Optimization::new()
                .with_kinds(kinds)
                .with_secrets(self.secrets.iter().map(|arn| arn.parse().unwrap()));
            optimization.encrypted_volumes = volumes;
            features = features.with_optimization(optimization);
        }
        features
    }

    fn given(&self, list: &str) -> bool {
        match list {
            "secrets" => !self.secrets.is_empty(),
            _ => self.on.iter().any(|switch| switch.split_once('=').is_some_and(|(of, _)| of == list)),
        }
    }

    /// Whether a condition of the facts holds, such as `contains(autostopping_loadbalancers, "alb")`.
    fn holds(&self, when: &Value) -> bool {
        text(when).split("||").map(str::trim).any(|term| {
            if term == "always" {
                true
            } else if let Some(rest) = term.strip_prefix("length(") {
                self.given(rest.split(')').next().unwrap())
            } else if let Some(rest) = term.strip_prefix("contains(") {
                let (list, entry) = rest.trim_end_matches(')').split_once(", ").unwrap();
                self.on.contains(&format!("{list}={}", entry.trim_matches('"')))
            } else if let Some((entry, list)) = term.split_once(" in ") {
                self.on.contains(&format!("{list}={}", entry.trim_matches('"')))
            } else {
                self.on.contains(term)
            }
        })
    }

    /// Converts a statement of the facts to one of a policy: its groups of actions are merged, and fields for
    /// our use are removed.
    fn statement(&self, statement: &Value) -> Value {
        let mut statement = statement.as_object().unwrap().clone();
        statement.remove("when");
        if let Some(groups) = statement.remove("ActionGroups") {
            let on = list(&groups).iter().filter(|group| self.holds(&group["when"]));
            statement.insert("Action".into(), on.flat_map(|group| texts(&group["Action"])).collect());
        }
        Value::Object(statement)
    }

    /// Replaces the placeholders of one text of the facts.
    fn fill(&self, text: &str, role: &RoleArn, principals: &[String]) -> Vec<String> {
        let external = || self.external_ids.iter().map(ToString::to_string);
        match text {
            "${EXTERNAL_ID}" => external().take(1).collect(),
            "...additional_external_ids" => external().skip(1).collect(),
            "...trusted_roles"
            | "${PRINCIPAL_BILLING}"
            | "arn:aws:iam::891928451355:root"
            | "arn:aws:iam::${HARNESS_AWS_ACCOUNT_ID}:root" => principals.to_vec(),
            "${SECRET_ARN_1}" => self.secrets.clone(),
            text if text.starts_with("...") => Vec::new(),
            text => vec![
                text.replace("${ROLE_ARN}", &role.to_string())
                    .replace("${CUR_BUCKET_ARN}", &format!("arn:aws:s3:::{}", self.cur_bucket))
                    .replace("${CUR_BUCKET_NAME}", &self.cur_bucket)
                    .replace("${HARNESS_BUCKET}", &self.harness_bucket),
            ],
        }
    }
}

/// The roles of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Made {
    /// The execution role of the Lambda function, if there is one.
    pub lambda: Option<MadeRole>,
    /// The cross-account role.
    pub cross_account: MadeRole,
}

/// One role.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MadeRole {
    /// The role as IAM shows it.
    pub state: RoleState,
    /// Its customer-managed policies, all attached.
    pub policies: Vec<MadePolicy>,
}

/// One customer-managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MadePolicy {
    /// Its ARN; the path is `/`.
    pub arn: PolicyArn,
    /// Its name.
    pub name: PolicyName,
    /// Its description.
    pub description: String,
    /// Its default version.
    pub document: PolicyDocument,
}

/// The actions that Harness' connection test requests, per feature in Harness' terms, all on `*` except those of
/// `BILLING`.
pub fn connection_test(feature: &str) -> BTreeSet<String> {
    list(&FACTS["connection_test"][feature]).iter().flat_map(|check| texts(&check["Action"])).collect()
}

static FACTS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("policies.json")).unwrap());

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn texts(value: &Value) -> Vec<String> {
    list(value).iter().map(|value| text(value).to_owned()).collect()
}

fn entries(list: &str, entries: &[&str]) -> Vec<String> {
    entries.iter().map(|entry| format!("{list}={entry}")).collect()
}

/// Replaces the placeholders of every text in a value; in a list one text may become several.
fn filled(value: &Value, fill: &impl Fn(String) -> Vec<String>) -> Value {
    match value {
        Value::Array(items) => items.iter().flat_map(|item| fill(text(item).to_owned())).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(key, value)| (key.clone(), filled(value, fill))).collect()
        }
        other => other.clone(),
    }
}
