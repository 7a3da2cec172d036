use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::error::Result;
use crate::id::{PolicyArn, PolicyName};
use crate::policy::PolicyDocument;
use crate::role::{ManagedPolicy, ManagedState, RoleState};

/// The single reads and writes about one role, from which [`put_role_through`](super::put_role_through) and
/// [`remove_role_through`](super::remove_role_through) make what [`RoleProvisioner`](super::RoleProvisioner) promises.
///
/// The implementor knows the role: its address, and the session in its account. Nothing has a default: a backend that leaves one
/// out does not compile. A new kind of [`RoleDifference`](crate::role::RoleDifference) stops [`reconcile`](super::reconcile) from
/// compiling until there is a write for it, and then every backend.
///
/// **Effect.** An error's effect is [`Unknown`](crate::Effect::Unknown) if the call may have changed something: its answer was
/// lost, or it takes several requests and one of them was carried out. Waiting until IAM shows what was written a moment ago is
/// part of the call.
///
/// **Idempotency.** Deleting, detaching and untagging what is not there is done, not an error.
#[async_trait]
pub trait RoleWrites: Send + Sync {
    /// Reads the role, as [`find_role`](super::RoleProvisioner::find_role) does.
    async fn find(&self) -> Result<Option<RoleState>>;

    /// Creates `role` with trust, boundary, maximum session duration and tags, in one call. Its policies come after it.
    ///
    /// **Errors.** `Conflict` if the name is taken.
    async fn create_role(&self, role: &RoleState) -> Result<()>;

    /// Writes the trust policy.
    async fn put_trust(&self, trust: &PolicyDocument) -> Result<()>;

    /// Sets the permissions boundary.
    async fn put_boundary(&self, boundary: &PolicyArn) -> Result<()>;

    /// Sets the maximum session duration, in seconds.
    async fn put_max_session(&self, seconds: u32) -> Result<()>;

    /// Writes one inline policy.
    async fn put_inline(&self, name: &PolicyName, document: &PolicyDocument) -> Result<()>;

    /// Writes these tags of the role; others stay.
    async fn tag_role(&self, tags: &BTreeMap<String, String>) -> Result<()>;

    /// Removes one tag of the role.
    async fn untag_role(&self, key: &str) -> Result<()>;

    /// Removes one inline policy.
    async fn delete_inline(&self, name: &PolicyName) -> Result<()>;

    /// Attaches a managed policy. One in the [path of the role](crate::id::RoleArn::holds) was made a moment ago.
    ///
    /// **Errors.** `Invalid` if there is no such policy.
    async fn attach(&self, policy: &PolicyArn) -> Result<()>;

    /// Detaches a managed policy.
    async fn detach(&self, policy: &PolicyArn) -> Result<()>;

    /// Reads a customer-managed policy and its text; `None` if there is none of that ARN.
    async fn find_policy(&self, arn: &PolicyArn) -> Result<Option<(ManagedState, PolicyDocument)>>;

    /// Creates a managed policy with its description, text and tags, in one call.
    ///
    /// **Errors.** `Conflict` if the name is taken.
    async fn create_policy(
        &self,
        arn: &PolicyArn,
        policy: &ManagedPolicy,
        tags: &BTreeMap<String, String>,
    ) -> Result<()>;

    /// Gives a managed policy a new text: a new default version. The one before it is kept, and the oldest go where there is no
    /// room.
    async fn put_version(&self, arn: &PolicyArn, document: &PolicyDocument) -> Result<()>;

    /// Writes these tags of a managed policy; others stay.
    async fn tag_policy(&self, arn: &PolicyArn, tags: &BTreeMap<String, String>) -> Result<()>;

    /// Deletes a managed policy with all its versions. It is detached from the role already.
    ///
    /// **Errors.** `Conflict` if something else holds it.
    async fn delete_policy(&self, arn: &PolicyArn) -> Result<()>;

    /// Deletes the role, which has no policies any more.
    async fn delete_role(&self) -> Result<()>;
}
