use std::collections::BTreeMap;

/// The services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AwsService {
    /// AWS Organizations, in JSON.
    Organizations,
    /// AWS STS, in XML.
    Sts,
    /// AWS IAM, in XML.
    Iam,
}

impl AwsService {
    /// The prefix of its actions in policies.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Organizations => "organizations",
            Self::Sts => "sts",
            Self::Iam => "iam",
        }
    }
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AwsCall {
    /// The service that it was signed for.
    pub service: AwsService,
    /// The action, without the service.
    pub action: String,
    /// The region that it was signed for.
    pub region: String,
    /// The account of the request: that of a role to assume, of a requested member, otherwise the caller's.
    pub account: String,
    /// The ARN of the caller; empty if its key is unknown.
    pub caller: String,
    /// Its parameters, by the names of the Query protocol: `Tags.member.1.Key`. JSON is spelled likewise.
    pub parameters: BTreeMap<String, String>,
    /// The client's user agent.
    pub user_agent: String,
}

impl AwsCall {
    /// Service and action, as in policies: `iam:CreateRole`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.service.prefix(), self.action)
    }

    /// One of the parameters.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// Whether it changes nothing.
    pub fn is_read(&self) -> bool {
        ["Get", "List", "Describe", "Assume"].iter().any(|word| self.action.starts_with(word))
    }

    /// The permissions that the caller needs: the action, and those that its parameters require in addition.
    pub fn permissions(&self) -> Vec<String> {
        let also = [
            ("iam:CreateRole", "Tags.member.1.Key", "iam:TagRole"),
            ("iam:CreatePolicy", "Tags.member.1.Key", "iam:TagPolicy"),
            ("sts:AssumeRole", "Tags.member.1.Key", "sts:TagSession"),
            ("sts:AssumeRole", "SourceIdentity", "sts:SetSourceIdentity"),
        ];
        let name = self.name();
        let asked = also
            .into_iter()
            .filter(|(action, parameter, _)| *action == name && self.parameters.contains_key(*parameter))
            .map(|(.., permission)| permission.to_owned());
        std::iter::once(name.clone()).chain(asked).collect()
    }

    /// The tag of that key that the call sets, on a resource or a session.
    pub fn tag(&self, key: &str) -> Option<&str> {
        (1..)
            .map_while(|number: u32| Some((number, self.parameter(&format!("Tags.member.{number}.Key"))?)))
            .find(|(_, name)| *name == key)
            .map(|(number, _)| self.parameter(&format!("Tags.member.{number}.Value")).unwrap_or_default())
    }

    /// The most specific parameter: the requested resource.
    pub fn subject(&self) -> &str {
        ["RoleArn", "RoleName", "PolicyArn", "PolicyName", "ParentId", "ChildId", "ResourceId", "AccountId"]
            .iter()
            .find_map(|name| self.parameter(name))
            .unwrap_or_default()
    }
}
