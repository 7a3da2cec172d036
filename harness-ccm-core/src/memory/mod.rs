//! Backends in memory, as strict as a server: for tests, examples, and trials without any account.
//!
//! A [`World`] describes an organization and its resources; its three backends share it. A clone of any of them is another
//! handle to the same world.

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
