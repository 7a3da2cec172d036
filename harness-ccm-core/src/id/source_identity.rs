use super::text_id;

text_id!(
    /// The person or program behind a session. Every session started from it keeps the value, and `CloudTrail` shows it (AWS STS
    /// API reference, `AssumeRole`).
    SourceIdentity,
    "source identity",
    "it has 2 to 64 characters out of letters, digits and _+=,.@-, and does not begin with aws:",
    |text| {
        (2..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
    }
);
