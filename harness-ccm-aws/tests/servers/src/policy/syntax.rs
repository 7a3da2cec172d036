//! The policy documents that IAM accepts, and the form in which it stores trust policies.

use serde_json::Value;

use crate::policy::evaluate::{list, texts};
use crate::wire::failure::Failure;

/// The use of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Identity,
    Trust,
}

/// Checks a document as IAM does before it stores it. Empty lists pass: such a statement has no effect.
pub(crate) fn check(text: &str, of: Use) -> Result<Value, Failure> {
    let fits = |letter: char| matches!(letter, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}');
    if text.is_empty() || text.len() > 131_072 || !text.chars().all(fits) {
        return Err(Failure::validation(
            "policyDocument",
            "(document)",
            "Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
        ));
    }
    let document: Value = serde_json::from_str(text)
        .map_err(|_| Failure::malformed_policy("This policy contains invalid Json"))?;
    let syntax = || Failure::malformed_policy("Syntax errors in policy.");
    let fields = document.as_object().ok_or_else(syntax)?;
    if fields.keys().any(|field| !["Version", "Id", "Statement"].contains(&field.as_str())) {
        return Err(syntax());
    }
    if let Some(version) = fields.get("Version")
        && ![Some("2012-10-17"), Some("2008-10-17")].contains(&version.as_str())
    {
        return Err(syntax());
    }
    if !fields.contains_key("Statement") {
        return Err(syntax());
    }
    for statement in list(&document["Statement"]) {
        check_statement(statement, of)?;
    }
    Ok(document)
}

/// Its length for quotas: without white space.
pub(crate) fn size(text: &str) -> usize {
    text.chars().filter(|letter| !letter.is_whitespace()).count()
}

fn check_statement(statement: &Value, of: Use) -> Result<(), Failure> {
    let refused = |message: &str| Err(Failure::malformed_policy(message));
    let Some(fields) = statement.as_object() else { return refused("Syntax errors in policy.") };
    if !matches!(statement["Effect"].as_str(), Some("Allow" | "Deny")) {
        return refused("Missing required field Effect");
    }
    let has = |field: &str| fields.contains_key(field);
    if has("Action") == has("NotAction") {
        return refused("Missing required field Action");
    }
    match of {
        Use::Identity if has("Principal") || has("NotPrincipal") => {
            return refused("Policy document should not specify a principal.");
        }
        Use::Identity if has("Resource") == has("NotResource") => {
            return refused("Policy statement must contain resources.");
        }
        Use::Trust if has("Resource") || has("NotResource") => {
            return refused("Has prohibited field Resource");
        }
        Use::Trust if !has("Principal") && !has("NotPrincipal") => {
            return refused("Missing required field Principal");
        }
        _ => {}
    }
    for action in texts(&statement["Action"]).into_iter().chain(texts(&statement["NotAction"])) {
        if of == Use::Trust && !action.to_lowercase().starts_with("sts:") && action != "*" {
            return refused("AssumeRole policy may only specify STS AssumeRole actions.");
        }
        if action != "*" && !action.contains(':') {
            return refused("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
        }
    }
    Ok(())
}

/// The principals of AWS that a trust policy names.
pub(crate) fn principals(document: &Value) -> Vec<&str> {
    list(&document["Statement"])
        .into_iter()
        .flat_map(|statement| texts(&statement["Principal"]["AWS"]))
        .collect()
}

/// A trust policy as IAM returns it: accounts as the ARN of their root, lists of one as the value.
pub(crate) fn as_kept(mut document: Value, partition: &str) -> String {
    let statements = match &mut document["Statement"] {
        Value::Array(statements) => statements.as_mut_slice(),
        one => std::slice::from_mut(one),
    };
    for statement in statements {
        let Some(named) = statement.get_mut("Principal").and_then(|principal| principal.get_mut("AWS"))
        else {
            continue;
        };
        let kept: Vec<Value> = texts(named)
            .into_iter()
            .map(|name| {
                let is_account = name.len() == 12 && name.chars().all(|digit| digit.is_ascii_digit());
                if is_account { format!("arn:{partition}:iam::{name}:root").into() } else { name.into() }
            })
            .collect();
        *named = match <[Value; 1]>::try_from(kept) {
            Ok([one]) => one,
            Err(several) => several.into(),
        };
    }
    document.to_string()
}
