//! Compares and evaluates conditions without a complete request.

use std::collections::BTreeSet;

use super::pattern::{self, Case};
use super::{Conditions, Folded};

/// Whether every request that fulfils `given` also fulfils `asked`. May return false if it does, but never
/// the reverse.
pub(super) fn follows(asked: &Conditions, given: &Conditions) -> bool {
    let of_operator = |operator: &Folded| given.get(operator);
    asked.iter().all(|(operator, keys)| {
        keys.iter().all(|(key, values)| {
            of_operator(operator)
                .and_then(|keys| keys.get(key))
                .is_some_and(|given| is_wider(operator, values, given))
        })
    })
}

/// Whether `asked` accepts everything that `given` accepts, for one key and operator.
fn is_wider(operator: &Folded, asked: &BTreeSet<String>, given: &BTreeSet<String>) -> bool {
    match Operator::of(operator) {
        // One of the values must match, so more values accept more requests. With a negated operator none may
        // match, so the reverse holds.
        Some(Operator { negated: false, test: Test::Value, .. }) => asked.is_superset(given),
        Some(Operator { negated: true, test: Test::Value, .. }) => asked.is_subset(given),
        Some(Operator { test: Test::Null, .. }) | None => asked == given,
    }
}

/// Whether the conditions hold in a request of which only `sts:ExternalId` is known, if given.
///
/// This is how IAM's policy simulation evaluates them without context: a missing key fails every operator except the negated
/// ones, those with `IfExists`, and `Null` (IAM user guide, condition operators). `None` if IAM may know the key by itself,
/// or if the operator is unknown.
pub(super) fn hold_without_context(conditions: &Conditions) -> Option<bool> {
    all(
        conditions,
        |operator, key, values| {
            if is_known_to_iam(key) { None } else { holds_when_missing(operator, values) }
        },
    )
}

/// Whether the conditions of a trust policy accept a caller that presents `external_id` and is one of the
/// principals in `aws:PrincipalArn`, if there is such a condition. `None` if that depends on other facts.
pub(super) fn hold_for_caller(conditions: &Conditions, external_id: &str) -> Option<bool> {
    all(conditions, |operator, key, values| {
        let operator = Operator::of(operator)?;
        let met = match (&*key.as_str().to_ascii_lowercase(), operator.set, operator.test) {
            ("sts:externalid", _, Test::Value) => {
                values.iter().any(|value| operator.meets(value, external_id))
            }
            // The caller is one of the named principals.
            ("aws:principalarn", _, Test::Value) if !operator.negated => return Some(!values.is_empty()),
            _ => return None,
        };
        Some(met != operator.negated)
    })
}

/// Combines the conditions, each evaluated by `judge`: one false decides; otherwise an unknown one makes the
/// result unknown.
fn all(
    conditions: &Conditions,
    judge: impl Fn(&Folded, &Folded, &BTreeSet<String>) -> Option<bool>,
) -> Option<bool> {
    let mut result = Some(true);
    for (operator, keys) in conditions {
        for (key, values) in keys {
            match judge(operator, key, values) {
                Some(true) => {}
                Some(false) => return Some(false),
                None => result = None,
            }
        }
    }
    result
}

/// Keys that IAM fills in from the principal or the clock, so a simulation without context may have them. AWS does not
/// document which of them it has.
fn is_known_to_iam(key: &Folded) -> bool {
    let key = key.as_str().to_ascii_lowercase();
    ["aws:principal", "aws:user", "aws:currenttime", "aws:epochtime", "aws:tokenissuetime"]
        .iter()
        .any(|known| key.starts_with(known))
}

fn holds_when_missing(operator: &Folded, values: &BTreeSet<String>) -> Option<bool> {
    let operator = Operator::of(operator)?;
    Some(match (operator.test, operator.set) {
        (Test::Null, _) => values.iter().any(|value| value.eq_ignore_ascii_case("true")),
        (Test::Value, Set::All) => true,
        (Test::Value, Set::Any) => false,
        (Test::Value, Set::No) => operator.negated || operator.if_exists,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Test {
    Value,
    Null,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    No,
    All,
    Any,
}

/// The parts of a condition operator.
#[derive(Clone, Copy)]
struct Operator {
    set: Set,
    if_exists: bool,
    negated: bool,
    test: Test,
    like: bool,
    case: Case,
}

impl Operator {
    fn of(operator: &Folded) -> Option<Self> {
        let name = operator.as_str().to_ascii_lowercase();
        let (set, name) = match name.split_once(':') {
            Some(("forallvalues", name)) => (Set::All, name),
            Some(("foranyvalue", name)) => (Set::Any, name),
            Some(_) => return None,
            None => (Set::No, &*name),
        };
        let (name, if_exists) = name.strip_suffix("ifexists").map_or((name, false), |name| (name, true));
        let (negated, test) = match name {
            "null" => (false, Test::Null),
            "stringequals"
            | "stringequalsignorecase"
            | "stringlike"
            | "numericequals"
            | "numericlessthan"
            | "numericlessthanequals"
            | "numericgreaterthan"
            | "numericgreaterthanequals"
            | "dateequals"
            | "datelessthan"
            | "datelessthanequals"
            | "dategreaterthan"
            | "dategreaterthanequals"
            | "bool"
            | "binaryequals"
            | "ipaddress"
            | "arnequals"
            | "arnlike" => (false, Test::Value),
            "stringnotequals"
            | "stringnotequalsignorecase"
            | "stringnotlike"
            | "numericnotequals"
            | "datenotequals"
            | "notipaddress"
            | "arnnotequals"
            | "arnnotlike" => (true, Test::Value),
            _ => return None,
        };
        let like = name.ends_with("like") || name.starts_with("arn");
        let case = if name.ends_with("ignorecase") { Case::Blind } else { Case::Exact };
        Some(Self { set, if_exists, negated, test, like, case })
    }

    /// Whether a text of the request matches `value`, without regard to the negation.
    fn meets(self, value: &str, text: &str) -> bool {
        match (self.like, self.case) {
            (true, case) => pattern::matches(value, text, case),
            (false, Case::Blind) => value.eq_ignore_ascii_case(text),
            (false, Case::Exact) => value == text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(json: &str) -> Conditions {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{json}}}}}"#
        );
        super::super::PolicyDocument::parse(&document).unwrap().statements()[0].conditions().clone()
    }

    #[test]
    fn more_values_accept_more_and_more_exceptions_accept_less() {
        let follows = |asked: &str, given: &str| follows(&conditions(asked), &conditions(given));
        let one = r#"{"StringEquals":{"kms:ViaService":"ec2"}}"#;
        let two = r#"{"stringequals":{"KMS:viaservice":["ec2","rds"]}}"#;
        assert!(follows(two, one) && !follows(one, two));
        let not_one = r#"{"StringNotEquals":{"k":"a"}}"#;
        let not_two = r#"{"StringNotEquals":{"k":["a","b"]}}"#;
        assert!(follows(not_one, not_two) && !follows(not_two, not_one));
        assert!(follows("{}", one) && !follows(one, "{}"));
        assert!(!follows(one, r#"{"StringLike":{"kms:ViaService":"ec2"}}"#));
        let (null, not_null) = (r#"{"Null":{"k":"true"}}"#, r#"{"Null":{"k":["true","false"]}}"#);
        assert!(follows(null, null) && !follows(not_null, null));
    }

    #[test]
    fn conditions_in_a_simulation_without_context() {
        let holds = |json: &str| hold_without_context(&conditions(json));
        assert_eq!(holds("{}"), Some(true));
        assert_eq!(holds(r#"{"StringEquals":{"aws:RequestedRegion":"x"}}"#), Some(false));
        assert_eq!(holds(r#"{"StringNotEquals":{"aws:RequestedRegion":"x"}}"#), Some(true));
        assert_eq!(holds(r#"{"StringEqualsIfExists":{"aws:RequestedRegion":"x"}}"#), Some(true));
        assert_eq!(holds(r#"{"ForAllValues:StringEquals":{"aws:TagKeys":"x"}}"#), Some(true));
        assert_eq!(holds(r#"{"Null":{"aws:MultiFactorAuthAge":true}}"#), Some(true));
        assert_eq!(holds(r#"{"Null":{"aws:MultiFactorAuthAge":false}}"#), Some(false));
        assert_eq!(holds(r#"{"ArnEquals":{"aws:PrincipalArn":"x"}}"#), None);
        assert_eq!(holds(r#"{"MatchesMood":{"k":"x"}}"#), None);
        assert_eq!(holds(r#"{"MatchesMood":{"k":"x"},"Bool":{"k":"x"}}"#), Some(false), "one false decides");
    }

    #[test]
    fn a_caller_with_the_external_id_is_accepted() {
        let holds = |json: &str| hold_for_caller(&conditions(json), "harness:1:acct");
        assert_eq!(holds("{}"), Some(true));
        assert_eq!(holds(r#"{"StringEquals":{"sts:ExternalId":["other","harness:1:acct"]}}"#), Some(true));
        assert_eq!(holds(r#"{"StringEquals":{"sts:ExternalId":"other"}}"#), Some(false));
        assert_eq!(holds(r#"{"StringLike":{"sts:ExternalId":"harness:*"}}"#), Some(true));
        assert_eq!(holds(r#"{"StringNotEquals":{"sts:ExternalId":"harness:1:acct"}}"#), Some(false));
        assert_eq!(holds(r#"{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::1:user/x"}}"#), Some(true));
        assert_eq!(holds(r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#), None);
    }
}
