use serde::Deserialize;

use super::{Actions, EmptyStatement, Folded, Statement, StatementEffect};

/// A policy document: an identity policy or a trust policy.
///
/// `==` compares the text; [`equivalent`](Self::equivalent) compares the meaning.
///
/// ```
/// use harness_ccm_core::policy::PolicyDocument;
///
/// let seen: PolicyDocument = PolicyDocument::parse(
///     r#"{"Version":"2012-10-17","Statement":{"Sid":"","Effect":"Allow","Action":"EC2:describeRegions","Resource":["*"]}}"#)?;
/// let wanted = PolicyDocument::parse(
///     r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:DescribeRegions"],"Resource":"*"}]}"#)?;
/// assert!(seen.equivalent(&wanted));
/// # Ok::<(), harness_ccm_core::policy::InvalidPolicy>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub struct PolicyDocument {
    pub(super) version: String,
    pub(super) id: Option<String>,
    /// The statements that have an effect.
    pub(super) statements: Vec<Statement>,
    /// The statements without an effect, with their positions.
    pub(super) empty: Vec<EmptyStatement>,
}

/// The current version of the policy language, introduced in 2012.
const CURRENT_VERSION: &str = "2012-10-17";

impl PolicyDocument {
    /// A document with these statements in the current policy language.
    pub fn new(statements: impl IntoIterator<Item = Statement>) -> Self {
        let statements = statements.into_iter().collect();
        Self { version: CURRENT_VERSION.into(), id: None, statements, empty: Vec::new() }
    }

    /// The text around the name in the JSON of a [placeholder](Self::placeholder).
    pub(crate) const PLACEHOLDER: (&str, &str) = (r#"{"Version":"\u0000"#, r#"","Statement":[]}"#);

    /// What is written in the place of a document of this name, which has letters and digits. IAM has no such version.
    pub(crate) fn placeholder(name: &str) -> Self {
        Self { version: format!("\0{name}"), id: None, statements: Vec::new(), empty: Vec::new() }
    }

    /// The version of the policy language.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The statements in their written order, without the [ones](Self::empty_statements) that have no effect.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The statements that grant and deny nothing, because one of their lists is empty.
    pub fn empty_statements(&self) -> &[EmptyStatement] {
        &self.empty
    }

    /// All statements as written.
    pub(super) fn written(&self) -> Vec<&Statement> {
        let mut all: Vec<_> = self.statements.iter().collect();
        for empty in &self.empty {
            all.insert(empty.number.saturating_sub(1).min(all.len()), &empty.statement);
        }
        all
    }

    /// Whether both documents mean the same to IAM, without evaluating wildcards.
    ///
    /// Ignores: order and repetition within lists and statements, one string or a list of one, the case of actions, condition
    /// operators and condition keys, an account written as id or as root ARN, numbers and booleans written as strings, Sids and
    /// the Id (IAM does not evaluate them), and statements with an empty list. Compares: the version (a document without one has
    /// the version of 2008), the number of statements, condition values, resources, and principals by unique id (`AIDA...`),
    /// which match no other principal.
    pub fn equivalent(&self, other: &Self) -> bool {
        self.version == other.version && sorted(self, Statement::meaning) == sorted(other, Statement::meaning)
    }

    /// Like [`equivalent`](Self::equivalent), but also compares Sids and the Id, as the Terraform provider does.
    #[doc(hidden)]
    pub fn equivalent_with_labels(&self, other: &Self) -> bool {
        fn labelled(statement: &Statement) -> (super::statement::Meaning<'_>, &Option<String>) {
            (statement.meaning(), &statement.sid)
        }
        self.version == other.version
            && self.id == other.id
            && sorted(self, labelled) == sorted(other, labelled)
    }

    /// This document with the statements of `other` that it does not have yet.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut union = self.clone();
        for statement in &other.statements {
            if !union.statements.iter().any(|own| own.meaning() == statement.meaning()) {
                union.statements.push(statement.clone());
            }
        }
        // Sids must be unique within a document.
        let mut seen = std::collections::BTreeSet::new();
        for statement in &mut union.statements {
            if statement.sid.as_ref().is_some_and(|sid| !seen.insert(sid.clone())) {
                statement.sid = None;
            }
        }
        union
    }

    /// Compact JSON in canonical order, as sent to IAM.
    pub fn to_json(&self) -> String {
        // Serializing maps of texts cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The number of characters that IAM counts for its size limits: all except white space, which a value may
    /// contain too.
    pub fn size(&self) -> usize {
        self.to_json().chars().filter(|c| !c.is_whitespace()).count()
    }

    /// Every action that an Allow statement names, as written, once each.
    pub fn allowed_actions(&self) -> std::collections::BTreeSet<&Folded> {
        self.statements
            .iter()
            .filter(|statement| statement.effect == StatementEffect::Allow)
            .filter_map(|statement| match &statement.actions {
                Actions::Only(actions) => Some(actions),
                Actions::Except(_) => None,
            })
            .flatten()
            .collect()
    }
}

/// The values of `key` for all statements, sorted: documents are compared as multisets of statements.
fn sorted<'a, K: Ord>(document: &'a PolicyDocument, key: impl Fn(&'a Statement) -> K) -> Vec<K> {
    let mut keys: Vec<_> = document.statements.iter().map(key).collect();
    keys.sort_unstable();
    keys
}
