//! Checks accounts that the configuration lists by the rules for files.

use super::units::{self, PathText};
use super::{legible, tags};
use crate::account::Account;

/// Returns the account with plain spaces and without invisible characters, if all its values are valid.
pub(crate) fn checked(mut account: Account) -> Result<Account, String> {
    account.name = plain(&account.name)?;
    if account.name.trim().is_empty() || legible::is_placeholder(&account.name) {
        return Err("the account's name is empty: in AWS every account has one".into());
    }
    if let Some(path) = account.ou_path.take() {
        let names = path.iter().map(|name| plain(name)).collect::<Result<Vec<_>, _>>()?;
        account.ou_path = Some(match units::names_of(&names)? {
            PathText::Known(names) => names,
            PathText::Unclear | PathText::Placeholder => {
                return Err("an element of the unit path is not the name of one unit: give each name, from the root down".into());
            }
        });
    }
    account.ou_ids = account.ou_ids.as_deref().map(units::ids_of).transpose()?;
    account.tags = account.tags.as_ref().map(tags::cleaned).transpose()?.map(|(tags, _)| tags);
    Ok(account)
}

fn plain(text: &str) -> Result<String, String> {
    let text = legible::cleaned(text).0.into_owned();
    legible::fault(&text).map_or(Ok(text), |problem| Err(problem.into()))
}
