use std::time::{Duration, SystemTime};

use harness_ccm_aws_servers::{LocalAws, id};

use crate::support::{iam, organizations, refused, role_arn, sts};

const HOURS: i64 = 3_600;

#[tokio::test]
async fn requests_signed_at_another_time_than_the_servers_are_refused() {
    let aws = LocalAws::start();
    let (iam, sts, organizations) = (iam(&aws).await, sts(&aws).await, organizations(&aws).await);
    for (ahead, says) in [(2 * HOURS, "Signature expired: "), (-2 * HOURS, "Signature not yet current: ")] {
        aws.with(|cloud| cloud.clock_ahead = ahead);
        for (expected, (code, message)) in [
            ("SignatureDoesNotMatch", refused(iam.list_roles().send().await)),
            ("SignatureDoesNotMatch", refused(sts.get_caller_identity().send().await)),
            ("InvalidSignatureException", refused(organizations.list_roots().send().await)),
        ] {
            assert!(code == expected && message.starts_with(says), "{code}: {message}");
        }
    }
    // Clients that do not know the server's time yet: the SDK remembers it.
    for ahead in [-240, 840] {
        aws.with(|cloud| cloud.clock_ahead = ahead);
        crate::support::iam(&aws).await.list_roles().send().await.unwrap();
    }
}

#[tokio::test]
async fn answers_have_the_servers_date_and_so_have_sessions() {
    let aws = LocalAws::start().with_members(2);
    aws.with(|cloud| cloud.clock_ahead = 800);
    let client = sts(&aws).await;
    let request = client.assume_role().role_arn(role_arn(&id(2), "OrganizationAccountAccessRole"));
    let given = request.role_session_name("run").send().await.unwrap().credentials.unwrap();
    let ends = SystemTime::try_from(given.expiration).unwrap();
    assert!(ends > SystemTime::now() + Duration::from_secs(3_600 + 700), "{ends:?}");

    aws.with(|cloud| cloud.clock_ahead = 2 * HOURS);
    let error = client.get_caller_identity().send().await.unwrap_err();
    let date = error.raw_response().unwrap().headers().get("date").unwrap().to_owned();
    let date =
        aws_smithy_types::DateTime::from_str(&date, aws_smithy_types::date_time::Format::HttpDate).unwrap();
    let date = SystemTime::try_from(date).unwrap();
    assert!(date > SystemTime::now() + Duration::from_secs(7_000), "{date:?}");
}
