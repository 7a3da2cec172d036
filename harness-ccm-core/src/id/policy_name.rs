use super::role_name::is_iam_name;
use super::text_id;

text_id!(
    /// The name of an inline or customer-managed IAM policy.
    PolicyName,
    "IAM policy name",
    "it has 1 to 128 characters out of letters, digits and _+=,.@-",
    |text| is_iam_name(text, 128)
);
