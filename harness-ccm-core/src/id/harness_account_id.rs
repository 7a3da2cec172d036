use super::text_id;

text_id!(
    /// The id of a Harness account, as in the address bar of its console.
    HarnessAccountId,
    "Harness account id",
    "it has 1 to 64 characters out of letters, digits, _ and -",
    |text| {
        (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    }
);
