use std::fmt;

use serde::{Deserialize, Serialize};

/// The warning of a policy of the Harness account (OPA) about a connector that the policy allows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PolicyWarning {
    /// The policy; empty if Harness does not name it.
    pub policy: String,
    /// The messages of the policy.
    pub messages: Vec<String>,
}

impl PolicyWarning {
    /// A warning of the policy with this name.
    pub fn new(policy: impl Into<String>, messages: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { policy: policy.into(), messages: messages.into_iter().map(Into::into).collect() }
    }
}

impl fmt::Display for PolicyWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { policy, messages } = self;
        match policy.as_str() {
            "" => f.write_str("a policy of the Harness account warns")?,
            name => write!(f, "the policy {name:?} of the Harness account warns")?,
        }
        if messages.is_empty() { Ok(()) } else { write!(f, ": {}", messages.join("; ")) }
    }
}
