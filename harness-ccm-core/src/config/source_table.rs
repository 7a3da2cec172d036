//! The table `[[sources]]`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::InvalidConfig;
use super::placed::Placed;
use super::reader::Reader;
use crate::account::{Account, AccountState};
use crate::id::{AccountId, ExternalId, Partition, RoleArn};
use crate::route::Hop;
use crate::secret::looks_like_key;
use crate::source::{ListOptions, SourceKind, SourceSpec, listed};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// The keys, each with its equivalent in code.
pub(super) const KEYS: &[(&str, &str)] = &[
    ("kind", "SourceSpec::new"),
    ("name", "SourceSpec::new"),
    ("file", "SourceKind::Csv"),
    ("pad-ids", "ListOptions::with_pad_ids"),
    ("role", "SourceKind::Organizations"),
    ("external-id", "Hop::with_external_id"),
    ("accounts", "SourceKind::List"),
    ("accounts.id", "Account::new"),
    ("accounts.name", "Account::new"),
    ("accounts.state", "Account::with_state"),
    ("accounts.management", "Account::as_management"),
    ("accounts.partition", "Account::with_partition"),
    ("accounts.ou-path", "Account::with_ou_path"),
    ("accounts.ou-ids", "Account::with_ou_ids"),
    ("accounts.tags", "Account::with_tags"),
    ("payer", "SourceSpec::with_payer"),
];

/// A source of accounts.
#[derive(serde::Deserialize, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SourceTable {
    /// The kind of source.
    kind: Placed<Kind>,
    /// Its name, for notes and errors; by default the file, the role or the kind.
    name: Option<String>,
    /// The path of the list, relative to the intent file. Only for the kinds `csv` and `json`, and
    /// required there.
    file: Option<Placed<String>>,
    /// Whether ids get back the leading zeros that a spreadsheet removed, with a note. Only for the kinds `csv` and
    /// `json`.
    #[cfg_attr(feature = "schema", schemars(extend("default" = false)))]
    pad_ids: Option<Placed<bool>>,
    /// The role that lists the organization; without it, the caller's own credentials. Only for the kind
    /// `organizations`.
    role: Option<Placed<RoleArn>>,
    /// The external id for that role. Only for the kind `organizations`.
    external_id: Option<Placed<ExternalId>>,
    /// The accounts. Only for the kind `list`, and required there.
    accounts: Option<Placed<Vec<Placed<AccountTable>>>>,
    /// The management account of the accounts, if the list does not name it. Only for the kinds `csv`, `json` and `list`.
    payer: Option<Placed<AccountId>>,
}

/// The kind of a source.
#[derive(Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum Kind {
    /// An AWS organization.
    Organizations,
    /// A file of comma-separated values.
    Csv,
    /// A JSON file.
    Json,
    /// A list in the intent file itself.
    List,
}

/// An account with named keys, and in no other form: in a list without keys, another value could be read as the state.
#[derive(serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(transparent))]
#[serde(transparent)]
struct AccountTable(AccountKeys);

/// An account.
#[derive(serde::Deserialize, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AccountKeys {
    /// The 12-digit id.
    id: AccountId,
    /// Its name in the organization.
    name: String,
    /// The state of the account, as AWS names it.
    #[cfg_attr(feature = "schema", schemars(extend("default" = "ACTIVE")))]
    state: Option<AccountState>,
    /// Whether it is the management account.
    management: Option<bool>,
    /// The partition.
    #[serde(default)]
    partition: Partition,
    /// The names of its organizational units from the root down.
    ou_path: Option<Vec<String>>,
    /// The ids of the same units.
    ou_ids: Option<Vec<String>>,
    /// Its tags in the organization.
    tags: Option<BTreeMap<String, String>>,
}

impl From<&SourceSpec> for SourceTable {
    fn from(SourceSpec { name, kind, payer }: &SourceSpec) -> Self {
        let mut table = Self {
            kind: Kind::Organizations.into(),
            name: Some(name.clone()),
            file: None,
            pad_ids: None,
            role: None,
            external_id: None,
            accounts: None,
            payer: payer.clone().map(Placed::from),
        };
        match kind {
            SourceKind::Organizations { role } => {
                table.role = role.as_ref().map(|hop| hop.role.clone().into());
                table.external_id = role.as_ref().and_then(|hop| hop.external_id.clone()).map(Placed::from);
            }
            SourceKind::Csv { file, options } => {
                table.kind = Kind::Csv.into();
                table.file = Some(file.clone().into());
                table.pad_ids = Some(options.pad_ids.into());
            }
            SourceKind::Json { file, options } => {
                table.kind = Kind::Json.into();
                table.file = Some(file.clone().into());
                table.pad_ids = Some(options.pad_ids.into());
            }
            SourceKind::List(accounts) => {
                table.kind = Kind::List.into();
                let accounts = accounts.iter().map(|account| AccountTable::from(account).into());
                table.accounts = Some(accounts.collect::<Vec<_>>().into());
            }
        }
        table
    }
}

impl From<&Account> for AccountTable {
    fn from(account: &Account) -> Self {
        Self(AccountKeys {
            id: account.id.clone(),
            name: account.name.clone(),
            state: Some(account.state.clone()),
            management: account.management,
            partition: account.partition,
            ou_path: account.ou_path.clone(),
            ou_ids: account.ou_ids.clone(),
            tags: account.tags.clone(),
        })
    }
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
                let problem = "an earlier source has the same name: change one of them";
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
            ("file", file.as_ref().map(Placed::span), for_file),
            ("pad-ids", pad_ids.as_ref().map(Placed::span), for_file),
            ("role", role.as_ref().map(Placed::span), kind == Kind::Organizations),
            ("external-id", external_id.as_ref().map(Placed::span), kind == Kind::Organizations),
            ("accounts", accounts.as_ref().map(Placed::span), kind == Kind::List),
            ("payer", payer.as_ref().map(Placed::span), kind != Kind::Organizations),
        ];
        for (key, span, fits) in stray {
            if let (Some(span), false) = (span, fits) {
                return Err(
                    reader.wrong(&span, format!("{key} is not allowed in a source of the kind {word}"))
                );
            }
        }
        if let (Some(id), None) = (&external_id, &role) {
            return Err(reader.wrong(&id.span(), "an external id needs the role that lists: set role too"));
        }
        let need = |what: &str| reader.wrong(&kind_span, format!("a source of the kind {word} needs {what}"));
        let options = match pad_ids.map(Placed::into_inner) {
            Some(true) => ListOptions::default().with_pad_ids(),
            Some(false) | None => ListOptions::default(),
        };
        let kind = match kind {
            Kind::Organizations => {
                let role = role.map(|role| {
                    let mut hop = Hop::new(role.into_inner());
                    hop.external_id = external_id.map(Placed::into_inner);
                    hop
                });
                SourceKind::Organizations { role }
            }
            Kind::Csv => {
                SourceKind::Csv { file: file.map(Placed::into_inner).ok_or_else(|| need("a file"))?, options }
            }
            Kind::Json => SourceKind::Json {
                file: file.map(Placed::into_inner).ok_or_else(|| need("a file"))?,
                options,
            },
            Kind::List => {
                let accounts = accounts.ok_or_else(|| need("accounts"))?;
                if accounts.get_ref().is_empty() {
                    return Err(reader.wrong(&accounts.span(), "the list is empty: remove the source"));
                }
                let mut ids = BTreeSet::new();
                let mut list = Vec::new();
                for account in accounts.into_inner() {
                    if !ids.insert(account.get_ref().0.id.clone()) {
                        let problem = "this account occurs twice: keep one of them";
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
        Ok(payer.map(Placed::into_inner).into_iter().fold(spec, SourceSpec::with_payer))
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
