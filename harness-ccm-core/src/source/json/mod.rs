//! JSON: a list of accounts, or what `aws organizations list-accounts` prints.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{BufReader, Read};

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use super::bounded::Bounded;
use super::value::{AccountArn, Membership, forget_empty_tags, is_no_state, told};
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
#[serde(try_from = "TagsForm")]
struct Tags(BTreeMap<String, String>);

#[derive(serde::Deserialize)]
#[serde(untagged, expecting = "tags are an object or a list of Key and Value, each key once")]
enum TagsForm {
    Object(OnceEach),
    List(Vec<Tag>),
}

#[derive(serde::Deserialize)]
struct Tag {
    #[serde(rename = "Key")]
    key: String,
    #[serde(rename = "Value")]
    value: String,
}

/// Tags by key, each once.
struct OnceEach(BTreeMap<String, String>);

impl OnceEach {
    fn of<E: serde::de::Error>(
        tags: impl IntoIterator<Item = Result<(String, String), E>>,
    ) -> Result<Self, E> {
        let mut found = BTreeMap::new();
        for tag in tags {
            let (key, value) = tag?;
            if found.insert(key, value).is_some() {
                return Err(E::custom("a tag is there twice: keep one"));
            }
        }
        Ok(Self(found))
    }
}

impl<'de> Deserialize<'de> for OnceEach {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = OnceEach;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tags by key")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OnceEach, A::Error> {
                OnceEach::of(std::iter::from_fn(|| map.next_entry().transpose()))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

impl TryFrom<TagsForm> for Tags {
    type Error = serde::de::value::Error;

    fn try_from(form: TagsForm) -> Result<Self, Self::Error> {
        let OnceEach(tags) = match form {
            TagsForm::Object(tags) => tags,
            TagsForm::List(tags) => OnceEach::of(tags.into_iter().map(|tag| Ok((tag.key, tag.value))))?,
        };
        Ok(Self(tags))
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

/// Whether a field beside a list is where services say that there is more of it.
fn says_there_is_more(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["token", "marker", "cursor", "truncated", "more", "next", "pagina"].iter().any(|word| key.contains(word))
}

/// Whether there is more: whatever is not null, false, empty or nought.
struct More(bool);

impl<'de> Deserialize<'de> for More {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde_json::Value;
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Null | Value::Bool(false) => false,
            Value::String(text) => !text.is_empty(),
            Value::Number(number) => number.as_f64() != Some(0.0),
            Value::Array(items) => !items.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            Value::Bool(true) => true,
        }))
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
                        key if says_there_is_more(key) => {
                            if map.next_value::<More>()?.0 {
                                return Err(A::Error::custom(format!(
                                    "the list was broken off ({}): take it again without --max-items, or with all its pages",
                                    told(key)
                                )));
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
    if accounts.is_empty() {
        return Err(InvalidAccounts::new(1, 1, super::NO_ACCOUNT));
    }
    let note = forget_empty_tags(&mut accounts);
    Ok(Listing::complete(accounts).with_notes(note))
}
