use super::role_name::is_iam_name;
use super::text_id;

text_id!(
    /// The prefix of the names of the Lambda execution role and of the managed policies; empty by default.
    ///
    /// The rule leaves room for the longest name after it, `HarnessCELambdaExecutionRole`, in the 64 characters of a role name.
    NamePrefix,
    "name prefix",
    "it has at most 36 characters out of letters, digits and _+=,.@-",
    |text| text.is_empty() || is_iam_name(text, 36)
);

impl Default for NamePrefix {
    fn default() -> Self {
        Self("".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RoleName;

    #[test]
    fn the_longest_prefix_still_gives_a_role_name() {
        let longest = "p".repeat(36);
        assert!(longest.parse::<NamePrefix>().is_ok());
        assert!(format!("{longest}HarnessCELambdaExecutionRole").parse::<RoleName>().is_ok());
        assert!("p".repeat(37).parse::<NamePrefix>().is_err());
    }
}
