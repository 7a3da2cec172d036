use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use aws_sdk_iam::error::SdkError;
use aws_sdk_iam::types::Tag;
use harness_ccm_aws_servers::{AwsFault, Denier, LocalAws, MANAGEMENT, id};

use crate::support::{TRUST, code, iam, make_role, organizations, refused, role_arn, sts};

fn is_there(aws: &LocalAws, name: &str) -> bool {
    aws.with(|cloud| cloud.iam(MANAGEMENT).role(name).is_some())
}

#[tokio::test]
async fn each_service_has_codes_of_its_own() {
    let aws = LocalAws::start();
    let (iam, sts, organizations) = (iam(&aws).await, sts(&aws).await, organizations(&aws).await);
    let codes = async |fault: AwsFault| {
        aws.fail(fault.times(3));
        [
            code(iam.list_roles().send().await),
            code(sts.get_caller_identity().send().await),
            code(organizations.list_roots().send().await),
        ]
    };
    assert_eq!(codes(AwsFault::throttled()).await, ["Throttling", "Throttling", "TooManyRequestsException"]);
    assert_eq!(codes(AwsFault::internal()).await, ["ServiceFailure", "InternalFailure", "ServiceException"]);
    assert_eq!(codes(AwsFault::unavailable()).await, ["ServiceUnavailable"; 3]);
    let both = codes(AwsFault::concurrent_modification()).await;
    assert_eq!([&both[0], &both[2]], ["ConcurrentModification", "ConcurrentModificationException"]);
    iam.list_roles().send().await.unwrap();
}

#[tokio::test]
async fn a_denial_names_permission_resource_and_policy() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    let create = || {
        let tag = Tag::builder().key("a").value("b").build().unwrap();
        iam.create_role().role_name("Made").assume_role_policy_document(TRUST).tags(tag).send()
    };
    let base = |permission: &str| {
        let user = format!("arn:aws:iam::{MANAGEMENT}:user/operator");
        let role = role_arn(MANAGEMENT, "Made");
        format!("User: {user} is not authorized to perform: {permission} on resource: {role}")
    };
    for (fault, permission, end) in [
        (
            AwsFault::denied_by(Denier::ServiceControlPolicy),
            "iam:TagRole",
            " with an explicit deny in a service control policy",
        ),
        (
            AwsFault::denied_by(Denier::IdentityPolicy),
            "iam:CreateRole",
            " with an explicit deny in an identity-based policy",
        ),
        (
            AwsFault::not_allowed_by(Denier::PermissionsBoundary),
            "iam:TagRole",
            " because no permissions boundary allows the iam:TagRole action",
        ),
        (
            AwsFault::not_allowed_by(Denier::SessionPolicy),
            "iam:CreateRole",
            " because no session policy allows the iam:CreateRole action",
        ),
        (AwsFault::denied_saying(""), "iam:CreateRole", ""),
    ] {
        aws.fail(fault.on(permission));
        let message = format!("{}{end}", base(permission));
        for _ in 0..2 {
            assert_eq!(refused(create().await), ("AccessDenied".into(), message.clone()));
        }
        aws.clear_faults();
    }
    assert!(!is_there(&aws, "Made"));
    aws.fail(AwsFault::denied_by(Denier::ServiceControlPolicy));
    assert_eq!(code(organizations(&aws).await.list_roots().send().await), "AccessDeniedException");
}

#[tokio::test]
async fn faults_are_chosen_by_action_account_condition_and_number() {
    let aws = LocalAws::start().with_members(3);
    let sts = sts(&aws).await;
    let enter = async |number: usize| {
        let arn = role_arn(&id(number), "OrganizationAccountAccessRole");
        sts.assume_role().role_arn(arn).role_session_name("run").send().await.is_ok()
    };
    aws.fail(AwsFault::region_disabled().in_account(&id(2)).always());
    assert_eq!([enter(2).await, enter(3).await], [false, true]);
    aws.clear_faults();
    aws.fail(AwsFault::throttled().on("sts:*").nth(2));
    assert_eq!([enter(2).await, enter(2).await, enter(2).await], [true, false, true]);
    aws.fail(AwsFault::throttled().every(2));
    assert_eq!([enter(2).await, enter(2).await, enter(2).await, enter(2).await], [true, false, true, false]);
    aws.clear_faults();
    aws.fail(AwsFault::throttled().after(1).times(2));
    assert_eq!([enter(2).await, enter(2).await, enter(2).await, enter(2).await], [true, false, false, true]);
    let twice =
        AwsFault::throttled().on("iam:*").on("sts:AssumeRole").when(|call| call.region == "eu-west-1");
    aws.fail(twice.always());
    assert!(enter(2).await, "signed for another region");
}

#[tokio::test]
async fn chance_is_repeated_by_its_seed() {
    let befallen = async |seed: u64| {
        let aws = LocalAws::start();
        aws.set_seed(seed);
        aws.fail(AwsFault::throttled().with_probability(0.3));
        let iam = iam(&aws).await;
        let mut befallen = Vec::new();
        for number in 0..100 {
            if code(iam.get_role().role_name(format!("Role{number}")).send().await) == "Throttling" {
                befallen.push(number);
            }
        }
        befallen
    };
    let first = befallen(1).await;
    assert!((15..45).contains(&first.len()), "{first:?}");
    assert_eq!(first, befallen(1).await);
    assert_ne!(first, befallen(2).await);
}

#[tokio::test]
async fn a_write_that_answers_500_may_have_taken_effect() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    let create = |name: &str| iam.create_role().role_name(name).assume_role_policy_document(TRUST).send();
    aws.fail(AwsFault::internal().on("iam:CreateRole").after_commit());
    assert_eq!(code(create("Made").await), "ServiceFailure");
    aws.fail(AwsFault::internal().on("iam:CreateRole"));
    assert_eq!(code(create("Unmade").await), "ServiceFailure");
    assert_eq!([is_there(&aws, "Made"), is_there(&aws, "Unmade")], [true, false]);
    let logged: Vec<_> = aws.calls().iter().map(|logged| (logged.status, logged.took_effect)).collect();
    assert_eq!(logged, [(500, true), (500, false)]);
}

#[tokio::test]
async fn a_connection_closes_before_or_after_the_effect_or_within_the_answer() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    let create = |name: &str| iam.create_role().role_name(name).assume_role_policy_document(TRUST).send();
    for (name, fault, made) in [
        ("Request", AwsFault::hang_up(), false),
        ("Answer", AwsFault::hang_up().after_commit(), true),
        ("Half", AwsFault::truncated(), true),
    ] {
        aws.fail(fault);
        let error = create(name).await.unwrap_err();
        let is_lost = matches!(error, SdkError::DispatchFailure(_) | SdkError::ResponseError(_));
        assert!(is_lost, "{name}: {error:?}");
        assert_eq!((is_there(&aws, name), aws.calls().last().unwrap().status), (made, 0), "{name}");
    }
    create("After").await.unwrap();
}

#[tokio::test]
async fn a_page_of_another_server_is_not_an_error_of_aws() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    for status in [200, 302, 403, 502] {
        aws.fail(AwsFault::page(status, "<html><body>Sign in to the proxy</body></html>"));
        let error = iam.get_role().role_name("Made").send().await.unwrap_err();
        assert_eq!(error.raw_response().unwrap().status().as_u16(), status);
        assert_eq!(error.raw_response().unwrap().headers().get("content-type"), Some("text/html"));
    }
}

#[tokio::test]
async fn an_answer_may_have_no_end() {
    let aws = LocalAws::start();
    aws.fail(AwsFault::endless());
    let mut stream = TcpStream::connect(aws.endpoint().trim_start_matches("http://")).unwrap();
    let scope = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request";
    write!(stream, "GET / HTTP/1.1\r\nhost: localhost\r\nauthorization: {scope}\r\n\r\n").unwrap();
    // A hundred megabytes of it.
    let mut piece = vec![0; 1 << 20];
    for _ in 0..100 {
        stream.read_exact(&mut piece).unwrap();
    }
    // Closing the connection ends it.
    drop(stream);
    make_role(&iam(&aws).await, "Made").await;
}

#[tokio::test]
async fn a_held_request_is_answered_once_it_is_released() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    aws.fail(AwsFault::held().on("iam:CreateRole"));
    let create = iam.create_role().role_name("Made").assume_role_policy_document(TRUST).send();
    let create = tokio::spawn(create);
    while aws.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(!is_there(&aws, "Made"));
    iam.list_roles().send().await.unwrap();
    aws.release();
    create.await.unwrap().unwrap();
    assert!(is_there(&aws, "Made"));
    let held: Vec<_> = aws.calls().iter().map(|logged| (logged.fault, logged.status)).collect();
    assert_eq!(held, [(Some("held"), 200), (None, 200)]);
}

#[tokio::test]
async fn a_role_may_still_look_attached() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    make_role(&iam, "Made").await;
    aws.fail(AwsFault::still_attached().times(2));
    let delete = || iam.delete_role().role_name("Made").send();
    assert_eq!([code(delete().await), code(delete().await)], ["DeleteConflict"; 2]);
    delete().await.unwrap();
}
