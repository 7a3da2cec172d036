//! Plans in the forms that people read and approve: [text](PlanText) for terminals, [Markdown](PlanMarkdown) for pull requests,
//! and an HTML [page](PlanPage) for browsers. The coverage of an organization also has an HTML [page](CoveragePage).
//!
//! In a plan of thousands of accounts, few different entries occur many times. All three forms show each different entry once,
//! with the accounts to which the entry applies. The file `group.rs` finds the equal entries. Risks come first in every form.
//! Texts from outside are escaped as the form requires. Programs read the exact plan from its JSON, see
//! [`Plan::to_json`](crate::plan::Plan::to_json).

mod coverage_page;
mod detail;
mod digest;
mod entry;
mod full;
mod group;
mod line;
mod markdown;
mod plan_page;
mod sums;
mod table_page;
mod text;

pub use coverage_page::CoveragePage;
pub use markdown::PlanMarkdown;
pub use plan_page::PlanPage;
pub use text::PlanText;
