use super::text_id;

text_id!(
    /// The 12-digit id of an AWS account: the key of everything in this library.
    ///
    /// Account names are neither unique nor stable, so they are never used as a key.
    ///
    /// ```
    /// use harness_ccm_core::id::AccountId;
    ///
    /// let account: AccountId = "123456789012".parse()?;
    /// assert_eq!(account.as_str(), "123456789012");
    /// assert!("1234".parse::<AccountId>().is_err());
    /// # Ok::<(), harness_ccm_core::id::InvalidId>(())
    /// ```
    #[cfg_attr(feature = "schema", schemars(extend("pattern" = "^[0-9]{12}$")))]
    AccountId,
    "AWS account id",
    "it is exactly 12 digits and nothing else, without dashes, spaces or quotes; if digits were lost, copy it from AWS again, because the lost digits may not be leading zeros",
    |text| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
);
