//! Every row of the tables of error codes of both backends, as the program prints it: message, remedy and exit code.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use std::fmt::Write as _;

use harness_ccm_aws::AwsBackend;
use harness_ccm_aws_servers::{AwsFault, LocalAws};
use harness_ccm_simulator::Fault;
use serde_json::{Value, json};
use support::{Run, harness, live};

const INTENT: &str =
    "harness = { cluster = \"us\" }\n[[rules]]\nname = \"all\"\nfeatures = [\"visibility\"]\n";

/// Pages of proxies, portals and gateways.
const PAGES: [u16; 11] = [200, 302, 401, 403, 404, 407, 409, 413, 429, 501, 502];

/// The program's text about an error, without the preceding text and without the run id; `port` replaces the ports of addresses.
fn printed_error(run: &Run, port: &str) -> String {
    let error = run.stderr.find("error: ").map_or(run.stderr.as_str(), |at| &run.stderr[at..]);
    let lines = error.lines().filter(|line| !line.starts_with("run "));
    let error: String = lines.flat_map(|line| [line, "\n"]).collect();
    format!("{}exit code {}\n", error.replace(port, "PORT"), run.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_error_code_of_aws_is_printed_with_its_remedy() {
    let aws = LocalAws::start();
    let harness = harness(&AwsBackend::from_sdk_config(&aws.sdk_config().await)).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("onboard.toml"), INTENT).unwrap();
    let mut printed = String::new();
    for (code, says) in harness_ccm_aws::internal::error_codes() {
        let message =
            if says.is_empty() { "what AWS says".to_owned() } else { format!("about {says} in it") };
        aws.clear_faults();
        aws.fail(AwsFault::error(400, code, &message).on("sts:GetCallerIdentity").always());
        let mut command = live(folder.path(), aws.environment(), &harness);
        let run = Run::of(command.arg("accounts").env("AWS_MAX_ATTEMPTS", "1"));
        assert!(run.code == 1 && run.stderr.contains(code), "{code}: {}", run.stderr);
        let row = format!("{code} {says}");
        writeln!(printed, "# {}\n{}", row.trim_end(), printed_error(&run, &aws.endpoint())).unwrap();
    }
    for status in PAGES {
        aws.clear_faults();
        aws.fail(AwsFault::page(status, "<html><body>Sign in</body></html>").always());
        let mut command = live(folder.path(), aws.environment(), &harness);
        let run = Run::of(command.arg("accounts").env("AWS_MAX_ATTEMPTS", "1"));
        assert!(run.code == 1 && run.stderr.contains(&format!("HTTP {status}")), "{}", run.stderr);
        writeln!(printed, "# a page, HTTP {status}\n{}", printed_error(&run, &aws.endpoint())).unwrap();
    }
    insta::assert_snapshot!("aws", printed);
}

/// A refusal of Harness for each row of the table, with its HTTP status.
fn refusal(row: &str) -> Option<(u16, Value)> {
    let of = |status: u16, code: &str, message: &str| {
        Some((status, json!({"status": "ERROR", "code": code, "message": message})))
    };
    let rule = |message: &str| of(400, "INVALID_REQUEST", message);
    let field = |field: &str| {
        let errors = json!([{"fieldId": field, "error": "no"}]);
        Some((
            400,
            json!({"status": "FAILURE", "code": "INVALID_REQUEST", "message": "no", "errors": errors}),
        ))
    };
    match row {
        "UnknownKey" => of(401, "INVALID_TOKEN", "Token is not valid."),
        "NoPermission" => of(403, "NG_ACCESS_DENIED", "Missing permission core_connector_view"),
        "TooManyCalls" => of(429, "TOO_MANY_REQUESTS", "Too many requests"),
        "NotFound" => of(404, "ENTITY_NOT_FOUND", "Connector with identifier [i] not found"),
        "Taken" => of(400, "DUPLICATE_FIELD", "Connector [i] already exists"),
        "Stale" => of(400, "OPTIMISTIC_LOCKING_EXCEPTION", "reload"),
        "Referenced" => of(400, "ENTITY_REFERENCE_EXCEPTION", "it is referenced by other entities"),
        "NoSupervision" => rule("we could not create the heartbeat"),
        "NotImplemented" => of(501, "NOT_IMPLEMENTED", "not yet"),
        "Fault" => of(500, "UNKNOWN_ERROR", "An error has occurred"),
        "UnknownOption" => Some((
            400,
            json!({"code": 400, "message": "Unable to process JSON", "details": "Cannot deserialize"}),
        )),
        "ConnectorLimit" => rule("Exceeded static limitation. Current Limit: 100"),
        "OtherType" => rule("No connector exists with the identifier i in account a with type CEAws"),
        "NoForceDelete" => rule("Force delete is not enabled for this account"),
        "NoReport" => rule("curAttributes should be provided when the features 'BILLING' is enabled."),
        "OtherRoleAccount" => rule("accountId in role arn does not match accountId in overview screen"),
        "NoAccount" => rule("Account detail is not present in the request"),
        "NoFeature" => field("featuresEnabled"),
        "BadIdentifier" => field("connector.identifier"),
        "BadName" => field("connector.name"),
        "OtherRule" => rule("something else"),
        "UnknownPath" => of(404, "NOT_FOUND", "HTTP 404 Not Found"),
        "OtherRequest" => of(415, "UNSUPPORTED_MEDIA_TYPE", "HTTP 415"),
        "NoRefusal" => of(302, "FOUND", "elsewhere"),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_of_harness_is_printed_with_its_remedy() {
    let aws = LocalAws::start();
    let harness = harness(&AwsBackend::from_sdk_config(&aws.sdk_config().await)).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("onboard.toml"), INTENT).unwrap();
    let mut printed = String::new();
    for row in harness_ccm_harness::internal::refusals() {
        let (status, body) = refusal(&row).unwrap_or_else(|| panic!("there is no refusal for {row}"));
        let fault = Fault::json(status, &body).on_path("listV2");
        // The program does not wait for such a long pause.
        let passes = ["TooManyCalls", "NoSupervision", "Fault"].contains(&row.as_str());
        harness.fail_matching(if passes { fault.retry_after(301) } else { fault });
        let run = Run::of(live(folder.path(), aws.environment(), &harness).arg("plan"));
        assert_eq!(run.code, 1, "{row}: {}", run.stderr);
        writeln!(printed, "# {row}\n{}", printed_error(&run, &harness.endpoint())).unwrap();
    }
    for status in PAGES {
        harness.fail_matching(Fault::page(status).on_path("listV2").retry_after(301));
        let run = Run::of(live(folder.path(), aws.environment(), &harness).arg("plan"));
        assert!(run.code == 1 && run.stderr.contains(&format!("HTTP {status}")), "{}", run.stderr);
        writeln!(printed, "# a page, HTTP {status}\n{}", printed_error(&run, &harness.endpoint())).unwrap();
    }
    insta::assert_snapshot!("harness", printed);
}
