use std::time::{SystemTime, UNIX_EPOCH};

use harness_ccm_aws_servers::{AwsFault, CloudIam, id};
use harness_ccm_core::account::AccountQuery;
use harness_ccm_core::backend::{AccountSource as _, RoleProvisioner as _};
use harness_ccm_core::role::RoleAddress;
use harness_ccm_core::route::Route;
use harness_ccm_core::{Error, ErrorKind, Retry};
use serde_json::json;

use crate::support::Site;

/// The reason that account 2 is not entered, which joined this many minutes ago.
async fn refused(site: &Site, minutes: u64, method: &str) -> Error {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    site.aws.edit(2, |account| {
        account.fields.insert("JoinedTimestamp".into(), json!(now - minutes * 60));
        account.fields.insert("JoinedMethod".into(), json!(method));
    });
    let backend = site.backend().await;
    backend.accounts().list_accounts(&AccountQuery::new()).await.unwrap();
    let arn = format!("arn:aws:iam::{}:role/HarnessCERole", id(2)).parse().unwrap();
    backend.roles().find_role(&RoleAddress::new(arn, Route::default())).await.unwrap_err()
}

#[tokio::test]
async fn an_account_made_minutes_ago_is_still_being_set_up_and_the_next_run_onboards_it() {
    for without_role in [true, false] {
        let site = Site::with_members(2);
        if without_role {
            site.aws.edit(2, |account| account.iam = CloudIam::default());
        } else {
            site.aws.fail(AwsFault::region_disabled().always());
        }
        let error = refused(&site, 3, "CREATED").await;
        assert_eq!((error.kind(), error.retry()), (ErrorKind::NotReady, Retry::Later), "{}", error.report());
        let remedy = error.remedy().unwrap();
        assert!(
            remedy.contains("joined 3 minutes ago") && remedy.contains("still setting it up"),
            "{remedy}"
        );
    }
}

#[tokio::test]
async fn an_older_or_invited_account_is_reported_with_a_remedy() {
    for (minutes, method) in [(600, "CREATED"), (3, "INVITED")] {
        let site = Site::with_members(2);
        site.aws.edit(2, |account| account.iam = CloudIam::default());
        let error = refused(&site, minutes, method).await;
        assert_eq!(error.kind(), ErrorKind::Denied, "{}", error.report());
        assert!(error.remedy().unwrap().contains("`bootstrap-roles`"), "{}", error.report());
        site.aws.fail(AwsFault::region_disabled().always());
        let error = refused(&site, minutes, method).await;
        assert_eq!(error.kind(), ErrorKind::Denied, "{}", error.report());
        assert!(error.remedy().unwrap().contains("set AWS_REGION"), "{}", error.report());
    }
}
