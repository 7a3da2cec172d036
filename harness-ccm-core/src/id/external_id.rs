use super::{AccountId, HarnessAccountId, text_id};

text_id!(
    /// The external id that Harness presents when it assumes the role.
    ///
    /// Any text that AWS STS accepts is allowed, if the role's trust policy and the connector agree. Harness'
    /// convention is [`ExternalId::conventional`].
    ExternalId,
    "external id",
    "it has 2 to 1224 characters out of letters, digits and _+=,.@:/-",
    |text| {
        (2..=1224).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&b))
    }
);

impl ExternalId {
    /// `harness:<Harness' AWS account>:<Harness account id>`, as on Harness' own setup pages.
    pub fn conventional(harness_aws_account: &AccountId, harness_account: &HarnessAccountId) -> Self {
        Self::conventional_from(harness_aws_account.as_str(), harness_account)
    }

    /// The same for an account id that is known to be valid.
    pub(crate) fn conventional_from(harness_aws_account: &str, harness_account: &HarnessAccountId) -> Self {
        Self(format!("harness:{harness_aws_account}:{harness_account}").into())
    }
}
