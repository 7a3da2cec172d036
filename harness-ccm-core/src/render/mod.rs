//! Plans as people read and approve them: [text](PlanText) for terminals, [Markdown](PlanMarkdown) for pull requests, a
//! [page](PlanPage) for browsers. The coverage of an organization has a [page](CoveragePage), too.
//!
//! A plan of thousands of accounts repeats few entries many times, so all three show each of them once, with its accounts:
//! `group.rs` finds the parts that accounts share. Risks come first everywhere. Texts from outside are made harmless for the
//! format at hand. Programs read the plan's JSON, which is exact: [`Plan::to_json`](crate::plan::Plan::to_json).

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
