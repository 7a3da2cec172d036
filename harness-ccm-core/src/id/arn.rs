use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use super::{AccountId, InvalidId, Partition, PolicyName, RoleName, RolePath, text_id};

/// The ARN of an IAM role, in parts.
///
/// A role's ARN follows from its account, path and name, so a connector can be planned before its role exists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(try_from = "String", extend("format" = "role ARN")))]
#[serde(into = "String")]
pub struct RoleArn {
    partition: Partition,
    account: AccountId,
    path: RolePath,
    name: RoleName,
}

impl RoleArn {
    const RULE: &str = "it has the form arn:<partition>:iam::<12 digits>:role/<path><name>";

    /// The ARN of the role `name` under `path` in `account`.
    pub fn new(partition: Partition, account: AccountId, path: RolePath, name: RoleName) -> Self {
        Self { partition, account, path, name }
    }

    /// The partition.
    pub fn partition(&self) -> Partition {
        self.partition
    }

    /// The account of the role.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The path.
    pub fn path(&self) -> &RolePath {
        &self.path
    }

    /// The name without path.
    pub fn name(&self) -> &RoleName {
        &self.name
    }

    /// Whether the path of `policy` is the one for managed policies [of this role](RolePath::of_policies).
    pub fn holds(&self, policy: &PolicyArn) -> bool {
        policy.path() == RolePath::of_policies(&self.name).as_str()
            && policy.account().as_ref() == Some(&self.account)
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, account, path, name } = self;
        write!(f, "arn:{partition}:iam::{account}:role{path}{name}")
    }
}

impl FromStr for RoleArn {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId::new("IAM role ARN", text, Self::RULE);
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().ok_or_else(invalid);
        let (arn, partition, service, region, account, resource) =
            (next()?, next()?, next()?, next()?, next()?, next()?);
        if arn != "arn" || service != "iam" || !region.is_empty() {
            return Err(invalid());
        }
        let full_path = resource.strip_prefix("role").ok_or_else(invalid)?;
        let name_at = full_path.rfind('/').ok_or_else(invalid)? + 1;
        let (path, name) = full_path.split_at(name_at);
        Ok(Self {
            partition: partition.parse()?,
            account: account.parse()?,
            path: path.parse().map_err(|_| invalid())?,
            name: name.parse().map_err(|_| invalid())?,
        })
    }
}

impl<'de> Deserialize<'de> for RoleArn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::parsed(deserializer)
    }
}

impl TryFrom<String> for RoleArn {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<RoleArn> for String {
    fn from(arn: RoleArn) -> Self {
        arn.to_string()
    }
}

text_id!(
    /// The ARN of a managed policy, AWS-managed (`arn:aws:iam::aws:policy/...`) or customer-managed.
    PolicyArn,
    "IAM policy ARN",
    "it has the form arn:<partition>:iam::<12 digits, or aws>:policy/<path><name>",
    |text| {
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().unwrap_or_default();
        let (arn, partition, service, region, account, resource) =
            (next(), next(), next(), next(), next(), next());
        arn == "arn"
            && partition.parse::<Partition>().is_ok()
            && service == "iam"
            && region.is_empty()
            && (account == "aws" || account.parse::<AccountId>().is_ok())
            && resource.strip_prefix("policy/").is_some_and(|rest| {
                !rest.is_empty() && !rest.ends_with('/') && rest.bytes().all(|b| b.is_ascii_graphic())
            })
    }
);

impl PolicyArn {
    /// The ARN of the customer-managed policy `name` under `path` in `account`.
    pub fn customer(partition: Partition, account: &AccountId, path: &RolePath, name: &PolicyName) -> Self {
        Self(format!("arn:{partition}:iam::{account}:policy{path}{name}").into())
    }

    /// Whether AWS maintains the policy (its account part is `aws`).
    pub fn is_aws_managed(&self) -> bool {
        self.0.split(':').nth(4) == Some("aws")
    }

    /// Whether a role of this account can have it: AWS-managed policies anywhere in their partition, others in their
    /// account.
    pub fn can_be_attached_in(&self, partition: Partition, account: &AccountId) -> bool {
        let mut parts = self.0.split(':').skip(1);
        let (of_partition, of_account) = (parts.next(), parts.nth(2));
        of_partition == Some(partition.as_str())
            && (self.is_aws_managed() || of_account == Some(account.as_str()))
    }

    /// The account that the policy belongs to; `None` for policies of AWS.
    pub fn account(&self) -> Option<AccountId> {
        self.0.split(':').nth(4)?.parse().ok()
    }

    /// Path and name, without the slash before them.
    pub fn path_and_name(&self) -> &str {
        self.0.split_once(":policy/").map_or("", |(_, place)| place)
    }

    /// Whether it is one of those of AWS that only roles of its own services can have (IAM API reference, `PolicyNotAttachable`).
    pub fn is_for_services_only(&self) -> bool {
        self.is_aws_managed() && self.path() == "/aws-service-role/"
    }

    /// The name without path.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The path, `/` or one that begins and ends with `/`.
    pub fn path(&self) -> &str {
        let resource = self.0.splitn(6, ':').nth(5).unwrap_or_default().trim_start_matches("policy");
        resource.strip_suffix(self.name()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_arns_round_trip() {
        for text in [
            "arn:aws:iam::123456789012:role/HarnessCERole",
            "arn:aws-us-gov:iam::123456789012:role/ce-optimization-service-role/HarnessCELambdaExecutionRole",
        ] {
            assert_eq!(text.parse::<RoleArn>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn other_arns_are_refused() {
        for text in [
            "",
            "arn:aws:iam::123456789012:user/x",
            "arn:aws:iam::12345678901:role/x",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:sts::123456789012:assumed-role/x/y",
            "arn:mars:iam::123456789012:role/x",
        ] {
            assert!(text.parse::<RoleArn>().is_err(), "{text}");
        }
    }

    #[test]
    fn policy_arns_say_who_maintains_them() {
        let view: PolicyArn = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess".parse().unwrap();
        assert!(view.is_aws_managed());
        assert_eq!(view.name(), "ViewOnlyAccess");
        let own: PolicyArn = "arn:aws:iam::123456789012:policy/Own".parse().unwrap();
        assert!(!own.is_aws_managed());
        assert!("arn:aws:iam::123456789012:role/Own".parse::<PolicyArn>().is_err());
        let (here, there) = ("123456789012".parse().unwrap(), "210987654321".parse().unwrap());
        assert!(view.can_be_attached_in(Partition::Aws, &there));
        assert!(!view.can_be_attached_in(Partition::China, &there));
        assert!(own.can_be_attached_in(Partition::Aws, &here));
        assert!(!own.can_be_attached_in(Partition::Aws, &there));
        assert_eq!((view.path(), own.path()), ("/job-function/", "/"));
        let made = PolicyArn::customer(
            Partition::UsGov,
            &"123456789012".parse().unwrap(),
            &"/a/b/".parse().unwrap(),
            &"Own".parse().unwrap(),
        );
        assert_eq!(made, "arn:aws-us-gov:iam::123456789012:policy/a/b/Own".parse().unwrap());
        assert_eq!((made.path(), made.name()), ("/a/b/", "Own"));
    }
}
