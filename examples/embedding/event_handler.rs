//! A handler that onboards the one account that an event names.

use harness_ccm::prelude::*;
use harness_ccm::source::Restricted;
use serde_json::Value;

// count: handler
/// Handles one event of AWS Organizations. On AWS, `account` is `|id| aws.account(id)`.
async fn handle<S: AccountSource>(
    event: &str,
    config: &Config,
    account: impl FnOnce(AccountId) -> S,
    roles: impl RoleProvisioner,
    connectors: impl ConnectorClient,
) -> Result<Report, Box<dyn std::error::Error>> {
    let event: Value = serde_json::from_str(event)?;
    let id = event["detail"]["serviceEventDetails"]["createAccountStatus"]["accountId"].as_str();
    let account = account(id.ok_or("the event names no account")?.parse()?);
    Ok(Pipeline::from_config(config, account, roles, connectors).run().await?)
}
// end

const CREATED: &str = r#"{"source": "aws.organizations", "detail": {"eventName": "CreateAccountResult",
    "serviceEventDetails": {"createAccountStatus": {"state": "SUCCEEDED", "accountId": "111122223333"}}}}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let world = World::new([
        Account::new("111122223333".parse()?, "new"),
        Account::new("222233334444".parse()?, "of no concern"),
    ]);
    let rule = Rule::onboard("everybody", Selector::all(), FeatureSet::new().with_visibility());
    let config = Config::new(Intent::us("my-harness-account".parse()?).with_rule(rule));
    let source = |id| Restricted::new(world.accounts(), Selector::all().with_accounts([id]));

    let report = handle(CREATED, &config, source, world.roles(), world.connectors()).await?;
    assert_eq!(report.status(), Status::Applied);
    assert_eq!(report.done(), 2, "a role and a connector in the one account");
    let again = handle(CREATED, &config, source, world.roles(), world.connectors()).await?;
    assert_eq!(again.status(), Status::InSync, "the same event again changes nothing");
    Ok(())
}
