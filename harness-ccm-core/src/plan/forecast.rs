use serde::{Deserialize, Serialize};

use super::calls::reads;
use super::{Action, Plan};
use crate::backend::Expect;
use crate::role::{RoleSpec, RoleState};

/// The estimated number of calls that applying a plan takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Forecast {
    /// Calls to AWS for the steps of the plan.
    pub aws_calls: usize,
    /// Calls to Harness for the steps of the plan, and for the connection tests after the steps.
    pub harness_calls: usize,
    /// Calls to AWS for the [search](crate::observe::RoleSearch::Deep) among all roles. A saved plan is made again before it is
    /// applied, and the new plan repeats the search. The estimate is the number of calls that the search of this plan took.
    #[serde(default)]
    pub search_calls: usize,
}

impl Forecast {
    /// The number of calls per minute that Harness allows for one API key. The source is the Harness documentation, "Rate
    /// limits", for requests from outside.
    pub const CALLS_PER_MINUTE: usize = 400;

    /// Returns the time that the calls to Harness take at `calls_per_minute`, in seconds. Usually, the calls to Harness take
    /// longer than the calls to AWS.
    pub fn seconds_at(&self, calls_per_minute: usize) -> usize {
        (self.harness_calls * 60).div_ceil(calls_per_minute.max(1))
    }
}

impl Plan {
    /// Estimates the calls that applying this plan takes. The estimate includes one connection test for each connector that the
    /// plan writes.
    pub fn forecast(&self) -> Forecast {
        let search_calls = self.basis.search.map_or(0, |search| search.aws_calls);
        let mut forecast = Forecast { search_calls, ..Forecast::default() };
        for account in self.accounts.values() {
            let mut entered = false;
            for step in &account.steps {
                match &step.action {
                    Action::PutRole { spec, expect } => {
                        forecast.aws_calls += put_role(spec, expect) + usize::from(!entered);
                        entered = true;
                    }
                    Action::RemoveRole { expected, .. } => {
                        forecast.aws_calls += remove_role(expected) + usize::from(!entered);
                        entered = true;
                    }
                    Action::PutConnector { expect, .. } => {
                        forecast.harness_calls += if *expect == Expect::Absent { 2 } else { 3 };
                    }
                    Action::RemoveConnector { .. } => forecast.harness_calls += 2,
                }
            }
        }
        forecast
    }
}

/// A creation needs no read; before a change, the state is read again.
fn put_role(spec: &RoleSpec, expect: &Expect<RoleState>) -> usize {
    match expect {
        Expect::Absent => 1 + writes(spec, &spec.created()),
        Expect::Same(state) => reads(state) + writes(spec, state),
    }
}

fn writes(spec: &RoleSpec, state: &RoleState) -> usize {
    spec.differences(state).iter().map(|difference| difference.calls(state)).sum()
}

fn remove_role(state: &RoleState) -> usize {
    let made = state.managed.keys().filter(|policy| state.arn.holds(policy)).count();
    reads(state) + state.inline.len() + state.attached.len() + 2 * made + 1
}
