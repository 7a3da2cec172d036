//! IAM roles: as wanted, as seen, where they are, and by which writes the one becomes the other.

mod address;
mod difference;
mod listed;
mod policy_place;
mod quotas;
mod spec;
mod state;
mod tags;

pub use address::RoleAddress;
pub use difference::RoleDifference;
pub(crate) use difference::Touches;
pub use listed::ListedRole;
pub use policy_place::PolicyPlace;
pub use quotas::{OverQuota, QuotaSource, Quotas};
pub use spec::{ManagedPolicy, Retired, RetiredBoundary, RoleSpec};
pub use state::{ManagedState, RoleState};
pub use tags::{InvalidTags, check_tags, find_tag, put_tag, remove_tag};
pub(crate) use tags::{MOST as MOST_TAGS, boundary_mark, is_tag_value};
