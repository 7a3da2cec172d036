//! The table `[naming]`.

use serde::Deserialize;
use toml::Spanned;

use super::InvalidConfig;
use super::reader::Reader;
use crate::naming::{DisplayName, Naming, Template};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct NamingTable {
    rule: Option<Spanned<NamingRule>>,
    template: Option<Spanned<String>>,
    #[serde(default)]
    display_name: DisplayNameChoice,
}

/// What connectors are shown as.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DisplayNameChoice {
    #[default]
    Rule,
    Account,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum NamingRule {
    Guide,
    AccountId,
    Template,
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
                Err(reader.wrong(&text.span(), "a template goes with rule = \"template\""))
            }
        }
    }
}
