use std::fmt;

use serde::{Deserialize, Serialize};

use super::RoleState;
use crate::id::{PolicyArn, PolicyName};
use crate::policy::{EmptyStatement, PolicyDocument};

/// Selects one of a role's policies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PolicyPlace {
    /// The trust policy.
    Trust,
    /// An inline policy.
    Inline(PolicyName),
    /// An attached managed policy.
    Attached(PolicyArn),
}

impl fmt::Display for PolicyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trust => f.write_str("the trust policy"),
            Self::Inline(name) => write!(f, "the inline policy {name}"),
            Self::Attached(arn) => write!(f, "the managed policy {}", arn.name()),
        }
    }
}

impl RoleState {
    /// The statements of its policies that grant and deny nothing, because one of their lists is empty.
    pub fn empty_statements(&self) -> impl Iterator<Item = (PolicyPlace, &EmptyStatement)> {
        let trust = std::iter::once((PolicyPlace::Trust, &self.trust));
        let inline = self.inline.iter().map(|(name, text)| (PolicyPlace::Inline(name.clone()), text));
        let attached = self.attached.iter().filter_map(|(arn, text)| Some((arn, text.as_ref()?)));
        let attached = attached.map(|(arn, text)| (PolicyPlace::Attached(arn.clone()), text));
        let all = trust.chain(inline).chain(attached);
        all.flat_map(|(place, text): (_, &PolicyDocument)| {
            text.empty_statements().iter().map(move |statement| (place.clone(), statement))
        })
    }
}
