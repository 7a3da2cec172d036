//! The executor: carries out a plan, without decisions of its own.

mod acceptance;
mod deadline;
mod options;
mod report;
mod run;
mod stop;
mod users;

pub use acceptance::{Acceptance, accept};
pub use deadline::Deadline;
pub use options::{ApplyOptions, FailureBudget};
pub use report::{EndedEarly, Report, Status, StepReport, WithheldReport};
pub use run::apply_plan;
pub use stop::StopSignal;
