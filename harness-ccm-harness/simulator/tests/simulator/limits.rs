//! Item 16: the rate limit.

use std::time::Duration;

use harness_ccm_core::secret::Secret;
use harness_ccm_simulator::{Simulator, Window};
use reqwest::Method;

use crate::support::{ACCOUNT, KEY, Site};

const OTHER_KEY: &str = "sat.AbCdEfGhIjKlMnOpQrStUv.feedfeedfeedfeedfeedfeed.Other";

#[tokio::test]
async fn item_16_so_many_requests_per_key_and_window() {
    let builder = Simulator::builder()
        .api_key(Secret::new(KEY))
        .api_key(Secret::new(OTHER_KEY))
        .rate_limit(Some(5))
        .window(Duration::from_secs(2));
    let site = Site::exactly(builder).await;
    let send = async |key: &str| {
        let path =
            format!("/ng/api/connectors/validateUniqueIdentifier?identifier=x&accountIdentifier={ACCOUNT}");
        site.send(site.bare(Method::GET, &path).header("x-api-key", key)).await
    };
    for _ in 0..5 {
        assert_eq!(send(KEY).await.status, 200);
    }
    let refused = send(KEY).await;
    assert_eq!((refused.status, refused.content_type.as_str()), (429, "text/html"));
    assert!(!refused.headers.contains_key("retry-after"));
    assert!(serde_json::from_str::<serde_json::Value>(&refused.text).is_err(), "not JSON");
    assert_eq!(send(OTHER_KEY).await.status, 200, "every key has its own");
    assert_eq!(site.simulator.requests().iter().filter(|request| request.status == 429).count(), 1);
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    assert_eq!(send(KEY).await.status, 200, "the window is over");

    site.simulator.change_settings(|settings| settings.rate_limit = Some(1));
    assert_eq!(send(KEY).await.status, 429, "changed while it runs");
    site.simulator.change_settings(|settings| settings.rate_limit = None);
    assert_eq!(send(KEY).await.status, 200);
}

#[tokio::test]
async fn item_16_the_limit_is_as_documented_unless_changed() {
    let settings = Site::exactly(Simulator::builder()).await.simulator.settings();
    assert_eq!(
        (settings.rate_limit, settings.window_ms, settings.window),
        (Some(400), 60_000, Window::Sliding)
    );
}
