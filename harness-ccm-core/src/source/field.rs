use crate::source::value::told;

/// A column that is read, by its meaning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Id,
    Name,
    State,
    Status,
    Management,
    Payer,
    OuPath,
    OuIds,
    Tags,
    Tag(String),
    Joined,
    Arn,
}

impl Column {
    /// What the name of a column means, if it is read.
    pub(super) fn of(header: &str) -> Option<Self> {
        let header = header.trim();
        if let Some((prefix, key)) = header.split_once(':')
            && prefix.trim().eq_ignore_ascii_case("tag")
            && !key.trim().is_empty()
        {
            return Some(Self::Tag(key.trim().into()));
        }
        let plain: String =
            header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        Some(match plain.as_str() {
            "id"
            | "account"
            | "accountid"
            | "linkedaccount"
            | "linkedaccountid"
            | "awsaccount"
            | "awsaccountid"
            | "accountnumber"
            | "usageaccountid"
            | "lineitemusageaccountid" => Self::Id,
            "name" | "accountname" | "linkedaccountname" | "awsaccountname" | "lineitemusageaccountname" => {
                Self::Name
            }
            "state" | "accountstate" => Self::State,
            "status" | "accountstatus" => Self::Status,
            "management" | "ismanagement" => Self::Management,
            "payer"
            | "payeraccount"
            | "payeraccountid"
            | "managementaccount"
            | "managementaccountid"
            | "masteraccount"
            | "masteraccountid"
            | "billpayeraccountid" => Self::Payer,
            "oupath" | "ou" | "organizationalunit" | "organizationalunitpath" => Self::OuPath,
            "ouids" | "organizationalunitids" => Self::OuIds,
            "tags" => Self::Tags,
            "joined" | "joinedtimestamp" | "joinedat" | "joineddate" => Self::Joined,
            "arn" | "accountarn" => Self::Arn,
            _ => return None,
        })
    }

    /// What it holds, in words.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Id => "account id".into(),
            Self::Name => "account name".into(),
            Self::State => "state".into(),
            Self::Status => "status".into(),
            Self::Management => "management".into(),
            Self::Payer => "payer".into(),
            Self::OuPath => "organizational units".into(),
            Self::OuIds => "ids of the organizational units".into(),
            Self::Tags => "tags".into(),
            Self::Tag(key) => format!("tag {}", told(key)),
            Self::Joined => "joining time".into(),
            Self::Arn => "ARN".into(),
        }
    }
}
