//! A draft as a configuration file.

use serde::Serialize;
use serde_json::{Value, json};

use super::Draft;
use crate::cluster::{Cluster, TrustBy};
use crate::id::OwnerId;
use crate::intent::{Intent, Rule, RuleAction};
use crate::naming::Naming;
use crate::selector::{Glob, OuGlob, Selector, TagCondition};

impl Draft {
    /// The configuration file that says what the intent says, with what does not fit as comments. What `start` said of tags, regions,
    /// display names, sessions and ways into accounts is not part of it: it was written by hand, and stays so.
    ///
    /// ```text
    /// # 35 accounts are as the rules say, 1 are not.
    /// # 111122220005 "plain5" (rule "everybody"): has no connector yet
    /// ```
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        for line in self.to_string().lines() {
            // A name may hold anything, and nothing in it is to end the comment.
            let line: String = line.chars().filter(|c| !c.is_control()).collect();
            text.extend(["# ", &line, "\n"]);
        }
        text.push('\n');
        let Intent { owner, .. } = &self.intent;
        if *owner != OwnerId::default() {
            key(&mut text, "owner", owner);
        }
        harness(&mut text, &self.intent);
        role(&mut text, &self.intent);
        if self.intent.naming == Naming::AccountId {
            text += "\n[naming]\nrule = \"account-id\"\n";
        }
        self.intent.rules.iter().for_each(|own| rule(&mut text, own));
        text
    }
}

fn harness(text: &mut String, intent: &Intent) {
    let Intent { harness_account, cluster, external_id, .. } = intent;
    *text += "\n[harness]\n";
    key(text, "account-id", harness_account);
    let aws_account = cluster.aws_account.as_ref();
    let presets = [("us", Cluster::us()), ("eu", Cluster::eu())];
    let preset = presets.into_iter().find(|(_, preset)| preset.aws_account.as_ref() == aws_account);
    let (name, preset) = match (preset, aws_account) {
        (Some((name, preset)), _) => (name, preset),
        (None, Some(own)) => ("self-managed", Cluster::self_managed(own.clone())),
        (None, None) => ("us", Cluster::us()),
    };
    key(text, "cluster", &name);
    if name == "self-managed" {
        key(text, "aws-account", &aws_account);
    }
    key(text, "external-id", external_id);
    if cluster.trusted != preset.trusted {
        key(text, "trusted", &cluster.trusted);
    }
    if cluster.trust_by != TrustBy::default() {
        key(text, "trust-by", &cluster.trust_by);
    }
}

fn role(text: &mut String, intent: &Intent) {
    *text += "\n[role]\n";
    if let Value::Object(fields) = json!(intent.role) {
        fields.iter().for_each(|(name, value)| key(text, name, value));
    }
}

fn rule(text: &mut String, Rule { name, selector, action }: &Rule) {
    *text += "\n[[rules]]\n";
    key(text, "name", name);
    conditions(text, selector);
    match action {
        RuleAction::Skip(note) => key(text, "skip", note),
        RuleAction::Onboard(features) => {
            key(text, "features", &features.names().iter().map(|name| name.as_str()).collect::<Vec<_>>());
            let Value::Object(options) = json!(features) else { return };
            let options =
                options.iter().filter(|(_, options)| options.as_object().is_some_and(|o| !o.is_empty()));
            options.for_each(|(feature, options)| key(text, feature, options));
        }
    }
}

/// Those that a draft makes.
fn conditions(text: &mut String, selector: &Selector) {
    let Selector { accounts, names, ou_paths, ous, tags, management, joined_after: _ } = selector;
    if let Some(accounts) = accounts {
        key(text, "accounts", accounts);
    }
    let list = |text: &mut String, name: &str, values: Vec<&str>| {
        if !values.is_empty() {
            key(text, name, &values);
        }
    };
    list(text, "names", names.iter().map(Glob::as_str).collect());
    list(text, "ou-paths", ou_paths.iter().map(OuGlob::as_str).collect());
    list(text, "ous", ous.iter().map(String::as_str).collect());
    if !tags.is_empty() {
        let condition = |condition: &TagCondition| match condition {
            TagCondition::Present => json!(true),
            TagCondition::Absent => json!(false),
            TagCondition::OneOf(values) => json!(values),
        };
        let tags = tags.iter().map(|(key, own)| (key.clone(), condition(own)));
        key(text, "tags", &Value::Object(tags.collect()));
    }
    if let Some(management) = management {
        key(text, "management", management);
    }
}

fn key(text: &mut String, name: &str, value: &impl Serialize) {
    let value = inline(&json!(value));
    text.extend([name, " = ", &value, "\n"]);
}

/// A value in one line. Texts and numbers are written as JSON does.
fn inline(value: &Value) -> String {
    match value {
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(inline).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(_, value)| !value.is_null());
            let fields: Vec<_> =
                fields.map(|(name, value)| format!("{} = {}", json!(name), inline(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        // TOML knows no DEL in a text.
        other => other.to_string().replace('\u{7f}', "\\u007f"),
    }
}
