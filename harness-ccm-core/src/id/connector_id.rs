use super::text_id;

/// Words that Harness refuses as identifiers, in exactly this spelling (Harness documentation, "Entity identifier reference").
const RESERVED: [&str; 27] = [
    "account",
    "and",
    "class",
    "div",
    "eq",
    "false",
    "ge",
    "gt",
    "harnessSecretManager",
    "le",
    "liteEngineTask",
    "lt",
    "mod",
    "ne",
    "new",
    "not",
    "null",
    "or",
    "org",
    "parallel",
    "return",
    "shellScriptProvisioner",
    "status",
    "step",
    "stepGroup",
    "true",
    "var",
];

text_id!(
    /// The identifier of a Harness connector: immutable, unique within its scope, case-sensitive.
    ///
    /// Harness reserves some words that are otherwise well formed, see [`ConnectorId::is_reserved`].
    ///
    /// ```
    /// use harness_ccm_core::id::ConnectorId;
    ///
    /// assert!(!"web_prod".parse::<ConnectorId>()?.is_reserved());
    /// assert!("web-prod".parse::<ConnectorId>().is_err());
    /// # Ok::<(), harness_ccm_core::id::InvalidId>(())
    /// ```
    ConnectorId,
    "connector identifier",
    "it begins with a letter or _, continues with letters, digits, _ and $, and has at most 128 characters",
    |text| {
        let mut bytes = text.bytes();
        text.len() <= 128
            && bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
            && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$')
    }
);

impl ConnectorId {
    /// Whether Harness reserves this word and refuses to create a connector with it.
    pub fn is_reserved(&self) -> bool {
        RESERVED.binary_search(&self.as_str()).is_ok()
    }
}

text_id!(
    /// The display name of a Harness connector. Not unique.
    ConnectorName,
    "connector name",
    "it is not blank, has at most 128 characters out of letters, digits, space and -_./",
    |text| {
        !text.trim().is_empty()
            && text.len() <= 128
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./ ".contains(&b))
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_are_sorted_and_found() {
        assert!(RESERVED.is_sorted(), "binary search needs them sorted");
        for word in RESERVED {
            assert!(word.parse::<ConnectorId>().unwrap().is_reserved(), "{word}");
        }
        assert!(!"Org".parse::<ConnectorId>().unwrap().is_reserved());
    }
}
