//! IAM roles: desired, observed, where they are, and the writes that lead from one state to the other.

mod address;
mod difference;
mod listed;
mod policy_place;
mod policy_use;
mod quotas;
mod spec;
mod state;
mod tags;

pub use address::RoleAddress;
pub use difference::RoleDifference;
pub(crate) use difference::Touches;
pub use listed::ListedRole;
pub use policy_place::PolicyPlace;
pub use policy_use::PolicyUse;
pub use quotas::{OverQuota, QuotaSource, Quotas};
pub use spec::{ManagedPolicy, Retired, RetiredBoundary, RoleSpec};
pub use state::{ManagedState, RoleState};
pub use tags::InvalidTags;
pub(crate) use tags::{
    MOST as MOST_TAGS, boundary_mark, check_tags, find_tag, is_tag_value, put_tag, remove_tag,
};
