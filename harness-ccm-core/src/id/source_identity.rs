use super::text_id;

text_id!(
    /// Who is behind a session: it stays with every session that comes out of it, and stands in `CloudTrail` (AWS STS API reference,
    /// `AssumeRole`).
    SourceIdentity,
    "source identity",
    "it has 2 to 64 characters out of letters, digits and _+=,.@-, and does not begin with aws:",
    |text| {
        (2..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
    }
);
