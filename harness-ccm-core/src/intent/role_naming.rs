use std::fmt;
use std::str::FromStr;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::{InvalidId, RoleName};

/// The name of the cross-account role of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleNaming {
    /// This name, after the prefix, in every account.
    Fixed(RoleName),
    /// The name that the account's connector has for it, `from-connector` in an intent file: Harness' console proposes a
    /// different name for each account.
    FromConnector {
        /// The name, after the prefix, if there is no connector yet.
        new: RoleName,
    },
}

/// The word in an intent file.
const FROM_CONNECTOR: &str = "from-connector";

impl RoleNaming {
    /// The role that the account's connector names, or [`RoleName::cross_account`] if there is none yet.
    pub fn from_connector() -> Self {
        Self::FromConnector { new: RoleName::cross_account() }
    }

    /// The name, after the prefix, of a new role.
    pub fn new_name(&self) -> &RoleName {
        let (Self::Fixed(name) | Self::FromConnector { new: name }) = self;
        name
    }

    /// Whether connectors determine the name.
    pub fn is_from_connector(&self) -> bool {
        matches!(self, Self::FromConnector { .. })
    }
}

impl Default for RoleNaming {
    fn default() -> Self {
        Self::Fixed(RoleName::cross_account())
    }
}

impl From<RoleName> for RoleNaming {
    fn from(name: RoleName) -> Self {
        Self::Fixed(name)
    }
}

/// Reads it as in an intent file.
impl FromStr for RoleNaming {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == FROM_CONNECTOR { Ok(Self::from_connector()) } else { text.parse().map(Self::Fixed) }
    }
}

/// The table of an intent file: `{ from-connector = { new = "..." } }`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    from_connector: New,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    new: RoleName,
}

impl Serialize for RoleNaming {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fixed(name) => name.serialize(serializer),
            Self::FromConnector { new } if *new == RoleName::cross_account() => {
                serializer.serialize_str(FROM_CONNECTOR)
            }
            Self::FromConnector { new } => {
                Table { from_connector: New { new: new.clone() } }.serialize(serializer)
            }
        }
    }
}

impl<'de> Deserialize<'de> for RoleNaming {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrTable)
    }
}

/// Reads either form, each with its own errors.
struct TextOrTable;

impl<'de> Visitor<'de> for TextOrTable {
    type Value = RoleNaming;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a role, from-connector, or { from-connector = { new = \"...\" } }")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RoleNaming, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RoleNaming, A::Error> {
        let Table { from_connector: New { new } } = Table::deserialize(MapAccessDeserializer::new(map))?;
        Ok(RoleNaming::FromConnector { new })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for RoleNaming {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RoleNaming".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let name = generator.subschema_for::<RoleName>();
        schemars::json_schema!({
            "description": "A name, `from-connector`, or `{ from-connector = { new = \"...\" } }`.",
            "anyOf": [
                {"type": "string", "format": "name of a role, or `from-connector`"},
                {
                    "type": "object",
                    "properties": {
                        "from-connector": {
                            "type": "object",
                            "properties": {"new": name},
                            "required": ["new"],
                            "additionalProperties": false,
                        },
                    },
                    "required": ["from-connector"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_value_is_read_again() {
        let read = |json: &str| serde_json::from_str::<RoleNaming>(json);
        assert_eq!(read("\"from-connector\"").unwrap(), RoleNaming::from_connector());
        let fixed = RoleNaming::Fixed("Acme".parse().unwrap());
        let new = RoleNaming::FromConnector { new: "Acme".parse().unwrap() };
        for naming in [RoleNaming::default(), RoleNaming::from_connector(), fixed, new] {
            let json = serde_json::to_string(&naming).unwrap();
            assert_eq!(read(&json).unwrap(), naming, "{json}");
        }
        assert!(read("\"no name\"").unwrap_err().to_string().contains("1 to 64 characters"), "its own error");
        assert!(read("{\"from-connector\": {\"new\": \"no name\"}}").is_err());
        assert!(read("{\"from\": {}}").is_err());
    }
}
