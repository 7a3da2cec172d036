use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Actions, Principals, Resources, Statement, StatementEffect};

/// A statement that grants and denies nothing, since its `Action`, `Resource` or `Principal` is an empty list. IAM keeps such
/// statements, and nothing here evaluates them.
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
    /// Its place in the document, counted from 1.
    pub fn number(&self) -> usize {
        self.number
    }

    /// The field that is empty.
    pub fn field(&self) -> EmptyField {
        self.field
    }

    /// Its name.
    pub fn sid(&self) -> Option<&str> {
        self.statement.sid()
    }

    /// Whether it would allow or deny.
    pub fn effect(&self) -> StatementEffect {
        self.statement.effect()
    }
}

impl Statement {
    /// The field that is empty, if that leaves nothing that the statement is about. All but nothing is everything.
    pub(super) fn empty_field(&self) -> Option<EmptyField> {
        let nobody = |who: &Principals| who.iter().next().is_none();
        match (&self.actions, &self.resources, &self.principals) {
            (Actions::Only(actions), ..) if actions.is_empty() => Some(EmptyField::Action),
            (_, Resources::Only(resources), _) if resources.is_empty() => Some(EmptyField::Resource),
            (.., Some(who)) if nobody(who) => Some(EmptyField::Principal),
            _ => None,
        }
    }
}
