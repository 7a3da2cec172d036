use std::collections::BTreeMap;
use std::time::SystemTime;

/// The principal of a key.
#[derive(Clone, Debug)]
pub(crate) struct Principal {
    pub(crate) account: String,
    pub(crate) arn: String,
    /// Further properties of a session.
    pub(crate) session: Option<RoleSession>,
}

/// A session of a role that was assumed here.
#[derive(Clone, Debug)]
pub(crate) struct RoleSession {
    /// The name of the role.
    pub(crate) role: String,
    pub(crate) token: String,
    pub(crate) ends: SystemTime,
    pub(crate) policy: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) source_identity: Option<String>,
}

impl Principal {
    /// From the ARN of a user or of a role's session.
    pub(crate) fn of(arn: &str) -> Self {
        let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
        Self { account, arn: arn.to_owned(), session: None }
    }

    pub(crate) fn partition(&self) -> &str {
        self.arn.split(':').nth(1).unwrap_or("aws")
    }

    /// Whether it already is a session of a role: then another one lasts an hour at most.
    pub(crate) fn is_session(&self) -> bool {
        self.arn.contains(":assumed-role/")
    }

    /// The role of the session, as trust policies name it. The ARN of a session does not contain its path.
    pub(crate) fn role(&self) -> Option<String> {
        let name = self.arn.split_once(":assumed-role/")?.1.split('/').next()?;
        Some(format!("arn:{}:iam::{}:role/{name}", self.partition(), self.account))
    }
}
