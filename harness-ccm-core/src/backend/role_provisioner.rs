use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Expect, PolicyPresence, Removed, Written};
use crate::error::{Error, ErrorKind, Result};
use crate::id::PolicyArn;
use crate::role::{ListedRole, Quotas, RoleAddress, RoleSpec, RoleState};

/// Creates, changes and removes the IAM roles in the accounts.
///
/// A backend turns [`RoleSpec::differences`] into writes, and calls [`admit_role`](super::admit_role) before the first write. The
/// test suite of the feature `testing` checks whether a backend fulfils this contract.
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
    /// **Effect.** None. This method only reads.
    ///
    /// **Idempotency.** A caller may repeat the call. IAM is eventually consistent, so a read right after a write may still show
    /// the old state.
    ///
    /// **Order and completeness.** `None` proves absence: the backend opened a session in the account, and no role has this name.
    /// A failed read is an error. If a role has this name under another path, the result is that role with its actual ARN. The
    /// same applies to a role whose name differs only in upper and lower case, if the backend finds such a role. Inline policies
    /// and attachments are complete, or the result is an error. The result contains the text, the description and the tags of
    /// attached customer-managed policies. The texts of AWS-managed policies are optional. If the role has the tag
    /// [`MANAGED_TAG`](crate::owner::MANAGED_TAG), the result also contains the unattached policies that were [created for the
    /// role](crate::id::RoleArn::holds).
    ///
    /// **Errors.** `Denied` if the route of `address` opened no session in the account, or if the session may not read. The
    /// message contains the roles that were tried. `Unauthenticated`, `Throttled` and `Unavailable`. `Protocol` if a policy
    /// cannot be parsed. `Invalid` if the route is [`Direct`](crate::route::Route::Direct) and the credentials belong to another
    /// account. Every error has [`Effect::None`](crate::Effect::None).
    ///
    /// **Cancellation.** Dropping the future has no effect.
    async fn find_role(&self, address: &RoleAddress) -> Result<Option<RoleState>>;

    /// Lists the roles in the account of `address`. Only a [search](crate::observe::RoleSearch::Deep) among all roles calls this
    /// method.
    ///
    /// **Effect.** None. This method only reads.
    ///
    /// **Idempotency.** A caller may repeat the call.
    ///
    /// **Order and completeness.** The result contains all roles of the account in any order, from all pages of a paged list, or
    /// is an error. Roles that a customer cannot create may be missing, such as service-linked roles.
    ///
    /// **Errors.** The errors of [`find_role`](Self::find_role), and [`Unsupported`](crate::ErrorKind::Unsupported) from a
    /// backend that cannot list roles. The default implementation returns `Unsupported`.
    ///
    /// **Cancellation.** Dropping the future has no effect.
    async fn list_roles(&self, address: &RoleAddress) -> Result<Vec<ListedRole>> {
        let _ = address;
        Err(Error::new(ErrorKind::Unsupported, "list_roles", "this backend does not list roles"))
    }

    /// Returns the IAM quotas in the account of `address`. `None` means that the backend cannot read them. The default quotas
    /// then apply.
    ///
    /// This method is called only if an intent [requests quotas](crate::role::QuotaSource::Account).
    ///
    /// **Effect.** None. This method only reads.
    ///
    /// **Errors.** The errors of [`find_role`](Self::find_role).
    async fn quotas(&self, address: &RoleAddress) -> Result<Option<Quotas>> {
        let _ = address;
        Ok(None)
    }

    /// Returns whether a managed policy exists in the account of `address`. A role needs this policy, and this crate does not create
    /// it.
    ///
    /// This method is called during observation, for policies that a role would newly have as boundary or attachment. The
    /// policies of AWS are the same in all accounts of a partition, so a call in one account is enough. Any other policy is
    /// looked up in each account.
    ///
    /// **Order and completeness.** [`Absent`](PolicyPresence::Absent) proves absence. A backend that does not know returns
    /// [`Unknown`](PolicyPresence::Unknown), as the default implementation does. An unknown policy does not prevent the write of
    /// a role. If the policy does not exist, that write fails.
    ///
    /// **Errors.** The errors of [`find_role`](Self::find_role). After an error, the policy counts as unknown.
    async fn find_policy(&self, address: &RoleAddress, policy: &PolicyArn) -> Result<PolicyPresence> {
        let _ = (address, policy);
        Ok(PolicyPresence::Unknown(None))
    }

    /// Brings the role to the state of `spec`.
    ///
    /// **Effect.** After `Ok`, the role has the trust policy, inline policies, managed policies, attachments, boundary, tags and
    /// owner mark of `spec`, and nothing that `spec` [retires](crate::role::Retired). Inline policies, attachments and tags that
    /// `spec` does not contain stay unchanged. The method changes only this role and the managed policies that were created for
    /// the role.
    ///
    /// The calls that create the role and its policies also set the owner mark. The next run therefore recognizes a half-created
    /// resource as its own. If the response to the creation of the role is lost, the method reads the role. If the
    /// read shows the role, the same call completes it and returns [`Written::Created`]. If IAM does not show an earlier write that the next write needs, the method waits for a
    /// limited time. The writes have the order of
    /// [`RoleSpec::differences`]: a permission that the role has before and after the call is never missing in between. A new
    /// text of a managed policy becomes a new default version. The previous version is kept. If there is no room for a new
    /// version, the oldest versions are deleted. The returned state is the written state and not the result of a read, because
    /// IAM may still show the old state.
    ///
    /// **Idempotency.** A second call with the same spec returns [`Written::Unchanged`] and sends no write. Repeating the
    /// call after an error does no harm, even after an error with [`Effect::Unknown`](crate::Effect::Unknown). With
    /// [`Expect::Absent`], a role with the owner mark of `spec` counts as the result of an interrupted call, and is completed. With
    /// [`Expect::Same`], the repeated call returns `Conflict` if the first call changed only a part of the role.
    ///
    /// **Precondition.** With [`Expect::Absent`], either no role has the name, or the role with the name has the owner mark of
    /// `spec`. With [`Expect::Same`], the role is in the expected state or already in the state of `spec`. If the precondition
    /// fails, the result is `Conflict`, and nothing was written. This includes an expected role that no longer exists.
    /// [`admit_role`](super::admit_role) checks the precondition. After a `Conflict`, the caller needs a new plan, see
    /// [`AfterObserving`](crate::Retry::AfterObserving). IAM cannot compare versions, so the method does not detect a write
    /// of another program between its own read and write.
    ///
    /// **Errors.**
    ///
    /// - `Conflict` if the precondition fails, or if a role with the name has another path or differs in upper and lower case.
    ///   Also if a managed policy with a desired name is not ours, or if a retired policy is attached elsewhere.
    /// - `Invalid` if IAM refuses a document or a principal in a document.
    /// - `NotReady` if IAM does not show the role yet.
    /// - `LimitExceeded` if a quota of IAM is exceeded.
    /// - `Unauthenticated`, `Denied`, `Throttled`, `Unavailable` and `Protocol`, as for [`find_role`](Self::find_role).
    ///   `NotFound` does not occur.
    ///
    /// An error has [`Effect::None`](crate::Effect::None) if certainly no write took effect, and
    /// [`Effect::Unknown`](crate::Effect::Unknown) if a write took effect or may have taken effect, for example because its
    /// response was lost.
    ///
    /// **Cancellation.** Dropping the future may leave the role half-created or half-changed. A repeated call completes a
    /// half-created role. For a half-changed role the caller needs a new plan, which completes the role.
    async fn put_role(&self, spec: &RoleSpec, expect: Expect<RoleState>) -> Result<Written<RoleState>>;

    /// Removes the role.
    ///
    /// **Effect.** After `Ok`, no role has the name. The inline policies and attachments of the role are removed, too. Of the
    /// managed policies, the method deletes those that were [created for the role](RoleState::made_by) and have the owner mark
    /// that the role has in `expected`. Other managed policies stay.
    ///
    /// **Idempotency.** Removing a missing role returns [`Removed::AlreadyGone`].
    ///
    /// **Precondition.** The role does not exist, or it is in the state `expected`, except for parts that an earlier call of this
    /// method has removed. An existing role must still have the owner mark that it has in `expected`. If the precondition fails, the result is `Conflict`, and nothing was
    /// written. [`admit_role_removal`](super::admit_role_removal) checks this precondition, and nothing else.
    ///
    /// **Errors.** The errors of [`put_role`](Self::put_role).
    ///
    /// **Cancellation.** Dropping the future may leave the role without its policies. The next call removes the rest.
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
