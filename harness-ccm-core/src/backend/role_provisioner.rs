use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Expect, PolicyPresence, Removed, Written};
use crate::error::{Error, ErrorKind, Result};
use crate::id::PolicyArn;
use crate::role::{ListedRole, Quotas, RoleAddress, RoleSpec, RoleState};

/// Creates, updates and deletes the cross-account IAM roles.
///
/// Your own backend turns [`RoleSpec::differences`] into writes and calls [`admit_role`](super::admit_role) before the first; the
/// suite of the feature `testing` checks whether it keeps the contract.
///
/// ```
/// use harness_ccm_core::backend::Expect;
/// use harness_ccm_core::intent::Choice;
/// use harness_ccm_core::prelude::*;
///
/// # futures_executor::block_on(async {
/// # let world = World::new([Account::new("123456789012".parse()?, "prod")]);
/// # let intent = Intent::us("my-account".parse()?).with_rule(Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility()));
/// let desired = intent.resolve(world.accounts().list_accounts(&intent.query()).await?)?;
/// let Some(Choice::Onboard(wanted)) = desired.accounts().values().map(|account| &account.choice).next() else {
///     return Ok(());
/// };
/// let (roles, spec) = (world.roles(), &wanted.roles[0]);
/// assert_eq!(roles.find_role(&spec.address).await?, None, "`None` proves that the role does not exist");
/// let written = roles.put_role(spec, Expect::Absent).await?;
/// assert!(spec.differences(&written.into_state()).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait RoleProvisioner: fmt::Debug + Send + Sync + 'static {
    /// Reads one role with its policies.
    ///
    /// **Effect.** None: it only reads.
    ///
    /// **Idempotency.** May be called any number of times. IAM is eventually consistent: a read right after a write may still
    /// show the old state.
    ///
    /// **Order and completeness.** `None` is proof of absence, not a failed read: the account was accessed and has no role of
    /// that name. A role of that name under another path, or in another case if the backend sees it, is returned with its actual
    /// ARN. Inline policies and attachments are complete, or the result is an error. For attached customer-managed policies,
    /// text, description and tags are read; the texts of AWS-managed ones are optional. If the role has the tag
    /// [`MANAGED_TAG`](crate::owner::MANAGED_TAG), the unattached policies that were [created for it](crate::id::RoleArn::holds)
    /// are returned too.
    ///
    /// **Errors.** `Denied` if no hop of the address' route gave access to the account or if the session may not read; its
    /// message names the roles that were tried. `Unauthenticated`, `Throttled`, `Unavailable`, `Protocol` (a policy that does
    /// not parse). `Invalid` if the route is [`Direct`](crate::route::Route::Direct) and the credentials belong to another
    /// account. Effect is always `None`.
    ///
    /// **Cancellation.** Dropping the future has no effect.
    async fn find_role(&self, address: &RoleAddress) -> Result<Option<RoleState>>;

    /// Lists the roles in the account of `address`.
    ///
    /// Called only for a [search](crate::observe::RoleSearch::Deep) among all roles.
    ///
    /// **Effect.** None: it only reads.
    ///
    /// **Idempotency.** May be called any number of times.
    ///
    /// **Order and completeness.** All roles of the account in any order, or an error: every page of a paged list is read.
    /// Roles with names that customers cannot choose may be missing.
    ///
    /// **Errors.** As for [`find_role`](Self::find_role), and [`Unsupported`](crate::ErrorKind::Unsupported) from a backend
    /// that cannot list roles, like this default.
    ///
    /// **Cancellation.** Dropping the future has no effect.
    async fn list_roles(&self, address: &RoleAddress) -> Result<Vec<ListedRole>> {
        let _ = address;
        Err(Error::new(ErrorKind::Unsupported, "list_roles", "this backend does not list roles"))
    }

    /// Returns the IAM quotas in the account of `address`, if the backend can read them; otherwise the default
    /// quotas apply.
    ///
    /// Called only if an intent [says so](crate::role::QuotaSource::Account). It only reads; errors as for
    /// [`find_role`](Self::find_role).
    async fn quotas(&self, address: &RoleAddress) -> Result<Option<Quotas>> {
        let _ = address;
        Ok(None)
    }

    /// Returns whether a managed policy that this program does not manage exists, for a role in the account of `address`.
    ///
    /// Called before a plan, for policies that a role would newly have as boundary or attachment. The policies of AWS are the same
    /// in all accounts of a partition, so one account is enough; any other policy is looked up in each account.
    ///
    /// **Order and completeness.** [`Absent`](PolicyPresence::Absent) is proof of absence, not a failure to read. A backend
    /// that does not know returns [`Unknown`](PolicyPresence::Unknown), like this default: then the write decides.
    ///
    /// **Errors.** As for [`find_role`](Self::find_role). An error withholds nothing: unknown is not absent.
    async fn find_policy(&self, address: &RoleAddress, policy: &PolicyArn) -> Result<PolicyPresence> {
        let _ = (address, policy);
        Ok(PolicyPresence::Unknown(None))
    }

    /// Brings the role to the state of `spec`.
    ///
    /// **Effect.** After `Ok` the role has the spec's trust, inline policies, managed policies, attachments, boundary, tags and
    /// owner mark, and nothing that the spec [retires](crate::role::Retired). What the spec does not name (other inline policies,
    /// attachments, tags) does not change. Only this role and the managed policies created for it are changed. The calls that
    /// create the role and its policies set the owner mark, so that the next run never refuses a half-made resource. A creation
    /// whose response was lost, but that took effect, counts as a creation. If reads do not show a write yet, it waits, within
    /// limits. The order of writes is that of [`RoleSpec::differences`], so that the role never has fewer permissions than it has
    /// both before and after. A new text of a managed policy is a new default version; the previous version is kept, and the
    /// oldest are deleted if there is no room. The returned state is the written one, not a read: IAM may still show the old
    /// state.
    ///
    /// **Idempotency.** The same spec again returns [`Written::Unchanged`] and sends no write. Safe to call again after any
    /// error, also one with [`Effect::Unknown`](crate::Effect::Unknown): a role with the spec's own owner mark counts as the
    /// result of an interrupted call, and is completed.
    ///
    /// **Precondition.** [`Expect::Absent`]: there is no role of that name, or one with our own mark. [`Expect::Same`]: the role
    /// is as it was observed, or already as desired. Otherwise `Conflict`, before the first write, also for an observed role that
    /// does not exist any more: a new plan is needed, as [`AfterObserving`](crate::Retry::AfterObserving) says.
    /// [`admit_role`](super::admit_role) is this rule. IAM has no versions to compare: another write between our read and our
    /// write is not detected.
    ///
    /// **Errors.** `Conflict` as above, for a role of that name under another path or in another case, for a managed policy with
    /// a desired name that is not ours, and for a retired policy that is attached elsewhere; `NotFound` does not occur; `Denied`,
    /// `Invalid` (IAM refused the document or a principal in it), `LimitExceeded`, `NotReady` (IAM does not show the role yet),
    /// `Throttled`, `Unavailable`. Effect is `None` only if no write took effect: once one has, it is `Unknown`.
    ///
    /// **Cancellation.** Dropping the future may leave the role half-made; the next call completes it.
    async fn put_role(&self, spec: &RoleSpec, expect: Expect<RoleState>) -> Result<Written<RoleState>>;

    /// Removes the role.
    ///
    /// **Effect.** After `Ok` there is no role of that name. Its inline policies and attachments are removed too, and so are the
    /// managed policies that were [created for it](RoleState::made_by) under the mark that it has in `expected`; others stay.
    ///
    /// **Idempotency.** Removing a missing role returns [`Removed::AlreadyGone`].
    ///
    /// **Precondition.** The role is as it was observed in `expected`, or a part of that is already removed; otherwise
    /// `Conflict`, before the first write, also if the role no longer has the owner mark in `expected`.
    /// [`admit_role_removal`](super::admit_role_removal) is this rule. The planner decides whether it may be removed at all.
    ///
    /// **Errors.** As for [`put_role`](Self::put_role).
    ///
    /// **Cancellation.** Dropping the future may leave the role without its policies; the next call removes the rest.
    async fn remove_role(&self, address: &RoleAddress, expected: &RoleState) -> Result<Removed>;
}

macro_rules! forward {
    ($($pointer:ident)+) => {$(
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<T: RoleProvisioner + ?Sized> RoleProvisioner for $pointer<T> {
            async fn find_role(&self, address: &RoleAddress) -> Result<Option<RoleState>> {
                (**self).find_role(address).await
            }

            async fn list_roles(&self, address: &RoleAddress) -> Result<Vec<ListedRole>> {
                (**self).list_roles(address).await
            }

            async fn quotas(&self, address: &RoleAddress) -> Result<Option<Quotas>> {
                (**self).quotas(address).await
            }

            async fn find_policy(&self, address: &RoleAddress, policy: &PolicyArn) -> Result<PolicyPresence> {
                (**self).find_policy(address, policy).await
            }

            async fn put_role(&self, spec: &RoleSpec, expect: Expect<RoleState>) -> Result<Written<RoleState>> {
                (**self).put_role(spec, expect).await
            }

            async fn remove_role(&self, address: &RoleAddress, expected: &RoleState) -> Result<Removed> {
                (**self).remove_role(address, expected).await
            }
        }
    )+};
}

forward!(Arc Box);
