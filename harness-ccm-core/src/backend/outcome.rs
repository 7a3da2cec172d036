use serde::{Deserialize, Serialize};

/// What a write expects to find. There is no way to say "overwrite whatever is there".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Expect<T> {
    /// Nothing.
    Absent,
    /// The state that was observed when the write was planned.
    Same(Box<T>),
}

impl<T> Expect<T> {
    /// Expects the state that was observed.
    pub fn same(state: T) -> Self {
        Self::Same(Box::new(state))
    }

    /// The state that was observed, if there was one.
    pub fn seen(&self) -> Option<&T> {
        match self {
            Self::Absent => None,
            Self::Same(state) => Some(state),
        }
    }
}

/// What a write did, with the state that it left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Written<T> {
    /// It was not there and is now.
    Created(T),
    /// It was there and was changed.
    Updated(T),
    /// It was already as wanted: nothing was sent.
    Unchanged(T),
}

impl<T> Written<T> {
    /// The state that is there now.
    pub fn into_state(self) -> T {
        match self {
            Self::Created(state) | Self::Updated(state) | Self::Unchanged(state) => state,
        }
    }
}

/// What a removal did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Removed {
    /// It was there and is gone.
    Removed,
    /// It was not there.
    AlreadyGone,
}
