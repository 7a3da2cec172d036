//! The choice between several sources of credentials, and that no source replaces a broken profile.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use harness_ccm_aws_servers::skip;
use support::home::{Home, INTENT, session_keys};
use support::loopback::{Loopback, instance};
use support::{Run, Site};

const KEYS: &str = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = SecretMark\n";
const ROLE: &str = "role_arn = arn:aws:iam::123456789012:role/Lister\n";

/// On an instance that has credentials.
fn on_instance(home: &Home<'_>, metadata: &Loopback, variables: &[(&str, &str)]) -> Run {
    let url = metadata.url();
    let instance = [("AWS_EC2_METADATA_DISABLED", ""), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url.as_str())];
    home.accounts(&[&instance[..], variables].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_profile_that_is_broken_is_an_error_and_nothing_takes_its_place() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    let metadata = Loopback::start(instance);
    home.write("token", "eyJhbGciOiJub25lIn0.e30.");
    let token = home.path("token");
    let web = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Pod"),
    ];
    let sso = "sso_account_id = 123456789012\nsso_role_name = Reader\n";
    for (text, part, is_role) in [
        (format!("{ROLE}source_profile = nope\n"), "the profile \"nope\", which is not defined", true),
        (format!("{ROLE}source_profile = r\n"), "loop", true),
        (format!("{ROLE}source_profile = m\n[profile m]\nregion = us-east-1\n"), "has no credentials", true),
        (format!("{sso}sso_start_url = https://acme.awsapps.com/start\n"), "sso_region", false),
        (
            format!(
                "{sso}sso_session = c\n[sso-session c]\nsso_start_url = https://acme.awsapps.com/start\n"
            ),
            "sso_region",
            false,
        ),
        (sso.to_owned(), "sso_region", false),
        ("aws_secret_access_key = SecretMark\n".to_owned(), "aws_access_key_id is missing", false),
        (format!("{ROLE}credential_source = EC2\n"), "credential_source", true),
    ] {
        home.write(".aws/config", &format!("[profile r]\n{text}"));
        on_instance(&home, &metadata, &[("AWS_PROFILE", "r")]).says(&[part, "the profile \"r\"", "remedy: "]);
        if is_role {
            on_instance(&home, &metadata, &[&web[..], &[("AWS_PROFILE", "r")]].concat()).says(&[part]);
        }
        let asked = metadata.take_asked();
        assert!(!asked.iter().any(|line| line.contains("security-credentials")), "{text}: {asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_profiles_that_cannot_be_read_is_an_error_and_nothing_takes_its_place() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    let metadata = Loopback::start(instance);
    let path = |name: &str| std::path::PathBuf::from(home.path(name));
    let refused = |file: &str, what: &str| {
        on_instance(&home, &metadata, &[]).says(&[&format!("{file} cannot be read"), what, "remedy: "]);
        let asked = metadata.take_asked();
        assert!(!asked.iter().any(|line| line.contains("security-credentials")), "{asked:?}");
    };
    let latin = [b"[default]\n# Schl\xfcssel\n".as_slice(), KEYS.as_bytes()].concat();
    for (name, file) in [(".aws/credentials", "~/.aws/credentials"), (".aws/config", "~/.aws/config")] {
        std::fs::write(path(name), &latin).unwrap();
        refused(file, "line 2 is not valid UTF-8");
        std::fs::remove_file(path(name)).unwrap();
        std::fs::create_dir(path(name)).unwrap();
        refused(file, "this is not a regular file");
        std::fs::remove_dir(path(name)).unwrap();
        // No process writes into it: opening it would block forever.
        if cfg!(unix) {
            assert!(std::process::Command::new("mkfifo").arg(path(name)).status().unwrap().success());
            refused(file, "this is not a regular file");
            std::fs::remove_file(path(name)).unwrap();
        }
    }
    // Does the same for the file of a token.
    if cfg!(unix) {
        assert!(std::process::Command::new("mkfifo").arg(path("token")).status().unwrap().success());
        let token = home.path("token");
        let role = ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Pod");
        on_instance(&home, &metadata, &[("AWS_WEB_IDENTITY_TOKEN_FILE", &token), role])
            .says(&["not a regular file"]);
    }
    // Paths that people name to have no file at all.
    let none = [("AWS_CONFIG_FILE", "/dev/null"), ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")];
    let run = on_instance(&home, &metadata, &none).exits(0);
    assert!(!run.stderr.contains("cannot be read"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_identity_comes_before_the_profile_as_with_aws_and_what_it_hides_is_named() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    home.write("token", "eyJhbGciOiJub25lIn0.e30.");
    home.write(".aws/credentials", &format!("[default]\n{KEYS}[other]\n{KEYS}"));
    home.write(".aws/config", &format!("[profile role]\n{ROLE}source_profile = other\n"));
    let token = home.path("token");
    let web = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()),
        ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Pod"),
    ];
    for (profile, passed) in [("", "the profile \"default\""), ("other", "AWS_PROFILE")] {
        let run = home.accounts(&[&web[..], &[("AWS_PROFILE", profile)]].concat()).exits(0);
        assert!(run.caller().contains(":assumed-role/Pod/"), "{}", run.caller());
        let note = format!("note: {passed} is not used: as with aws, it comes after the web identity");
        assert!(run.stderr.contains(&note), "{note} is not in {}", run.stderr);
    }
    // Only a role of the profile precedes it.
    let run = home.accounts(&[&web[..], &[("AWS_PROFILE", "role")]].concat()).exits(0);
    assert!(run.caller().contains(":assumed-role/Lister/"), "{}", run.caller());
    assert!(run.stderr.contains("note: AWS_WEB_IDENTITY_TOKEN_FILE is not used"), "{}", run.stderr);
    // A variable that is set and empty counts as not set.
    let empty = [("AWS_WEB_IDENTITY_TOKEN_FILE", " "), ("AWS_ROLE_ARN", " ")];
    home.accounts(&empty).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_the_credentials_file_come_before_a_program_as_with_aws() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    let ran = home.path("ran");
    home.write(
        ".aws/config",
        &format!("[default]\ncredential_process = touch {ran}; echo '{}'\n", session_keys()),
    );
    home.write(".aws/credentials", &format!("[default]\n{KEYS}"));
    let run = home.accounts(&[]).exits(0);
    assert!(
        run.stderr.contains("note: the credential_process of the profile \"default\" is not used"),
        "{}",
        run.stderr
    );
    assert!(!std::path::Path::new(&ran).exists());
    home.write(".aws/credentials", "");
    home.accounts(&[]).exits(0);
    assert!(std::path::Path::new(&ran).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_aws_reads_are_read_and_white_space_around_values_does_not_count() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    for (name, text) in [
        ("default", format!("\u{feff}[default]\r\n{}", KEYS.replace('\n', "\r\n"))),
        ("default", format!("  [default]\n  {}", KEYS.replace('\n', "\n  ").replace(" = ", " : \t"))),
        ("müller", format!("[profile müller]\n{KEYS}")),
        ("my prof", format!("[profile \"my prof\"]\n{KEYS}")),
    ] {
        home.write(".aws/config", &text);
        home.accounts(&[("AWS_PROFILE", name)]).exits(0);
    }
    let config = home.path(".aws/config") + "\r";
    home.accounts(&[("AWS_CONFIG_FILE", &config), ("AWS_PROFILE", "my prof\r")]).exits(0);
    let (id, secret) = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
    home.accounts(&[(id, "\tAKIAIOSFODNN7EXAMPLE\r\n"), (secret, " SecretMark\n")]).exits(0);
    home.accounts(&[(id, "AKIA\nX"), (secret, "SecretMark")]).says(&["AWS_ACCESS_KEY_ID", "several lines"]);
    let process = r#"printf '{"Version":1,"AccessKeyId":"AKIA\\n","SecretAccessKey":"SecretMark\\t"}'"#;
    home.write(".aws/config", &format!("[default]\ncredential_process = {process}\n"));
    home.accounts(&[]).exits(0);
    home.write(
        ".aws/config",
        &format!("[default]\ncredential_process = {}\n", process.replace("AKIA", "AKIA\\\\nX")),
    );
    home.accounts(&[]).says(&["credential_process", "several lines"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_without_credentials_is_named_where_there_are_none_at_all() {
    if skip() {
        return;
    }
    let site = Site::of(1, INTENT).await;
    let home = Home::of(&site);
    home.write(".aws/config", "[profile x]\nregion = us-east-1\n");
    home.accounts(&[("AWS_PROFILE", "x")]).says(&[
        "no AWS credentials were found",
        "the profile \"x\" that AWS_PROFILE names has no credentials",
    ]);
    home.accounts(&[("AWS_SECRET_ACCESS_KEY", "SecretMark")])
        .says(&["AWS_SECRET_ACCESS_KEY is set without AWS_ACCESS_KEY_ID"]);
}
