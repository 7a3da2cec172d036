use async_trait::async_trait;

use super::state::{Shared, State, Stored};
use crate::backend::{
    Admission, Conflict, ConnectionTest, ConnectorClient, ConnectorView, Expect, RemovalAdmission, Removed,
    TestFailure, Written, admit_connector, admit_connector_removal,
};
use crate::connector::{ConnectorSpec, ConnectorState, Health, laid_over};
use crate::error::{Error, ErrorKind, Result};
use crate::feature::Feature;
use crate::id::{ConnectorId, RoleArn};
use crate::predict::{self, Prediction};

/// The Harness account of a [`World`](super::World).
#[derive(Clone, Debug)]
pub struct MemoryConnectors(Shared);

impl MemoryConnectors {
    pub(super) fn new(world: Shared) -> Self {
        Self(world)
    }
}

fn error(kind: ErrorKind, operation: &'static str, id: &ConnectorId, message: impl Into<String>) -> Error {
    Error::new(kind, operation, message).with_subject(subject(id))
}

fn subject(id: &ConnectorId) -> String {
    format!("connector {id}")
}

fn conflict(reason: Conflict, operation: &'static str, id: &ConnectorId) -> Error {
    reason.into_error(operation, subject(id))
}

/// What Harness refuses whatever is there.
fn validate(state: &State, spec: &ConnectorSpec, operation: &'static str) -> Result<()> {
    let refuse = |message: &str| Err(error(ErrorKind::Invalid, operation, &spec.id, message));
    if spec.id.is_reserved() {
        return refuse("the identifier is a reserved word");
    }
    if spec.features.is_empty() {
        return refuse("featuresEnabled cannot be empty");
    }
    if spec.features.contains(&Feature::Billing) && spec.report.is_none() {
        return refuse("curAttributes should be provided when the feature BILLING is enabled");
    }
    match state.refused.get(spec.account()) {
        Some(message) => Err(error(ErrorKind::Invalid, operation, &spec.id, message.clone())
            .with_remedy("change what the message names, then run again")),
        None => Ok(()),
    }
}

/// Refuses what the caller may not view: Harness says so whether or not it is there.
fn seen(state: &State, operation: &'static str, id: &ConnectorId) -> Result<()> {
    if state.hidden.contains(id) {
        return Err(conflict(Conflict::Unseen, operation, id));
    }
    Ok(())
}

/// The connector that a put leaves, given what was there.
fn written(spec: &ConnectorSpec, seen: Option<&ConnectorState>, now: i64) -> ConnectorState {
    let mut connector = seen.cloned().unwrap_or_else(|| {
        let mut new = ConnectorState::new(spec.id.clone());
        new.created_at = now;
        new.health = Health::Pending;
        new
    });
    connector.name = spec.name.as_str().into();
    connector.account = Some(spec.account().clone());
    connector.role_arn = Some(spec.role.to_string());
    connector.external_id = Some(spec.external_id.as_str().into());
    connector.features = laid_over(&connector.features, &spec.features);
    if let Some(kinds) = &spec.autostopping {
        connector.autostopping = laid_over(&connector.autostopping, kinds);
    }
    if let Some(services) = &spec.commitment {
        connector.commitment = laid_over(&connector.commitment, services);
    }
    // Harness drops the report unless billing is enabled.
    let report = spec.report.as_ref().filter(|_| spec.features.contains(&Feature::Billing));
    connector.report = report.map(|report| report.over(connector.report.as_ref()));
    connector.settings = spec.settings.over(&connector.settings);
    connector.gov_cloud = spec.gov_cloud;
    connector.tags.extend(spec.all_tags());
    connector
}

/// What Harness' server would say of the connector, with the world as it is.
fn test(state: &State, connector: &ConnectorState) -> ConnectionTest {
    let role = connector.role_arn.as_deref().and_then(|arn| arn.parse::<RoleArn>().ok()).and_then(|arn| {
        // In an ARN case counts.
        state.role(arn.account(), arn.name()).filter(|role| role.arn == arn)
    });
    match predict::of_state_in_memory(connector, role) {
        Prediction::Passes => ConnectionTest::Passed,
        Prediction::Fails(failure) => ConnectionTest::Failed(failure),
        // A server never shrugs: what it cannot make out is not allowed.
        Prediction::Unknown(why) => ConnectionTest::Failed(TestFailure::new(why, Vec::<String>::new())),
    }
}

#[async_trait]
impl ConnectorClient for MemoryConnectors {
    async fn list_connectors(&self) -> Result<Vec<ConnectorState>> {
        let mut state = self.0.lock();
        state.record("list_connectors", "", false);
        let seen = state.connectors.iter().filter(|(id, _)| !state.hidden.contains(*id));
        Ok(seen.map(|(_, stored)| stored.state.clone()).collect())
    }

    async fn view(&self) -> Result<ConnectorView> {
        let mut state = self.0.lock();
        state.record("view", "", false);
        Ok(state.view.unwrap_or(ConnectorView::All))
    }

    async fn put_connector(
        &self,
        spec: &ConnectorSpec,
        expect: Expect<ConnectorState>,
    ) -> Result<Written<ConnectorState>> {
        const OPERATION: &str = "put_connector";
        let mut state = self.0.lock();
        let id = &spec.id;
        let now = state.clock + 1;
        let judged = validate(&state, spec, OPERATION).and_then(|()| {
            seen(&state, OPERATION, id)?;
            let observed = state.connectors.get(id).map(|stored| &stored.state);
            match admit_connector(spec, observed, &expect)
                .map_err(|reason| conflict(reason, OPERATION, id))?
            {
                Admission::Create => Ok((Written::Created(written(spec, None, now)), true)),
                Admission::Unchanged(state) => Ok((Written::Unchanged(state.clone()), false)),
                Admission::Update(state) => Ok((Written::Updated(written(spec, Some(state), now)), true)),
            }
        });
        state.record(OPERATION, id.as_str(), matches!(judged, Ok((_, true))));
        let (written, changed) = judged?;
        if changed {
            state.clock = now;
            let new = written.clone().into_state();
            match state.connectors.get_mut(id) {
                Some(stored) => stored.state = new,
                None => {
                    state.connectors.insert(id.clone(), Stored::new(new, serde_json::Map::new()));
                }
            }
        }
        Ok(written)
    }

    async fn remove_connector(&self, id: &ConnectorId, expected: &ConnectorState) -> Result<Removed> {
        const OPERATION: &str = "remove_connector";
        let mut state = self.0.lock();
        let judged = seen(&state, OPERATION, id).and_then(|()| {
            let observed = state.connectors.get(id).map(|stored| &stored.state);
            match admit_connector_removal(expected, observed) {
                Ok(RemovalAdmission::AlreadyGone) => Ok(Removed::AlreadyGone),
                Ok(RemovalAdmission::Remove(_)) => Ok(Removed::Removed),
                Err(reason) => Err(conflict(reason, OPERATION, id)),
            }
        });
        state.record(OPERATION, id.as_str(), matches!(judged, Ok(Removed::Removed)));
        let removed = judged?;
        state.connectors.remove(id);
        Ok(removed)
    }

    async fn test_connector(&self, id: &ConnectorId) -> Result<ConnectionTest> {
        const OPERATION: &str = "test_connector";
        let mut state = self.0.lock();
        state.record(OPERATION, id.as_str(), false);
        seen(&state, OPERATION, id)?;
        let Some(stored) = state.connectors.get(id) else {
            return Err(error(ErrorKind::NotFound, OPERATION, id, "there is no such connector"));
        };
        let verdict = test(&state, &stored.state);
        let health = match &verdict {
            ConnectionTest::Passed => Health::Success,
            ConnectionTest::Failed(failure) => Health::Failure { message: failure.summary.clone() },
        };
        if let Some(stored) = state.connectors.get_mut(id) {
            stored.state.health = health;
        }
        Ok(verdict)
    }
}
