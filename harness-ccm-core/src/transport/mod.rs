//! Requests that have no answer of their service: what happened on the way, and what to do about it.
//!
//! For the backends of this workspace: they use different HTTP clients, and shall say the same about the same failure. It reads errors of
//! any client, and knows none of them.

mod fault;
mod foreign;
mod peer;

pub use fault::{CertificateFault, Stage, TransportFault};
pub use foreign::{BodyForm, ForeignAnswer};
pub use peer::{Peer, Sent};
