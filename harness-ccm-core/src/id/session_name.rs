use super::{RunId, text_id};

/// The placeholder for the run id.
const RUN: &str = "${run}";

/// The maximum length of a run id.
const LONGEST_RUN: usize = 32;

text_id!(
    /// The name of sessions in accounts: `CloudTrail` shows it, and trust policies may require it (`sts:RoleSessionName`).
    /// `${run}` in it is replaced by the run id.
    SessionName,
    "session name",
    "it has 2 to 64 characters out of letters, digits and _+=,.@-; ${run} in it is the id of the run, up to 32 characters",
    |text| {
        let named = text.replace(RUN, &"x".repeat(LONGEST_RUN));
        (2..=64).contains(&named.len())
            && named.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
    }
);

impl SessionName {
    /// The name for a run.
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
    fn aws_accepts_the_name_in_every_run() {
        assert_eq!(SessionName::default().within(&RunId::of(1, 2)), "harness-ccm-00000001-0002");
        for name in ["ci", "finops@${run}", &"x".repeat(64), &format!("{}${{run}}", "x".repeat(32))] {
            name.parse::<SessionName>().unwrap();
        }
        for name in ["x", "a b", "${account}-x", &"x".repeat(65), &format!("{}${{run}}", "x".repeat(33))] {
            assert!(name.parse::<SessionName>().is_err(), "{name}");
        }
    }
}
