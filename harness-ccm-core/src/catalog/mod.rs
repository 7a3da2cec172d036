//! The permissions catalogue: the permissions that roles need for each feature, as versioned data, rendered for one
//! account.
//!
//! The facts are from the public Terraform module of Harness, the feature permissions page of the Harness documentation, and
//! Harness' connection test. Each [`Release`] has one file: the releases of the module as published, and later a dated one, which
//! fixes their defects and documents each fix. A release never changes; [`Release::diff`] shows the differences from another one.

mod account_refusal;
mod diff;
mod module_0_1_4;
mod module_1_0_1;
mod permissions;
mod refusal;
mod release;
mod release_2026_11;
mod request;
mod template;

pub use account_refusal::AccountRefusal;
pub use diff::{Permitted, PermittedRole, ReleaseDiff};
pub use permissions::{Grant, LambdaRole, Permissions};
pub use refusal::Refusal;
pub use release::{Release, ReleaseChoice, UnknownRelease};
pub use request::Request;
pub(crate) use request::lambda_role_name;
pub(crate) use request::lambda_role_prefix;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Cluster;
    use crate::feature::{FeatureSet, Governance, Optimization};
    use crate::id::{PolicyArn, RoleArn};

    #[test]
    fn a_member_with_everything_fits_the_inline_limit() {
        let role: RoleArn = "arn:aws:iam::123456789012:role/HarnessCERole".parse().unwrap();
        let features = FeatureSet::new()
            .with_visibility()
            .with_governance(Governance::default())
            .with_optimization(Optimization::default());
        let rendered = Request::new(&features, &role, &Cluster::us()).permissions().unwrap();
        assert!(rendered.merged().size() < 10_240, "{}", rendered.merged().size());
        assert!(rendered.lambda.is_some());
        let json = rendered.merged().to_json();
        assert!(!json.contains("${"), "{json}");
        assert!(json.contains("arn:aws:iam::123456789012:role/ce-optimization-service-role/*"));
    }

    #[test]
    fn the_partition_is_in_every_arn() {
        let role: RoleArn = "arn:aws-us-gov:iam::123456789012:role/HarnessCERole".parse().unwrap();
        let features = FeatureSet::new().with_governance(Governance::default());
        let cluster = Cluster::us().with_trusted(vec!["arn:aws-us-gov:iam::123456789012:root".into()]);
        let rendered = Request::new(&features, &role, &cluster).permissions().unwrap();
        assert_eq!(
            rendered.attached.iter().map(PolicyArn::as_str).collect::<Vec<_>>(),
            ["arn:aws-us-gov:iam::aws:policy/job-function/ViewOnlyAccess"]
        );
        assert!(!rendered.merged().to_json().contains("arn:aws:"));
    }
}
