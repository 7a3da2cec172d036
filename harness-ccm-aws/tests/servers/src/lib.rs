//! The AWS of the tests: [`LocalAws`], a server in this process, and [`MotoServer`], an independent one in Python.
//!
//! Tests that compare this project with another reading of the AWS documentation use moto. All others use [`LocalAws`]: it
//! starts in a millisecond, holds thousands of accounts, does what moto does not, and fails on request.
//!
//! # Services of `LocalAws`
//!
//! | service | protocol | actions |
//! |---|---|---|
//! | Organizations | JSON 1.1 | `DescribeOrganization`, `ListRoots`, `ListAccounts`, `ListAccountsForParent`, `ListOrganizationalUnitsForParent`, `ListParents`, `DescribeAccount`, `DescribeOrganizationalUnit`, `ListTagsForResource` |
//! | STS | Query | `GetCallerIdentity`, `AssumeRole` |
//! | IAM, roles | Query | `GetRole`, `ListRoles`, `CreateRole`, `UpdateRole`, `UpdateAssumeRolePolicy`, `PutRolePermissionsBoundary`, `DeleteRolePermissionsBoundary`, `DeleteRole`, `TagRole`, `UntagRole`, `ListRoleTags`, `GetRolePolicy`, `ListRolePolicies`, `PutRolePolicy`, `DeleteRolePolicy`, `AttachRolePolicy`, `DetachRolePolicy`, `ListAttachedRolePolicies`, `ListInstanceProfilesForRole`, `RemoveRoleFromInstanceProfile` |
//! | IAM, policies | Query | `CreatePolicy`, `GetPolicy`, `ListPolicies` (customer-managed), `DeletePolicy`, `TagPolicy`, `UntagPolicy`, `ListPolicyTags`, `CreatePolicyVersion`, `GetPolicyVersion`, `ListPolicyVersions`, `SetDefaultPolicyVersion`, `DeletePolicyVersion` |
//! | IAM, account | Query | `GetAccountSummary` |
//!
//! Like AWS, and unlike moto:
//!
//! - `AssumeRole` needs a role that exists and whose trust policy lets the caller in: principals, external id, session name, source
//!   identity, tags; the account has to be active. A chained session lasts an hour at the most, any other as long as the role
//!   allows. The credentials lead into that account, end when they end, and go no further than the policies of the role, its
//!   boundary and the session's own policy.
//! - Names of roles and policies are unique without regard to case, and so are the keys of tags on roles.
//! - Policy documents are checked before they are stored, principals must exist, trust is returned in IAM's own spelling.
//! - Quotas, sizes, paths, `DeleteConflict`, roles of services, boundaries and attachments that must exist.
//! - Pages of twenty accounts, `Paths`, delegated administrators, accounts that leave.
//! - The clock: responses have the server's date, and requests signed at another time are refused ([`Cloud::clock_ahead`]).
//!
//! # Faults
//!
//! [`LocalAws::fail`] takes an [`AwsFault`]: throttling, 500 and 503, denial in AWS' own words, closed connections before or
//! after the effect, incomplete responses, responses without an end, none at all, pages of HTML. Each affects chosen requests,
//! some of them, or random ones. [`Lag`] delays the visibility of IAM's writes. [`LocalAws::calls`] returns every request with
//! its result.
//!
//! # Limits
//!
//! - Signatures are not checked, only who signed, when, and for which service and region.
//! - Users have no policies: they may do everything in their account. Service control policies are faults, not documents.
//! - The texts of AWS' own policies: `AdministratorAccess` and `IAMFullAccess` allow what they say, the others exist and allow
//!   nothing. Condition operators for numbers, dates, addresses and sets never hold.
//! - Unique ids and dates of roles and policies; principals of trust policies keep their ARN when they are removed.
//! - Rates: nothing is throttled unless a fault does it. No TLS.
//!
//! # Modules, from low to high
//!
//! `environment`: the settings of a client. `wire`: requests and responses. `policy`: documents. `state`: the stored resources.
//! `services`: the actions. `traffic`: faults, the log, and the processing of a request. `server`: HTTP. `local_aws`: the
//! handle. `moto`: the other server.
#![allow(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot be set up fails"
)]
#![allow(clippy::expect_used, clippy::print_stderr, reason = "a test that cannot be set up says why")]

mod environment;
mod local_aws;
mod moto;
mod policy;
mod server;
mod services;
mod state;
mod traffic;
mod wire;

pub use local_aws::LocalAws;
pub use moto::{MotoServer, skip};
pub use state::account::CloudAccount;
pub use state::cloud::{Cloud, id};
pub use state::iam::{CloudIam, CloudPolicy, CloudRole};
pub use state::organization::{CloudOrganization, CloudUnit, MANAGEMENT, ORGANIZATION, ROOT};
pub use state::past::Lag;
pub use state::tags::CloudTags;
pub use traffic::fault::AwsFault;
pub use traffic::log::LoggedAwsCall;
pub use wire::call::{AwsCall, AwsService};
pub use wire::denial::Denier;
