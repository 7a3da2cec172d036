//! A complete pipeline in the places where services run it: in a spawned task, in a set of tasks, in the handler of a web
//! server.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use harness_ccm_core::prelude::*;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

fn world(accounts: u64) -> World {
    let account = |number| Account::new(format!("{number:012}").parse().unwrap(), format!("team {number}"));
    World::new((1..=accounts).map(account))
}

fn pipeline(world: &World) -> Pipeline {
    let rule = Rule::onboard("all", Selector::all(), FeatureSet::new().with_visibility());
    let intent = Intent::us("acct".parse().unwrap()).with_rule(rule);
    Pipeline::new(intent, world.accounts(), world.roles(), world.connectors())
}

/// Plans, checks, applies and verifies.
async fn run(pipeline: Pipeline) -> Result<(Report, Verification), PipelineError> {
    let plan = pipeline.plan().await?;
    let report = pipeline.apply(&pipeline.check(plan)?).await;
    Ok((report, pipeline.verify().await?))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_pipeline_runs_in_a_spawned_task() {
    let world = world(3);
    let (report, verification) = tokio::spawn(run(pipeline(&world))).await.unwrap().unwrap();
    assert_eq!((report.status(), report.done()), (Status::Applied, 6));
    assert!(verification.is_good());
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelines_over_several_organizations_run_in_a_join_set() {
    let mut runs = JoinSet::new();
    for accounts in 1..=4 {
        let world = world(accounts);
        runs.spawn(async move { (accounts, run(pipeline(&world)).await.unwrap()) });
    }
    let mut done = Vec::new();
    for (accounts, (report, verification)) in runs.join_all().await {
        assert_eq!(report.status(), Status::Applied);
        assert!(verification.is_good());
        done.push((accounts, report.done()));
    }
    done.sort_unstable();
    assert_eq!(done, [(1, 2), (2, 4), (3, 6), (4, 8)]);
}

/// The response of a service: the report, and whether it is a success.
async fn onboard(State(pipeline): State<Pipeline>) -> (StatusCode, Json<Value>) {
    match run(pipeline).await {
        Ok((report, _)) if report.status().is_success() => (StatusCode::OK, Json(serde_json::json!(report))),
        Ok((report, _)) => (StatusCode::MULTI_STATUS, Json(serde_json::json!(report))),
        Err(error) => (StatusCode::BAD_GATEWAY, Json(Value::from(error.report()))),
    }
}

/// Sends a request and returns the status and the body of the response.
async fn call(address: std::net::SocketAddr) -> (String, Value) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(b"POST /onboard HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split_whitespace().nth(1).unwrap().to_owned(), serde_json::from_str(body).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_pipeline_runs_in_the_handler_of_a_web_server() {
    let world = world(2);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = Router::new().route("/onboard", post(onboard)).with_state(pipeline(&world));
    let server = tokio::spawn(async move { axum::serve(listener, service).await });
    let (status, report) = call(address).await;
    assert_eq!((status.as_str(), report["steps"].as_array().unwrap().len()), ("200", 4));
    assert!(report["steps"].as_array().unwrap().iter().all(|step| step["outcome"] == "created"), "{report}");
    let (status, again) = call(address).await;
    assert_eq!((status.as_str(), &again["steps"]), ("200", &Value::Array(Vec::new())));
    server.abort();
}
