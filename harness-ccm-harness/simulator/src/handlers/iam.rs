//! The simulator's evaluation of IAM policies: the results of `sts:AssumeRole` and `iam:SimulatePrincipalPolicy`.
//!
//! It evaluates the JSON of the policies, one request at a time. It does not use the core's evaluation, so a comparison of its
//! results with the core's predictions tests both. Unknown parts count as absent: a policy without a known text grants
//! nothing, a boundary without a known text restricts nothing, and a condition key that the request does not have is absent.

use harness_ccm_core::internal::{Known, known};
use harness_ccm_core::policy::PolicyDocument;
use harness_ccm_core::role::RoleState;
use serde_json::{Map, Value};

/// The policies of a role, for simulation.
pub(crate) struct Simulation {
    statements: Vec<Value>,
    boundary: Option<Vec<Value>>,
}

impl Simulation {
    pub(crate) fn of(role: &RoleState) -> Self {
        let mut statements = Vec::new();
        for document in role.inline.values() {
            statements.extend(statements_of(&document.to_json()));
        }
        for (policy, text) in &role.attached {
            let text = text.as_ref().map(PolicyDocument::to_json);
            let maintained = || known(policy).map(|known| text_of(known).to_json());
            statements.extend(text.or_else(maintained).iter().flat_map(|json| statements_of(json)));
        }
        let boundary = role.boundary.as_ref().and_then(known);
        Self { statements, boundary: boundary.map(|known| statements_of(&text_of(known).to_json())) }
    }

    /// Whether the policies allow `action` on `resource`. Both are literal texts, and the request has no other context.
    pub(crate) fn allows(&self, action: &str, resource: &str) -> bool {
        evaluate(&self.statements, action, resource)
            && self.boundary.as_ref().is_none_or(|boundary| evaluate(boundary, action, resource))
    }
}

/// Returns the text of a policy that AWS maintains, or the minimum that is known of it.
fn text_of(known: Known) -> &'static PolicyDocument {
    match known {
        Known::Exactly(text) | Known::Between { least: text, .. } => text,
    }
}

fn statements_of(json: &str) -> Vec<Value> {
    let mut document: Value = serde_json::from_str(json).unwrap_or_default();
    match document["Statement"].take() {
        Value::Array(statements) => statements,
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// Whether a statement allows the action on the resource, and none denies it.
fn evaluate(statements: &[Value], action: &str, resource: &str) -> bool {
    let applies = |effect: &str| {
        statements.iter().filter(|statement| statement["Effect"] == effect).any(|statement| {
            names(statement, "Action", "NotAction", &action.to_lowercase(), str::to_lowercase)
                && names(statement, "Resource", "NotResource", resource, str::to_owned)
                && conditions(statement).all(|(operator, _, values)| holds_without_key(&operator, &values))
        })
    };
    applies("Allow") && !applies("Deny")
}

/// Whether a trust policy allows Harness, which is a caller outside the role's account, to assume the role with
/// `external_id`.
pub(crate) fn lets_in(trust: &str, external_id: &str) -> bool {
    let statements = statements_of(trust);
    let applies = |effect: &str, includes: fn(&Value) -> bool| {
        statements.iter().filter(|statement| statement["Effect"] == effect).any(|statement| {
            names(statement, "Action", "NotAction", "sts:assumerole", str::to_lowercase)
                && includes(&statement["Principal"])
                && conditions(statement)
                    .all(|(operator, key, values)| holds_for_harness(&operator, &key, &values, external_id))
        })
    };
    let anybody = |principal: &Value| {
        texts(principal).chain(texts(&principal["AWS"])).any(|who| {
            // For a deleted user or role, IAM shows the unique id.
            !who.starts_with("AIDA") && !who.starts_with("AROA")
        })
    };
    let everybody =
        |principal: &Value| texts(principal).chain(texts(&principal["AWS"])).any(|who| who == "*");
    applies("Allow", anybody) && !applies("Deny", everybody)
}

/// Whether `element` matches `text`, or `opposite` is present instead and does not match it.
fn names(statement: &Value, element: &str, opposite: &str, text: &str, fold: fn(&str) -> String) -> bool {
    let matched =
        |element: &Value| texts(element).any(|pattern| glob(fold(pattern).as_bytes(), text.as_bytes()));
    match (&statement[element], &statement[opposite]) {
        (Value::Null, Value::Null) => false,
        (Value::Null, left_out) => !matched(left_out),
        (named, _) => matched(named),
    }
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, rest) => rest.is_none(),
        (Some((b'*', rest)), _) => (0..=text.len()).any(|taken| glob(rest, &text[taken..])),
        (Some((b'?', rest)), Some((_, text))) => glob(rest, text),
        (Some((wanted, rest)), Some((seen, text))) => wanted == seen && glob(rest, text),
        (Some(_), None) => false,
    }
}

/// Returns the strings of an element, which is a string or a list of strings.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    list.iter().filter_map(Value::as_str)
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().map(Map::iter).into_iter().flatten()
}

/// Returns operator, key and values of every condition. Operator and key are in lower case.
fn conditions(statement: &Value) -> impl Iterator<Item = (String, String, Vec<&str>)> {
    fields(&statement["Condition"]).flat_map(|(operator, keys)| {
        fields(keys).map(move |(key, values)| {
            (operator.to_lowercase(), key.to_lowercase(), texts(values).collect::<Vec<_>>())
        })
    })
}

/// Whether a condition holds for a request that does not have its key.
fn holds_without_key(operator: &str, values: &[&str]) -> bool {
    if operator == "null" {
        return values.contains(&"true");
    }
    operator.starts_with("forallvalues:")
        || (!operator.starts_with("foranyvalue:")
            && (operator.contains("not") || operator.ends_with("ifexists")))
}

/// Whether a condition of a trust policy holds for Harness. A condition on the external id is evaluated, one that requires a
/// principal ARN is assumed to name Harness, and no other condition holds.
fn holds_for_harness(operator: &str, key: &str, values: &[&str], external_id: &str) -> bool {
    let operator = operator.strip_suffix("ifexists").unwrap_or(operator);
    let patterns = operator.ends_with("like");
    match (key, operator) {
        ("sts:externalid", "stringequals" | "stringlike" | "stringnotequals" | "stringnotlike") => {
            let met = values.iter().any(|value| {
                if patterns { glob(value.as_bytes(), external_id.as_bytes()) } else { *value == external_id }
            });
            met != operator.contains("not")
        }
        ("aws:principalarn", "arnequals" | "arnlike" | "stringequals" | "stringlike") => !values.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(statements: &str, action: &str, resource: &str) -> bool {
        let statements = statements_of(&format!(r#"{{"Statement":[{statements}]}}"#));
        evaluate(&statements, action, resource)
    }

    #[test]
    fn actions_and_resources_are_literal_texts() {
        let ec2 = r#"{"Effect":"Allow","Action":"EC2:*","Resource":"*"}"#;
        assert!(allows(ec2, "ec2:Describe*", "*"));
        let one = r#"{"Effect":"Allow","Action":"ecs:ListClusters","Resource":"*"}"#;
        assert!(!allows(one, "ecs:ListClusters*", "*"));
        let bucket =
            r#"{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::a*","arn:aws:s3:::a/*"]}"#;
        assert!(allows(bucket, "s3:PutObject", "arn:aws:s3:::a*/*"));
        assert!(!allows(bucket, "s3:PutObject", "*"));
    }

    #[test]
    fn denials_and_exceptions_count() {
        let all = r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#;
        assert!(allows(all, "ec2:RunInstances", "*") && !allows(all, "iam:PassRole", "*"));
        let denied =
            format!(r#"{all},{{"Effect":"Deny","Action":"ec2:Run*","NotResource":"arn:aws:s3:::a"}}"#);
        assert!(!allows(&denied, "ec2:RunInstances", "*") && allows(&denied, "ec2:StopInstances", "*"));
        let conditional = format!(
            r#"{all},{{"Effect":"Deny","Action":"*","Resource":"*","Condition":{{"StringNotEquals":{{"aws:RequestedRegion":"eu-west-1"}}}}}}"#
        );
        assert!(!allows(&conditional, "ec2:StopInstances", "*"), "a region that is not given is another");
    }

    #[test]
    fn conditions_without_their_key() {
        let under = |condition: &str| {
            let statement =
                format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{{condition}}}}}"#);
            allows(&statement, "ec2:RunInstances", "*")
        };
        assert!(!under(r#""StringEquals":{"kms:ViaService":"ec2"}"#));
        assert!(under(r#""StringEqualsIfExists":{"kms:ViaService":"ec2"}"#));
        assert!(under(r#""ForAllValues:StringEquals":{"aws:TagKeys":"x"}"#));
        assert!(under(r#""Null":{"aws:MultiFactorAuthAge":"true"}"#));
    }

    #[test]
    fn harness_is_let_in_by_its_external_id() {
        let trust = |principal: &str, condition: &str| {
            format!(
                r#"{{"Statement":{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{principal},"Condition":{{{condition}}}}}}}"#
            )
        };
        let root = r#"{"AWS":"arn:aws:iam::1:root"}"#;
        let own = r#""StringEquals":{"sts:ExternalId":["one","two"]}"#;
        assert!(lets_in(&trust(root, own), "two"));
        assert!(!lets_in(&trust(root, own), "three"));
        assert!(!lets_in(&trust(r#"{"AWS":"AIDACKCEVSQ6C2EXAMPLE"}"#, own), "two"));
        assert!(!lets_in(&trust(r#"{"Service":"lambda.amazonaws.com"}"#, own), "two"));
        assert!(lets_in(&trust(root, r#""ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::1:user/x"}"#), "two"));
        assert!(!lets_in(&trust(root, r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#), "two"));
    }
}
