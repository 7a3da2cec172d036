//! Every source of credentials that `aws` uses, with realistic files, through the built program.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use harness_ccm_aws_servers::skip;
use support::Site;
use support::home::{Home, INTENT, login, session_keys};
use support::loopback::{Asked, Loopback, instance};

/// The caller for moto, whatever the key.
const USER: &str = "arn:aws:sts::123456789012:user/moto";
/// The file of a token by the name of its session, and by its start URL (SHA-1, as the AWS tools name it).
const BY_SESSION: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
const BY_URL: &str = ".aws/sso/cache/40169cea58ca6cbf23fb27b2542923fb5f524af0.json";
/// The file of a login session of the user `Admin` (SHA-256 of its ARN).
const LOGIN: &str = ".aws/login/cache/10cabd19777b6651ac57333b55c7c10a1242b1c2337f40e674926d7324698347.json";

const KEYS: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = SecretMark\n";
const SSO: &str = "[profile corp]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Reader\n\
                   [sso-session corp]\nsso_region = eu-central-1\nsso_start_url = https://acme.awsapps.com/start\n\
                   sso_registration_scopes = sso:account:access\n";

fn token(expires: &str) -> String {
    format!(
        r#"{{"startUrl":"https://acme.awsapps.com/start","region":"eu-central-1","accessToken":"token","expiresAt":"{expires}",
           "clientId":"client","clientSecret":"SecretMark","registrationExpiresAt":"2126-01-01T00:00:00Z","refreshToken":"refresh"}}"#
    )
}

/// IAM Identity Center, for the token `token` or `renewed`; OIDC renews tokens.
fn identity_center(asked: &Asked) -> Option<(u16, String)> {
    if asked.line == "POST /token" {
        return asked
            .body
            .contains("refresh")
            .then(|| (200, r#"{"accessToken":"renewed","expiresIn":3600,"refreshToken":"next"}"#.into()));
    }
    let good = ["token", "renewed"].map(str::to_owned);
    asked.headers.get("x-amz-sso_bearer_token").filter(|token| good.contains(token))?;
    asked.line.starts_with("GET /federation/credentials?").then(|| {
        let keys = r#"{"roleCredentials":{"accessKeyId":"ASIAIOSFODNN7EXAMPLE","secretAccessKey":"SecretMark","sessionToken":"SecretMarkToken","expiration":4102444800000}}"#;
        (200, keys.into())
    })
}

/// The endpoint of a container, for requests with its token.
fn container(asked: &Asked) -> Option<(u16, String)> {
    let allowed = asked.headers.get("authorization").is_some_and(|token| token == "container-token");
    (allowed && asked.line == "GET /v1/credentials").then(|| (200, session_keys()))
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_profile_are_found_however_it_is_named() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    home.write(".aws/credentials", &format!("[default]\n{KEYS}\n[old]\n{KEYS}"));
    home.write("elsewhere/config", &format!("[profile new]\n{KEYS}region = eu-west-1\n"));
    let elsewhere = home.path("elsewhere/config");
    for variables in [
        &[][..],
        &[("AWS_PROFILE", "old")],
        &[("AWS_DEFAULT_PROFILE", "old")],
        &[("AWS_CONFIG_FILE", &elsewhere), ("AWS_PROFILE", "new")],
        &[("AWS_SHARED_CREDENTIALS_FILE", &home.path(".aws/credentials")), ("AWS_PROFILE", "old")],
    ] {
        let run = home.accounts(variables).exits(0);
        assert_eq!(run.caller(), USER, "{variables:?}");
        assert!(!run.stderr.contains("not used"), "{}", run.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_identity_center_is_used_and_renewed() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    let server = Loopback::start(identity_center);
    let url = server.url();
    let sso = |profile| {
        [
            ("AWS_PROFILE", profile),
            ("AWS_ENDPOINT_URL_SSO", url.as_str()),
            ("AWS_ENDPOINT_URL_SSO_OIDC", url.as_str()),
        ]
    };
    let older = "[profile older]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-central-1\n\
                 sso_account_id = 123456789012\nsso_role_name = Reader\n";
    // Older and newer tools read the last one: it has the older settings in addition to the session.
    let both = "[profile both]\nsso_session = corp\nsso_start_url = https://acme.awsapps.com/start\n\
                sso_region = eu-central-1\nsso_account_id = 123456789012\nsso_role_name = Reader\n";
    let chained =
        "[profile chained]\nrole_arn = arn:aws:iam::123456789012:role/Lister\nsource_profile = corp\n";
    home.write(".aws/config", &format!("{SSO}{older}{both}{chained}"));
    home.write(BY_SESSION, &token("2126-01-01T00:00:00Z")).write(BY_URL, &token("2126-01-01T00:00:00Z"));
    for profile in ["corp", "older", "both"] {
        let run = home.accounts(&sso(profile)).exits(0);
        assert_eq!(run.caller(), USER, "{profile}");
        let asked = server.take_asked();
        assert!(asked[0].starts_with("GET /federation/credentials?"), "{profile}: {asked:?}");
    }
    let run = home.accounts(&sso("chained")).exits(0);
    assert!(run.caller().starts_with("arn:aws:sts::123456789012:assumed-role/Lister/"), "{}", run.caller());
    server.take_asked();
    // An hour ago, with a refresh token: no browser is needed.
    home.write(BY_SESSION, &token("2026-01-01T00:00:00Z"));
    home.accounts(&sso("corp")).exits(0);
    assert_eq!(server.take_asked()[0], "POST /token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_session_is_used() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    home.write(".aws/config", "[profile dev]\nlogin_session = arn:aws:iam::123456789012:user/Admin\n");
    home.write(LOGIN, &login(&site, "2126-01-01T00:00:00Z"));
    assert_eq!(home.accounts(&[("AWS_PROFILE", "dev")]).exits(0).caller(), USER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_process_is_run_as_a_shell_does() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    home.write("my tools/keys.sh", &format!("[ \"$1\" = 'a b' ] && echo '{}'\n", session_keys()));
    let script = home.path("my tools/keys.sh");
    home.write(
        ".aws/config",
        &format!(
            "[default]\ncredential_process = sh \"{script}\" 'a b'\n\
             [profile lister]\nrole_arn = arn:aws:iam::123456789012:role/Lister\nsource_profile = default\n"
        ),
    );
    assert_eq!(home.accounts(&[]).exits(0).caller(), USER);
    let run = home.accounts(&[("AWS_PROFILE", "lister")]).exits(0);
    assert!(run.caller().contains(":assumed-role/Lister/"), "{}", run.caller());
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_of_profiles_are_assumed_from_every_base() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    let (metadata, endpoint) = (Loopback::start(instance), Loopback::start(container));
    let role = "role_arn = arn:aws:iam::123456789012:role/Lister\n";
    home.write(".aws/credentials", &format!("[base]\n{KEYS}"));
    home.write(
        ".aws/config",
        &format!(
            "[profile keys]\n{role}source_profile = base\nexternal_id = x\nrole_session_name = me\n\
             [profile two]\nrole_arn = arn:aws:iam::123456789012:role/Second\nsource_profile = keys\n\
             [profile itself]\n{role}source_profile = itself\n{KEYS}\
             [profile instance]\n{role}credential_source = Ec2InstanceMetadata\n\
             [profile container]\n{role}credential_source = EcsContainer\n\
             [profile token]\n{role}web_identity_token_file = {}\n",
            home.path("token")
        ),
    );
    home.write("token", "eyJhbGciOiJub25lIn0.e30.");
    let (metadata_url, credentials_url) = (metadata.url(), format!("{}/v1/credentials", endpoint.url()));
    for (profile, role) in [
        ("keys", "Lister/me"),
        ("two", "Second/"),
        ("itself", "Lister/"),
        ("instance", "Lister/"),
        ("container", "Lister/"),
        ("token", "Lister/"),
    ] {
        let run = home.accounts(&[
            ("AWS_PROFILE", profile),
            ("AWS_EC2_METADATA_DISABLED", if profile == "instance" { "" } else { "true" }),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &metadata_url),
            (
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                if profile == "container" { &credentials_url } else { "" },
            ),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token"),
        ]);
        let run = run.exits(0);
        let expected = format!("arn:aws:sts::123456789012:assumed-role/{role}");
        assert!(run.caller().starts_with(&expected), "{profile}: {}", run.caller());
    }
    assert!(metadata.take_asked().contains(&"PUT /latest/api/token".into()));
    assert_eq!(endpoint.take_asked(), ["GET /v1/credentials"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn web_identities_containers_and_instances_need_no_profile() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    let (metadata, endpoint) = (Loopback::start(instance), Loopback::start(container));
    home.write("token", "eyJhbGciOiJub25lIn0.e30.");
    home.write("container-token", "container-token");
    let (metadata_url, credentials_url) = (metadata.url(), format!("{}/v1/credentials", endpoint.url()));
    let run = home.accounts(&[
        ("AWS_WEB_IDENTITY_TOKEN_FILE", &home.path("token")),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Pod"),
        ("AWS_ROLE_SESSION_NAME", "pod"),
    ]);
    assert_eq!(run.exits(0).caller(), "arn:aws:sts::123456789012:assumed-role/Pod/pod");

    let token_file = home.path("container-token");
    for token in [
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &token_file),
    ] {
        let run = home.accounts(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &credentials_url), token]);
        assert_eq!(run.exits(0).caller(), USER);
        assert_eq!(endpoint.take_asked(), ["GET /v1/credentials"]);
    }

    // The region has the same source.
    let run = home.accounts(&[
        ("AWS_EC2_METADATA_DISABLED", ""),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &metadata_url),
        ("AWS_REGION", ""),
        ("AWS_DEFAULT_REGION", ""),
    ]);
    let run = run.exits(0);
    assert_eq!(run.caller(), USER);
    assert!(!run.stderr.contains("no region is set"), "{}", run.stderr);
    let asked = metadata.take_asked();
    for part in
        ["GET /latest/meta-data/placement/region", "GET /latest/meta-data/iam/security-credentials/Operator"]
    {
        assert!(asked.contains(&part.to_owned()), "{asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_in_variables_come_first_as_with_aws_and_what_they_hide_is_named() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    home.write(".aws/config", SSO);
    let keys = [("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "SecretMark")];
    for (hidden, said) in [
        (&[("AWS_PROFILE", "corp")][..], "AWS_PROFILE is not used"),
        (&[("AWS_PROFILE", "not-there")], "AWS_PROFILE is not used"),
        (&[("AWS_DEFAULT_PROFILE", "corp")], "AWS_DEFAULT_PROFILE is not used"),
        (
            &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/x"), ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Pod")],
            "AWS_WEB_IDENTITY_TOKEN_FILE is not used",
        ),
        (
            &[("AWS_PROFILE", "corp"), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/x")],
            "AWS_PROFILE, AWS_CONTAINER_CREDENTIALS_FULL_URI are not used",
        ),
    ] {
        let variables: Vec<_> = keys.iter().chain(hidden).copied().collect();
        let run = home.accounts(&variables).exits(0);
        let come = if said.contains(" are ") { "they come" } else { "it comes" };
        let note = format!(
            "note: {said}: as with aws, {come} after AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; the account in use is 123456789012"
        );
        assert!(run.stderr.contains(&note), "{note} is not in {}", run.stderr);
        assert!(!run.stderr.contains("AKIA"), "{}", run.stderr);
    }
    let run = home.accounts(&keys).exits(0);
    assert!(!run.stderr.contains("not used"), "{}", run.stderr);
}
