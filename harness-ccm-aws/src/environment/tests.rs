//! From variables and files to the source that is used: the order of `aws`, without fallback to another source.

use std::collections::BTreeMap;
use std::env::VarError;
use std::fs;

use harness_ccm_core::ErrorKind;

use super::chain::{Base, Found, find, passed_over};
use super::profile::Profiles;
use super::settings::{check_calls, text};
use super::source::CredentialSource;
use super::variables::Read;

const KEYS: &str = "aws_access_key_id = AKIAMARKED\naws_secret_access_key = MARKED\n";
const ROLE: &str = "role_arn = arn:aws:iam::123456789012:role/Lister\n";
const SSO: &str = "sso_account_id = 123456789012\nsso_role_name = Reader\n";
const WEB: [(&str, &str); 2] =
    [("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"), ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/Pod")];

struct Environment {
    folder: tempfile::TempDir,
    variables: BTreeMap<String, String>,
}

impl Environment {
    fn of(config: &str, credentials: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut variables = BTreeMap::new();
        for (name, file, text) in [
            ("AWS_CONFIG_FILE", "config", config),
            ("AWS_SHARED_CREDENTIALS_FILE", "credentials", credentials),
        ] {
            let path = folder.path().join(file);
            fs::write(&path, text).unwrap();
            variables.insert(name.to_owned(), path.to_str().unwrap().to_owned());
        }
        Self { folder, variables }
    }

    fn with(mut self, variables: &[(&str, &str)]) -> Self {
        self.variables
            .extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
    }

    fn read(&self) -> impl Read + '_ {
        |name: &str| self.variables.get(name).cloned().ok_or(VarError::NotPresent)
    }

    fn profiles(&self) -> Profiles {
        Profiles::load(&self.read()).unwrap()
    }

    fn find(&self) -> Found {
        find(&self.read(), &self.profiles()).unwrap_or_else(|error| panic!("{}", error.report()))
    }

    fn source(&self) -> CredentialSource {
        self.find().source
    }

    fn passed_over(&self) -> Vec<String> {
        passed_over(&self.read(), &self.profiles(), &self.find())
    }

    /// The error, which names file and key, but no value.
    fn refused(&self) -> String {
        let profiles = self.profiles();
        let error = match check_calls(&profiles).and_then(|()| find(&self.read(), &profiles)) {
            Ok(found) => panic!("{}", found.source),
            Err(error) => error,
        };
        let report = error.report();
        assert!(report.contains("remedy: ") && !report.contains("MARKED"), "{report}");
        report
    }
}

fn config(text: &str) -> Environment {
    Environment::of(text, "")
}

#[test]
fn sources_come_in_the_order_of_aws() {
    let keys = || CredentialSource::Keys { profile: "default".into() };
    let web = CredentialSource::WebIdentity { profile: None };
    let process = "credential_process = x\n";
    let full = |rest: &str| {
        format!("[default]\n{rest}login_session = arn:aws:iam::123456789012:user/A\n{process}{KEYS}{ROLE}")
    };
    let sso = format!("{SSO}sso_region = us-east-1\nsso_start_url = https://acme.awsapps.com/start\n");
    let stored = format!("[default]\n{KEYS}");
    let own = |rest: &str| full(rest).replace(ROLE, "");

    // The role of the profile, then the web identity of variables, then the profile's own credentials.
    let chained = full("source_profile = default\n");
    assert_eq!(Environment::of(&chained, "").with(&WEB).find().roles.len(), 1);
    assert_eq!(config(&own("")).with(&WEB).source(), web);
    assert_eq!(Environment::of("", &stored).with(&WEB).source(), web);
    let of_profile = config(&format!("[default]\nweb_identity_token_file = /t\n{ROLE}{KEYS}"));
    assert_eq!(of_profile.source(), CredentialSource::WebIdentity { profile: Some("default".into()) });
    assert_eq!(of_profile.with(&WEB).source(), web);
    assert_eq!(
        Environment::of(&own(&sso), &stored).source(),
        CredentialSource::Sso { profile: "default".into() }
    );
    // Keys of the credentials file precede a program, and those of the configuration file follow it.
    assert_eq!(Environment::of(&own(""), &stored).source(), keys());
    assert_eq!(config(&own("")).source(), CredentialSource::Login { profile: "default".into() });
    assert_eq!(
        config(&format!("[default]\n{process}{KEYS}")).source(),
        CredentialSource::Process { profile: "default".into() }
    );
    assert_eq!(config(&format!("[default]\n{KEYS}")).source(), keys());
    let container = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/c")];
    assert_eq!(
        config("[default]\nregion = us-east-1\n").with(&container).source(),
        CredentialSource::Container
    );
    assert_eq!(config("").source(), CredentialSource::Instance);
    let given = [("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "x")];
    assert_eq!(config(&chained).with(&given).source(), CredentialSource::Variables);
}

#[test]
fn skipped_sources_are_named() {
    let keys = format!("[default]\n{KEYS}[profile p]\n{KEYS}[profile none]\nregion = us-east-1\n");
    let keys = || config(&keys).with(&WEB);
    assert_eq!(keys().passed_over(), ["the profile \"default\""]);
    assert_eq!(keys().with(&[("AWS_PROFILE", "p")]).passed_over(), ["AWS_PROFILE"]);
    assert_eq!(keys().with(&[("AWS_PROFILE", "none")]).passed_over(), Vec::<String>::new());
    let chained = format!("[default]\n{ROLE}source_profile = p\n[profile p]\n{KEYS}");
    assert_eq!(config(&chained).with(&WEB).passed_over(), ["AWS_WEB_IDENTITY_TOKEN_FILE"]);
    let container = format!("[default]\n{ROLE}credential_source = EcsContainer\n");
    let uri = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/c")];
    assert_eq!(config(&container).with(&uri).passed_over(), Vec::<String>::new());
    let process = Environment::of("[default]\ncredential_process = x\n", &format!("[default]\n{KEYS}"));
    assert_eq!(process.passed_over(), ["the credential_process of the profile \"default\""]);
}

#[test]
fn both_keys_of_a_profile_come_from_one_file() {
    let both = Environment::of(
        "[default]\naws_session_token = old\n",
        "[default]\naws_access_key_id =  AKIAGOOD \naws_secret_access_key=\tsecret\t\n",
    );
    let Base::Keys(keys) = both.find().base else { panic!() };
    assert_eq!((keys.access_key_id(), keys.secret_access_key()), ("AKIAGOOD", "secret"));
    assert_eq!(keys.session_token(), None, "that of other keys");
    let split = Environment::of(
        "[default]\naws_secret_access_key = MARKED\n",
        "[default]\naws_access_key_id = AKIAMARKED\n",
    );
    let report = split.refused();
    assert!(report.contains("credentials line 2): aws_secret_access_key is missing"), "{report}");
}

#[test]
fn a_chosen_profile_that_is_broken_leads_to_no_other_credentials() {
    let session = "[sso-session corp]\nsso_start_url = https://acme.awsapps.com/start\n";
    for (text, parts) in [
        (format!("{ROLE}source_profile = nope\n"), &["source_profile", "\"nope\", which is not defined"][..]),
        (format!("{ROLE}source_profile = r\n"), &["loop", "r -> r"]),
        (
            format!("{ROLE}source_profile = m\n[profile m]\n{ROLE}source_profile = r\n"),
            &["loop", "r -> m -> r"],
        ),
        (
            format!("{ROLE}source_profile = m\n[profile m]\nregion = us-east-1\n"),
            &["\"m\", which has no credentials"],
        ),
        (ROLE.to_owned(), &["role_arn", "neither source_profile nor credential_source"]),
        (format!("{ROLE}{KEYS}"), &["role_arn", "neither source_profile nor credential_source"]),
        (
            format!("{ROLE}source_profile = r\ncredential_source = Environment\n"),
            &["credential_source", "in addition to source_profile"],
        ),
        (format!("{ROLE}credential_source = EC2\n"), &["credential_source", "Ec2InstanceMetadata"]),
        (format!("{ROLE}credential_source = EcsContainer\n"), &["credential_source", "is EcsContainer"]),
        (format!("{ROLE}credential_source = Environment\n"), &["credential_source", "AWS_ACCESS_KEY_ID"]),
        ("role_arn =\nsource_profile = default\n".to_owned(), &["role_arn of the profile \"r\"", "is empty"]),
        ("aws_access_key_id =\naws_secret_access_key =\n".to_owned(), &["aws_access_key_id", "is empty"]),
        ("login_session =\n".to_owned(), &["login_session", "is empty"]),
        ("source_profile = default\n".to_owned(), &["source_profile", "role_arn is missing"]),
        ("web_identity_token_file = /t\n".to_owned(), &["web_identity_token_file", "role_arn is missing"]),
        (format!("{SSO}sso_start_url = https://x.awsapps.com/start\n"), &["sso_region", "missing"]),
        (format!("{SSO}sso_session = corp\n{session}"), &["sso_region", "missing"]),
        (SSO.to_owned(), &["sso_region", "missing"]),
        ("sso_account_id = 123456789012\n".to_owned(), &["sso_role_name", "missing"]),
        (format!("{SSO}sso_session = gone\n"), &["sso_session", "[sso-session gone], which is not defined"]),
        (
            format!("{SSO}sso_session = corp\nsso_start_url = https://y\n{session}sso_region = us-east-1\n"),
            &["sso_start_url", "differs"],
        ),
        (
            format!("{SSO}sso_session = corp\n{session}sso_region = us_east_1\n"),
            &["sso_region", "not the name of a region"],
        ),
        ("sso_session = corp\n".to_owned(), &["sso_session", "sso_account_id and sso_role_name are missing"]),
        ("aws_secret_access_key = MARKED\n".to_owned(), &["aws_access_key_id is missing"]),
        (
            "aws_session_token = MARKED\n".to_owned(),
            &["aws_access_key_id and aws_secret_access_key are missing"],
        ),
        ("aws_access_key_id = AKIA\n  MARKED\naws_secret_access_key = x\n".to_owned(), &["several lines"]),
        (
            "aws_access_key_id = AKIA\naws_secret_access_key = x\naws_session_token = 'MARKED'\n".to_owned(),
            &["quotation"],
        ),
        (
            format!("{ROLE}source_profile = m\n[profile m]\naws_access_key_id = \"MARKED\"\n"),
            &["the profile \"m\"", "quotation"],
        ),
        (format!("{KEYS}endpoint_url = 127.0.0.1:45713\n"), &["endpoint_url", "URL"]),
        (format!("{KEYS}endpoint_url = \"http://x\"\n"), &["endpoint_url", "quotation"]),
        (
            format!("{KEYS}services = s\n[services s]\nsts =\n  endpoint_url = MARKED:1\n"),
            &["sts in the section [services s]", "URL"],
        ),
        (format!("{KEYS}services = s\n"), &["[services s], which is not defined"]),
        (format!("{KEYS}region = useast1\n"), &["region of the profile \"r\"", "us-east-1"]),
        (format!("{KEYS}max_attempts = 0\n"), &["max_attempts of the profile \"r\""]),
    ] {
        for variables in [&[][..], &WEB] {
            let chosen = config(&format!("[profile r]\n{text}")).with(&[("AWS_PROFILE", "r")]);
            // A web identity of variables comes first only if the profile assumes no role.
            if !variables.is_empty() && !text.starts_with(ROLE) {
                continue;
            }
            let environment = chosen.with(variables);
            let report = environment.refused();
            for part in parts {
                assert!(report.contains(part), "{part:?} is not in {report}");
            }
            let file = environment.folder.path().join("config");
            let is_placed =
                report.contains(&format!("{} line ", file.display())) || report.contains("is missing, for");
            assert!(is_placed, "{report}");
        }
    }
}

#[test]
fn profiles_have_any_name_and_a_section_without_its_word_is_named() {
    for (header, name) in [
        ("[profile müller]", "müller"),
        ("[profile acme(prod)]", "acme(prod)"),
        ("[profile \"my prof\"]", "my prof"),
    ] {
        let found = config(&format!("{header}\n{KEYS}")).with(&[("AWS_PROFILE", name)]).source();
        assert_eq!(found, CredentialSource::Keys { profile: name.into() });
    }
    let report = config(&format!("[r]\n{KEYS}")).with(&[("AWS_PROFILE", "r")]).refused();
    assert!(report.contains("write the section [r]") && report.contains("[profile r]"), "{report}");
    let report = config(&format!("[profile my prof]\n{KEYS}")).with(&[("AWS_PROFILE", "my prof")]).refused();
    assert!(report.contains("[profile \"my prof\"]"), "{report}");
}

#[test]
fn settings_of_identity_center_are_read_as_aws_reads_them() {
    let both =
        "SSO_SESSION = corp\nsso_start_url = https://acme.awsapps.com/start\nsso_region: eu-central-1\n";
    let session = "[sso-session\t\"corp\"]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-central-1\n";
    for environment in [
        config(&format!("[profile r]\n{SSO}{both}{session}")),
        Environment::of(session, &format!("[r]\n{SSO}{both}")),
    ] {
        let environment = environment.with(&[("AWS_PROFILE", "r")]);
        let Base::Sso(sso) = environment.find().base else { panic!() };
        assert_eq!((sso.session.as_deref(), sso.region.as_str()), (Some("corp"), "eu-central-1"));
    }
    let gov = config(&format!("[default]\n{SSO}sso_region = us-gov-west-1\nsso_start_url = https://x\n"));
    assert_eq!(gov.profiles().partition().unwrap().to_string(), "aws-us-gov");
}

#[test]
fn a_code_of_a_device_is_reported_only_if_the_other_settings_are_valid() {
    let device = "mfa_serial = arn:aws:iam::123456789012:mfa/anna\n";
    let text =
        |source: &str| format!("[default]\n{ROLE}{device}source_profile = {source}\n[profile base]\n{KEYS}");
    let environment = config(&text("base"));
    let error = find(&environment.read(), &environment.profiles()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(error.report().contains("--token-code CODE --profile base"), "{}", error.report());
    assert!(config(&text("nope")).refused().contains("not defined"));
    let empty = config(&text("base").replace(device, "mfa_serial =\n"));
    assert_eq!(empty.find().roles.len(), 1);
}

#[test]
fn the_sdk_sees_settings_and_no_credentials() {
    let environment = config(&format!(
        "[default]\n{KEYS}{ROLE}source_profile = default\nendpoint_url = http://x\nuse_fips_endpoint=false\nunknown = y\nservices = s\n\
         [services s]\nsts =\n  endpoint_url = http://y\n  other = z\n"
    ));
    assert_eq!(
        text(&environment.profiles()),
        "endpoint_url = http://x\nuse_fips_endpoint = false\nservices = chosen\n[services chosen]\nsts =\n  endpoint_url = http://y\n"
    );
}

#[test]
fn variables_of_a_container_that_are_set_and_empty_are_named() {
    let container = config("").with(&[
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", ""),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/c"),
    ]);
    assert!(container.refused().contains("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is set and empty"));
    let empty = config("").with(&[("AWS_WEB_IDENTITY_TOKEN_FILE", ""), ("AWS_ROLE_ARN", " ")]);
    assert_eq!(empty.source(), CredentialSource::Instance);
}
