//! Evaluates policy documents, for sessions and trust.
//!
//! It knows `Action`, `NotAction`, `Resource`, `NotResource`, `Principal` by account, ARN and `*`, and the condition operators for
//! texts and ARNs with `IfExists`. A condition with another operator never holds.

use std::collections::BTreeMap;

use serde_json::Value;

/// The request to evaluate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    /// Condition keys in lower case, with their values.
    pub(crate) context: &'a BTreeMap<String, String>,
}

/// The caller, if the document is a trust policy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker<'a> {
    pub(crate) account: &'a str,
    pub(crate) arn: &'a str,
    /// The role of a session.
    pub(crate) role: Option<&'a str>,
}

/// The result of documents for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// A statement forbids it.
    Forbidden,
    /// No statement allows it.
    Silent,
}

/// Identity-based policies, boundaries and session policies.
pub(crate) fn judge<'a>(documents: impl IntoIterator<Item = &'a str>, question: Question<'_>) -> Verdict {
    decide(documents, |statement| {
        concerns(statement, "Action", |pattern| {
            matches(&pattern.to_lowercase(), &question.action.to_lowercase())
        }) && concerns(statement, "Resource", |pattern| matches(pattern, question.resource))
            && holds(statement, question.context)
    })
}

/// Evaluates a trust policy.
pub(crate) fn trusts(document: &str, asker: Asker<'_>, question: Question<'_>) -> Verdict {
    decide([document], |statement| {
        concerns(statement, "Action", |pattern| {
            matches(&pattern.to_lowercase(), &question.action.to_lowercase())
        }) && is_named(statement, asker)
            && holds(statement, question.context)
    })
}

fn decide<'a>(documents: impl IntoIterator<Item = &'a str>, concerns: impl Fn(&Value) -> bool) -> Verdict {
    let mut verdict = Verdict::Silent;
    for document in documents {
        let document: Value = serde_json::from_str(document).unwrap_or_default();
        for statement in list(&document["Statement"]).into_iter().filter(|statement| concerns(statement)) {
            match statement["Effect"].as_str() {
                Some("Deny") => return Verdict::Forbidden,
                Some("Allow") => verdict = Verdict::Allowed,
                _ => {}
            }
        }
    }
    verdict
}

/// One value counts as a list of one.
pub(crate) fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    }
}

pub(crate) fn texts(value: &Value) -> Vec<&str> {
    list(value).into_iter().filter_map(Value::as_str).collect()
}

/// Whether `Action` (or `Resource`) names it, or `NotAction` does not.
fn concerns(statement: &Value, element: &str, fits: impl Fn(&str) -> bool) -> bool {
    let negated = &statement[&format!("Not{element}")];
    if negated.is_null() {
        texts(&statement[element]).into_iter().any(fits)
    } else {
        !texts(negated).into_iter().any(fits)
    }
}

fn is_named(statement: &Value, asker: Asker<'_>) -> bool {
    let principal = &statement["Principal"];
    if principal.as_str() == Some("*") {
        return true;
    }
    texts(&principal["AWS"]).into_iter().any(|named| {
        let root = named.strip_suffix(":root").and_then(|arn| arn.split(':').nth(4));
        named == "*"
            || named == asker.account
            || root == Some(asker.account)
            || named == asker.arn
            || asker.role == Some(named)
    })
}

fn holds(statement: &Value, context: &BTreeMap<String, String>) -> bool {
    let Some(operators) = statement["Condition"].as_object() else { return true };
    operators.iter().all(|(operator, keys)| {
        let (operator, if_exists) = match operator.strip_suffix("IfExists") {
            Some(operator) => (operator, true),
            None => (operator.as_str(), false),
        };
        keys.as_object().into_iter().flatten().all(|(key, values)| {
            let Some(value) = context.get(key.to_lowercase().as_str()) else {
                return if_exists || operator.contains("Not");
            };
            let any = |fits: &dyn Fn(&str) -> bool| texts(values).into_iter().any(fits);
            match operator {
                "StringEquals" => any(&|wanted| wanted == value),
                "StringNotEquals" => !any(&|wanted| wanted == value),
                "StringEqualsIgnoreCase" => any(&|wanted| wanted.eq_ignore_ascii_case(value)),
                "StringLike" | "ArnLike" | "ArnEquals" => any(&|pattern| matches(pattern, value)),
                "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => !any(&|pattern| matches(pattern, value)),
                _ => false,
            }
        })
    })
}

/// Whether a text fits a pattern with `*` and `?`.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut read) = (0, 0);
    // The position of the last star, and of the text matched up to it.
    let mut star = None;
    while read < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(letter) if *letter == '?' || *letter == text[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((place, begun)) = star else { return false };
                star = Some((place, begun + 1));
                at = place + 1;
                read = begun + 1;
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_policies() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("iam:*Role", "iam:CreateRole", true),
            ("iam:*Role", "iam:ListRoles", false),
            ("a*b*c", "aXbYbZc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("", "x", false),
            ("role/*/Made", "role/path/below/Made", true),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn a_deny_wins_and_the_default_is_to_deny() {
        let allow =
            r#"{"Statement":{"Effect":"Allow","Action":["IAM:Get*","iam:TagRole"],"Resource":"arn:*"}}"#;
        let deny = r#"{"Statement":[{"Effect":"Deny","NotAction":"iam:GetRole","Resource":"*"}]}"#;
        let context = BTreeMap::new();
        let ask = |documents: &[&str], action: &str| {
            let question = Question { action, resource: "arn:x", context: &context };
            judge(documents.iter().copied(), question)
        };
        assert_eq!(ask(&[allow], "iam:GetRole"), Verdict::Allowed);
        assert_eq!(ask(&[allow], "iam:CreateRole"), Verdict::Silent);
        assert_eq!(ask(&[allow, deny], "iam:TagRole"), Verdict::Forbidden);
        assert_eq!(ask(&[allow, deny], "iam:GetRole"), Verdict::Allowed);
        assert_eq!(
            ask(&[r#"{"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}"#], "iam:GetRole"),
            Verdict::Silent
        );
    }

    #[test]
    fn a_condition_with_an_operator_that_is_not_known_never_holds() {
        let document = |operator: &str| {
            format!(
                r#"{{"Statement":{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"{operator}":{{"sts:ExternalId":["a","b"]}}}}}}}}"#
            )
        };
        for (operator, value, verdict) in [
            ("StringEquals", Some("b"), Verdict::Allowed),
            ("StringEquals", Some("c"), Verdict::Silent),
            ("StringEquals", None, Verdict::Silent),
            ("StringEqualsIfExists", None, Verdict::Allowed),
            ("StringNotEquals", Some("c"), Verdict::Allowed),
            ("DateLessThan", Some("b"), Verdict::Silent),
        ] {
            let context =
                value.map(|value| ("sts:externalid".to_owned(), value.to_owned())).into_iter().collect();
            let question = Question { action: "x:Y", resource: "*", context: &context };
            assert_eq!(judge([document(operator).as_str()], question), verdict, "{operator} {value:?}");
        }
    }
}
