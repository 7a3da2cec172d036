use super::text_id;

text_id!(
    /// The owner of everything that this library creates: a tag on every role and connector.
    ///
    /// Two pipelines that share an organization use two owner ids, and then do not touch each other's
    /// resources.
    ///
    /// ```
    /// use harness_ccm_core::id::OwnerId;
    ///
    /// let owner: OwnerId = "finops".parse()?;
    /// assert_ne!(owner, OwnerId::default());
    /// # Ok::<(), harness_ccm_core::id::InvalidId>(())
    /// ```
    OwnerId,
    "owner id",
    "it has 1 to 64 characters out of lower-case letters, digits, _, . and -",
    |text| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.-".contains(&b))
    }
);

impl Default for OwnerId {
    fn default() -> Self {
        Self("harness-ccm".into())
    }
}
