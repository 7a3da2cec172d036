//! The executor: does what a plan says, and decides nothing.

mod acceptance;
mod options;
mod report;
mod run;
mod stop;
mod users;

pub use acceptance::{Acceptance, accept};
pub use options::{ApplyOptions, FailureBudget};
pub use report::{Report, Status, StepReport};
pub use run::apply;
pub use stop::StopSignal;
