use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::Account as Listed;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use harness_ccm_core::account::{Account, AccountState};
use harness_ccm_core::backend::{AccountQuery, AccountSource, Listing};
use harness_ccm_core::id::{AccountId, Partition};
use harness_ccm_core::{Error, ErrorKind, Result};

use crate::error::{Call, from_sdk};

const LIST: &str = "organizations:ListAccounts";

/// The accounts of an AWS organization.
///
/// Tags cost one call per account. Organizational units are not read yet.
#[derive(Clone, Debug)]
pub struct OrganizationsSource {
    client: Client,
}

impl OrganizationsSource {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Every page: an empty one with a token is not the end.
    async fn list(&self) -> Result<Vec<Listed>> {
        let mut accounts = Vec::new();
        let mut token: Option<String> = None;
        let mut seen = BTreeSet::new();
        loop {
            let page = self
                .client
                .list_accounts()
                .set_next_token(token.take())
                .send()
                .await
                .map_err(|error| from_sdk(LIST, Call::Read, error))?;
            accounts.extend(page.accounts.unwrap_or_default());
            match page.next_token {
                None => return Ok(accounts),
                Some(next) if !seen.insert(next.clone()) => {
                    return Err(Error::new(
                        ErrorKind::Protocol,
                        LIST,
                        "the listing repeats a page: it would never end",
                    ));
                }
                next => token = next,
            }
        }
    }

    async fn management_account(&self) -> Result<AccountId> {
        const OPERATION: &str = "organizations:DescribeOrganization";
        let answer = self
            .client
            .describe_organization()
            .send()
            .await
            .map_err(|error| from_sdk(OPERATION, Call::Read, error))?;
        let id =
            answer.organization.and_then(|organization| organization.master_account_id).unwrap_or_default();
        id.parse().map_err(|error| {
            Error::new(ErrorKind::Protocol, OPERATION, "the answer names no management account")
                .with_source(error)
        })
    }

    async fn tags(&self, account: &AccountId) -> Result<BTreeMap<String, String>> {
        let mut tags = BTreeMap::new();
        let mut token: Option<String> = None;
        loop {
            let page = self
                .client
                .list_tags_for_resource()
                .resource_id(account.as_str())
                .set_next_token(token.take())
                .send()
                .await
                .map_err(|error| {
                    from_sdk("organizations:ListTagsForResource", Call::Read, error)
                        .with_subject(format!("account {account}"))
                })?;
            tags.extend(page.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)));
            match page.next_token {
                None => return Ok(tags),
                next => token = next,
            }
        }
    }
}

/// `State`, else the older `Status`. A word that is not known stays one: it is never taken for active.
fn state(listed: &Listed) -> AccountState {
    let word = listed
        .state
        .as_ref()
        .map(aws_sdk_organizations::types::AccountState::as_str)
        .or_else(|| listed.status.as_ref().map(aws_sdk_organizations::types::AccountStatus::as_str));
    AccountState::from(word.unwrap_or_default().to_owned())
}

fn convert(listed: &Listed, management: &AccountId) -> Result<Account> {
    let invalid = |what: &str| {
        Error::new(ErrorKind::Protocol, LIST, format!("an account in the listing has no proper {what}"))
    };
    let id: AccountId =
        listed.id.as_deref().unwrap_or_default().parse().map_err(|error| invalid("id").with_source(error))?;
    let partition: Partition = listed
        .arn
        .as_deref()
        .and_then(|arn| arn.split(':').nth(1))
        .unwrap_or_default()
        .parse()
        .map_err(|error| invalid("ARN").with_source(error))?;
    let account = Account::new(id, listed.name.clone().unwrap_or_default())
        .with_partition(partition)
        .with_state(state(listed));
    Ok(if account.id == *management { account.as_management() } else { account })
}

#[async_trait]
impl AccountSource for OrganizationsSource {
    async fn list_accounts(&self, query: &AccountQuery) -> Result<Listing> {
        if query.ou_paths {
            return Err(Error::new(ErrorKind::Unsupported, LIST, "organizational units are not read yet"));
        }
        let management = self.management_account().await?;
        let accounts: BTreeMap<AccountId, Account> = self
            .list()
            .await?
            .iter()
            .map(|listed| convert(listed, &management).map(|account| (account.id.clone(), account)))
            .collect::<Result<_>>()?;
        let accounts = stream::iter(accounts.into_values());
        if !query.tags {
            return Ok(accounts.collect::<Vec<_>>().await.into());
        }
        // The published rate is ten a second.
        let tagged: Vec<_> = accounts
            .map(|account| async move {
                let tags = self.tags(&account.id).await?;
                Ok(account.with_tags(tags))
            })
            .buffered(4)
            .try_collect()
            .await?;
        Ok(tagged.into())
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_organizations::operation::describe_organization::DescribeOrganizationOutput;
    use aws_sdk_organizations::operation::list_accounts::ListAccountsOutput;
    use aws_sdk_organizations::types::{AccountState as State, AccountStatus as Status, Organization};
    use aws_smithy_mocks::{RuleMode, mock, mock_client};

    use super::*;

    fn listed(number: u8) -> aws_sdk_organizations::types::builders::AccountBuilder {
        let id = format!("{number:012}");
        Listed::builder()
            .arn(format!("arn:aws:organizations::000000000001:account/o-x/{id}"))
            .id(id)
            .name("n")
    }

    async fn list(pages: Vec<ListAccountsOutput>) -> Result<Listing> {
        let organization = Organization::builder().master_account_id("000000000001").build();
        let describe = mock!(Client::describe_organization).then_output(move || {
            DescribeOrganizationOutput::builder().organization(organization.clone()).build()
        });
        let rules: Vec<_> = pages
            .into_iter()
            .enumerate()
            .map(|(index, page)| {
                let wanted = (index > 0).then(|| format!("token{index}"));
                mock!(Client::list_accounts)
                    .match_requests(move |request| request.next_token() == wanted.as_deref())
                    .then_output(move || page.clone())
            })
            .collect();
        let mut all = vec![&describe];
        all.extend(&rules);
        let client = mock_client!(aws_sdk_organizations, RuleMode::MatchAny, &all);
        OrganizationsSource::new(client).list_accounts(&AccountQuery::new()).await
    }

    #[tokio::test]
    async fn an_empty_page_with_a_token_is_not_the_end() {
        let pages = vec![
            ListAccountsOutput::builder()
                .accounts(listed(2).state(State::Active).build())
                .next_token("token1")
                .build(),
            ListAccountsOutput::builder().next_token("token2").build(),
            ListAccountsOutput::builder().accounts(listed(1).state(State::Active).build()).build(),
        ];
        let accounts = list(pages).await.unwrap();
        assert_eq!(
            accounts.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(),
            ["000000000001", "000000000002"]
        );
        assert!(accounts[0].management && !accounts[1].management);
    }

    #[tokio::test]
    async fn a_listing_that_repeats_itself_is_an_error() {
        let pages = vec![
            ListAccountsOutput::builder().next_token("token1").build(),
            ListAccountsOutput::builder().next_token("token1").build(),
        ];
        assert_eq!(list(pages).await.unwrap_err().kind(), ErrorKind::Protocol);
    }

    #[tokio::test]
    async fn state_goes_before_status_and_what_is_unknown_stays_so() {
        let page = ListAccountsOutput::builder()
            .accounts(listed(1).state(State::Closed).status(Status::Active).build())
            .accounts(listed(2).status(Status::Suspended).build())
            .accounts(listed(3).state(State::from("ON_THE_MOON")).build())
            .accounts(listed(4).build())
            .build();
        let accounts = list(vec![page]).await.unwrap();
        assert_eq!(
            accounts.into_iter().map(|account| account.state).collect::<Vec<_>>(),
            [
                AccountState::Closed,
                AccountState::Suspended,
                AccountState::Unknown("ON_THE_MOON".into()),
                AccountState::Unknown(String::new())
            ]
        );
    }
}
