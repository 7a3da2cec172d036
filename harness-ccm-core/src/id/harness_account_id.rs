use super::text_id;

text_id!(
    /// The id of a Harness account, as in the address bar of its console.
    ///
    /// ```
    /// use harness_ccm_core::id::HarnessAccountId;
    ///
    /// let account: HarnessAccountId = "AbCdEfGhIjKlMnOpQrStUv".parse()?;
    /// assert_eq!(account.as_str().len(), 22);
    /// # Ok::<(), harness_ccm_core::id::InvalidId>(())
    /// ```
    HarnessAccountId,
    "Harness account id",
    "it has 1 to 64 characters out of letters, digits, _ and -",
    |text| {
        (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    }
);
