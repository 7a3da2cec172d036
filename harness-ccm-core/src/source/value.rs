//! Parses values as consoles, spreadsheets and AWS write them.

use crate::account::Account;
use crate::id::{AccountId, OrganizationId, Partition};
use crate::secret::{is_plain, looks_like_key, without_keys};

/// Whether a text for the state of an account is certainly not one, such as a key in the wrong place. States that this
/// version does not know are allowed.
pub(super) fn is_no_state(word: &str) -> bool {
    without_keys(word) != word || looks_like_key(&word.to_lowercase())
}

/// The parts of an account's ARN, `arn:aws:organizations::<management>:account/<organization>/<id>`.
pub(super) struct AccountArn {
    pub(super) partition: Partition,
    pub(super) payer: AccountId,
    /// `None` if the text does not have the form of an organization id.
    pub(super) organization: Option<OrganizationId>,
    pub(super) account: AccountId,
}

pub(super) fn account_arn(text: &str) -> Result<AccountArn, String> {
    let invalid = || "this is not the ARN of an account in AWS Organizations".to_owned();
    match text.split(':').collect::<Vec<_>>()[..] {
        ["arn", partition, "organizations", "", payer, resource] => {
            let rest = resource.strip_prefix("account/").ok_or_else(invalid)?;
            let (organization, account) = rest.split_once('/').ok_or_else(invalid)?;
            Ok(AccountArn {
                partition: partition.parse().map_err(|_| invalid())?,
                payer: payer.parse().map_err(|_| invalid())?,
                organization: organization.parse().ok(),
                account: account.parse().map_err(|_| invalid())?,
            })
        }
        _ => Err(invalid()),
    }
}

/// The account's place in its organization, as several fields of a record state it.
pub(super) struct Membership {
    pub(super) arn: Option<AccountArn>,
    pub(super) payer: Option<AccountId>,
    pub(super) management: Option<bool>,
}

impl Membership {
    /// Refuses a record whose fields contradict each other: one of them belongs to another account.
    pub(super) fn enter_into(self, account: &mut Account) -> Result<(), String> {
        let Self { arn, payer, management } = self;
        let id = account.id.clone();
        if let Some(arn) = arn {
            if arn.account != id {
                return Err(format!("the id names account {id}, the ARN names account {}", arn.account));
            }
            if let Some(payer) = payer.as_ref().filter(|payer| **payer != arn.payer) {
                return Err(format!("the payer of account {id} is {payer}, but its ARN names {}", arn.payer));
            }
            account.partition = arn.partition;
            account.payer = Some(arn.payer);
            account.organization = arn.organization;
        }
        account.payer = payer.or_else(|| account.payer.take());
        let pays = account.payer.as_ref().map(|payer| *payer == id);
        match (management, pays) {
            (Some(true), Some(false)) => {
                Err(format!("account {id} is marked as the management account, but its payer is another"))
            }
            (Some(false), Some(true)) => {
                Err(format!("account {id} is marked as a member account, but is its own payer"))
            }
            (marked, pays) => {
                account.management = marked.or(pays);
                Ok(())
            }
        }
    }
}

/// A cell or column name as errors and notes show it. The file may be any file and contain keys, so only a number of up to 20
/// digits or a few plain words are shown.
pub(super) fn shown(cell: &str) -> String {
    let is_number = (1..=20).contains(&cell.len()) && cell.bytes().all(|byte| byte.is_ascii_digit());
    if is_number || is_plain(cell) { format!("{cell:?}") } else { "…".into() }
}
