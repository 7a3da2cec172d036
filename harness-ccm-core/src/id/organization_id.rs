use super::text_id;

text_id!(
    /// The id of an AWS organization, which begins with `o-` (AWS Organizations API reference, `Organization`).
    OrganizationId,
    "AWS organization id",
    "it is o- and 10 to 32 lowercase letters or digits, such as o-a1b2c3d4e5",
    |text| {
        text.strip_prefix("o-").is_some_and(|rest| {
            (10..=32).contains(&rest.len())
                && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organization_id_is_o_and_10_to_32_lowercase_letters_or_digits() {
        let longest = format!("o-{}", "a".repeat(32));
        for good in ["o-a1b2c3d4e5", &longest] {
            assert_eq!(good.parse::<OrganizationId>().unwrap().as_str(), good);
        }
        let too_long = format!("o-{}", "a".repeat(33));
        for bad in ["", "o-", "o-a1b2c3d4e", "o-A1B2C3D4E5", "r-a1b2c3d4e5", "o-a1b2c3d4e_", &too_long] {
            assert!(bad.parse::<OrganizationId>().is_err(), "{bad}");
        }
    }
}
