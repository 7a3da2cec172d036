//! The calls of AWS Organizations: paced, paged, with the right credentials.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_organizations::Client;
use aws_sdk_organizations::types::{Account, ParentType};
use harness_ccm_core::id::AccountId;
use harness_ccm_core::route::Hop;
use harness_ccm_core::{Error, ErrorKind, Result};

use crate::error::from_sdk;
use crate::pacing::{Operation, Pacer};
use crate::pages::{Page, pages};
use crate::session::Session;
use crate::sessions::Sessions;
use harness_ccm_core::internal::Sent;

/// The maximum number of results in one page of AWS.
const PAGE: i32 = 20;

/// The requests to the organization.
#[derive(Clone, Debug)]
pub(super) struct Calls {
    pub(super) client: Client,
    pub(super) sessions: Sessions,
    pub(super) through: Option<Hop>,
    pub(super) pacer: Arc<Pacer>,
}

/// An organizational unit under some parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) id: String,
    pub(super) name: String,
}

/// The parent of an account or unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parent {
    Root(String),
    Unit(String),
}

impl Calls {
    async fn session(&self) -> Result<Session> {
        match &self.through {
            Some(hop) => self.sessions.hop(hop).await,
            None => Ok(Session::OWN),
        }
    }

    /// Reads every page, at the pace of the operation, until the token ends or `enough` returns true.
    async fn pages<T, F>(
        &self,
        operation: Operation,
        call: impl Fn(Option<String>, Session) -> F,
        enough: impl Fn(&[T]) -> bool,
    ) -> Result<Vec<T>>
    where
        F: Future<Output = Result<Page<T>>>,
    {
        let call = &call;
        let page = |token| async move {
            let session = self.session().await?;
            self.pacer.take(operation).await;
            call(token, session).await
        };
        pages(operation.name(), page, enough).await
    }

    pub(super) async fn accounts(&self) -> Result<Vec<Account>> {
        let operation = Operation::ListAccounts;
        let call = |token, session: Session| async move {
            let request = self.client.list_accounts().max_results(PAGE).set_next_token(token);
            let page = request.customize().config_override(session.organizations()).send().await;
            let page = page.map_err(|error| from_sdk(operation.name(), Sent::Read, error))?;
            Ok((page.accounts, page.next_token))
        };
        self.pages(operation, call, |_| false).await
    }

    /// Returns one account; `None` if it is not in the organization.
    pub(super) async fn account(&self, id: &AccountId) -> Result<Option<Account>> {
        let operation = Operation::DescribeAccount;
        let session = self.session().await?;
        self.pacer.take(operation).await;
        let request = self.client.describe_account().account_id(id.as_str()).customize();
        let answer = request.config_override(session.organizations()).send().await;
        match answer.map_err(|error| from_sdk(operation.name(), Sent::Read, error)) {
            Ok(answer) => answer.account.map(Some).ok_or_else(|| {
                Error::new(ErrorKind::Protocol, operation.name(), "the answer has no account")
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
        .map_err(|error| error.with_subject(format!("account {id}")))
    }

    /// Returns the name of one unit; `None` if it does not exist.
    pub(super) async fn unit_name(&self, id: &str) -> Result<Option<String>> {
        let operation = Operation::DescribeOrganizationalUnit;
        let session = self.session().await?;
        self.pacer.take(operation).await;
        let request = self.client.describe_organizational_unit().organizational_unit_id(id).customize();
        let answer = request.config_override(session.organizations()).send().await;
        match answer.map_err(|error| from_sdk(operation.name(), Sent::Read, error)) {
            Ok(answer) => Ok(answer.organizational_unit.and_then(|unit| unit.name)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.with_subject(id)),
        }
    }

    /// Returns the management account. Any account of the organization may call this.
    pub(super) async fn management(&self) -> Result<AccountId> {
        let operation = Operation::DescribeOrganization;
        let session = self.session().await?;
        self.pacer.take(operation).await;
        let request = self.client.describe_organization().customize();
        let answer = request.config_override(session.organizations()).send().await;
        let answer = answer.map_err(|error| from_sdk(operation.name(), Sent::Read, error))?;
        let id =
            answer.organization.and_then(|organization| organization.master_account_id).unwrap_or_default();
        id.parse().map_err(|error| {
            Error::new(ErrorKind::Protocol, operation.name(), "the answer names no management account")
                .with_source(error)
        })
    }

    /// Returns the root of the organization's tree; there is exactly one.
    pub(super) async fn root(&self) -> Result<String> {
        let operation = Operation::ListRoots;
        let call = |token, session: Session| async move {
            let request = self.client.list_roots().set_next_token(token);
            let page = request.customize().config_override(session.organizations()).send().await;
            let page = page.map_err(|error| from_sdk(operation.name(), Sent::Read, error))?;
            Ok((page.roots, page.next_token))
        };
        let roots = self.pages(operation, call, |_| false).await?;
        roots
            .into_iter()
            .find_map(|root| root.id)
            .ok_or_else(|| Error::new(ErrorKind::Protocol, operation.name(), "the organization has no root"))
    }

    /// Returns the accounts directly under `parent`.
    pub(super) async fn members(&self, parent: &str) -> Result<Vec<AccountId>> {
        let operation = Operation::ListAccountsForParent;
        let call = |token, session: Session| async move {
            let request = self.client.list_accounts_for_parent().parent_id(parent).max_results(PAGE);
            let request = request.set_next_token(token).customize();
            let page = request.config_override(session.organizations()).send().await;
            let page =
                page.map_err(|error| from_sdk(operation.name(), Sent::Read, error).with_subject(parent))?;
            Ok((page.accounts, page.next_token))
        };
        let accounts = self.pages(operation, call, |_| false).await?;
        // The listing of all accounts reports those without a valid id.
        Ok(accounts.into_iter().filter_map(|account| account.id?.parse().ok()).collect())
    }

    /// Returns the units directly under `parent`, or only as many of them as `enough` requires.
    pub(super) async fn units(&self, parent: &str, enough: impl Fn(&[Unit]) -> bool) -> Result<Vec<Unit>> {
        let operation = Operation::ListOrganizationalUnitsForParent;
        let call = |token, session: Session| async move {
            let request =
                self.client.list_organizational_units_for_parent().parent_id(parent).max_results(PAGE);
            let request = request.set_next_token(token).customize();
            let page = request.config_override(session.organizations()).send().await;
            let page =
                page.map_err(|error| from_sdk(operation.name(), Sent::Read, error).with_subject(parent))?;
            let units = page.organizational_units.unwrap_or_default().into_iter();
            let units = units.filter_map(|unit| Some(Unit { id: unit.id?, name: unit.name? })).collect();
            Ok((Some(units), page.next_token))
        };
        self.pages(operation, call, enough).await
    }

    /// Returns the parent of `child`, an account or a unit; `None` if it is no longer in the organization.
    pub(super) async fn parent(&self, child: &str) -> Result<Option<Parent>> {
        let operation = Operation::ListParents;
        let call = |token, session: Session| async move {
            let request = self.client.list_parents().child_id(child).set_next_token(token).customize();
            let page = request.config_override(session.organizations()).send().await;
            let page =
                page.map_err(|error| from_sdk(operation.name(), Sent::Read, error).with_subject(child))?;
            Ok((page.parents, page.next_token))
        };
        let parents = match self.pages(operation, call, |found| !found.is_empty()).await {
            Ok(parents) => parents,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let parent = parents.into_iter().find_map(|parent| match (parent.id, parent.r#type) {
            (Some(id), Some(ParentType::Root)) => Some(Parent::Root(id)),
            (Some(id), Some(ParentType::OrganizationalUnit)) => Some(Parent::Unit(id)),
            _ => None,
        });
        parent.map(Some).ok_or_else(|| {
            Error::new(ErrorKind::Protocol, operation.name(), "the answer names no parent")
                .with_subject(child)
        })
    }

    /// Returns the tags of an account; `None` if it is no longer in the organization.
    pub(super) async fn tags(&self, account: &AccountId) -> Result<Option<BTreeMap<String, String>>> {
        let operation = Operation::ListTagsForResource;
        let call = |token, session: Session| async move {
            let request = self.client.list_tags_for_resource().resource_id(account.as_str());
            let request = request.set_next_token(token).customize();
            let page = request.config_override(session.organizations()).send().await;
            let page = page.map_err(|error| {
                from_sdk(operation.name(), Sent::Read, error).with_subject(format!("account {account}"))
            })?;
            Ok((page.tags, page.next_token))
        };
        match self.pages(operation, call, |_| false).await {
            Ok(tags) => Ok(Some(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
