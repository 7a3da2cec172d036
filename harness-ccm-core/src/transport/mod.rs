//! Requests without a response from their service: the cause, and the remedy.
//!
//! For the backends of this workspace: they use different HTTP clients, and should report the same failure in the same way. It
//! reads the errors of any client, and depends on none.

mod fault;
mod foreign;
mod peer;

pub use fault::{CertificateFault, Stage, TransportFault};
pub use foreign::{BodyForm, ForeignAnswer};
pub use peer::{Peer, Sent};
