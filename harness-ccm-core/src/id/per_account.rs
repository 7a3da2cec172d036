use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use super::{AccountId, InvalidId, Partition};

/// An identifier that differs per account: `${account}` and `${partition}` in it are replaced in each account.
///
/// It is validated when it is made: its value in any account is a valid `T`.
///
/// ```
/// use harness_ccm_core::id::{Partition, PerAccount, PolicyArn};
///
/// let everywhere: PerAccount<PolicyArn> = "arn:${partition}:iam::${account}:policy/Enforce".parse()?;
/// let here = everywhere.within(Partition::UsGov, &"123456789012".parse()?)?;
/// assert_eq!(here.as_str(), "arn:aws-us-gov:iam::123456789012:policy/Enforce");
/// # Ok::<(), harness_ccm_core::id::InvalidId>(())
/// ```
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(try_from = "String", extend("format" = "ARN")))]
#[serde(into = "String", bound = "")]
pub struct PerAccount<T> {
    text: Box<str>,
    becomes: PhantomData<fn() -> T>,
}

impl<T: FromStr<Err = InvalidId>> PerAccount<T> {
    /// Returns the identifier for one account.
    pub fn within(&self, partition: Partition, account: &AccountId) -> Result<T, InvalidId> {
        filled(&self.text, partition.as_str(), account.as_str()).parse()
    }
}

impl<T> PerAccount<T> {
    /// The text with its placeholders.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn filled(text: &str, partition: &str, account: &str) -> String {
    text.replace("${partition}", partition).replace("${account}", account)
}

impl<T: FromStr<Err = InvalidId>> FromStr for PerAccount<T> {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        filled(text, Partition::Aws.as_str(), "123456789012").parse::<T>()?;
        Ok(Self { text: text.into(), becomes: PhantomData })
    }
}

impl<'de, T: FromStr<Err = InvalidId>> Deserialize<'de> for PerAccount<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::parsed(deserializer)
    }
}

impl<T: FromStr<Err = InvalidId>> TryFrom<String> for PerAccount<T> {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl<T> From<PerAccount<T>> for String {
    fn from(id: PerAccount<T>) -> Self {
        id.text.into()
    }
}

// By hand, because a derive would also require the traits of `T`.
impl<T> Clone for PerAccount<T> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), becomes: PhantomData }
    }
}

impl<T> PartialEq for PerAccount<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<T> Eq for PerAccount<T> {}

impl<T> PartialOrd for PerAccount<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for PerAccount<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl<T> fmt::Display for PerAccount<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl<T> fmt::Debug for PerAccount<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PolicyArn;

    #[test]
    fn a_template_that_gives_an_invalid_value_is_refused_at_once() {
        assert!("arn:aws:iam::${account}:policy/Own".parse::<PerAccount<PolicyArn>>().is_ok());
        assert!("arn:aws:iam::${acount}:policy/Own".parse::<PerAccount<PolicyArn>>().is_err());
        assert!("Own".parse::<PerAccount<PolicyArn>>().is_err());
    }
}
