//! The result of the Harness account's policies (OPA) for a write. A successful response contains it as `governanceMetadata`.

use std::collections::{BTreeMap, BTreeSet};

use harness_ccm_core::connector::PolicyWarning;
use serde_json::Value;

/// Returns the objections of policies against a write, if one forbids it.
pub(crate) fn denial(governance: &Value) -> Option<String> {
    if !is_denied(governance) {
        return None;
    }
    let mut reasons = BTreeSet::new();
    collect_reasons(governance, &mut reasons);
    let message = text(governance, "message").unwrap_or("a policy of the Harness account refuses it");
    if reasons.is_empty() {
        return Some(message.to_owned());
    }
    Some(format!("{message}: {}", reasons.into_iter().collect::<Vec<_>>().join("; ")))
}

fn is_denied(governance: &Value) -> bool {
    governance.get("deny") == Some(&Value::Bool(true)) || text(governance, "status") == Some("error")
}

/// Returns the warnings of policies about an allowed write: of those whose status is a warning, or which have messages.
pub(crate) fn warnings(governance: &Value) -> Vec<PolicyWarning> {
    if is_denied(governance) {
        return Vec::new();
    }
    let mut by_policy = BTreeMap::new();
    collect_warnings(governance, &mut by_policy);
    if by_policy.is_empty() && text(governance, "status") == Some("warning") {
        by_policy.insert("", text(governance, "message").into_iter().collect());
    }
    let warning = |(policy, messages): (&str, BTreeSet<&str>)| PolicyWarning::new(policy, messages);
    by_policy.into_iter().map(warning).collect()
}

fn collect_warnings<'a>(value: &'a Value, by_policy: &mut BTreeMap<&'a str, BTreeSet<&'a str>>) {
    match value {
        Value::Object(fields) => {
            let messages = value.get("denyMessages").and_then(Value::as_array);
            let messages = messages.into_iter().flatten().filter_map(Value::as_str).collect::<BTreeSet<_>>();
            if let Some(policy) = text(value, "policyName")
                && (!messages.is_empty() || text(value, "status") == Some("warning"))
            {
                by_policy.entry(policy).or_default().extend(messages);
            } else {
                fields.values().for_each(|value| collect_warnings(value, by_policy));
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect_warnings(value, by_policy)),
        _ => {}
    }
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Each policy has its reasons in a list of its own, two levels down.
fn collect_reasons(value: &Value, reasons: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let ("denyMessages", Value::Array(messages)) = (name.as_str(), value) {
                    reasons.extend(messages.iter().filter_map(Value::as_str).map(str::to_owned));
                } else {
                    collect_reasons(value, reasons);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect_reasons(value, reasons)),
        _ => {}
    }
}
