//! Unavailable credentials: each error names the cause, and the remedy.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use harness_ccm_aws_servers::skip;
use support::Site;
use support::home::{Home, INTENT, login, session_keys};
use support::loopback::Loopback;

const KEYS: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = SecretMark\n";

/// A refusal of AWS STS.
fn refusal(status: u16, code: &str, message: &str) -> (u16, String) {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    (status, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_identity_center_that_ended_names_the_command_to_sign_in() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    let server = Loopback::start(|asked| {
        let refused = asked.line.starts_with("GET /federation/credentials?");
        refused.then(|| (401, r#"{"message":"Session token not found or invalid"}"#.into()))
    });
    let url = server.url();
    home.write(
        ".aws/config",
        "[profile corp]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Reader\n\
         [sso-session corp]\nsso_region = eu-central-1\nsso_start_url = https://acme.awsapps.com/start\n\
         [profile older]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-central-1\n\
         sso_account_id = 123456789012\nsso_role_name = Reader\n\
         [profile lister]\nrole_arn = arn:aws:iam::123456789012:role/Lister\nsource_profile = corp\n",
    );
    let run = |profile| {
        home.accounts(&[
            ("AWS_PROFILE", profile),
            ("AWS_ENDPOINT_URL_SSO", &url),
            ("AWS_ENDPOINT_URL_SSO_OIDC", &url),
        ])
    };
    let corp = "aws sso login --profile corp";
    // Never signed in.
    run("corp").says(&[corp, "IAM Identity Center"]);
    run("lister").says(&[corp]);
    run("older").says(&["aws sso login --profile older"]);
    // A token that expired and cannot be renewed, and one whose expiry only the server knows.
    for expires in ["2026-01-01T00:00:00Z", "2126-01-01T00:00:00Z"] {
        let token = format!(r#"{{"accessToken":"SecretMark","expiresAt":"{expires}"}}"#);
        home.write(".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json", &token);
        home.write(".aws/sso/cache/40169cea58ca6cbf23fb27b2542923fb5f524af0.json", &token);
        run("corp").says(&[corp]);
        run("older").says(&["aws sso login --profile older"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_session_that_ended_names_the_command_to_sign_in() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    let server = Loopback::start(|_| {
        Some((400, r#"{"error":"TOKEN_EXPIRED","message":"the refresh token has ended"}"#.into()))
    });
    let url = server.url();
    home.write(".aws/config", "[profile dev]\nlogin_session = arn:aws:iam::123456789012:user/Admin\n");
    let run = || home.accounts(&[("AWS_PROFILE", "dev"), ("AWS_ENDPOINT_URL_SIGNIN", &url)]);
    run().says(&["aws login --profile dev"]);
    let file = ".aws/login/cache/10cabd19777b6651ac57333b55c7c10a1242b1c2337f40e674926d7324698347.json";
    home.write(file, &login(&site, "2026-01-01T00:00:00Z"));
    run().says(&["aws login --profile dev", "login session"]);
    assert!(!server.take_asked().is_empty(), "it was tried to renew it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_for_credentials_that_fails_is_named_by_its_profile() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    for command in [
        "sh -c 'echo no session >&2; exit 3'",
        "echo SecretMark",
        "echo '{\"Version\":1,\"AccessKeyId\":\"SecretMark\"}'",
        "/there/is/no/such/program SecretMark",
        "true",
    ] {
        home.write(".aws/config", &format!("[profile tool]\ncredential_process = {command}\n"));
        home.accounts(&[("AWS_PROFILE", "tool")])
            .says(&["credential_process of the profile \"tool\"", "remedy: "]);
    }
    // Its output may be anything: the error contains only the status.
    let command = "echo SecretMark; echo SecretMark password hunter2 >&2; exit 3";
    home.write(".aws/config", &format!("[profile tool]\ncredential_process = {command}\n"));
    let run = home.accounts(&[("AWS_PROFILE", "tool")]).says(&["failed (exit status: 3)"]);
    assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
    home.write(".aws/config", "[profile tool]\ncredential_process = exec yes SecretMark\n");
    home.accounts(&[("AWS_PROFILE", "tool")]).says(&["printed more than 64 KiB"]);
    let ended = session_keys().replace("2126", "2020");
    home.write(".aws/config", &format!("[profile tool]\ncredential_process = echo '{ended}'\n"));
    home.accounts(&[("AWS_PROFILE", "tool")]).says(&["expired at 2020-11-26T09:00:00Z"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_asks_for_a_code_of_a_device_names_the_command_that_takes_one() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    let device = "mfa_serial = arn:aws:iam::123456789012:mfa/anna\n";
    home.write(".aws/credentials", &format!("[base]\n{KEYS}"));
    home.write(
        ".aws/config",
        &format!(
            "[profile admin]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = base\n{device}\
             [profile second]\nrole_arn = arn:aws:iam::123456789012:role/Second\nsource_profile = admin\n\
             [profile plain]\n{KEYS}{device}"
        ),
    );
    site.moto.take_calls();
    for profile in ["admin", "second"] {
        home.accounts(&[("AWS_PROFILE", profile)]).says(&[
            "aws sts get-session-token --serial-number arn:aws:iam::123456789012:mfa/anna --token-code CODE --profile base",
            "the profile \"admin\" asks for a code",
        ]);
    }
    assert_eq!(site.moto.take_calls(), Vec::<String>::new(), "it is not tried without the device");
    home.accounts(&[("AWS_PROFILE", "plain")]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_profiles_are_named() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    let role = "role_arn = arn:aws:iam::123456789012:role/Lister\n";
    home.write(".aws/credentials", &format!("[base]\n{KEYS}"));
    for (profile, text, parts) in [
        (
            "typo",
            "[profile one]\nregion = us-east-1\n".to_owned(),
            &["\"typo\"", "AWS_PROFILE", "base, one"][..],
        ),
        ("x", format!("[profile x]\n{role}"), &["role_arn of the profile \"x\"", "source_profile"]),
        ("x", format!("[profile x]\n{role}source_profile = gone\n"), &["gone"]),
        (
            "x",
            format!("[profile x]\n{role}source_profile = y\n[profile y]\n{role}source_profile = x\n"),
            &["loop"],
        ),
        (
            "x",
            format!("[profile x]\n{role}credential_source = Moon\n"),
            &["credential_source of the profile \"x\"", "Ec2InstanceMetadata"],
        ),
        (
            "x",
            "[profile x]\nsso_session = gone\nsso_account_id = 123456789012\nsso_role_name = R\n".into(),
            &["gone"],
        ),
        ("x", format!("[profile x]\n{KEYS}max_attempts = abc\n"), &["max_attempts of the profile \"x\""]),
        ("x", format!("[profile x]\n{KEYS}retry_mode = often\n"), &["retry_mode of the profile \"x\""]),
        (
            "x",
            format!("[profile x]\n{KEYS}ca_bundle = /there/is/none.pem\n"),
            &["ca_bundle of the profile \"x\""],
        ),
        (
            "x",
            "[profile x]\nregion = \"us-east-1\"\n".into(),
            &["region of the profile \"x\"", "quotation mark"],
        ),
        ("x", "[profile x\nregion = us-east-1\n".into(), &["config cannot be read: line 1"]),
    ] {
        home.write(".aws/config", &text);
        home.accounts(&[("AWS_PROFILE", profile)]).says(parts).says(&["remedy: "]);
    }
    home.write(".aws/config", &format!("[profile x]\n{KEYS}max_attempts = 2\nretry_mode = legacy\n"));
    home.accounts(&[("AWS_PROFILE", "x")]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_variables_are_named_and_nothing_panics() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    home.write(".aws/credentials", &format!("[default]\n{KEYS}"));
    for (name, value) in [
        ("AWS_MAX_ATTEMPTS", "abc"),
        ("AWS_MAX_ATTEMPTS", "0"),
        ("AWS_RETRY_MODE", "often"),
        ("AWS_REGION", "\"us-east-1\""),
        ("AWS_PROFILE", "'default'"),
        ("AWS_ENDPOINT_URL", "127.0.0.1:5000"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:5000:80"),
        ("AWS_REGION", "useast1"),
        ("AWS_EXECUTION_ENV", "x\n"),
        ("AWS_USE_FIPS_ENDPOINT", "true"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://user:SecretMark@192.0.2.1/c"),
        ("AWS_CA_BUNDLE", "/there/is/none.pem"),
        ("HTTPS_PROXY", "\"http://127.0.0.1:1\""),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("HARNESS_PLATFORM_API_KEY", "\"pat.acct.0123456789abcdef01234567.SecretMark\""),
        ("HARNESS_ACCOUNT_ID", "\"acct\""),
        ("HARNESS_ENDPOINT", "'http://127.0.0.1:1'"),
    ] {
        let run = home.accounts(&[(name, value)]).says(&["error: ", name, "remedy: "]);
        let quoted = value.starts_with(['"', '\'']);
        assert_eq!(run.stderr.contains("quotation mark"), quoted, "{}", run.stderr);
    }
    // A missing file counts as empty, as with aws: there is a note, also in the error about a missing profile.
    let none = ("AWS_CONFIG_FILE", "/there/is/none");
    let run = home.accounts(&[none]).exits(0);
    assert!(run.stderr.contains("note: the path in AWS_CONFIG_FILE cannot be read"), "{}", run.stderr);
    home.accounts(&[none, ("AWS_PROFILE", "x")])
        .says(&["\"x\"", "the path in AWS_CONFIG_FILE cannot be read"]);
    home.accounts(&[("AWS_RETRY_MODE", "legacy"), ("AWS_MAX_ATTEMPTS", "5"), ("AWS_PROFILE", " ")]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_not_known_are_explained_by_the_region() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    let sts = Loopback::start(|_| {
        Some(refusal(403, "InvalidClientTokenId", "The security token included in the request is invalid."))
    });
    let url = sts.url();
    home.write(".aws/credentials", &format!("[default]\n{KEYS}"));
    home.write(
        ".aws/config",
        "[profile gov]\nrole_arn = arn:aws-us-gov:iam::123456789012:role/Lister\nsource_profile = default\n",
    );
    let unset = [("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "")];
    let run = home.accounts(&[&unset[..], &[("AWS_ENDPOINT_URL_STS", &url)]].concat()).says(&[
        "InvalidClientTokenId",
        "no region is set, so us-east-1 was asked",
        "set AWS_REGION to us-gov-west-1 for aws-us-gov",
    ]);
    assert!(run.stderr.contains("note: no region is set, so it is us-east-1"), "{}", run.stderr);
    home.accounts(&[("AWS_REGION", "af-south-1"), ("AWS_ENDPOINT_URL_STS", &url)])
        .says(&["the region af-south-1 may not be enabled", "set AWS_REGION to us-east-1"]);
    // Within the settings of a profile the message is the same; there the ARN determines the partition.
    let profile = ("AWS_PROFILE", "gov");
    let run = home.accounts(&[&unset[..], &[("AWS_ENDPOINT_URL_STS", &url), profile]].concat()).says(&[
        "InvalidClientTokenId",
        "AWS_REGION",
        "us-gov-west-1",
    ]);
    assert!(!run.stderr.contains("us-east-1 was asked"), "{}", run.stderr);
    home.accounts(&[
        ("AWS_ACCESS_KEY_ID", "ASIAIOSFODNN7EXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "SecretMark"),
        ("AWS_ENDPOINT_URL_STS", &url),
    ])
    .says(&["set AWS_SESSION_TOKEN"]);
    home.write(".aws/credentials", &format!("[session]\n{}", KEYS.replace("AKIA", "ASIA")));
    home.accounts(&[("AWS_PROFILE", "session"), ("AWS_ENDPOINT_URL_STS", &url)])
        .says(&["set aws_session_token of the profile \"session\""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_and_refused_credentials_name_what_to_check() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    home.accounts(&[]).says(&["no AWS credentials were found", "AWS_PROFILE", "aws sso login", "aws login"]);
    home.accounts(&[("AWS_SHARED_CREDENTIALS_FILE", "/there/is/none")])
        .says(&["no AWS credentials were found", "the path in AWS_SHARED_CREDENTIALS_FILE cannot be read"]);

    let denies = Loopback::start(|asked| {
        let what = if asked.body.contains("WebIdentity") { "InvalidIdentityToken" } else { "AccessDenied" };
        Some(refusal(403, what, "not today"))
    });
    let url = denies.url();
    home.write("token", "e30.e30.");
    home.write(".aws/credentials", &format!("[base]\n{KEYS}"));
    home.write(
        ".aws/config",
        "[profile lister]\nrole_arn = arn:aws:iam::123456789012:role/Lister\nsource_profile = base\n",
    );
    let sts = ("AWS_ENDPOINT_URL_STS", url.as_str());
    home.accounts(&[sts, ("AWS_PROFILE", "lister")])
        .says(&["not today (AccessDenied)", "role_arn of the profile"]);
    for (code, message, remedy) in [
        ("RegionDisabledException", "STS is not activated in this region", "set AWS_REGION to"),
        ("AccessDenied", "not authorized to perform: sts:TagSession on resource: x", "allow sts:TagSession"),
        ("ValidationError", "roleArn is invalid", "correct role_arn"),
    ] {
        let refuses = Loopback::start(move |_| Some(refusal(403, code, message)));
        let run = home.accounts(&[("AWS_ENDPOINT_URL_STS", &refuses.url()), ("AWS_PROFILE", "lister")]);
        let run = run.says(&[message, remedy]);
        assert!(!run.stderr.contains("aws configure"), "{}", run.stderr);
    }
    let ended = Loopback::start(|_| {
        Some(refusal(403, "ExpiredToken", "The security token included in the request is expired"))
    });
    home.accounts(&[("AWS_ENDPOINT_URL_STS", &ended.url()), ("AWS_PROFILE", "base")])
        .says(&["ExpiredToken", "aws configure --profile base"]);
    // A network failure is not an error of the keys.
    let closed = "http://127.0.0.1:1";
    let run = home.accounts(&[
        ("AWS_ENDPOINT_URL_STS", closed),
        ("AWS_PROFILE", "lister"),
        ("AWS_MAX_ATTEMPTS", "1"),
    ]);
    let run = run.says(&["unavailable", "check the network", "HTTPS_PROXY"]);
    assert!(!run.stderr.contains("aws configure"), "{}", run.stderr);
    let token = home.path("token");
    let role = ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Pod");
    home.accounts(&[sts, role, ("AWS_WEB_IDENTITY_TOKEN_FILE", &token)])
        .says(&["(InvalidIdentityToken)", "AWS_WEB_IDENTITY_TOKEN_FILE contains a token"]);
    home.accounts(&[role, ("AWS_WEB_IDENTITY_TOKEN_FILE", "/there/is/none")])
        .says(&["AWS_WEB_IDENTITY_TOKEN_FILE"]);
    home.accounts(&[("AWS_WEB_IDENTITY_TOKEN_FILE", &token)]).says(&["AWS_ROLE_ARN"]);

    let refuses = Loopback::start(|_| Some((500, r#"{"code":"x","message":"no role"}"#.into())));
    let uri = format!("{}/v1/credentials", refuses.url());
    home.accounts(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri)])
        .says(&["the endpoint of the container", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]);
    home.accounts(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/x")])
        .says(&["AWS_CONTAINER_CREDENTIALS_FULL_URI"]);

    // An instance without an instance profile.
    let bare = Loopback::start(|asked| {
        (asked.line == "PUT /latest/api/token").then(|| (200, "metadata-token".to_owned()))
    });
    let metadata = ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &*bare.url().leak());
    home.accounts(&[("AWS_EC2_METADATA_DISABLED", ""), metadata]).says(&["instance profile"]);
}
