use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::id::{AccountId, ConnectorId, ConnectorName, InvalidId};

/// How connectors are called.
///
/// Whatever the rule gives is made valid for Harness. Names that collide, are reserved or hold nothing usable are settled by
/// the account id, so that the result does not depend on the order of the accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Naming {
    /// The public guide's rule: the account's name without white space around it, `-` and space become `_`.
    #[default]
    Guide,
    /// `aws` and the account id.
    AccountId,
}

/// The longest identifier that Harness takes.
const MAX: usize = 128;

impl Naming {
    /// The identifier of every account's connector, each valid and each different.
    pub fn identifiers<'a>(
        self,
        accounts: impl IntoIterator<Item = &'a Account>,
    ) -> Result<BTreeMap<AccountId, ConnectorId>, InvalidId> {
        let proposals: BTreeMap<&AccountId, String> =
            accounts.into_iter().map(|account| (&account.id, self.propose(account))).collect();
        let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
        for proposal in proposals.values() {
            *taken.entry(proposal).or_default() += 1;
        }
        proposals
            .iter()
            .map(|(id, proposal)| {
                let alone = taken.get(proposal.as_str()) == Some(&1);
                let parsed: ConnectorId = proposal.parse()?;
                // What ends in another account's number could meet the name that is settled by that number.
                let borrowed = ends_in_number(proposal) && !proposal.ends_with(id.as_str());
                let identifier =
                    if alone && !parsed.is_reserved() && !borrowed { parsed } else { settle(&parsed, id)? };
                Ok(((*id).clone(), identifier))
            })
            .collect()
    }

    fn propose(self, account: &Account) -> String {
        match self {
            Self::Guide => usable(&account.name).unwrap_or_else(|| format!("aws{}", account.id)),
            Self::AccountId => format!("aws{}", account.id),
        }
    }
}

/// `identifier` with the account's number behind it.
pub(crate) fn settle(identifier: &ConnectorId, account: &AccountId) -> Result<ConnectorId, InvalidId> {
    let base: String = identifier.as_str().chars().take(MAX - 13).collect();
    format!("{base}_{account}").parse()
}

fn ends_in_number(text: &str) -> bool {
    text.len() >= 12 && text.bytes().rev().take(12).all(|b| b.is_ascii_digit())
}

/// The name as an identifier; nothing if it holds no letter or digit.
fn usable(name: &str) -> Option<String> {
    let name = name.trim();
    if !name.bytes().any(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let keep = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '$' { c } else { '_' };
    let mut identifier: String = name.chars().map(keep).collect();
    if identifier.starts_with(|c: char| c.is_ascii_digit() || c == '$') {
        identifier.insert(0, '_');
    }
    identifier.truncate(MAX);
    Some(identifier)
}

/// The connector's display name: the account's name, with what Harness does not take replaced.
pub(super) fn display_name(account: &Account) -> Result<ConnectorName, InvalidId> {
    let keep = |c: char| if c.is_ascii_alphanumeric() || "-_./ ".contains(c) { c } else { '_' };
    let name: String = account.name.trim().chars().map(keep).take(MAX).collect();
    if name.is_empty() { format!("aws{}", account.id).parse() } else { name.parse() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn account(number: u64, name: &str) -> Account {
        Account::new(format!("{number:012}").parse().unwrap(), name)
    }

    fn identify(names: &[&str]) -> Vec<String> {
        let accounts: Vec<_> = (1..).zip(names).map(|(n, name)| account(n, name)).collect();
        Naming::Guide.identifiers(&accounts).unwrap().values().map(ToString::to_string).collect()
    }

    #[test]
    fn names_the_guide_can_handle_come_out_as_in_the_guide() {
        assert_eq!(
            identify(&["prod-data", " Team A ", "plain", "a_b"]),
            ["prod_data", "Team_A", "plain", "a_b"]
        );
    }

    #[test]
    fn names_the_guide_can_not_handle_become_valid() {
        assert_eq!(
            identify(&["1st", "R&D (eu)", "org", "***", "a b", "a-b", "x_000000000001"]),
            [
                "_1st",
                "R_D__eu_",
                "org_000000000003",
                "aws000000000004",
                "a_b_000000000005",
                "a_b_000000000006",
                "x_000000000001_000000000007"
            ]
        );
    }

    proptest! {
        #[test]
        fn any_names_give_valid_and_different_identifiers_in_any_order(
            names in prop::collection::vec("[ -~]{0,50}|aws0000000000[0-9]{2}|[ab_ -]{1,2}", 1..40)
        ) {
            let mut accounts: Vec<_> = (1..).zip(&names).map(|(n, name)| account(n, name)).collect();
            let identifiers = Naming::Guide.identifiers(&accounts).unwrap();
            let different: std::collections::BTreeSet<_> = identifiers.values().collect();
            prop_assert_eq!(different.len(), accounts.len());
            prop_assert!(identifiers.values().all(|identifier| !identifier.is_reserved()));
            accounts.reverse();
            prop_assert_eq!(Naming::Guide.identifiers(&accounts).unwrap(), identifiers);
            for account in &accounts {
                display_name(account).unwrap();
            }
        }
    }
}
