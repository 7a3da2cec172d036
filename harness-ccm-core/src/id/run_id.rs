use super::text_id;

text_id!(
    /// The id of a run. Session names, the user agent and session tags contain it, so that `CloudTrail` can be searched for it.
    RunId,
    "run id",
    "it has 1 to 32 characters out of a-z, 0-9 and -",
    |text| {
        (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    }
);

impl RunId {
    /// Makes the id of a run that begins at `seconds` since 1970. `chance` distinguishes runs that begin in the same second.
    ///
    /// ```
    /// use harness_ccm_core::id::RunId;
    ///
    /// assert_eq!(RunId::of(1_800_000_000, 255).as_str(), "6b49d200-00ff");
    /// ```
    pub fn of(seconds: u64, chance: u16) -> Self {
        Self(format!("{seconds:08x}-{chance:04x}").into())
    }
}
