//! JSON: a list of accounts, or what `aws organizations list-accounts` prints.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{BufReader, Read};

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use super::bounded::Bounded;
use super::value::{AccountArn, Membership, forget_empty_tags, is_no_state};
use super::{InvalidAccounts, OrgPath};
use crate::account::{Account, AccountState};
use crate::id::{AccountId, OrganizationId, Partition};
use crate::listing::Listing;
use crate::redact;
use crate::setting::Setting;
use crate::timestamp::Timestamp;

/// An account in either spelling. Fields that neither has are passed over: AWS adds some now and then.
#[derive(serde::Deserialize)]
struct Entry {
    #[serde(alias = "Id")]
    id: AccountId,
    #[serde(alias = "Name")]
    name: String,
    #[serde(default, alias = "State")]
    state: Option<String>,
    #[serde(default, alias = "Status")]
    status: Option<String>,
    #[serde(default, alias = "Arn")]
    arn: Option<AccountArn>,
    #[serde(default)]
    management: Option<bool>,
    #[serde(default)]
    partition: Option<Partition>,
    #[serde(default)]
    ou_path: Option<Vec<String>>,
    #[serde(default)]
    ou_ids: Option<Vec<String>>,
    #[serde(default, rename = "Paths")]
    paths: Option<Vec<String>>,
    #[serde(default, alias = "Tags")]
    tags: Option<Tags>,
    #[serde(default)]
    tag_keys: Option<BTreeSet<String>>,
    #[serde(default, alias = "JoinedTimestamp")]
    joined: Option<Joined>,
    #[serde(default)]
    payer: Option<AccountId>,
    #[serde(default)]
    organization: Option<OrganizationId>,
    #[serde(default)]
    doubt: Option<String>,
}

impl Entry {
    fn into_account(self) -> Result<Account, String> {
        let Self {
            id,
            name,
            state,
            status,
            arn,
            management,
            partition,
            ou_path,
            ou_ids,
            paths,
            tags,
            tag_keys,
            joined,
            payer,
            organization,
            doubt,
        } = self;
        let mut account = Account::new(id, name);
        // AWS always tells: an account without either word is one of which nothing is known. A list of one's own need not.
        if let Some(word) = state.or(status).or_else(|| arn.as_ref().map(|_| String::new())) {
            account.state = AccountState::from(word);
        }
        Membership { arn, payer, management }.enter_into(&mut account)?;
        account.organization = organization.or(account.organization);
        account.partition = partition.unwrap_or(account.partition);
        account.ou_path = ou_path;
        account.ou_ids = ou_ids.or_else(|| Some(OrgPath::of(&account.id, paths.as_deref()?)?.units));
        account.tags = tags.map(|Tags(tags)| tags);
        account.tag_keys = tag_keys;
        account.joined = joined.map(|Joined(time)| time);
        account.doubt = doubt;
        Ok(account)
    }
}

impl<'de> Deserialize<'de> for AccountArn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::value::account_arn(&text).map_err(D::Error::custom)
    }
}

/// An object, or the list of `Key` and `Value` that AWS makes of one.
#[derive(serde::Deserialize)]
#[serde(from = "TagsForm")]
struct Tags(BTreeMap<String, String>);

#[derive(serde::Deserialize)]
#[serde(untagged, expecting = "tags are an object, or a list of Key and Value")]
enum TagsForm {
    Object(BTreeMap<String, String>),
    List(Vec<Tag>),
}

#[derive(serde::Deserialize)]
struct Tag {
    #[serde(rename = "Key")]
    key: String,
    #[serde(rename = "Value")]
    value: String,
}

impl From<TagsForm> for Tags {
    fn from(form: TagsForm) -> Self {
        Self(match form {
            TagsForm::Object(tags) => tags,
            TagsForm::List(tags) => tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
        })
    }
}

/// Text, or seconds since 1970: the AWS command line prints the one or the other (`cli_timestamp_format`).
struct Joined(Timestamp);

impl<'de> Deserialize<'de> for Joined {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Time;

        impl Visitor<'_> for Time {
            type Value = Timestamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time, or seconds since 1970")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_i64<E: serde::de::Error>(self, seconds: i64) -> Result<Timestamp, E> {
                Timestamp::from_unix_seconds(seconds).map_err(E::custom)
            }

            fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<Timestamp, E> {
                self.visit_i64(i64::try_from(seconds).map_err(E::custom)?)
            }

            fn visit_f64<E: serde::de::Error>(self, seconds: f64) -> Result<Timestamp, E> {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "it saturates, and what is far off is refused"
                )]
                self.visit_i64(seconds.floor() as i64)
            }
        }

        deserializer.deserialize_any(Time).map(Self)
    }
}

/// A list of accounts, each once. Checked while reading, so that an error has its place.
struct Accounts(Vec<Account>);

impl<'de> Deserialize<'de> for Accounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Accounts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of accounts")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Accounts, A::Error> {
                let (mut accounts, mut ids) = (Vec::new(), BTreeSet::new());
                while let Some(entry) = list.next_element::<Entry>()? {
                    if !ids.insert(entry.id.clone()) {
                        return Err(A::Error::custom(format!(
                            "account {} is there twice: keep one",
                            entry.id
                        )));
                    }
                    if entry.name.trim().is_empty() {
                        return Err(A::Error::custom(format!(
                            "the name of account {} is empty: in AWS every account has one",
                            entry.id
                        )));
                    }
                    let words = [&entry.state, &entry.status, &entry.doubt];
                    if words.into_iter().flatten().any(|word| is_no_state(word)) {
                        return Err(A::Error::custom(format!(
                            "the state of account {} is no state of an account, such as ACTIVE or SUSPENDED",
                            entry.id
                        )));
                    }
                    accounts.push(entry.into_account().map_err(A::Error::custom)?);
                }
                Ok(Accounts(accounts))
            }
        }

        deserializer.deserialize_seq(List)
    }
}

/// The list by itself, or in an object under `Accounts`, `accounts`.
struct Document(Vec<Account>);

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Document;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of accounts, or an object with one under Accounts")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Document, A::Error> {
                let Accounts(accounts) =
                    Accounts::deserialize(serde::de::value::SeqAccessDeserializer::new(list))?;
                Ok(Document(accounts))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
                let mut accounts = None;
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "Accounts" | "accounts" => {
                            let Accounts(list) = map.next_value()?;
                            if accounts.replace(list).is_some() {
                                return Err(A::Error::custom("there are two lists of accounts"));
                            }
                        }
                        "NextToken" => {
                            if map.next_value::<Option<String>>()?.is_some() {
                                return Err(A::Error::custom(
                                    "the list was broken off (NextToken): take it again without --max-items",
                                ));
                            }
                        }
                        "kind" => {
                            return Err(A::Error::custom(format!(
                                "this is a file that harness-ccm wrote, not a list of accounts: a kept listing is named in {}",
                                Setting::Keep
                            )));
                        }
                        _ => {
                            map.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                accounts.map(Document).ok_or_else(|| A::Error::custom("there is no list under Accounts"))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

pub(super) fn read(reader: impl Read) -> Result<Listing, InvalidAccounts> {
    let bounded = BufReader::new(Bounded::without_records(reader));
    let Document(mut accounts) = serde_json::from_reader(bounded).map_err(|error| {
        let (line, column) = (error.line() as u64, error.column() as u64);
        match error.classify() {
            Category::Io => InvalidAccounts::unreadable(line.max(1), column.max(1), error.into()),
            Category::Syntax | Category::Data | Category::Eof => {
                InvalidAccounts::new(line.max(1), column.max(1), redact::json_problem(&error))
            }
        }
    })?;
    let note = forget_empty_tags(&mut accounts);
    Ok(Listing::complete(accounts).with_notes(note))
}
