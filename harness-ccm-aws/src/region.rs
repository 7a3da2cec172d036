//! The region in use, and the meaning of keys that are unknown there.

use harness_ccm_core::id::Partition;

/// The region of the calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegionInUse {
    pub(crate) name: String,
    /// Whether a setting names it.
    pub(crate) given: bool,
    /// The place for the session token, if the keys belong to a session and the token is missing.
    pub(crate) token_missing: Option<String>,
}

impl RegionInUse {
    pub(crate) fn given(name: &str) -> Self {
        Self { name: name.into(), given: true, token_missing: None }
    }

    /// Whether a code means that the keys are unknown in the region.
    pub(crate) fn is_about(code: &str) -> bool {
        matches!(code, "InvalidClientTokenId" | "UnrecognizedClientException" | "RegionDisabledException")
    }

    /// The remedy for keys that are unknown here. AWS has one response for keys of another partition, for regions that the
    /// account did not enable, and for deleted keys.
    pub(crate) fn remedy(&self) -> String {
        if let Some(setting) = &self.token_missing {
            return format!(
                "the access key belongs to a session: set {setting} to the token that came with it"
            );
        }
        let Self { name, given, .. } = self;
        let partition = Partition::of_region(name);
        let elsewhere: Vec<_> = Partition::KNOWN
            .into_iter()
            .filter(|other| *other != partition)
            .filter_map(|other| Some(format!("{} for {other}", other.home_region()?)))
            .collect();
        let elsewhere =
            format!("if the keys belong to another partition, set AWS_REGION to {}", elsewhere.join(", "));
        let gone =
            "otherwise the keys were deleted or deactivated, or AWS_SESSION_TOKEN does not belong to them";
        let home = partition.home_region().unwrap_or_default();
        if *given && name != home {
            format!(
                "the region {name} may not be enabled in the account of these keys: set AWS_REGION to {home}, which is always enabled; \
                 {elsewhere}; {gone}"
            )
        } else if *given {
            format!(
                "keys are not known outside their partition, and the region {name} is in {partition}: {elsewhere}; {gone}"
            )
        } else {
            format!(
                "no region is set, so {name} was asked, which is in the partition {partition}: {elsewhere}; {gone}"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_explained_by_the_region_that_was_asked() {
        let unset = RegionInUse { name: "us-east-1".into(), given: false, token_missing: None };
        let text = unset.remedy();
        assert!(text.starts_with("no region is set, so us-east-1 was asked"), "{text}");
        assert!(text.contains("AWS_REGION to us-gov-west-1 for aws-us-gov"), "{text}");

        let text = RegionInUse::given("af-south-1").remedy();
        assert!(text.starts_with("the region af-south-1 may not be enabled"), "{text}");
        assert!(text.contains("set AWS_REGION to us-east-1"), "{text}");

        let text = RegionInUse::given("us-gov-east-1").remedy();
        assert!(text.contains("set AWS_REGION to us-gov-west-1, which is always enabled"), "{text}");
        assert!(text.contains("us-east-1 for aws, cn-north-1 for aws-cn"), "{text}");

        let text = RegionInUse::given("cn-north-1").remedy();
        assert!(text.contains("the region cn-north-1 is in aws-cn"), "{text}");

        let session = RegionInUse { token_missing: Some("AWS_SESSION_TOKEN".into()), ..unset };
        assert!(session.remedy().contains("AWS_SESSION_TOKEN"));
    }
}
