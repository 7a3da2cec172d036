use super::text_id;

/// The characters of IAM names: `[\w+=,.@-]` (IAM API reference).
pub(super) fn is_iam_name(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
}

text_id!(
    /// The name of an IAM role, without path. Unique per account for all paths, without regard to case.
    RoleName,
    "IAM role name",
    "it has 1 to 64 characters out of letters, digits and _+=,.@-",
    |text| is_iam_name(text, 64)
);

impl RoleName {
    /// `HarnessCERole`, the name of the cross-account role in Harness' own setup.
    pub fn cross_account() -> Self {
        Self("HarnessCERole".into())
    }

    /// Whether both are the same role name to IAM, which ignores case in names.
    pub fn is_same_to_iam(&self, other: &Self) -> bool {
        self.as_str().eq_ignore_ascii_case(other.as_str())
    }

    /// The form in which names that are the same to IAM are equal texts.
    pub(crate) fn folded(&self) -> String {
        self.as_str().to_ascii_lowercase()
    }
}

text_id!(
    /// The path of an IAM role: `/`, or begins and ends with `/`. It cannot be changed after creation.
    RolePath,
    "IAM role path",
    "it is / or begins and ends with /, has at most 512 characters, all printable ASCII without spaces",
    |text| {
        text.starts_with('/')
            && text.ends_with('/')
            && text.len() <= 512
            && text.bytes().all(|b| b.is_ascii_graphic())
    }
);

impl RolePath {
    /// The prefix of the paths of all managed policies that are created for roles.
    pub(crate) const OF_ALL_POLICIES: &str = "/harness-ccm/";

    /// The root path, `/`.
    pub fn root() -> Self {
        Self("/".into())
    }

    /// The path of the managed policies that are created for the role `name`. The path is ours: no other tool uses it, and the
    /// policies under it belong to that role.
    pub fn of_policies(name: &RoleName) -> Self {
        Self(format!("{}{name}/", Self::OF_ALL_POLICIES).into())
    }
}

impl Default for RolePath {
    fn default() -> Self {
        Self::root()
    }
}
