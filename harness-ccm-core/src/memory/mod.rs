//! Backends in memory, as strict as a server: for tests, examples, and for trying a pipeline without any account.
//!
//! A [`World`] is one description of an organization and of what exists in it; its three backends share it. Cloning any of them
//! gives another handle to the same world.

mod accounts;
mod connectors;
mod iam;
mod journal;
mod policy;
mod role_writes;
mod roles;
mod state;
mod world;

pub use accounts::MemoryAccounts;
pub use connectors::MemoryConnectors;
pub use journal::Call;
pub use policy::MemoryPolicy;
pub use roles::MemoryRoles;
pub use world::World;
