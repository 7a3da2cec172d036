//! The table `[naming]`.

use serde::{Deserialize, Serialize};

use super::InvalidConfig;
use super::placed::Placed;
use super::reader::Reader;
use crate::intent::Intent;
use crate::naming::{DisplayName, Naming, Template};

/// The keys, each with its equivalent in code.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("rule", "Intent::with_naming"),
    ("template", "Naming::Template"),
    ("display-name", "Intent::with_display_name"),
];

/// The names of connectors.
#[derive(Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct NamingTable {
    /// The rule that makes identifiers; `template` if a template is set.
    #[cfg_attr(feature = "schema", schemars(extend("default" = "guide")))]
    rule: Option<Placed<NamingRule>>,
    /// A text with `${name}`, `${id}`, `${partition}`, `${ou}`, `${ou.1}` (and so on), `${ou-path}` and `${tag.KEY}`, each
    /// optionally with a default: `${tag.env|none}`.
    template: Option<Placed<String>>,
    /// The display names of connectors.
    #[serde(default)]
    display_name: DisplayNameChoice,
}

/// The display names of connectors.
#[derive(Clone, Copy, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum DisplayNameChoice {
    /// With the rule `guide` the name as in the guide, `prod_data` for `prod-data`; with other rules the account's
    /// name.
    #[default]
    Rule,
    /// The account's name, with any rule.
    Account,
}

/// The rule that makes identifiers of connectors.
#[derive(Clone, Copy, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum NamingRule {
    /// The account's name, as in the public guide.
    Guide,
    /// `aws` and the account id.
    AccountId,
    /// The text of `template`.
    Template,
}

impl From<&Intent> for NamingTable {
    fn from(intent: &Intent) -> Self {
        let (rule, template) = match &intent.naming {
            Naming::Guide => (NamingRule::Guide, None),
            Naming::AccountId => (NamingRule::AccountId, None),
            Naming::Template(template) => (NamingRule::Template, Some(template.to_string().into())),
        };
        let display_name = match intent.display_name {
            DisplayName::OfRule => DisplayNameChoice::Rule,
            DisplayName::OfAccount => DisplayNameChoice::Account,
        };
        Self { rule: Some(rule.into()), template, display_name }
    }
}

impl NamingTable {
    pub(super) fn display_name(&self) -> DisplayName {
        match self.display_name {
            DisplayNameChoice::Rule => DisplayName::OfRule,
            DisplayNameChoice::Account => DisplayName::OfAccount,
        }
    }

    pub(super) fn into_naming(self, reader: &Reader<'_>) -> Result<Naming, InvalidConfig> {
        let Self { rule, template, display_name: _ } = self;
        match (rule.as_ref().map(|rule| (*rule.get_ref(), rule.span())), template) {
            (None | Some((NamingRule::Guide, _)), None) => Ok(Naming::Guide),
            (Some((NamingRule::AccountId, _)), None) => Ok(Naming::AccountId),
            (None | Some((NamingRule::Template, _)), Some(text)) => {
                match text.get_ref().parse::<Template>() {
                    Ok(template) => Ok(Naming::Template(template)),
                    Err(error) => Err(reader.wrong(&reader.within(&text, error.at), error.to_string())),
                }
            }
            (Some((NamingRule::Template, span)), None) => Err(reader
                .wrong(&span, "the rule needs a template: set naming.template, such as \"${ou}_${name}\"")),
            (Some((NamingRule::Guide | NamingRule::AccountId, _)), Some(text)) => {
                Err(reader.wrong(&text.span(), "a template needs rule = \"template\""))
            }
        }
    }
}
