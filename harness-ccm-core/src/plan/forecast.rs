use serde::{Deserialize, Serialize};

use super::calls::reads;
use super::{Action, Plan};
use crate::backend::Expect;
use crate::role::{RoleSpec, RoleState};

/// The approximate work of a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Forecast {
    /// Calls to AWS.
    pub aws_calls: usize,
    /// Calls to Harness, including the connection tests after it.
    pub harness_calls: usize,
    /// Calls to AWS for the [search](crate::observe::RoleSearch::Deep) among all roles, as many as for this plan: a saved plan
    /// is made again before it is applied.
    #[serde(default)]
    pub search_calls: usize,
}

impl Forecast {
    /// The calls per minute that Harness allows one key, as documented for requests from outside ("Rate limits").
    pub const CALLS_PER_MINUTE: usize = 400;

    /// The duration of Harness' share at `calls_per_minute`, in seconds. Usually it takes longest.
    pub fn seconds_at(&self, calls_per_minute: usize) -> usize {
        (self.harness_calls * 60).div_ceil(calls_per_minute.max(1))
    }
}

impl Plan {
    /// Estimates the calls that applying takes, with one connection test for each connector that it writes.
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
