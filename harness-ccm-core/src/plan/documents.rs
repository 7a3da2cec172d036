//! Policy documents in the JSON of a plan: it contains each once, however many roles have it.
//!
//! Roles of different accounts differ only in the account id, so shared documents have a placeholder for it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::{AccountPlan, Action, Step};
use crate::backend::Expect;
use crate::id::AccountId;
use crate::policy::PolicyDocument;
use crate::role::{ManagedPolicy, RoleSpec, RoleState};
use crate::text::hex;

/// The only key of a reference.
const REFERENCE: &str = "document";

/// The placeholder for the account id.
const ACCOUNT: &str = "${account}";

/// The number of bytes of a digest in a document's name.
const DIGEST: usize = 8;

/// Values from people that may look like a reference.
const TAGS: &str = "tags";

/// Writes accounts with references instead of the documents of their steps.
#[derive(Default)]
pub(super) struct Sharing<'a> {
    /// The texts of the documents, by their names.
    documents: BTreeMap<String, String>,
    /// Their names by their texts: thousands of roles have the same documents.
    names: BTreeMap<String, String>,
    /// The last document in each place: nearly always, the next account of the same rule has the same one there.
    last: BTreeMap<Place<'a>, Last<'a>>,
}

/// The place of a document within an account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    rule: Option<&'a str>,
    role: &'a str,
    field: &'static str,
    policy: &'a str,
}

#[derive(Clone, Copy)]
struct Account<'a> {
    id: &'a AccountId,
    rule: Option<&'a str>,
}

struct Last<'a> {
    document: &'a PolicyDocument,
    account: &'a AccountId,
    /// `None` if it is not shared.
    name: Option<String>,
}

impl<'a> Sharing<'a> {
    /// Returns the JSON of an account.
    pub(super) fn written(&mut self, id: &'a AccountId, plan: &'a AccountPlan) -> serde_json::Result<String> {
        let text = serde_json::to_string(&self.without_documents(id, plan))?;
        Ok(self.with_references(&text))
    }

    /// Returns the shared documents with their names.
    pub(super) fn into_documents(self) -> BTreeMap<String, String> {
        self.documents
    }

    fn without_documents(&mut self, id: &'a AccountId, plan: &'a AccountPlan) -> AccountPlan {
        let AccountPlan {
            account,
            rule,
            skipped,
            features,
            steps,
            in_sync,
            not_ours,
            withheld,
            role,
            connection_test,
            findings,
        } = plan;
        let of = Account { id, rule: rule.as_deref() };
        AccountPlan {
            account: account.clone(),
            rule: rule.clone(),
            skipped: skipped.clone(),
            features: features.clone(),
            steps: steps.iter().map(|step| self.step(of, step)).collect(),
            in_sync: in_sync.clone(),
            not_ours: not_ours.clone(),
            withheld: withheld.clone(),
            role: *role,
            connection_test: *connection_test,
            findings: findings.clone(),
        }
    }

    fn step(&mut self, of: Account<'a>, step: &'a Step) -> Step {
        let action = match &step.action {
            Action::PutRole { spec, expect } => Action::PutRole {
                spec: Box::new(self.spec(of, spec)),
                expect: match expect {
                    Expect::Absent => Expect::Absent,
                    Expect::Same(state) => Expect::same(self.state(of, state)),
                },
            },
            Action::RemoveRole { address, expected } => {
                Action::RemoveRole { address: address.clone(), expected: Box::new(self.state(of, expected)) }
            }
            action @ (Action::PutConnector { .. } | Action::RemoveConnector { .. }) => action.clone(),
        };
        Step { action, reason: step.reason }
    }

    fn spec(&mut self, of: Account<'a>, spec: &'a RoleSpec) -> RoleSpec {
        let RoleSpec {
            address,
            trust,
            inline,
            managed,
            attached,
            retired,
            boundary,
            max_session,
            tags,
            adopted,
            owner,
        } = spec;
        let role = address.name().as_str();
        let mut put = |field, policy, document| self.put(of, role, field, policy, document);
        RoleSpec {
            address: address.clone(),
            trust: put("trust", "", trust),
            inline: inline
                .iter()
                .map(|(name, document)| (name.clone(), put("inline", name.as_str(), document)))
                .collect(),
            managed: managed
                .iter()
                .map(|(arn, ManagedPolicy { description, document })| {
                    let document = put("managed", arn.name(), document);
                    (arn.clone(), ManagedPolicy::new(description.clone(), document))
                })
                .collect(),
            attached: attached.clone(),
            retired: retired.clone(),
            boundary: boundary.clone(),
            max_session: *max_session,
            tags: tags.clone(),
            adopted: adopted.clone(),
            owner: owner.clone(),
        }
    }

    fn state(&mut self, of: Account<'a>, state: &'a RoleState) -> RoleState {
        let RoleState { arn, trust, inline, attached, managed, boundary, max_session, tags } = state;
        let role = arn.name().as_str();
        let mut put = |field, policy, document| self.put(of, role, field, policy, document);
        RoleState {
            arn: arn.clone(),
            trust: put("seen trust", "", trust),
            inline: inline
                .iter()
                .map(|(name, document)| (name.clone(), put("seen inline", name.as_str(), document)))
                .collect(),
            attached: attached
                .iter()
                .map(|(arn, text)| {
                    let text = text.as_ref().map(|text| put("seen attached", arn.name(), text));
                    (arn.clone(), text)
                })
                .collect(),
            managed: managed.clone(),
            boundary: boundary.clone(),
            max_session: *max_session,
            tags: tags.clone(),
        }
    }

    /// The placeholder of a document while the account is written.
    fn put(
        &mut self,
        Account { id, rule }: Account<'a>,
        role: &'a str,
        field: &'static str,
        policy: &'a str,
        document: &'a PolicyDocument,
    ) -> PolicyDocument {
        let place = Place { rule, role, field, policy };
        let as_last = |last: &&Last<'_>| document.is_written_as(id, last.document, last.account);
        let name = if let Some(last) = self.last.get(&place).filter(as_last) {
            last.name.clone()
        } else {
            let name = self.name(id, document);
            self.last.insert(place, Last { document, account: id, name: name.clone() });
            name
        };
        name.map_or_else(|| document.clone(), |name| PolicyDocument::placeholder(&name))
    }

    /// The name of a document of an account. A document that itself contains the placeholder of ids is not shared: the
    /// placeholder would be replaced by the id.
    fn name(&mut self, id: &AccountId, document: &PolicyDocument) -> Option<String> {
        let text = document.to_json();
        if text.contains(ACCOUNT) {
            return None;
        }
        let text = text.replace(id.as_str(), ACCOUNT);
        if let Some(name) = self.names.get(&text) {
            return Some(name.clone());
        }
        let name = hex(Sha256::digest(&text).into_iter().take(DIGEST));
        self.documents.entry(name.clone()).or_insert_with(|| text.clone());
        self.names.insert(text, name.clone());
        Some(name)
    }

    /// The text with references instead of placeholders of documents. JSON escapes quotation marks within texts, so no other
    /// text looks like a placeholder.
    fn with_references(&self, text: &str) -> String {
        let (before, after) = PolicyDocument::PLACEHOLDER;
        let mut parts = text.split(before);
        let mut written = String::with_capacity(text.len());
        written.push_str(parts.next().unwrap_or_default());
        for part in parts {
            match part.split_once(after) {
                Some((name, rest)) if self.documents.contains_key(name) => {
                    written.extend(["{\"", REFERENCE, "\":\"", name, "\"}", rest]);
                }
                _ => written.extend([before, part]),
            }
        }
        written
    }
}

/// Replaces references with the documents.
///
/// **Errors.** A reference to a document that does not exist.
pub(super) fn put_back(accounts: &mut Value, documents: &Map<String, Value>) -> Result<(), String> {
    accounts
        .as_object_mut()
        .into_iter()
        .flatten()
        .try_for_each(|(account, plan)| put_in(plan, account, documents))
}

fn put_in(value: &mut Value, account: &str, documents: &Map<String, Value>) -> Result<(), String> {
    if let Some(name) = reference(value) {
        let mut document = documents.get(name).ok_or(name)?.clone();
        replace(&mut document, ACCOUNT, account);
        *value = document;
        return Ok(());
    }
    match value {
        Value::Object(fields) => inner(fields).try_for_each(|value| put_in(value, account, documents)),
        Value::Array(items) => items.iter_mut().try_for_each(|item| put_in(item, account, documents)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// The values that may contain documents.
fn inner(fields: &mut Map<String, Value>) -> impl Iterator<Item = &mut Value> {
    fields.iter_mut().filter(|(key, _)| *key != TAGS).map(|(_, value)| value)
}

fn reference(value: &Value) -> Option<&str> {
    let fields = value.as_object().filter(|fields| fields.len() == 1)?;
    fields.get(REFERENCE)?.as_str()
}

/// Replaces it in every text of a document, including keys.
fn replace(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) if text.contains(from) => *text = text.replace(from, to),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, from, to)),
        Value::Object(fields) => {
            let old = std::mem::take(fields);
            fields.extend(old.into_iter().map(|(key, mut value)| {
                replace(&mut value, from, to);
                (key.replace(from, to), value)
            }));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::plan::Reason;
    use crate::role::RoleAddress;
    use crate::route::Route;

    const IDS: [&str; 2] = ["000000000001", "000000000002"];

    /// An account whose role trusts a principal of its own.
    fn plan(id: &str, principal: &str) -> AccountPlan {
        let arn = format!("arn:aws:iam::{id}:role/Role").parse().unwrap();
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}]});
        let trust = PolicyDocument::parse(&trust.to_string()).unwrap();
        let spec = RoleSpec::new(RoleAddress::new(arn, Route::Direct), trust, "me".parse().unwrap())
            .with_tags([("document".to_owned(), "0123456789abcdef".to_owned())].into());
        let expect = Expect::same(RoleState::new(spec.address.arn.clone(), spec.trust.clone()));
        let action = Action::PutRole { spec: Box::new(spec), expect };
        AccountPlan { steps: vec![Step { action, reason: Reason::Drift }], ..AccountPlan::default() }
    }

    /// Two accounts as written, and the documents.
    fn written(plans: &[AccountPlan; 2]) -> ([Value; 2], BTreeMap<String, String>) {
        let ids = IDS.map(|id| id.parse::<AccountId>().unwrap());
        let mut sharing = Sharing::default();
        let [one, two] = [0, 1].map(|n| {
            let text = sharing.written(&ids[n], &plans[n]).unwrap();
            serde_json::from_str(&text).unwrap()
        });
        ([one, two], sharing.into_documents())
    }

    fn put_back_all(accounts: &[Value; 2], documents: &BTreeMap<String, String>) -> [AccountPlan; 2] {
        let mut all = json!({IDS[0]: accounts[0], IDS[1]: accounts[1]});
        let documents = documents
            .iter()
            .map(|(name, text)| (name.clone(), serde_json::from_str(text).unwrap()))
            .collect();
        put_back(&mut all, &documents).unwrap();
        IDS.map(|id| serde_json::from_value(all[id].take()).unwrap())
    }

    #[test]
    fn documents_that_differ_only_in_the_account_are_shared_and_restored() {
        let plans = IDS.map(|id| plan(id, &format!("arn:aws:iam::{id}:root")));
        let (accounts, documents) = written(&plans);
        assert_eq!(documents.len(), 1, "{documents:?}");
        assert!(documents.values().all(|document| document.contains("::${account}:root")));
        let trust = |account: &Value| account["steps"][0]["action"]["put_role"]["spec"]["trust"].clone();
        assert_eq!(trust(&accounts[0]), trust(&accounts[1]));
        assert_eq!(put_back_all(&accounts, &documents), plans);
    }

    #[test]
    fn documents_that_differ_otherwise_are_distinguished() {
        let plans = IDS.map(|id| plan(id, "arn:aws:iam::000000000001:root"));
        let (accounts, documents) = written(&plans);
        assert_eq!(documents.len(), 2, "the second speaks of another account than its own");
        assert_eq!(put_back_all(&accounts, &documents), plans);
    }

    #[test]
    fn a_document_that_contains_the_placeholder_is_unchanged() {
        let plans = IDS.map(|id| plan(id, &format!("arn:aws:iam::${{account}}:user/{id}")));
        let (accounts, documents) = written(&plans);
        assert!(documents.is_empty());
        assert_eq!(put_back_all(&accounts, &documents), plans);
    }

    #[test]
    fn text_similar_to_a_placeholder_is_unchanged() {
        let name = PolicyDocument::placeholder("0123456789abcdef").to_json();
        let mut plans = IDS.map(|id| plan(id, "x"));
        plans[0].rule = Some(name);
        let (accounts, documents) = written(&plans);
        assert_eq!(put_back_all(&accounts, &documents), plans);
    }

    #[test]
    fn a_dangling_reference_is_reported() {
        let mut accounts = json!({"000000000001": {"steps": [{"trust": {"document": "0123456789abcdef"}}]}});
        assert_eq!(put_back(&mut accounts, &Map::new()), Err("0123456789abcdef".into()));
    }
}
