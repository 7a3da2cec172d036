//! Connector clients that break one promise each.

use async_trait::async_trait;
use harness_ccm_core::backend::{ConnectionTest, ConnectorListing, ConnectorView, Expect, Removed, Written};
use harness_ccm_core::connector::{ConnectorSpec, ConnectorState};
use harness_ccm_core::prelude::*;
use harness_ccm_core::{Error, Result};

use crate::world;

/// A client in memory that does one thing wrong: what the case of this name is about.
#[derive(Debug)]
struct WrongConnectors {
    world: World,
    case: String,
}

/// A client that the case of this name has to notice.
pub(crate) fn wrong(case: &str) -> Option<impl ConnectorClient> {
    harness_ccm_core::testing::connectors::CASES
        .contains(&case)
        .then(|| WrongConnectors { world: world(), case: case.to_owned() })
}

fn whatever_is_there(found: Option<ConnectorState>) -> Expect<ConnectorState> {
    found.map_or(Expect::Absent, Expect::same)
}

#[async_trait]
impl ConnectorClient for WrongConnectors {
    async fn list_connectors(&self) -> Result<ConnectorListing> {
        let mut all = self.world.connectors().list_connectors().await?;
        if self.case == "a_connector_is_made_listed_and_left_alone" {
            for connector in &mut all.connectors {
                connector.external_id = None;
            }
        }
        Ok(all)
    }

    async fn view(&self) -> Result<ConnectorView> {
        Ok(if self.case == "what_is_seen_is_told" { ConnectorView::All } else { ConnectorView::Unknown })
    }

    async fn put_connector(
        &self,
        spec: &ConnectorSpec,
        expect: Expect<ConnectorState>,
    ) -> Result<Written<ConnectorState>> {
        let (mut spec, mut expect, connectors) = (spec.clone(), expect, self.world.connectors());
        let (found, is_change) = (self.world.connector(&spec.id), matches!(expect, Expect::Same(_)));
        match self.case.as_str() {
            "every_field_can_be_changed" if is_change => spec.settings.ignore_test = None,
            "an_expectation_that_does_not_hold_changes_nothing"
            | "what_somebody_else_made_is_not_overwritten" => {
                expect = whatever_is_there(found);
            }
            "our_own_connector_is_completed" if !is_change && found.is_some() => {
                return Err(Error::new(ErrorKind::Conflict, "wrong", "it is there"));
            }
            "what_is_not_named_is_kept" if is_change => {
                self.world.edit_connector(&spec.id, |connector| {
                    connector.tags.remove("extra");
                });
                expect = whatever_is_there(self.world.connector(&spec.id));
            }
            "what_can_not_be_is_refused" if spec.features.is_empty() => {
                return Ok(Written::Created(ConnectorState::new(spec.id)));
            }
            _ => {}
        }
        let answer = connectors.put_connector(&spec, expect).await;
        match (self.case.as_str(), answer) {
            ("what_is_there_is_not_made_again", Ok(Written::Unchanged(state))) => Ok(Written::Created(state)),
            (_, answer) => answer,
        }
    }

    async fn remove_connector(&self, id: &ConnectorId, expected: &ConnectorState) -> Result<Removed> {
        let mut expected = expected.clone();
        if self.case == "a_connector_that_lost_our_mark_is_not_removed"
            && let Some(found) = self.world.connector(id)
        {
            expected = found;
        }
        match (self.case.as_str(), self.world.connectors().remove_connector(id, &expected).await) {
            ("removing_is_exact_and_repeatable", Ok(Removed::AlreadyGone)) => {
                Err(Error::new(ErrorKind::NotFound, "wrong", "there is no such connector"))
            }
            (_, answer) => answer,
        }
    }

    async fn test_connector(&self, id: &ConnectorId) -> Result<ConnectionTest> {
        if self.case == "testing_what_is_not_there_is_not_found" {
            return Ok(ConnectionTest::Passed);
        }
        self.world.connectors().test_connector(id).await
    }
}
