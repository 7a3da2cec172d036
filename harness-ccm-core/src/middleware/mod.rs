//! Wrappers for any backend.

mod audit_log;
mod faulty;
mod on_write;
mod read_only;
mod write;

pub use audit_log::AuditLog;
pub use faulty::{FaultTiming, Faulty, WriteFault};
pub use on_write::{OnWrite, WriteObserver};
pub use read_only::ReadOnly;
pub use write::Write;
