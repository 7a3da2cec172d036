use harness_ccm_aws_servers::{Lag, LocalAws, MANAGEMENT, id};

use crate::support::{DOCUMENT, code, iam, iam_as, make_role, role_arn, sts};

#[tokio::test]
async fn reads_show_a_write_only_after_so_many_further_requests() {
    let aws = LocalAws::start();
    aws.with(|cloud| cloud.lag = Lag::of_reads(2));
    let iam = iam(&aws).await;
    make_role(&iam, "Made").await;
    let is_shown = || async { iam.get_role().role_name("Made").send().await.is_ok() };
    assert_eq!([is_shown().await, is_shown().await, is_shown().await], [false, false, true]);
    iam.delete_role().role_name("Made").send().await.unwrap();
    assert_eq!([is_shown().await, is_shown().await, is_shown().await], [true, true, false]);
}

#[tokio::test]
async fn writes_are_seen_one_after_the_other() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    make_role(&iam, "Made").await;
    aws.with(|cloud| cloud.lag = Lag::of_reads(1));
    for name in ["a", "b"] {
        iam.put_role_policy()
            .role_name("Made")
            .policy_name(name)
            .policy_document(DOCUMENT)
            .send()
            .await
            .unwrap();
    }
    let names = || async { iam.list_role_policies().role_name("Made").send().await.unwrap().policy_names };
    assert_eq!(names().await, ["a"]);
    assert_eq!(names().await, ["a", "b"]);
}

#[tokio::test]
async fn writes_take_effect_before_reads_show_them_unless_writes_lag_too() {
    let aws = LocalAws::start().with_members(2);
    let iam = iam(&aws).await;
    aws.with(|cloud| cloud.lag = Lag::of_reads(3));
    make_role(&iam, "Made").await;
    let put = || iam.put_role_policy().role_name("Made").policy_name("own").policy_document(DOCUMENT).send();
    put().await.unwrap();
    aws.with(|cloud| cloud.lag = Lag::of_reads(3).and_writes());
    make_role(&iam, "Late").await;
    let put = || iam.put_role_policy().role_name("Late").policy_name("own").policy_document(DOCUMENT).send();
    assert_eq!([code(put().await), code(put().await), code(put().await)], ["NoSuchEntity"; 3]);
    put().await.unwrap();
    assert_eq!(aws.with(|cloud| cloud.iam(MANAGEMENT).role("Late").unwrap().inline.len()), 1);

    // A role that is not visible yet cannot be assumed.
    let member = iam_as(&aws, &role_arn(&id(2), "OrganizationAccountAccessRole")).await;
    let trust = format!(
        r#"{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":"{MANAGEMENT}"}},"Action":"sts:AssumeRole"}}}}"#
    );
    member.create_role().role_name("New").assume_role_policy_document(trust).send().await.unwrap();
    let sts = sts(&aws).await;
    let enter = || sts.assume_role().role_arn(role_arn(&id(2), "New")).role_session_name("run").send();
    assert_eq!(code(enter().await), "AccessDenied");
    for _ in 0..3 {
        member.list_roles().send().await.unwrap();
    }
    member.list_roles().send().await.unwrap();
    enter().await.unwrap();
}
