//! Exports the items that most programs need. A program imports them with `use harness_ccm::prelude::*;`. A program that depends
//! only on this crate writes `use harness_ccm_core::prelude::*;`.
//!
//! `async_trait` is the attribute macro of the crate `async-trait`. Every `impl` of a backend trait needs this attribute.

pub use async_trait::async_trait;

pub use crate::account::{Account, AccountQuery, AccountState};
pub use crate::apply::{ApplyOptions, Deadline, Report, Status, StopSignal};
pub use crate::backend::{AccountSource, ConnectorClient, NoPause, Pause, RoleProvisioner};
pub use crate::cluster::Cluster;
pub use crate::config::Config;
pub use crate::error::{Error, ErrorKind};
pub use crate::event::{Event, EventSink, NoEvents, on_event};
pub use crate::feature::{Feature, FeatureSet};
pub use crate::id::{AccountId, ConnectorId, HarnessAccountId, OwnerId};
pub use crate::intent::{Intent, Rule};
pub use crate::limits::{Limits, Share};
pub use crate::listing::Listing;
pub use crate::memory::World;
pub use crate::middleware::{AuditLog, OnWrite};
pub use crate::pipeline::{Pipeline, PipelineError};
pub use crate::plan::{ApprovedPlan, Guard, Mode, Plan, PlanOptions, Waves, guard};
pub use crate::selector::{Selector, TagCondition};
pub use crate::verify::{Verdict, Verification, VerifyOptions};
