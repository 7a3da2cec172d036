use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Actions, Principals, Resources, Statement, StatementEffect};

/// A statement that grants and denies nothing, because its `Action`, `Resource` or `Principal` is an empty list. IAM keeps
/// such statements; this library does not evaluate them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmptyStatement {
    pub(super) number: usize,
    pub(super) field: EmptyField,
    pub(super) statement: Statement,
}

/// A field whose list is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EmptyField {
    /// `Action`.
    Action,
    /// `Resource`.
    Resource,
    /// `Principal`.
    Principal,
}

/// As documents spell it.
impl fmt::Display for EmptyField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Action => "Action",
            Self::Resource => "Resource",
            Self::Principal => "Principal",
        })
    }
}

impl EmptyStatement {
    /// Its position in the document, from 1.
    pub fn number(&self) -> usize {
        self.number
    }

    /// The empty field.
    pub fn field(&self) -> EmptyField {
        self.field
    }

    /// Its name.
    pub fn sid(&self) -> Option<&str> {
        self.statement.sid()
    }

    /// The statement's effect, if it had one.
    pub fn effect(&self) -> StatementEffect {
        self.statement.effect()
    }
}

impl Statement {
    /// The empty field, if it makes the statement apply to nothing. An empty `NotAction` or `NotResource` means
    /// everything.
    pub(super) fn empty_field(&self) -> Option<EmptyField> {
        let is_empty = |who: &Principals| who.iter().next().is_none();
        match (&self.actions, &self.resources, &self.principals) {
            (Actions::Only(actions), ..) if actions.is_empty() => Some(EmptyField::Action),
            (_, Resources::Only(resources), _) if resources.is_empty() => Some(EmptyField::Resource),
            (.., Some(who)) if is_empty(who) => Some(EmptyField::Principal),
            _ => None,
        }
    }
}
