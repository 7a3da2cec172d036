use std::collections::BTreeSet;

use super::legible::cleaned;
use super::value::shown;

/// The meaning of a CSV column or a JSON field. Both formats use the same names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Field {
    Id,
    Name,
    State,
    Status,
    /// The billing role of the account: management (master) or member (linked) account.
    BillingRole,
    Management,
    Payer,
    /// The cloud of the account, in lists of all clouds.
    Cloud,
    OuPath,
    /// One unit of the path, from 1 for the outermost; from 0 if there is such a field.
    OuLevel(u8),
    OuIds,
    /// The field `Paths` of AWS Organizations.
    Paths,
    Tags,
    Tag(String),
    TagKeys,
    Joined,
    Arn,
    Partition,
    Organization,
    Doubt,
}

impl Field {
    /// Returns the meaning of a name, if it is read. Case, spaces and punctuation do not count.
    pub(super) fn of(name: &str) -> Option<Self> {
        let name = name.trim();
        if let Some((prefix, key)) = name.split_once(':')
            && prefix.trim().eq_ignore_ascii_case("tag")
            && !key.trim().is_empty()
        {
            return Some(Self::Tag(cleaned(key.trim()).0.trim().into()));
        }
        let plain = plain(name);
        Some(match plain.as_str() {
            "id"
            | "account"
            | "accountid"
            | "accountidentifier"
            | "accountnumber"
            | "awsaccount"
            | "awsaccountid"
            | "awsaccountnumber"
            | "linkedaccount"
            | "linkedaccountid"
            | "linkedaccountnumber"
            | "vendoraccountid"
            | "vendoraccountidentifier"
            | "subaccountid"
            | "usageaccountid"
            | "lineitemusageaccountid" => Self::Id,
            "name"
            | "accountname"
            | "awsaccountname"
            | "linkedaccountname"
            | "vendoraccountname"
            | "subaccountname"
            | "usageaccountname"
            | "lineitemusageaccountname" => Self::Name,
            "state" | "accountstate" => Self::State,
            "status" | "accountstatus" => Self::Status,
            "type" | "accounttype" => Self::BillingRole,
            "management" | "ismanagement" => Self::Management,
            "payer"
            | "payerid"
            | "payeraccount"
            | "payeraccountid"
            | "payeraccountidentifier"
            | "payeraccountnumber"
            | "managementaccount"
            | "managementaccountid"
            | "masteraccount"
            | "masteraccountid"
            | "billingaccountid"
            | "billpayeraccountid" => Self::Payer,
            "vendor" | "cloud" | "cloudprovider" | "cloudvendor" | "provider" | "providername" => Self::Cloud,
            "oupath" | "ou" | "organizationalunit" | "organizationalunitpath" => Self::OuPath,
            "ouids" | "organizationalunitids" => Self::OuIds,
            "paths" => Self::Paths,
            "tags" => Self::Tags,
            "tagkeys" => Self::TagKeys,
            "joined" | "joinedtimestamp" | "joinedat" | "joineddate" => Self::Joined,
            "arn" | "accountarn" => Self::Arn,
            "partition" => Self::Partition,
            "organization" | "organizationid" => Self::Organization,
            "doubt" => Self::Doubt,
            other => return level(other).map(Self::OuLevel),
        })
    }

    /// What the field holds, in words.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Id => "account id".into(),
            Self::Name => "account name".into(),
            Self::State => "state".into(),
            Self::Status => "status".into(),
            Self::BillingRole => "type of the account".into(),
            Self::Management => "management".into(),
            Self::Payer => "payer".into(),
            Self::Cloud => "cloud".into(),
            Self::OuPath => "organizational units".into(),
            Self::OuLevel(level) => format!("organizational unit of level {level}"),
            Self::OuIds => "ids of the organizational units".into(),
            Self::Paths => "paths of the account".into(),
            Self::Tags => "tags".into(),
            Self::Tag(key) => format!("tag {}", shown(key)),
            Self::TagKeys => "keys of known tags".into(),
            Self::Joined => "joining time".into(),
            Self::Arn => "ARN".into(),
            Self::Partition => "partition".into(),
            Self::Organization => "organization".into(),
            Self::Doubt => "doubt".into(),
        }
    }
}

/// Whether a name for the id of an account belongs to an export of costs (FOCUS, Cost and Usage Reports). Its tags are those of
/// the billed resources.
pub(super) fn is_of_charges(name: &str) -> bool {
    matches!(&*plain(name), "subaccountid" | "usageaccountid" | "lineitemusageaccountid")
}

/// Whether these are exactly the names that IAM Identity Center uses for its fields of an account.
pub(super) fn is_of_identity_center<'a>(names: impl IntoIterator<Item = &'a str>) -> bool {
    let names: BTreeSet<String> = names.into_iter().map(plain).collect();
    names.iter().map(String::as_str).eq(["accountid", "accountname", "emailaddress"])
}

/// A name without case, spaces and punctuation.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Reads `OU 1`, `Level 2`: scripts write one column for each level of units.
fn level(plain: &str) -> Option<u8> {
    let word = plain.trim_end_matches(|c: char| c.is_ascii_digit());
    let level = plain[word.len()..].parse().ok()?;
    let known = ["ou", "oulevel", "level", "unit", "organizationalunit", "organizationalunitlevel"];
    (known.contains(&word) && level <= 20).then_some(level)
}
