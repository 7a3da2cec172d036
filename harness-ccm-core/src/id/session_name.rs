use super::{RunId, text_id};

/// Stands for the run id.
const RUN: &str = "${run}";

/// The longest that a run id is.
const LONGEST_RUN: usize = 32;

text_id!(
    /// What sessions in accounts are called: it stands in `CloudTrail`, and trust policies may ask for it (`sts:RoleSessionName`). In it,
    /// `${run}` stands for the run id.
    SessionName,
    "session name",
    "it has 2 to 64 characters out of letters, digits and _+=,.@-; ${run} in it stands for the id of the run, up to 32 characters",
    |text| {
        let named = text.replace(RUN, &"x".repeat(LONGEST_RUN));
        (2..=64).contains(&named.len())
            && named.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
    }
);

impl SessionName {
    /// The name in a run.
    pub fn within(&self, run: &RunId) -> String {
        self.as_str().replace(RUN, run.as_str())
    }
}

impl Default for SessionName {
    /// `harness-ccm-${run}`
    fn default() -> Self {
        Self(format!("harness-ccm-{RUN}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_aws_takes_in_every_run() {
        assert_eq!(SessionName::default().within(&RunId::of(1, 2)), "harness-ccm-00000001-0002");
        for name in ["ci", "finops@${run}", &"x".repeat(64), &format!("{}${{run}}", "x".repeat(32))] {
            name.parse::<SessionName>().unwrap();
        }
        for name in ["x", "a b", "${account}-x", &"x".repeat(65), &format!("{}${{run}}", "x".repeat(33))] {
            assert!(name.parse::<SessionName>().is_err(), "{name}");
        }
    }
}
