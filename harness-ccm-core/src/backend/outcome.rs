use serde::{Deserialize, Serialize};

/// The state that the caller of a write expects. An unconditional overwrite is not possible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Expect<T> {
    /// The resource does not exist.
    Absent,
    /// The resource is in the state that was observed when the write was planned.
    Same(Box<T>),
}

impl<T> Expect<T> {
    /// Expects the resource in this state.
    pub fn same(state: T) -> Self {
        Self::Same(Box::new(state))
    }

    /// Returns the expected state, or `None` if the resource is expected to be absent.
    pub fn seen(&self) -> Option<&T> {
        match self {
            Self::Absent => None,
            Self::Same(state) => Some(state),
        }
    }
}

/// The result of a write, with the resulting state of the resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Written<T> {
    /// The resource was created.
    Created(T),
    /// The resource was changed.
    Updated(T),
    /// The resource was already in the desired state, and nothing was sent.
    Unchanged(T),
}

impl<T> Written<T> {
    /// Returns the resulting state.
    pub fn into_state(self) -> T {
        match self {
            Self::Created(state) | Self::Updated(state) | Self::Unchanged(state) => state,
        }
    }
}

/// The result of a removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Removed {
    /// The resource was removed.
    Removed,
    /// The resource did not exist.
    AlreadyGone,
}
