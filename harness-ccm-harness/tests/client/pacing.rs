//! Never more calls than allowed, measured at the simulator. Time is virtual, so whole minutes take no time, and the load of
//! the machine has no effect.

use std::time::Duration;

use harness_ccm_core::backend::ConnectorClient;
use harness_ccm_harness::HarnessConnectors;
use harness_ccm_simulator::{LoggedRequest, Simulator};

use crate::support::{builder, start};

const LIMIT: usize = 400;
const MINUTE_MS: u64 = 60_000;

/// The maximum number of requests in any span of a minute.
fn busiest(log: &[LoggedRequest]) -> usize {
    let within = |(at, first): (usize, &LoggedRequest)| {
        log[at..].iter().take_while(|request| request.at_ms < first.at_ms + MINUTE_MS).count()
    };
    log.iter().enumerate().map(within).max().unwrap_or_default()
}

async fn work(clients: Vec<HarnessConnectors>, calls_each: usize) {
    let tasks: Vec<_> = clients
        .into_iter()
        .map(|client| {
            tokio::spawn(async move {
                for _ in 0..calls_each {
                    client.list_connectors().await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn clones_together_keep_below_the_limit_and_use_it() {
    let limit = Some(u32::try_from(LIMIT).unwrap());
    let simulator = start(Simulator::builder().rate_limit(limit).latency(Duration::from_millis(120))).await;
    let endpoint = simulator.endpoint();
    // An hour, since virtual time can jump to the next timer while a packet is in the kernel's hands.
    let build = || builder(&endpoint).calls_per_minute(400).request_timeout(Duration::from_hours(1));
    let one = build().build().unwrap();
    let another = build().share_pace_with(&one).build().unwrap();
    let clients = (0..10).map(|n| if n % 2 == 0 { one.clone() } else { another.clone() }).collect();
    work(clients, 240).await;

    let log = simulator.requests();
    assert_eq!(log.len(), 2_400, "each call was sent once");
    assert!(log.iter().all(|request| request.status == 200), "no 429");
    assert_eq!(busiest(&log), LIMIT);
    // Calls after the first burst arrived at the pace.
    let minutes = f64::from(u32::try_from(log[log.len() - LIMIT].at_ms - log[0].at_ms).unwrap()) / 60_000.0;
    let used = 2_000.0 / (400.0 * minutes);
    assert!(used >= 0.95, "{used}");
    println!("{:.1} % of the pace was used", used * 100.0);
}

#[tokio::test(start_paused = true)]
async fn without_pacing_the_same_work_is_throttled() {
    // Shows that the test above can fail.
    let simulator = start(Simulator::builder().rate_limit(Some(400))).await;
    let client = builder(&simulator.endpoint())
        .calls_per_minute(100_000)
        .retries(20)
        .retry_delay(Duration::from_secs(1))
        .request_timeout(Duration::from_hours(1))
        .build()
        .unwrap();
    work(vec![client; 10], 60).await;
    let log = simulator.requests();
    assert!(log.iter().any(|request| request.status == 429));
    assert!(busiest(&log) > LIMIT);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_others_use_too_is_used_less() {
    let simulator = start(Simulator::builder().rate_limit(Some(400))).await;
    let endpoint = simulator.endpoint();
    let build = || {
        builder(&endpoint)
            .calls_per_minute(400)
            .slow_down_when_throttled()
            .retries(20)
            .retry_delay(Duration::from_secs(1))
            .request_timeout(Duration::from_hours(1))
            .build()
            .unwrap()
    };
    // Two clients that do not know of each other: together twice as fast as permitted.
    work(vec![build(), build()], 1_600).await;
    let log = simulator.requests();
    let throttled = |from: u64| {
        let minutes = log.iter().filter(|r| r.at_ms / MINUTE_MS / 5 == from);
        minutes.filter(|request| request.status == 429).count()
    };
    let served = log.iter().filter(|request| request.status == 200).count();
    assert_eq!(served, 3_200);
    let refused = log.len() - served;
    println!(
        "{refused} of {} refused; by five minutes: {:?}",
        log.len(),
        (0..5).map(throttled).collect::<Vec<_>>()
    );
    assert!(refused * 10 < log.len(), "{refused} refused");
}
