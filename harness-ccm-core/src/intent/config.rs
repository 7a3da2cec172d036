//! The intent file.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::pin::OrganizationTable;
use super::reach::ReachTable;
use super::rule_table::{self, RuleTable};
use super::source_table::{self, ListingTable, SourceTable};
use super::{Intent, Naming, Place, RoleSettings, Rule, Template};
use crate::catalog::Refusal;
use crate::cluster::{Cluster, TrustBy};
use crate::files::{Files, NoFiles};
use crate::id::{AccountId, ExternalId, HarnessAccountId, InvalidId, OwnerId};
use crate::plan::Limits;
use crate::policy::InvalidPolicy;
use crate::redact;
use crate::session::SessionSeconds;

/// An intent that can not be understood or not be fulfilled: says what, where and what to do.
///
/// What is wrong with an intent file is told with keys and places, never with the values that stand there: one of them may be a
/// key of Harness or AWS that somebody put in.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidIntent {
    /// The file is not TOML, or holds what it may not.
    #[error("TOML parse error at {place}\n{problem}")]
    Syntax {
        /// Where.
        place: Place,
        /// What is wrong.
        problem: String,
    },
    /// A value is well formed, but makes no sense, or contradicts another one.
    #[error("intent error at {place}\n{problem}")]
    Value {
        /// Where it stands.
        place: Place,
        /// What is wrong with it, and what to do.
        problem: String,
    },
    /// What a rule gives can not be had in an account that it chose.
    #[error("rule {rule:?}: {problem}")]
    Rule {
        /// The rule's name.
        rule: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Accounts belong to an organization that is not pinned.
    #[error(
        "{accounts} of the accounts, such as {account}, belong to the organization {found}, but the intent is for {pinned} (organization.id): use credentials of that organization, or add the other one's id; nothing was done"
    )]
    OtherOrganization {
        /// One of the accounts.
        account: AccountId,
        /// The organization that it belongs to.
        found: String,
        /// The organizations that the intent is for.
        pinned: String,
        /// How many such accounts there are.
        accounts: usize,
    },
    /// The AWS credentials belong to another account than the one that is pinned.
    #[error(
        "the AWS credentials belong to the account {found}, but the intent is for callers from {pinned} (organization.caller): use other credentials, such as by AWS_PROFILE; nothing was done"
    )]
    OtherCaller {
        /// The account of the credentials.
        found: AccountId,
        /// The account that is pinned.
        pinned: AccountId,
    },
    /// The settings of roles are not what IAM takes.
    #[error("{0}")]
    Role(String),
    /// Something that is needed is not given.
    #[error("{what} is missing: {remedy}")]
    Missing {
        /// What.
        what: &'static str,
        /// How to give it.
        remedy: &'static str,
    },
    /// An identifier that follows from the intent is not valid.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// A policy that follows from the intent is not valid.
    #[error(transparent)]
    Policy(#[from] InvalidPolicy),
    /// What is asked does not fit together.
    #[error("{refusal}: {}", .refusal.remedy())]
    Refused {
        /// What, and the remedy with it.
        #[from]
        refusal: Refusal,
    },
}

impl InvalidIntent {
    pub(super) fn rule(rule: &Rule, problem: impl Into<String>) -> Self {
        Self::Rule { rule: rule.name.clone(), problem: problem.into() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    owner: OwnerId,
    harness: HarnessTable,
    #[serde(default)]
    organization: OrganizationTable,
    #[serde(default)]
    role: RoleSettings,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    regions: BTreeSet<String>,
    #[serde(default)]
    naming: NamingTable,
    #[serde(default)]
    connector: ConnectorTable,
    #[serde(default)]
    reach: ReachTable,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    sources: Vec<SourceTable>,
    #[serde(default)]
    listing: ListingTable,
    #[serde(default)]
    rules: Vec<RuleTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct HarnessTable {
    account_id: Option<HarnessAccountId>,
    #[serde(default)]
    cluster: ClusterName,
    aws_account: Option<Spanned<AccountId>>,
    external_id: Option<ExternalId>,
    trusted: Option<Vec<String>>,
    #[serde(default)]
    trust_by: TrustBy,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ClusterName {
    #[default]
    Us,
    Eu,
    SelfManaged,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamingTable {
    rule: Option<Spanned<NamingRule>>,
    template: Option<Spanned<String>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum NamingRule {
    Guide,
    AccountId,
    Template,
}

/// What it takes to make sense of a parsed file: its text, for places, and the files that it names.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) files: &'a dyn Files,
}

impl Reader<'_> {
    /// A value that makes no sense, at its place.
    pub(super) fn wrong(&self, span: &Range<usize>, problem: impl Into<String>) -> InvalidIntent {
        InvalidIntent::Value { place: Place::of(self.text, span), problem: problem.into() }
    }

    /// From byte `at` of a text to its end. All of it where its spelling in the file is another, as with escapes.
    pub(super) fn within(&self, value: &Spanned<String>, at: usize) -> Range<usize> {
        let (span, text) = (value.span(), value.get_ref());
        let inner = span.start + 1..span.start + 1 + text.len();
        if self.text.get(inner.clone()) == Some(text) { inner.start + at..inner.end } else { span }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ConnectorTable {
    session_seconds: Option<SessionSeconds>,
    ignore_test: Option<bool>,
}

impl Intent {
    /// Reads an intent file.
    ///
    /// `harness_account` is taken where the file names none, such as from the environment. Lists of accounts in files of their
    /// own are refused; [`from_toml_with_files`](Self::from_toml_with_files) takes them.
    pub fn from_toml(text: &str, harness_account: Option<HarnessAccountId>) -> Result<Self, InvalidIntent> {
        Self::from_toml_with_files(text, harness_account, &NoFiles)
    }

    /// Reads an intent file and the lists of accounts that it names.
    pub fn from_toml_with_files(
        text: &str,
        harness_account: Option<HarnessAccountId>,
        files: &dyn Files,
    ) -> Result<Self, InvalidIntent> {
        let File {
            owner,
            harness,
            organization,
            role,
            tags,
            regions,
            naming,
            connector,
            reach,
            limits,
            sources,
            listing,
            rules,
        } = toml::from_str(text).map_err(|error| InvalidIntent::Syntax {
            // What is missing from the file as a whole has no place of its own.
            place: Place::of(text, &error.span().unwrap_or_default()),
            problem: redact::problem(error.message()),
        })?;
        let reader = Reader { text, files };
        let account = harness.account_id.clone().or(harness_account).ok_or(InvalidIntent::Missing {
            what: "the Harness account id",
            remedy: "set harness.account-id in the intent file, or HARNESS_ACCOUNT_ID in the environment",
        })?;
        let (cluster, external_id) = harness.cluster(&account, &reader)?;
        let mut intent = Self::new(account, cluster, external_id)?;
        intent.owner = owner;
        intent.pin = organization.into();
        intent.role = role;
        intent.tags = tags;
        intent.regions = regions;
        intent.naming = naming.into_naming(&reader)?;
        intent.session = connector.session_seconds;
        intent.ignore_test = connector.ignore_test;
        intent.reach = reach.into_reach(&reader)?;
        intent.limits = limits;
        intent.sources = source_table::sources(sources, &reader)?;
        intent.keep = listing.into_keep(&reader)?;
        intent.rules = rule_table::rules(rules, &reader)?;
        Ok(intent)
    }
}

impl NamingTable {
    fn into_naming(self, reader: &Reader<'_>) -> Result<Naming, InvalidIntent> {
        let Self { rule, template } = self;
        match (rule.as_ref().map(|rule| (*rule.get_ref(), rule.span())), template) {
            (None | Some((NamingRule::Guide, _)), None) => Ok(Naming::Guide),
            (Some((NamingRule::AccountId, _)), None) => Ok(Naming::AccountId),
            (None | Some((NamingRule::Template, _)), Some(text)) => {
                match text.get_ref().parse::<Template>() {
                    Ok(template) => Ok(Naming::Template(template)),
                    Err(error) => Err(reader.wrong(&reader.within(&text, error.at), error.to_string())),
                }
            }
            (Some((NamingRule::Template, span)), None) => Err(reader
                .wrong(&span, "the rule needs a template: set naming.template, such as \"${ou}_${name}\"")),
            (Some((NamingRule::Guide | NamingRule::AccountId, _)), Some(text)) => {
                Err(reader.wrong(&text.span(), "a template goes with rule = \"template\""))
            }
        }
    }
}

impl HarnessTable {
    fn cluster(
        self,
        account: &HarnessAccountId,
        reader: &Reader<'_>,
    ) -> Result<(Cluster, ExternalId), InvalidIntent> {
        let Self { account_id: _, cluster: name, aws_account, external_id, trusted, trust_by } = self;
        let preset = match (name, aws_account) {
            (ClusterName::Us | ClusterName::Eu, Some(aws_account)) => {
                let problem = "this cluster's AWS account is known: leave aws-account out, or say cluster = \"self-managed\"";
                return Err(reader.wrong(&aws_account.span(), problem));
            }
            (ClusterName::Us, None) => Cluster::us(),
            (ClusterName::Eu, None) => Cluster::eu(),
            (ClusterName::SelfManaged, Some(aws_account)) => Cluster::self_managed(aws_account.into_inner()),
            (ClusterName::SelfManaged, None) => {
                return Err(InvalidIntent::Missing {
                    what: "the AWS account of the self-managed Harness",
                    remedy: "set harness.aws-account in the intent file",
                });
            }
        };
        let conventional = match name {
            ClusterName::Us | ClusterName::Eu => preset.conventional_external_id(account),
            // A self-managed Harness has no convention: a guess would give roles that nobody can assume.
            ClusterName::SelfManaged => None,
        };
        let external_id = external_id.or(conventional).ok_or(InvalidIntent::Missing {
            what: "the external id",
            remedy: "set harness.external-id in the intent file to what your Harness presents",
        })?;
        let cluster = match trusted {
            Some(trusted) => preset.with_trusted(trusted),
            None => preset,
        };
        Ok((cluster.with_trust_by(trust_by), external_id))
    }
}
