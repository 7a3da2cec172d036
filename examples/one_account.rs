//! One account at a time: a handler for the events of AWS Organizations, as `EventBridge` delivers them.
//!
//! An account that was created or moved is onboarded by the rules; for one that was closed, our connector in Harness is
//! removed. The handler is a plain function, so that a Lambda function, a queue's consumer or a web server can call it. On AWS
//! its account source is `AwsBackend::account`, which makes a handful of calls for any size of the organization.
//!
//! `cargo run --example one_account` handles three events in memory; with a file as its argument, the event in it.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use harness_ccm_core::plan::PlanRejected;
use harness_ccm_core::prelude::*;
use harness_ccm_core::source::Restricted;
use serde::Deserialize;

/// The reaction that an event requires.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    /// An account was created or moved: the rules decide about it.
    Onboard(AccountId),
    /// An account was closed.
    Offboard(AccountId),
    /// No reaction: another event, or one about a failed operation.
    Nothing,
}

/// An event of AWS Organizations: its own events (`...Result`) have `serviceEventDetails`, calls have `requestParameters`.
#[derive(Debug, Deserialize)]
struct Event {
    source: String,
    detail: Detail,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    event_name: String,
    /// Only for a refused call.
    error_code: Option<String>,
    #[serde(default)]
    service_event_details: ServiceEventDetails,
    request_parameters: Option<Moved>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ServiceEventDetails {
    create_account_status: Option<Ended>,
    close_account_status: Option<Ended>,
}

/// The result of creating or closing an account. AWS replaces the name by `****`, so the account is described anyway.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ended {
    state: String,
    account_id: Option<AccountId>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Moved {
    account_id: Option<AccountId>,
}

impl Task {
    /// Returns the reaction that an event requires.
    ///
    /// **Errors.** The value is not an event of `EventBridge`. An event of another service is not an error: rules are often too
    /// wide.
    fn of(event: &str) -> Result<Self, serde_json::Error> {
        let Event { source, detail } = serde_json::from_str(event)?;
        let Detail { event_name, error_code, service_event_details, request_parameters } = detail;
        if source != "aws.organizations" || error_code.is_some() {
            return Ok(Self::Nothing);
        }
        let succeeded = |ended: Option<Ended>| ended.filter(|ended| ended.state == "SUCCEEDED")?.account_id;
        let task = match event_name.as_str() {
            "CreateAccountResult" => {
                succeeded(service_event_details.create_account_status).map(Self::Onboard)
            }
            "MoveAccount" => request_parameters.and_then(|moved| moved.account_id).map(Self::Onboard),
            "CloseAccountResult" => succeeded(service_event_details.close_account_status).map(Self::Offboard),
            _ => None,
        };
        Ok(task.unwrap_or(Self::Nothing))
    }
}

/// Handles one event: `None` if it requires no reaction. An error is worth a retry if its
/// [`retry`](harness_ccm_core::Error::retry) permits it: then the event goes back into its queue.
async fn handle<S: AccountSource>(
    event: &str,
    config: &Config,
    account: impl FnOnce(AccountId) -> S,
    roles: impl RoleProvisioner,
    connectors: impl ConnectorClient,
) -> Result<Option<Report>, Box<dyn Error + Send + Sync>> {
    let (id, closed) = match Task::of(event)? {
        Task::Nothing => return Ok(None),
        Task::Onboard(id) => (id, false),
        Task::Offboard(id) => (id, true),
    };
    let pipeline = Pipeline::from_config(config, account(id.clone()), roles, connectors);
    if closed {
        let plan = pipeline.plan_offboarding(Some(&[id].into())).await?;
        // The event requested the removal; the limits are for changes by rules.
        let approved: Result<ApprovedPlan, PlanRejected> = plan.check(&Limits::none());
        return Ok(Some(pipeline.apply(&approved?).await));
    }
    Ok(Some(pipeline.run().await?))
}

/// The accounts of the world in memory, one at a time. On AWS this is `|id| aws.account(id)`.
fn in_memory(world: &World) -> impl Fn(AccountId) -> Arc<dyn AccountSource> {
    let accounts = world.accounts();
    move |id| Arc::new(Restricted::new(accounts.clone(), Selector::all().with_accounts([id])))
}

const CREATED: &str = r#"{
  "source": "aws.organizations", "detail-type": "AWS Service Event via CloudTrail", "region": "us-east-1",
  "detail": {
    "eventSource": "organizations.amazonaws.com", "eventName": "CreateAccountResult", "eventType": "AwsServiceEvent",
    "serviceEventDetails": {
      "createAccountStatus": {
        "id": "car-examplecreateaccountrequestid", "state": "SUCCEEDED", "accountName": "****", "accountId": "111122223333"
      }
    }
  }
}"#;

const MOVED: &str = r#"{
  "source": "aws.organizations", "detail-type": "AWS API Call via CloudTrail", "region": "us-east-1",
  "detail": {
    "eventSource": "organizations.amazonaws.com", "eventName": "MoveAccount", "eventType": "AwsApiCall",
    "requestParameters": {
      "accountId": "111122223333", "sourceParentId": "r-ab12", "destinationParentId": "ou-ab12-11111111"
    }
  }
}"#;

const CLOSED: &str = r#"{
  "source": "aws.organizations", "detail-type": "AWS Service Event via CloudTrail", "region": "us-east-1",
  "detail": {
    "eventSource": "organizations.amazonaws.com", "eventName": "CloseAccountResult", "eventType": "AwsServiceEvent",
    "serviceEventDetails": {"closeAccountStatus": {"accountId": "111122223333", "state": "SUCCEEDED"}}
  }
}"#;

fn config() -> Result<Config, Box<dyn Error + Send + Sync>> {
    let rule = Rule::onboard("everybody", Selector::all(), FeatureSet::new().with_visibility());
    Ok(Config::new(Intent::us("sample".parse()?).with_owner("finops".parse()?).with_rule(rule)))
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error + Send + Sync>> {
    let world = World::new([Account::new("111122223333".parse()?, "web-prod")]);
    let (config, source) = (config()?, in_memory(&world));
    let events = match std::env::args().nth(1) {
        Some(file) => vec![std::fs::read_to_string(file)?],
        None => vec![CREATED.to_owned(), MOVED.to_owned(), CLOSED.to_owned()],
    };
    for event in events {
        let task = Task::of(&event)?;
        match handle(&event, &config, &source, world.roles(), world.connectors()).await? {
            None => anstream::println!("nothing to do"),
            Some(report) if report.status().is_success() => anstream::print!("{task:?}: {report}"),
            Some(report) => {
                anstream::print!("{task:?}: {report}");
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> AccountId {
        "111122223333".parse().unwrap()
    }

    #[test]
    fn each_event_leads_to_its_task() {
        assert_eq!(Task::of(CREATED).unwrap(), Task::Onboard(account()));
        assert_eq!(Task::of(MOVED).unwrap(), Task::Onboard(account()));
        assert_eq!(Task::of(CLOSED).unwrap(), Task::Offboard(account()));
        for nothing in [
            CREATED.replace("SUCCEEDED", "FAILED"),
            CREATED.replace("CreateAccountResult", "CreateAccount"),
            MOVED.replace("aws.organizations", "aws.iam"),
            MOVED.replace("\"eventType\"", "\"errorCode\": \"AccessDenied\", \"eventType\""),
            CLOSED.replace("SUCCEEDED", "IN_PROGRESS"),
        ] {
            assert_eq!(Task::of(&nothing).unwrap(), Task::Nothing, "{nothing}");
        }
        assert!(Task::of("{}").is_err());
        assert!(Task::of(&CREATED.replace("111122223333", "1234")).is_err());
    }

    #[tokio::test]
    async fn an_account_is_onboarded_found_in_sync_when_it_moves_and_offboarded_when_it_closes() {
        let world = World::new([
            Account::new(account(), "web-prod"),
            Account::new("222233334444".parse().unwrap(), "not asked for"),
        ]);
        let (config, source) = (config().unwrap(), in_memory(&world));
        for (event, status) in
            [(CREATED, Status::Applied), (MOVED, Status::InSync), (CLOSED, Status::Applied)]
        {
            let report = handle(event, &config, &source, world.roles(), world.connectors()).await.unwrap();
            let report = report.unwrap();
            assert_eq!(report.status(), status);
            assert!(report.steps.iter().all(|step| step.account == account()));
        }
        assert!(world.connectors().list_connectors().await.unwrap().connectors.is_empty());
    }
}
