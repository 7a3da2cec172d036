use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use crate::state::account::CloudAccount;
use crate::state::iam::{CloudIam, CloudRole};
use crate::state::organization::{CloudOrganization, CloudUnit, MANAGEMENT, ROOT};
use crate::state::past::Lag;
use crate::state::principal::Principal;

/// The key of callers with the credentials of the environment.
pub(crate) const CALLER_KEY: &str = "AKIALOCALCALLER";

/// Policies of AWS' own that can be attached.
const AWS_POLICIES: [&str; 8] = [
    "AdministratorAccess",
    "IAMFullAccess",
    "IAMReadOnlyAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "SecurityAudit",
    "job-function/ViewOnlyAccess",
    "service-role/AWSLambdaBasicExecutionRole",
];

/// The whole state. Tests set it up and read it directly; nothing here is checked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Cloud {
    /// The one organization.
    pub organization: CloudOrganization,
    /// By their id; those outside of the organization, too.
    pub accounts: BTreeMap<String, CloudAccount>,
    /// The number of seconds by which the server's clock is ahead of this machine's.
    pub clock_ahead: i64,
    /// The fixed duration of sessions, whatever was requested.
    pub session_lifetime: Option<Duration>,
    /// How far IAM is behind its writes.
    pub lag: Lag,
    /// IAM finds a role only by the exact spelling of its name. Names are unique without regard to case in any event.
    pub exact_names: bool,
    /// The number of items in a page of IAM.
    pub iam_page: usize,
    /// Principals of other accounts that do not exist: trust policies that name them are refused.
    pub absent_principals: BTreeSet<String>,
    /// Policies of AWS' own that exist, by path and name.
    pub aws_policies: BTreeSet<String>,
    /// By access key.
    pub(crate) principals: BTreeMap<String, Principal>,
    serial: u64,
}

/// The account id of a number.
pub fn id(number: usize) -> String {
    format!("{number:012}")
}

impl Cloud {
    /// The management account alone; its user calls.
    pub(crate) fn new() -> Self {
        let mut cloud = Self {
            organization: CloudOrganization::new(),
            accounts: BTreeMap::from([(MANAGEMENT.to_owned(), CloudAccount::under(ROOT))]),
            clock_ahead: 0,
            session_lifetime: None,
            lag: Lag::default(),
            exact_names: false,
            iam_page: 100,
            absent_principals: BTreeSet::new(),
            aws_policies: AWS_POLICIES.into_iter().map(str::to_owned).collect(),
            principals: BTreeMap::new(),
            serial: 0,
        };
        cloud.call_as(&format!("arn:aws:iam::{MANAGEMENT}:user/operator"));
        cloud
    }

    /// The principal of the credentials of the environment: a user, or the session of a role.
    pub fn call_as(&mut self, arn: &str) {
        self.principals.insert(CALLER_KEY.to_owned(), Principal::of(arn));
    }

    /// The partition of all ARNs: the caller's.
    pub fn partition(&self) -> &str {
        self.principals.get(CALLER_KEY).map_or("aws", Principal::partition)
    }

    /// Adds a member under the root with the role that Organizations makes.
    pub fn add_member(&mut self, id: &str) -> &mut CloudAccount {
        let role = CloudRole::bootstrap("OrganizationAccountAccessRole", MANAGEMENT);
        let account = self.accounts.entry(id.to_owned()).or_default();
        account.parent = Some(ROOT.to_owned());
        account.iam.put_role(role);
        account
    }

    /// Adds a unit, with its id as its name.
    pub fn add_unit(&mut self, id: &str, parent: &str) {
        let name = format!("Unit {id}");
        self.organization.units.push(CloudUnit { id: id.into(), name, parent: parent.into() });
    }

    /// The IAM of an account, which is empty until its first use.
    pub fn iam(&mut self, account: &str) -> &mut CloudIam {
        &mut self.accounts.entry(account.to_owned()).or_default().iam
    }

    /// Ends all existing sessions, as if they had expired.
    pub fn end_sessions(&mut self) {
        let now = self.now();
        for session in self.principals.values_mut().filter_map(|principal| principal.session.as_mut()) {
            session.ends = session.ends.min(now);
        }
    }

    /// Returns the policies of the existing sessions.
    pub fn session_policies(&self) -> BTreeSet<&str> {
        let sessions = self.principals.values().filter_map(|principal| principal.session.as_ref());
        sessions.filter_map(|session| session.policy.as_deref()).collect()
    }

    /// The server's time.
    pub(crate) fn now(&self) -> SystemTime {
        let distance = Duration::from_secs(self.clock_ahead.unsigned_abs());
        let now = SystemTime::now();
        if self.clock_ahead < 0 { now - distance } else { now + distance }
    }

    /// Returns a new number each time.
    pub(crate) fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// Whether a policy of AWS' own exists, by its ARN.
    pub(crate) fn has_aws_policy(&self, arn: &str) -> bool {
        let name = arn.strip_prefix(&format!("arn:{}:iam::aws:policy/", self.partition()));
        name.is_some_and(|name| self.aws_policies.contains(name))
    }
}
