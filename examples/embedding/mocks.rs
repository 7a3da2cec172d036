//! Tests of an embedding program with mocks of the backends: they set up only the responses.
#![expect(clippy::unwrap_used, reason = "these are tests")]

use harness_ccm::backend::{
    ConnectorListing, ConnectorView, MockAccountSource, MockConnectorClient, MockRoleProvisioner,
};
use harness_ccm::prelude::*;

/// The program under test: how many roles and connectors are missing.
async fn missing(
    source: MockAccountSource,
    roles: MockRoleProvisioner,
    connectors: MockConnectorClient,
) -> Result<usize, Box<dyn std::error::Error>> {
    let rule = Rule::onboard("everybody", Selector::all(), FeatureSet::new().with_visibility());
    let intent = Intent::us("my-harness-account".parse()?).with_rule(rule);
    Ok(Pipeline::new(intent, source, roles, connectors).plan().await?.counts().create)
}

async fn a_listing_that_is_denied_is_an_error() {
    let mut source = MockAccountSource::new();
    source
        .expect_list_accounts()
        .returning(|_| Err(Error::new(ErrorKind::Denied, "organizations:ListAccounts", "not authorized")));
    let error = missing(source, MockRoleProvisioner::new(), MockConnectorClient::new()).await.unwrap_err();
    let error = error.downcast_ref::<PipelineError>().unwrap();
    assert!(matches!(error, PipelineError::Backend(error) if error.kind() == ErrorKind::Denied));
}

async fn what_is_missing_is_counted_and_not_written() {
    let (mut source, mut roles, mut connectors) =
        (MockAccountSource::new(), MockRoleProvisioner::new(), MockConnectorClient::new());
    let account = Account::new("111122223333".parse().unwrap(), "web");
    source.expect_list_accounts().returning(move |_| Ok(Listing::complete([account.clone()])));
    roles.expect_find_role().returning(|_| Ok(None));
    roles.expect_put_role().never();
    connectors.expect_list_connectors().returning(|| Ok(ConnectorListing::default()));
    connectors.expect_view().returning(|| Ok(ConnectorView::All));
    connectors.expect_put_connector().never();
    assert_eq!(missing(source, roles, connectors).await.unwrap(), 2, "a role and a connector");
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    a_listing_that_is_denied_is_an_error().await;
    what_is_missing_is_counted_and_not_written().await;
}
