//! The table `[[sources]]`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use toml::Spanned;

use super::InvalidConfig;
use super::reader::Reader;
use crate::account::{Account, AccountState};
use crate::id::{AccountId, ExternalId, Partition, RoleArn};
use crate::route::Hop;
use crate::secret::looks_like_key;
use crate::source::{ListOptions, SourceKind, SourceSpec, listed};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SourceTable {
    kind: Spanned<Kind>,
    name: Option<String>,
    file: Option<Spanned<String>>,
    pad_ids: Option<Spanned<bool>>,
    role: Option<Spanned<RoleArn>>,
    external_id: Option<Spanned<ExternalId>>,
    accounts: Option<Spanned<Vec<Spanned<AccountTable>>>>,
    payer: Option<Spanned<AccountId>>,
}

#[derive(Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Organizations,
    Csv,
    Json,
    List,
}

/// An account by its keys, and in no other form: in a list without keys, another value could take the place of the state.
struct AccountTable(AccountKeys);

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AccountKeys {
    id: AccountId,
    name: String,
    state: Option<AccountState>,
    management: Option<bool>,
    #[serde(default)]
    partition: Partition,
    ou_path: Option<Vec<String>>,
    ou_ids: Option<Vec<String>>,
    tags: Option<BTreeMap<String, String>>,
}

pub(super) fn sources(
    tables: Vec<SourceTable>,
    reader: &Reader<'_>,
) -> Result<Vec<SourceSpec>, InvalidConfig> {
    let mut names = BTreeSet::new();
    tables
        .into_iter()
        .map(|table| {
            let kind = table.kind.span();
            let spec = table.into_spec(reader)?;
            if !names.insert(spec.name.clone()) {
                let problem = "a source before this one has the same name: give one another name";
                return Err(reader.wrong(&kind, problem));
            }
            Ok(spec)
        })
        .collect()
}

impl SourceTable {
    fn into_spec(self, reader: &Reader<'_>) -> Result<SourceSpec, InvalidConfig> {
        let Self { kind, name, file, pad_ids, role, external_id, accounts, payer } = self;
        let (kind_span, kind) = (kind.span(), kind.into_inner());
        let (for_file, word) = match kind {
            Kind::Organizations => (false, "organizations"),
            Kind::Csv => (true, "csv"),
            Kind::Json => (true, "json"),
            Kind::List => (false, "list"),
        };
        let stray = [
            ("file", file.as_ref().map(Spanned::span), for_file),
            ("pad-ids", pad_ids.as_ref().map(Spanned::span), for_file),
            ("role", role.as_ref().map(Spanned::span), kind == Kind::Organizations),
            ("external-id", external_id.as_ref().map(Spanned::span), kind == Kind::Organizations),
            ("accounts", accounts.as_ref().map(Spanned::span), kind == Kind::List),
            ("payer", payer.as_ref().map(Spanned::span), kind != Kind::Organizations),
        ];
        for (key, span, fits) in stray {
            if let (Some(span), false) = (span, fits) {
                return Err(reader.wrong(&span, format!("a source of the kind {word} has no {key}")));
            }
        }
        if let (Some(id), None) = (&external_id, &role) {
            return Err(
                reader.wrong(&id.span(), "an external id is for the role that lists: give its role too")
            );
        }
        let need = |what: &str| reader.wrong(&kind_span, format!("a source of the kind {word} needs {what}"));
        let options = ListOptions::default().with_pad_ids(pad_ids.is_some_and(Spanned::into_inner));
        let kind = match kind {
            Kind::Organizations => {
                let role = role.map(|role| {
                    let mut hop = Hop::new(role.into_inner());
                    hop.external_id = external_id.map(Spanned::into_inner);
                    hop
                });
                SourceKind::Organizations { role }
            }
            Kind::Csv => SourceKind::Csv {
                file: file.map(Spanned::into_inner).ok_or_else(|| need("a file"))?,
                options,
            },
            Kind::Json => SourceKind::Json {
                file: file.map(Spanned::into_inner).ok_or_else(|| need("a file"))?,
                options,
            },
            Kind::List => {
                let accounts = accounts.ok_or_else(|| need("accounts"))?;
                if accounts.get_ref().is_empty() {
                    return Err(
                        reader.wrong(&accounts.span(), "the list names no account: leave the source out")
                    );
                }
                let mut ids = BTreeSet::new();
                let mut list = Vec::new();
                for account in accounts.into_inner() {
                    if !ids.insert(account.get_ref().0.id.clone()) {
                        let problem = "this account is there twice: keep one";
                        return Err(reader.wrong(&account.span(), problem));
                    }
                    let span = account.span();
                    let account = listed::checked(account.into_inner().into_account());
                    list.push(account.map_err(|problem| reader.wrong(&span, problem))?);
                }
                SourceKind::List(list)
            }
        };
        let name = name.unwrap_or_else(|| match &kind {
            SourceKind::Csv { file, .. } | SourceKind::Json { file, .. } if !looks_like_key(file) => {
                file.clone()
            }
            SourceKind::Organizations { role: Some(hop) } => hop.role.to_string(),
            _ => word.into(),
        });
        let spec = SourceSpec::new(name, kind);
        Ok(payer.map(Spanned::into_inner).into_iter().fold(spec, SourceSpec::with_payer))
    }
}

impl<'de> Deserialize<'de> for AccountTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;

        impl<'de> Visitor<'de> for Keys {
            type Value = AccountTable;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an account as a table with id and name")
            }

            fn visit_map<A: MapAccess<'de>>(self, keys: A) -> Result<AccountTable, A::Error> {
                AccountKeys::deserialize(MapAccessDeserializer::new(keys)).map(AccountTable)
            }
        }

        deserializer.deserialize_map(Keys)
    }
}

impl AccountTable {
    fn into_account(self) -> Account {
        let Self(AccountKeys { id, name, state, management, partition, ou_path, ou_ids, tags }) = self;
        let mut account = Account::new(id, name).with_partition(partition);
        account.state = state.unwrap_or(account.state);
        account.management = management;
        account.ou_path = ou_path;
        account.ou_ids = ou_ids;
        account.tags = tags;
        account
    }
}
