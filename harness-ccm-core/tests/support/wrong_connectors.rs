//! Connector clients that break one rule each.

use async_trait::async_trait;
use harness_ccm_core::backend::{ConnectionTest, ConnectorListing, ConnectorView, Expect, Removed, Written};
use harness_ccm_core::connector::{ConnectorSpec, ConnectorState};
use harness_ccm_core::prelude::*;
use harness_ccm_core::{Error, Result};

use crate::world;

/// A client in memory with one fault: the subject of the case with this name.
#[derive(Debug)]
struct WrongConnectors {
    world: World,
    case: String,
}

/// A client whose fault the case with this name must notice.
pub(crate) fn wrong(case: &str) -> Option<impl ConnectorClient> {
    harness_ccm_core::testing::connectors::CASES
        .contains(&case)
        .then(|| WrongConnectors { world: world(), case: case.to_owned() })
}

fn the_existing_state(found: Option<ConnectorState>) -> Expect<ConnectorState> {
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
        Ok(if self.case == "the_view_is_reported" { ConnectorView::All } else { ConnectorView::Unknown })
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
            | "connectors_of_others_are_not_overwritten" => {
                expect = the_existing_state(found);
            }
            "our_own_connector_is_completed" if !is_change && found.is_some() => {
                return Err(Error::new(ErrorKind::Conflict, "wrong", "it is there"));
            }
            "unset_options_are_kept" if is_change => {
                self.world.edit_connector(&spec.id, |connector| {
                    connector.tags.remove("extra");
                });
                expect = the_existing_state(self.world.connector(&spec.id));
            }
            "invalid_connectors_are_refused" if spec.features.is_empty() => {
                return Ok(Written::Created(ConnectorState::new(spec.id)));
            }
            _ => {}
        }
        let answer = connectors.put_connector(&spec, expect).await;
        match (self.case.as_str(), answer) {
            ("an_existing_connector_is_not_created_again", Ok(Written::Unchanged(state))) => {
                Ok(Written::Created(state))
            }
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
        if self.case == "testing_a_missing_connector_is_not_found" {
            return Ok(ConnectionTest::Passed);
        }
        self.world.connectors().test_connector(id).await
    }
}
