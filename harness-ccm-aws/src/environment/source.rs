//! The sources of credentials in words: their names, and the remedies if one returns no credentials.

/// The source of the credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CredentialSource {
    /// `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`.
    Variables,
    /// Keys in a profile.
    Keys { profile: String },
    /// IAM Identity Center.
    Sso { profile: String },
    /// A login session of the console, `aws login`.
    Login { profile: String },
    /// A program that prints credentials.
    Process { profile: String },
    /// A token of an identity provider in a file, named by a profile or variables.
    WebIdentity { profile: Option<String> },
    /// The endpoint of a container.
    Container,
    /// The metadata of an instance.
    Instance,
}

impl CredentialSource {
    /// Returns the remedy if it returns no credentials, or they have expired.
    pub(crate) fn remedy(&self) -> String {
        match self {
            Self::Variables => "get new keys, and set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (with AWS_SESSION_TOKEN, if they \
                                came with one) to them"
                .into(),
            Self::Keys { profile } => format!(
                "set the keys of the profile again: aws configure --profile {}; if they came with a session token, get new ones \
                 together with it",
                quoted(profile)
            ),
            Self::Sso { profile } => format!(
                "sign in: aws sso login --profile {}; if you are signed in, check sso_account_id and sso_role_name of the profile",
                quoted(profile)
            ),
            Self::Login { profile } => format!("sign in: aws login --profile {}", quoted(profile)),
            Self::Process { profile } => format!(
                "run the command in credential_process of the profile {} yourself: it has to print JSON with Version 1, AccessKeyId \
                 and SecretAccessKey, and may have to be signed in",
                quoted(profile)
            ),
            Self::WebIdentity { profile } => format!(
                "check that the file in {} contains a token that has not expired, and that the role trusts its issuer, audience and subject",
                match profile {
                    Some(profile) => format!("web_identity_token_file of the profile {}", quoted(profile)),
                    None => "AWS_WEB_IDENTITY_TOKEN_FILE".into(),
                }
            ),
            Self::Container => "check the role of the task or pod, and what AWS_CONTAINER_CREDENTIALS_FULL_URI or \
                                AWS_CONTAINER_CREDENTIALS_RELATIVE_URI leads to: http is allowed only for this machine, \
                                169.254.170.2 and 169.254.170.23"
                .into(),
            Self::Instance => "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in (aws sso login, aws login); \
                               on an instance, give it an instance profile, and a hop limit of 2 for containers on it"
                .into(),
        }
    }
}

impl std::fmt::Display for CredentialSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Variables => f.write_str("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
            Self::Keys { profile } => write!(f, "the keys of the profile {profile:?}"),
            Self::Sso { profile } => write!(f, "IAM Identity Center, by the profile {profile:?}"),
            Self::Login { profile } => write!(f, "the login session of the profile {profile:?}"),
            Self::Process { profile } => write!(f, "the credential_process of the profile {profile:?}"),
            Self::WebIdentity { profile: Some(profile) } => {
                write!(f, "the web identity of the profile {profile:?}")
            }
            Self::WebIdentity { profile: None } => {
                f.write_str("the web identity of AWS_WEB_IDENTITY_TOKEN_FILE")
            }
            Self::Container => f.write_str("the endpoint of the container"),
            Self::Instance => f.write_str("the metadata of the instance"),
        }
    }
}

/// A profile's name, quoted for a shell.
pub(super) fn quoted(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@/:+".contains(&byte);
    if !name.is_empty() && name.bytes().all(plain) {
        name.to_owned()
    } else {
        format!("'{}'", name.replace('\'', "'\\''"))
    }
}
