use std::fmt;

use crate::error::{Error, ErrorKind, Retry};
use crate::id::{AccountId, RoleName, RolePath};
use crate::owner::Ownership;
use crate::setting::Setting;

/// The reason that a write is refused: the current state is not the expected state.
///
/// [`into_error`](Self::into_error) makes an [`Error`] from a conflict. The error has the kind [`Conflict`](ErrorKind::Conflict)
/// and usually the advice [`AfterObserving`](crate::Retry::AfterObserving): the plan is out of date, and the caller needs a new
/// plan. A [hidden](Self::Unseen) connector and a name [in another case](Self::OtherCase) have the advice
/// [`Never`](crate::Retry::Never), because a new plan meets the same conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conflict {
    /// The expected resource no longer exists.
    Gone,
    /// The resource is not in the expected state.
    NotAsObserved,
    /// The resource was expected to be absent, but exists with another owner mark or without an owner mark.
    Taken {
        /// The ownership of the existing resource, as seen by the owner of the spec.
        ownership: Ownership,
    },
    /// The connector was expected to be absent, but our connector for another AWS account has the identifier.
    OtherAccount {
        /// The account of the existing connector, if its record has a valid id.
        account: Option<AccountId>,
    },
    /// A role with this name exists under another path. IAM cannot change the path of a role.
    OtherPath {
        /// The path of the existing role.
        path: RolePath,
    },
    /// A role exists whose name differs only in upper and lower case. To IAM, both names are the same. The ARN is that of the
    /// existing role.
    OtherCase {
        /// The name of the existing role.
        name: RoleName,
    },
    /// The resource to remove no longer has the owner mark that was observed.
    MarkLost {
        /// The observed owner mark.
        expected: String,
        /// The current owner mark.
        found: Option<String>,
    },
    /// A connector with that identifier exists, but the caller may not view it.
    Unseen,
    /// A managed policy of a desired name exists and is not ours.
    PolicyTaken {
        /// The name of the policy.
        name: String,
    },
}

impl Conflict {
    /// Returns the remedy for a person.
    pub fn remedy(&self) -> String {
        match self {
            Self::Gone
            | Self::NotAsObserved
            | Self::Taken { .. }
            | Self::OtherAccount { .. }
            | Self::OtherPath { .. }
            | Self::MarkLost { .. } => "it was changed in the meantime by another tool or a person: make a new plan".into(),
            Self::OtherCase { name } => respelled(name),
            Self::Unseen => "use an API key that may view all connectors of the Harness account (a resource group with all connectors), or ask a user who sees that connector to remove it".into(),
            Self::PolicyTaken { .. } => {
                format!("delete that policy, set {}, or use the layout inline", Setting::RolePrefix)
            }
        }
    }

    /// Makes the error of `operation` (such as `put_role`) for `subject`.
    pub fn into_error(self, operation: &'static str, subject: impl Into<String>) -> Error {
        let remedy = self.remedy();
        let error = Error::new(ErrorKind::Conflict, operation, self.to_string());
        let error = error.with_subject(subject).with_remedy(remedy);
        match self {
            Self::Unseen | Self::OtherCase { .. } => error.with_retry(Retry::Never),
            _ => error,
        }
    }
}

/// The remedy for a role that has the name in another case.
pub(crate) fn respelled(name: &RoleName) -> String {
    format!(
        "spell the name as {name} in {} and {}, choose another name, or remove that role",
        Setting::RoleName,
        Setting::RolePrefix
    )
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("the observed resource does not exist any more"),
            Self::NotAsObserved => f.write_str("it is not as it was observed"),
            Self::Taken { ownership: Ownership::Foreign(owner) } => {
                write!(f, "it exists already and belongs to the owner {owner}")
            }
            Self::Taken { ownership: Ownership::Unmarked | Ownership::Ours } => {
                f.write_str("it exists already and has no owner mark")
            }
            Self::OtherAccount { account: Some(account) } => {
                write!(f, "a connector of the account {account} has the identifier already")
            }
            Self::OtherAccount { account: None } => {
                f.write_str("a connector without a valid account id has the identifier already")
            }
            Self::OtherPath { path } => write!(f, "a role of that name exists under the path {path}"),
            Self::MarkLost { expected, found: Some(found) } => {
                write!(f, "it was observed with the owner mark {expected} and has the mark {found} now")
            }
            Self::MarkLost { expected, found: None } => {
                write!(f, "it was observed with the owner mark {expected} and has none now")
            }
            Self::Unseen => f.write_str("it exists already, but this API key does not see the connector"),
            Self::OtherCase { name } => {
                write!(f, "a role with the name {name} exists: IAM ignores case in names")
            }
            Self::PolicyTaken { name } => {
                write!(f, "a policy with the name {name} already exists, and it is not ours")
            }
        }
    }
}

impl std::error::Error for Conflict {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Effect;

    #[test]
    fn every_conflict_asks_for_a_new_plan_and_says_what_is_there() {
        let conflicts = [
            Conflict::Gone,
            Conflict::NotAsObserved,
            Conflict::Taken { ownership: Ownership::Unmarked },
            Conflict::Taken { ownership: Ownership::Foreign("platform".into()) },
            Conflict::OtherAccount { account: Some("123456789012".parse().unwrap()) },
            Conflict::OtherAccount { account: None },
            Conflict::OtherPath { path: "/other/".parse().unwrap() },
            Conflict::MarkLost { expected: "ours".into(), found: Some("theirs".into()) },
            Conflict::MarkLost { expected: "ours".into(), found: None },
            Conflict::PolicyTaken { name: "Events".into() },
        ];
        let errors = conflicts.map(|conflict| conflict.into_error("put_role", "role A in account B"));
        for error in &errors {
            let facts = (error.kind(), error.effect(), error.retry());
            assert_eq!(facts, (ErrorKind::Conflict, Effect::None, Retry::AfterObserving), "{error}");
            assert_eq!((error.operation(), error.subject()), ("put_role", "role A in account B"));
            assert!(error.remedy().is_some(), "{error}");
        }
        let messages: Vec<_> = errors.iter().map(Error::message).collect();
        insta::assert_snapshot!(messages.join("\n"), @"
        the observed resource does not exist any more
        it is not as it was observed
        it exists already and has no owner mark
        it exists already and belongs to the owner platform
        a connector of the account 123456789012 has the identifier already
        a connector without a valid account id has the identifier already
        a role of that name exists under the path /other/
        it was observed with the owner mark ours and has the mark theirs now
        it was observed with the owner mark ours and has none now
        a policy with the name Events already exists, and it is not ours
        ");
    }

    #[test]
    fn another_plan_does_not_show_hidden_connectors() {
        let error = Conflict::Unseen.into_error("put_connector", "connector a");
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Conflict, Retry::Never));
        assert!(error.message().contains("this API key does not see"), "{error}");
        assert!(error.remedy().unwrap().contains("view all connectors"), "{error}");
    }

    #[test]
    fn a_name_in_another_case_is_reported_with_the_settings_for_it() {
        let error = Conflict::OtherCase { name: "harnessCERole".parse().unwrap() };
        let error = error.into_error("put_role", "role HarnessCERole in account A");
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Conflict, Retry::Never));
        insta::assert_snapshot!(error.report(), @"
        put_role for role HarnessCERole in account A: conflict: a role with the name harnessCERole exists: IAM ignores case in names
          remedy: spell the name as harnessCERole in the setting `role-name` and the setting `role-prefix`, choose another name, or remove that role
        ");
    }
}
