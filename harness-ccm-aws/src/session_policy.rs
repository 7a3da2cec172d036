//! The policy that restricts a session in an account to the actions of this library.

use harness_ccm_core::id::{AccountId, Partition};
use harness_ccm_core::policy::{PolicyDocument, Statement};
use harness_ccm_core::route::SessionScope;
use harness_ccm_core::setting::Setting;
use harness_ccm_core::{Error, ErrorKind, Result};

/// The maximum length of a session policy, in characters (AWS STS API reference, `AssumeRole`).
const MAX: usize = 2_048;

/// The actions of AWS IAM that a session needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SessionActions {
    /// Actions on the roles that are ours.
    pub(crate) roles: &'static [&'static str],
    /// Actions on the customer-managed policies that are ours.
    pub(crate) policies: &'static [&'static str],
    /// Actions on any resource: the policies on a role that another tool or a person made have other names, and the account's
    /// limits and lists have no resource.
    pub(crate) reads: &'static [&'static str],
}

/// Returns the policy as text.
///
/// A role's name is unique in its account whatever its path, and IAM authorizes calls about a role by its path, or without a
/// path if it does not exist: so both are allowed.
pub(crate) fn render(
    scope: &SessionScope,
    actions: SessionActions,
    partition: Partition,
    account: &AccountId,
) -> Result<String> {
    let invalid = |error| {
        Error::new(ErrorKind::Invalid, "sts:AssumeRole", "the policy for the session cannot be built")
            .with_source(error)
    };
    let under_any_path = |kind: &'static str, name: &str| {
        let base = format!("arn:{partition}:iam::{account}:{kind}");
        [format!("{base}/{name}"), format!("{base}/*/{name}")]
    };
    let roles = scope.roles.iter().flat_map(|role| under_any_path("role", role.as_str()));
    let mut statements = vec![
        Statement::allow(actions.roles.iter().copied(), roles).map_err(invalid)?,
        Statement::allow(actions.reads.iter().copied(), ["*"]).map_err(invalid)?,
    ];
    if !scope.policies.is_empty() {
        let policies = scope.policies.iter().flat_map(|pattern| under_any_path("policy", pattern));
        statements.push(Statement::allow(actions.policies.iter().copied(), policies).map_err(invalid)?);
    }
    let text = PolicyDocument::new(statements).to_json();
    if text.len() > MAX {
        return Err(Error::new(
            ErrorKind::Invalid,
            "sts:AssumeRole",
            format!("the policy for the session has {} characters, AWS takes {MAX}", text.len()),
        )
        .with_remedy(format!("set {} to false, or give the role a shorter name", Setting::RestrictSession)));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use super::*;
    use crate::iam::ACTIONS;

    fn scope(name: &str) -> SessionScope {
        SessionScope::new([name.parse().unwrap(), "HarnessCELambdaExecutionRole".parse().unwrap()])
            .with_policies("Harness*")
    }

    fn text(name: &str) -> String {
        render(&scope(name), ACTIONS, Partition::UsGov, &"123456789012".parse().unwrap()).unwrap()
    }

    #[test]
    fn it_fits_for_any_role_name() {
        assert!(text(&"x".repeat(64)).len() <= MAX, "{}", text(&"x".repeat(64)).len());
    }

    #[test]
    fn it_names_what_it_is_for_and_nothing_else() {
        let policy: PolicyDocument = PolicyDocument::parse(&text("HarnessCERole")).unwrap();
        let resources = |index: usize| format!("{:?}", policy.statements()[index]);
        for part in [
            "arn:aws-us-gov:iam::123456789012:role/HarnessCERole",
            "arn:aws-us-gov:iam::123456789012:role/*/HarnessCERole",
            "arn:aws-us-gov:iam::123456789012:role/*/HarnessCELambdaExecutionRole",
        ] {
            assert!(resources(0).contains(part), "{part} is not in {}", resources(0));
        }
        assert!(
            resources(2).contains("arn:aws-us-gov:iam::123456789012:policy/Harness*"),
            "{}",
            resources(2)
        );
        let on_anything: Vec<_> = ACTIONS
            .reads
            .iter()
            .filter(|action| !action.contains(":Get") && !action.contains(":List"))
            .collect();
        assert!(on_anything.is_empty(), "only reading is allowed of anything: {on_anything:?}");
    }

    /// Every call in `iam/` names its operation as `iam:Action` for its errors; the list of permitted actions must contain the
    /// same names.
    #[test]
    fn it_allows_the_calls_of_the_iam_backend_and_no_others() {
        let mut named: BTreeMap<String, usize> = BTreeMap::new();
        for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/iam")).unwrap() {
            let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for rest in source.split("\"iam:").skip(1) {
                *named.entry(format!("iam:{}", rest.split('"').next().unwrap())).or_default() += 1;
            }
        }
        let allowed: BTreeSet<_> = [ACTIONS.roles, ACTIONS.policies, ACTIONS.reads]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect();
        assert_eq!(allowed, named.keys().cloned().collect(), "every call is allowed");
        let idle: Vec<_> = named.iter().filter(|(_, times)| **times < 2).collect();
        assert!(idle.is_empty(), "allowed, but never called: {idle:?}");
    }
}
