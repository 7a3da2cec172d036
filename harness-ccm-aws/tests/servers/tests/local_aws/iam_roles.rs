use aws_sdk_iam::error::ProvideErrorMetadata as _;
use harness_ccm_aws_servers::{CloudRole, LocalAws, MANAGEMENT, id};
use percent_encoding::percent_decode_str;

use crate::support::{
    DOCUMENT, TRUST, code, iam, iam_as, make_policy, make_role, policy_arn, refused, role_arn,
};

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

#[tokio::test]
async fn a_role_is_made_changed_and_removed() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    let boundary = make_policy(&iam, "Boundary").await;
    let create = iam.create_role().role_name("Made").path("/ops/").assume_role_policy_document(TRUST);
    let create = create.description("by hand").max_session_duration(7_200).permissions_boundary(&boundary);
    let made = create.send().await.unwrap().role.unwrap();
    let read = iam.get_role().role_name("Made").send().await.unwrap().role.unwrap();
    assert_eq!(made, read);
    assert_eq!(
        (read.arn.as_str(), read.max_session_duration),
        (role_arn(MANAGEMENT, "ops/Made").as_str(), Some(7_200))
    );
    assert_eq!(read.permissions_boundary.unwrap().permissions_boundary_arn, Some(boundary));
    let kept: serde_json::Value =
        serde_json::from_str(&decoded(&read.assume_role_policy_document.unwrap())).unwrap();
    assert_eq!(kept, serde_json::from_str::<serde_json::Value>(TRUST).unwrap());

    iam.update_role().role_name("Made").max_session_duration(3_600).send().await.unwrap();
    let trust = TRUST.replace("arn:aws:iam::891928451355:root", "123456789012");
    iam.update_assume_role_policy().role_name("Made").policy_document(trust).send().await.unwrap();
    iam.delete_role_permissions_boundary().role_name("Made").send().await.unwrap();
    let read = iam.get_role().role_name("Made").send().await.unwrap().role.unwrap();
    assert_eq!((read.description.as_deref(), read.max_session_duration), (Some("by hand"), Some(3_600)));
    assert_eq!(read.permissions_boundary, None);
    let trust = decoded(&read.assume_role_policy_document.unwrap());
    assert!(trust.contains("arn:aws:iam::123456789012:root"), "accounts come back as their root: {trust}");
    let again = iam.delete_role_permissions_boundary().role_name("Made").send().await;
    assert_eq!(code(again), "NoSuchEntity");
    let view = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess";
    iam.put_role_permissions_boundary().role_name("Made").permissions_boundary(view).send().await.unwrap();

    let listed = iam.list_roles().path_prefix("/ops/").send().await.unwrap().roles;
    assert_eq!(listed.iter().map(|role| role.role_name.as_str()).collect::<Vec<_>>(), ["Made"]);
    assert!(listed[0].permissions_boundary.is_none(), "lists have no boundary");
    iam.delete_role().role_name("Made").send().await.unwrap();
    assert_eq!(code(iam.get_role().role_name("Made").send().await), "NoSuchEntity");
    assert_eq!(code(iam.delete_role().role_name("Made").send().await), "NoSuchEntity");
}

#[tokio::test]
async fn names_ignore_case() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    make_role(&iam, "Made").await;
    let create =
        iam.create_role().role_name("MADE").path("/x/").assume_role_policy_document(TRUST).send().await;
    assert_eq!(refused(create), ("EntityAlreadyExists".into(), "Role with name MADE already exists.".into()));
    let read = iam.get_role().role_name("made").send().await.unwrap().role.unwrap();
    assert_eq!(read.arn, role_arn(MANAGEMENT, "Made"));
    make_policy(&iam, "Policy").await;
    let create = iam.create_policy().policy_name("policy").policy_document(DOCUMENT).send().await;
    assert_eq!(code(create), "EntityAlreadyExists");

    aws.with(|cloud| cloud.exact_names = true);
    assert_eq!(code(iam.get_role().role_name("made").send().await), "NoSuchEntity");
    let create = iam.create_role().role_name("made").assume_role_policy_document(TRUST).send().await;
    assert_eq!(code(create), "EntityAlreadyExists", "unique they are in any event");
}

#[tokio::test]
async fn every_account_has_its_own() {
    let aws = LocalAws::start().with_members(3);
    for number in [2, 3] {
        let iam = iam_as(&aws, &role_arn(&id(number), "OrganizationAccountAccessRole")).await;
        make_role(&iam, "Made").await;
        let arn = iam.get_role().role_name("Made").send().await.unwrap().role.unwrap().arn;
        assert_eq!(arn, role_arn(&id(number), "Made"));
    }
    assert_eq!(code(iam(&aws).await.get_role().role_name("Made").send().await), "NoSuchEntity");
}

#[tokio::test]
async fn inline_policies_are_kept_as_they_are_written() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    make_role(&iam, "Made").await;
    let text = DOCUMENT.replace(',', ", \n");
    iam.put_role_policy().role_name("Made").policy_name("own").policy_document(&text).send().await.unwrap();
    iam.put_role_policy().role_name("Made").policy_name("b").policy_document(DOCUMENT).send().await.unwrap();
    let read = iam.get_role_policy().role_name("Made").policy_name("own").send().await.unwrap();
    assert_eq!(decoded(&read.policy_document), text);
    assert!(!read.policy_document.contains(['"', ' ', '+']), "RFC 3986: {}", read.policy_document);
    let names = iam.list_role_policies().role_name("Made").send().await.unwrap().policy_names;
    assert_eq!(names, ["b", "own"]);
    assert_eq!(
        refused(iam.delete_role().role_name("Made").send().await),
        ("DeleteConflict".into(), "Cannot delete entity, must delete policies first.".into())
    );
    for name in ["b", "own"] {
        iam.delete_role_policy().role_name("Made").policy_name(name).send().await.unwrap();
    }
    assert_eq!(
        code(iam.delete_role_policy().role_name("Made").policy_name("own").send().await),
        "NoSuchEntity"
    );
    assert_eq!(code(iam.get_role_policy().role_name("Made").policy_name("own").send().await), "NoSuchEntity");
    iam.delete_role().role_name("Made").send().await.unwrap();
}

#[tokio::test]
async fn a_role_is_deleted_only_without_policies_and_instance_profiles() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    make_role(&iam, "Made").await;
    let view = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess";
    let own = make_policy(&iam, "Policy").await;
    for arn in [view, view, &own] {
        iam.attach_role_policy().role_name("Made").policy_arn(arn).send().await.unwrap();
    }
    let attached =
        iam.list_attached_role_policies().role_name("Made").send().await.unwrap().attached_policies;
    let names: Vec<_> = attached.unwrap().into_iter().filter_map(|policy| policy.policy_name).collect();
    assert_eq!(names, ["Policy", "ViewOnlyAccess"]);
    aws.with(|cloud| cloud.iam(MANAGEMENT).profiles.insert("profile".into(), "Made".into()));
    let conflict = || async { refused(iam.delete_role().role_name("Made").send().await).1 };
    assert_eq!(conflict().await, "Cannot delete entity, must remove roles from instance profile first.");
    let profiles = iam.list_instance_profiles_for_role().role_name("Made").send().await.unwrap();
    assert_eq!(profiles.instance_profiles[0].instance_profile_name, "profile");
    let leave = iam.remove_role_from_instance_profile().instance_profile_name("profile").role_name("Made");
    leave.clone().send().await.unwrap();
    assert_eq!(code(leave.send().await), "NoSuchEntity");
    assert_eq!(conflict().await, "Cannot delete entity, must detach all policies first.");
    for arn in [view, &own] {
        iam.detach_role_policy().role_name("Made").policy_arn(arn).send().await.unwrap();
    }
    assert_eq!(
        code(iam.detach_role_policy().role_name("Made").policy_arn(view).send().await),
        "NoSuchEntity"
    );
    iam.delete_role().role_name("Made").send().await.unwrap();
}

#[tokio::test]
async fn a_policy_that_does_not_exist_is_named_by_its_arn() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    make_role(&iam, "Made").await;
    let absent = "arn:aws:iam::aws:policy/ReadonlyAcces";
    let message = format!("Policy {absent} does not exist or is not attachable.");
    let attach = || iam.attach_role_policy().role_name("Made").policy_arn(absent);
    assert_eq!(refused(attach().send().await), ("NoSuchEntity".into(), message));
    assert_eq!(code(iam.get_policy().policy_arn(absent).send().await), "NoSuchEntity");
    let create = iam.create_role().role_name("Other").assume_role_policy_document(TRUST);
    let (_, message) = refused(create.permissions_boundary(policy_arn("Absent")).send().await);
    assert!(message.contains(&policy_arn("Absent")), "{message}");
    let put = iam.put_role_permissions_boundary().role_name("Made").permissions_boundary(absent);
    assert_eq!(code(put.send().await), "NoSuchEntity");
    aws.with(|cloud| cloud.aws_policies.insert("ReadonlyAcces".into()));
    attach().send().await.unwrap();
    assert_eq!(
        iam.get_policy().policy_arn(absent).send().await.unwrap().policy.unwrap().arn.as_deref(),
        Some(absent)
    );
}

#[tokio::test]
async fn a_document_is_read_before_it_is_kept() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    make_role(&iam, "Made").await;
    let put =
        |text: &str| iam.put_role_policy().role_name("Made").policy_name("own").policy_document(text).send();
    for (text, message) in [
        ("{", "This policy contains invalid Json"),
        ("[]", "Syntax errors in policy."),
        (r#"{"Statement":[{"Effect":"Allow","Resource":"*"}]}"#, "Missing required field Action"),
        (r#"{"Statement":[{"Effect":"Allow","Action":"s3:*"}]}"#, "Policy statement must contain resources."),
        (
            r#"{"Statement":[{"Effect":"May","Action":"s3:*","Resource":"*"}]}"#,
            "Missing required field Effect",
        ),
        (TRUST, "Policy document should not specify a principal."),
    ] {
        assert_eq!(refused(put(text).await), ("MalformedPolicyDocument".into(), message.into()), "{text}");
    }
    // IAM stores empty lists.
    put(r#"{"Statement":[{"Effect":"Allow","Action":[],"Resource":[]}]}"#).await.unwrap();
    let trust = |text: String| iam.update_assume_role_policy().role_name("Made").policy_document(text).send();
    for (text, part) in [
        (DOCUMENT.to_owned(), "Has prohibited field Resource"),
        (
            TRUST.replace("sts:AssumeRole", "s3:GetObject"),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (TRUST.replace("arn:aws:iam", "arn:aws-cn:iam"), "Invalid principal in policy"),
        (
            TRUST.replace("891928451355:root", &format!("{MANAGEMENT}:role/Absent")),
            "Invalid principal in policy",
        ),
        (TRUST.replace("891928451355:root", "891928451355:nobody"), "Invalid principal in policy"),
    ] {
        let (code, message) = refused(trust(text).await);
        assert!(code == "MalformedPolicyDocument" && message.contains(part), "{message}");
    }
    trust(TRUST.replace("891928451355:root", &format!("{MANAGEMENT}:role/Made"))).await.unwrap();
    aws.with(|cloud| cloud.absent_principals.insert("arn:aws:iam::891928451355:root".into()));
    assert_eq!(code(trust(TRUST.to_owned()).await), "MalformedPolicyDocument");
}

#[tokio::test]
async fn names_and_numbers_have_rules_and_roles_of_services_are_left_alone() {
    let aws = LocalAws::start();
    let iam = iam(&aws).await;
    let create = |name: &str| iam.create_role().role_name(name).assume_role_policy_document(TRUST);
    for bad in [
        create("a b"),
        create(&"x".repeat(65)),
        create("x").path("ops"),
        create("x").max_session_duration(3_599),
    ] {
        assert_eq!(bad.send().await.unwrap_err().code(), Some("ValidationError"));
    }
    let mut role = CloudRole::new("AWSServiceRoleForOrganizations", TRUST);
    role.path = "/aws-service-role/organizations.amazonaws.com/".into();
    aws.with(|cloud| cloud.iam(MANAGEMENT).put_role(role));
    let delete = iam.delete_role().role_name("AWSServiceRoleForOrganizations").send().await;
    assert_eq!(code(delete), "UnmodifiableEntity");
    assert_eq!(code(iam.list_users().send().await), "InvalidAction");
}
