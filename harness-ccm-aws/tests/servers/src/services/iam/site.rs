use crate::policy::syntax::{self, Use};
use crate::state::cloud::Cloud;
use crate::state::iam::{CloudIam, CloudPolicy, CloudRole};
use crate::wire::call::AwsCall;
use crate::wire::failure::Failure;
use crate::wire::fields::Fields;

/// One request to the IAM of an account, with its context.
pub(super) struct Site<'a> {
    cloud: &'a Cloud,
    call: &'a AwsCall,
    pub(super) fields: Fields<'a>,
}

impl<'a> Site<'a> {
    pub(super) fn new(cloud: &'a Cloud, call: &'a AwsCall) -> Self {
        Self { cloud, call, fields: Fields(&call.parameters) }
    }

    pub(super) fn action(&self) -> &'a str {
        &self.call.action
    }

    pub(super) fn page(&self) -> usize {
        self.cloud.iam_page
    }

    pub(super) fn arn(&self, kind: &str, path: &str, name: &str) -> String {
        format!("arn:{}:iam::{}:{kind}{path}{name}", self.cloud.partition(), self.call.account)
    }

    pub(super) fn partition(&self) -> &'a str {
        self.cloud.partition()
    }

    /// The role that the request names.
    pub(super) fn role<'i>(&self, iam: &'i CloudIam) -> Result<&'i CloudRole, Failure> {
        let name = self.fields.name("RoleName", 64)?;
        let role = iam.role(name).filter(|role| !self.cloud.exact_names || role.name == name);
        role.ok_or_else(|| Failure::no_such_entity(format!("The role with name {name} cannot be found.")))
    }

    /// Returns the same role to change it. Only AWS changes roles of services.
    pub(super) fn role_mut<'i>(&self, iam: &'i mut CloudIam) -> Result<&'i mut CloudRole, Failure> {
        let name = self.role(iam)?.name.clone();
        let role = iam.role_mut(&name).unwrap();
        if role.path.starts_with("/aws-service-role/") {
            let message = format!(
                "Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
            );
            return Err(Failure::new(400, "UnmodifiableEntity", message));
        }
        Ok(role)
    }

    /// The customer-managed policy that the request names.
    pub(super) fn policy<'i>(&self, iam: &'i CloudIam) -> Result<&'i CloudPolicy, Failure> {
        let arn = self.fields.need("PolicyArn")?;
        iam.policy(arn).ok_or_else(|| Failure::no_such_entity(format!("Policy {arn} was not found.")))
    }

    /// Returns the same policy to change it.
    pub(super) fn policy_mut<'i>(&self, iam: &'i mut CloudIam) -> Result<&'i mut CloudPolicy, Failure> {
        let arn = self.fields.need("PolicyArn")?;
        iam.policy_mut(arn).ok_or_else(|| Failure::no_such_entity(format!("Policy {arn} was not found.")))
    }

    /// Whether such a policy exists, AWS' own or the customer's.
    pub(super) fn has_policy(&self, iam: &CloudIam, arn: &str) -> bool {
        iam.policy(arn).is_some() || self.cloud.has_aws_policy(arn)
    }

    /// Trust as it is stored, if its principals exist.
    pub(super) fn trust(&self, iam: &CloudIam, text: &str) -> Result<String, Failure> {
        let document = syntax::check(text, Use::Trust)?;
        let most = iam.quota("AssumeRolePolicySizeQuota");
        if syntax::size(text) > most {
            return Err(Failure::limit_exceeded(format!("Cannot exceed quota for ACLSizePerRole: {most}")));
        }
        if let Some(name) =
            syntax::principals(&document).into_iter().find(|name| !self.is_principal(iam, name))
        {
            let message = format!(r#"Invalid principal in policy: "AWS":"{name}""#);
            return Err(Failure::malformed_policy(message));
        }
        Ok(syntax::as_kept(document, self.partition()))
    }

    /// Whether a principal has that name. In unknown accounts every principal exists, unless a test sets otherwise.
    fn is_principal(&self, iam: &CloudIam, name: &str) -> bool {
        let is_account = |id: &str| id.len() == 12 && id.chars().all(|digit| digit.is_ascii_digit());
        if self.cloud.absent_principals.contains(name) {
            return false;
        }
        if name == "*" || is_account(name) {
            return true;
        }
        let parts: Vec<&str> = name.splitn(6, ':').collect();
        let ["arn", partition, service, _, account, place] = parts[..] else { return false };
        if partition != self.partition() || !is_account(account) {
            return false;
        }
        match (service, place.split_once('/')) {
            ("iam", None) => place == "root",
            ("iam", Some(("role", name))) => {
                let known = if account == self.call.account {
                    Some(iam)
                } else {
                    self.cloud.accounts.get(account).map(|account| &account.iam)
                };
                let name = name.rsplit('/').next().unwrap_or_default();
                known.is_none_or(|iam| iam.role(name).is_some())
            }
            ("iam", Some(("user", _))) | ("sts", Some(("assumed-role", _))) => true,
            _ => false,
        }
    }

    /// Refuses a write to an existing resource that is not visible yet.
    pub(super) fn check_shown(&self, shown: &CloudIam, now: &CloudIam) -> Result<(), Failure> {
        let creates = self.action().starts_with("Create") && self.action() != "CreatePolicyVersion";
        if let Some(name) = self.fields.get("RoleName").filter(|name| !creates && now.role(name).is_some())
            && shown.role(name).is_none()
        {
            return Err(Failure::no_such_entity(format!("The role with name {name} cannot be found.")));
        }
        if let Some(arn) = self.fields.get("PolicyArn").filter(|arn| now.policy(arn).is_some())
            && shown.policy(arn).is_none()
        {
            return Err(Failure::no_such_entity(format!(
                "Policy {arn} does not exist or is not attachable."
            )));
        }
        Ok(())
    }
}
