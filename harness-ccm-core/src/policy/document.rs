use serde::Deserialize;

use super::{Actions, EmptyStatement, Folded, Statement, StatementEffect};

/// A policy document: an identity policy or a trust policy.
///
/// `==` compares what was written; [`equivalent`](Self::equivalent) compares what it means.
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
    /// Those that say something.
    pub(super) statements: Vec<Statement>,
    /// Those that say nothing, by their place.
    pub(super) empty: Vec<EmptyStatement>,
}

/// The version of the policy language that everything written since 2012 uses.
const CURRENT_VERSION: &str = "2012-10-17";

impl PolicyDocument {
    /// A document of these statements in the current policy language.
    pub fn new(statements: impl IntoIterator<Item = Statement>) -> Self {
        let statements = statements.into_iter().collect();
        Self { version: CURRENT_VERSION.into(), id: None, statements, empty: Vec::new() }
    }

    /// What stands around the name in the JSON of a [placeholder](Self::placeholder).
    pub(crate) const PLACEHOLDER: (&str, &str) = (r#"{"Version":"\u0000"#, r#"","Statement":[]}"#);

    /// What is written in the place of a document of this name, which has letters and digits. IAM has no such version.
    pub(crate) fn placeholder(name: &str) -> Self {
        Self { version: format!("\0{name}"), id: None, statements: Vec::new(), empty: Vec::new() }
    }

    /// The version of the policy language.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The statements in the order in which they were written, without [those](Self::empty_statements) that say nothing.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The statements that grant and deny nothing, since a list in them is empty.
    pub fn empty_statements(&self) -> &[EmptyStatement] {
        &self.empty
    }

    /// All of them, as they are written.
    pub(super) fn written(&self) -> Vec<&Statement> {
        let mut all: Vec<_> = self.statements.iter().collect();
        for empty in &self.empty {
            all.insert(empty.number.saturating_sub(1).min(all.len()), &empty.statement);
        }
        all
    }

    /// Whether both mean the same to IAM, as far as that can be told without evaluating wildcards.
    ///
    /// Blind to: order and repetition within lists and among statements' lists, one string or a list of one, the case of
    /// actions, condition operators and condition keys, an account written as id or as root ARN, numbers and booleans written
    /// as strings, Sids and the Id, which IAM does not evaluate, statements with an empty list. Not blind to: the version (a document without one is of 2008),
    /// the number of statements, values of conditions, resources, principals by unique id (`AIDA...`), which are nobody else.
    pub fn equivalent(&self, other: &Self) -> bool {
        self.version == other.version && sorted(self, Statement::meaning) == sorted(other, Statement::meaning)
    }

    /// [`equivalent`](Self::equivalent), and Sids and the Id are the same too, as the Terraform provider compares.
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
        // Within a document Sids must be unique.
        let mut seen = std::collections::BTreeSet::new();
        for statement in &mut union.statements {
            if statement.sid.as_ref().is_some_and(|sid| !seen.insert(sid.clone())) {
                statement.sid = None;
            }
        }
        union
    }

    /// Compact JSON in canonical order: what is sent to IAM.
    pub fn to_json(&self) -> String {
        // Texts in maps of texts: there is nothing that could not be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How many characters IAM counts against its size limits: all but white space, which can be part of a value too.
    pub fn size(&self) -> usize {
        self.to_json().chars().filter(|c| !c.is_whitespace()).count()
    }

    /// Every action that an Allow statement names, as written, each once.
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

/// What `key` takes from the statements, in an order of its own: documents are compared as multisets of statements.
fn sorted<'a, K: Ord>(document: &'a PolicyDocument, key: impl Fn(&'a Statement) -> K) -> Vec<K> {
    let mut keys: Vec<_> = document.statements.iter().map(key).collect();
    keys.sort_unstable();
    keys
}
