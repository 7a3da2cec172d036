use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Expect, Removed, Written};
use crate::error::Result;
use crate::role::{ListedRole, Quotas, RoleAddress, RoleSpec, RoleState};

/// What makes the cross-account roles.
///
/// A backend of your own turns [`RoleSpec::differences`] into writes and asks [`admit_role`](super::admit_role) before the first; the
/// feature `testing` has the suite that says whether it keeps the contract.
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
/// assert_eq!(roles.find_role(&spec.address).await?, None, "it is not there: that is proven, not a failure to look");
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
    /// **Effect.** None: it reads only.
    ///
    /// **Idempotency.** May be called any number of times. IAM is eventually consistent: a read right after a write may still
    /// show what was there before.
    ///
    /// **Order and completeness.** `None` is proof of absence, not a failure to look: the account was entered and holds no
    /// role of that name. A role of that name under another path, or in another case where the backend sees it, is returned with the
    /// ARN that it has. Inline policies and
    /// attachments are complete or it is an error. Of customer-managed policies that are attached, text, description and tags
    /// are read; the texts of AWS-managed ones need not be. If the role carries the tag
    /// [`MANAGED_TAG`](crate::owner::MANAGED_TAG), the policies that were [made for it](crate::id::RoleArn::holds) and are not attached
    /// are told too.
    ///
    /// **Errors.** `Denied` if no way of the address' route led into the account or if the way in may not read; its message
    /// names the ways that were tried. `Unauthenticated`, `Throttled`, `Unavailable`, `Protocol` (a policy that does not
    /// parse). `Invalid` if the route is [`Direct`](crate::route::Route::Direct) and the credentials belong to another account.
    /// Effect is always `None`.
    ///
    /// **Cancellation.** Dropping the future leaves nothing behind.
    async fn find_role(&self, address: &RoleAddress) -> Result<Option<RoleState>>;

    /// Lists the roles in the account of `address`.
    ///
    /// Asked only where a [search](crate::observe::RoleSearch::Deep) among all roles is asked for.
    ///
    /// **Effect.** None: it reads only.
    ///
    /// **Idempotency.** May be called any number of times.
    ///
    /// **Order and completeness.** All roles of the account, in any order, or it is an error: a list that comes in pages is read to its
    /// end. Roles with names that no customer can give may be left out.
    ///
    /// **Errors.** As for [`find_role`](Self::find_role).
    ///
    /// **Cancellation.** Dropping the future leaves nothing behind.
    async fn list_roles(&self, address: &RoleAddress) -> Result<Vec<ListedRole>>;

    /// What IAM allows in the account of `address`, if the backend can tell; the usual quotas count otherwise.
    ///
    /// Asked only where an intent [says so](crate::role::QuotaSource::Account). Reads only; errors as for
    /// [`find_role`](Self::find_role).
    async fn quotas(&self, address: &RoleAddress) -> Result<Option<Quotas>> {
        let _ = address;
        Ok(None)
    }

    /// Makes the role what `spec` says.
    ///
    /// **Effect.** After `Ok` the role has the spec's trust, inline policies, managed policies, attachments, boundary, tags and
    /// owner mark, and nothing of what the spec [retires](crate::role::Retired). What the spec does not name (other inline
    /// policies, attachments, tags) is as it was. At most this one role and the managed policies that are made for it are
    /// touched. The owner mark goes into the calls that create the role and its policies, so that nothing half-made is ever
    /// something that the next run refuses to touch. A creation whose answer was lost, and that took effect, is a creation. Reads
    /// that do not show yet what was written are waited for, within limits. Writes go in the order of [`RoleSpec::differences`], which leaves no moment
    /// with fewer permissions than there are both before and after. A new text of a managed policy is a new default version; of
    /// the older ones that before it is kept, and the oldest go where there is no room. The state in the answer is what was
    /// written, not read back: IAM may still show the past.
    ///
    /// **Idempotency.** The same spec again answers [`Written::Unchanged`] and sends no write. Safe to call again after any
    /// error, also one with [`Effect::Unknown`](crate::Effect::Unknown): a role that carries the spec's own owner mark counts
    /// as what an interrupted call left, and is completed.
    ///
    /// **Precondition.** [`Expect::Absent`]: there is no role of that name, or one with our own mark. [`Expect::Same`]: the
    /// role is as it was observed, or already as wanted. Otherwise `Conflict`, before the first write, also for a role that was
    /// observed and is gone: the plan has to be made anew, as [`AfterObserving`](crate::Retry::AfterObserving) says.
    /// [`admit_role`](super::admit_role) is this rule. IAM has no versions to compare: a writer between our read and our write is
    /// not noticed.
    ///
    /// **Errors.** `Conflict` as above, for a role of that name under another path or in another case, for a managed policy of a wanted name that
    /// is not ours, and for one that shall go while something else holds it; `NotFound` does not occur; `Denied`,
    /// `Invalid` (IAM refused the document or a principal in it), `LimitExceeded`, `NotReady` (IAM does not show the role yet),
    /// `Throttled`, `Unavailable`. Effect is `None` only if no write took effect: once one has, it is `Unknown`.
    ///
    /// **Cancellation.** Dropping the future may leave the role half-made; the next call completes it.
    async fn put_role(&self, spec: &RoleSpec, expect: Expect<RoleState>) -> Result<Written<RoleState>>;

    /// Removes the role.
    ///
    /// **Effect.** After `Ok` there is no role of that name. Its inline policies and attachments go with it, and so do the managed
    /// policies that were [made for it](RoleState::made_by) under the mark that it carries in `expected`; others stay.
    ///
    /// **Idempotency.** Removing what is gone answers [`Removed::AlreadyGone`].
    ///
    /// **Precondition.** The role is as it was observed in `expected`, or a part of that is already removed; otherwise
    /// `Conflict`, before the first write, also if the owner mark in `expected` is not on the role any more.
    /// [`admit_role_removal`](super::admit_role_removal) is this rule. Whether it may be removed at all is the planner's decision.
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
