//! Sessions that AWS opens shorter than requested, keys that it does not know, and actions that it requires in addition to
//! `sts:AssumeRole`.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::sync::{Arc, Mutex};

use harness_ccm_aws::{AwsBackend, Note, Pacing};
use harness_ccm_aws_servers::{AwsFault, LocalAws, id};
use harness_ccm_core::ErrorKind;
use harness_ccm_core::backend::RoleProvisioner as _;
use harness_ccm_core::role::RoleAddress;
use harness_ccm_core::route::{Assume, Hop, Route};

const OWN: &str = "OrganizationAccountAccessRole";

fn address(number: usize, route: Route) -> RoleAddress {
    RoleAddress::new(format!("arn:aws:iam::{}:role/HarnessCERole", id(number)).parse().unwrap(), route)
}

fn long(seconds: u32) -> Assume {
    Assume::default().with_session(seconds.try_into().unwrap())
}

async fn backend_of(aws: &LocalAws) -> AwsBackend {
    AwsBackend::from_sdk_config(&aws.sdk_config().await).with_pacing(Pacing::Unlimited)
}

/// The backend, and its notes.
async fn noted(aws: &LocalAws) -> (AwsBackend, Arc<Mutex<Vec<String>>>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let sink = heard.clone();
    let backend =
        backend_of(aws).await.on_note(move |note: &Note| sink.lock().unwrap().push(note.to_string()));
    (backend, heard)
}

/// The caller's session counts as a chained one, whatever its ARN.
fn chained() -> AwsFault {
    const REFUSAL: &str =
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining";
    AwsFault::error(400, "ValidationError", REFUSAL)
        .on("sts:AssumeRole")
        .when(|call| {
            call.parameter("DurationSeconds").is_some_and(|seconds| seconds.parse::<u32>().unwrap() > 3_600)
        })
        .always()
}

/// AWS requires this action in addition to `sts:AssumeRole`, and no caller has it.
fn lacking(action: &str, number: usize, because: &str) -> AwsFault {
    let message = format!("User: x is not authorized to perform: {action} on resource: y{because}");
    AwsFault::error(403, "AccessDenied", &message).on("sts:AssumeRole").in_account(&id(number)).always()
}

#[tokio::test]
async fn a_session_that_counts_as_chained_lasts_an_hour_and_that_is_noted_once() {
    let aws = LocalAws::start().with_members(5);
    aws.fail(chained());
    let (backend, heard) = noted(&aws).await;
    for number in 2..=5 {
        backend.roles().find_role(&address(number, Route::from(long(7_200)))).await.unwrap();
    }
    let assumed = aws.counts()["sts:AssumeRole"];
    assert_eq!(assumed, 4 + 1, "one try was in vain, and the others ask for an hour at once");
    insta::assert_snapshot!(heard.lock().unwrap().join("\n"), @"sessions of the role OrganizationAccountAccessRole last 3600 seconds in place of 7200, since AWS allows no more: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining (ValidationError)");
}

#[tokio::test]
async fn a_role_that_allows_an_hour_is_entered_for_an_hour() {
    let aws = LocalAws::start().with_members(3);
    aws.edit(2, |account| account.iam.role_mut(OWN).unwrap().max_session = 7_200);
    let (backend, heard) = noted(&aws).await;
    let route = || Route::from(long(7_200));
    backend.roles().find_role(&address(2, route())).await.unwrap();
    assert_eq!(*heard.lock().unwrap(), Vec::<String>::new());
    backend.roles().find_role(&address(3, route())).await.unwrap();
    insta::assert_snapshot!(heard.lock().unwrap().join("\n"), @"sessions of the role OrganizationAccountAccessRole last 3600 seconds in place of 7200, since AWS allows no more: The requested DurationSeconds exceeds the MaxSessionDuration set for this role. (ValidationError)");
}

#[tokio::test]
async fn an_hour_and_less_are_asked_for_as_they_are() {
    let aws = LocalAws::start().with_members(2);
    aws.fail(chained());
    for seconds in [900, 3_600] {
        let (backend, heard) = noted(&aws).await;
        backend.roles().find_role(&address(2, Route::from(long(seconds)))).await.unwrap();
        assert_eq!(heard.lock().unwrap().len(), 0, "{seconds}");
    }
}

#[tokio::test]
async fn an_additional_refused_action_is_named_with_the_permission_to_allow() {
    let aws = LocalAws::start().with_members(3);
    for (number, action) in [(2, "sts:TagSession"), (3, "sts:SetSourceIdentity")] {
        aws.fail(lacking(action, number, ""));
        let backend = backend_of(&aws).await;
        let hub = Hop::new(format!("arn:aws:iam::{}:role/Hub", id(number)).parse().unwrap());
        for route in [Route::default(), Route::from(Assume::default().with_through(hub))] {
            let error = backend.roles().find_role(&address(number, route)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Denied);
            assert!(error.message().contains(&format!("{action} not authorized")), "{}", error.report());
            let remedy = error.remedy().unwrap();
            assert!(remedy.contains(&format!("allow {action} beside sts:AssumeRole")), "{remedy}");
        }
    }
    // The cause follows the action.
    aws.clear_faults();
    let because = " because no identity-based policy allows the sts:TagSession action";
    aws.fail(lacking("sts:TagSession", 2, because));
    let backend = backend_of(&aws).await;
    let error = backend.roles().find_role(&address(2, Route::default())).await.unwrap_err();
    assert!(error.remedy().unwrap().contains("allow sts:TagSession"), "{}", error.report());
}

#[tokio::test]
async fn keys_that_are_not_known_are_explained_by_the_region() {
    for code in ["InvalidClientTokenId", "UnrecognizedClientException"] {
        let aws = LocalAws::start();
        aws.fail(
            AwsFault::error(403, code, "The security token included in the request is invalid.").always(),
        );
        let error = backend_of(&aws).await.caller().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        let remedy = error.remedy().unwrap();
        for part in ["the region us-east-1 is in aws", "AWS_REGION to us-gov-west-1 for aws-us-gov"] {
            assert!(remedy.contains(part), "{part} is not in {remedy}");
        }
    }
}
