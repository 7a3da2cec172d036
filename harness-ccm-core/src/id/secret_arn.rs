use super::{AccountId, Partition, text_id};

text_id!(
    /// The ARN of a secret in AWS Secrets Manager.
    ///
    /// The name at its end may contain wildcards: a full ARN ends in six random characters that are not known in advance.
    SecretArn,
    "Secrets Manager ARN",
    "it has the form arn:<partition>:secretsmanager:<region>:<12 digits>:secret:<name>",
    |text| {
        let mut parts = text.splitn(7, ':');
        let mut next = || parts.next().unwrap_or_default();
        let (arn, partition, service, region, account, kind, name) =
            (next(), next(), next(), next(), next(), next(), next());
        arn == "arn"
            && partition.parse::<Partition>().is_ok()
            && service == "secretsmanager"
            && !region.is_empty()
            && region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && account.parse::<AccountId>().is_ok()
            && kind == "secret"
            && !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+=.@-*?".contains(&b))
    }
);

impl SecretArn {
    /// The partition of the secret.
    pub fn partition(&self) -> Partition {
        // The text was validated by the rule above.
        self.as_str().split(':').nth(1).and_then(|text| text.parse().ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_partition_region_account_and_secret() {
        let secret: SecretArn =
            "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:tls/proxy-AbCdEf"
                .parse()
                .unwrap();
        assert_eq!(secret.partition(), Partition::UsGov);
        for text in [
            "",
            "tls/proxy",
            "arn:aws:secretsmanager:us-east-1:123456789012:tls/proxy",
            "arn:aws:secretsmanager::123456789012:secret:tls",
            "arn:aws:secretsmanager:us-east-1:1:secret:tls",
            "arn:mars:secretsmanager:us-east-1:123456789012:secret:tls",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:",
            "arn:aws:s3:us-east-1:123456789012:secret:tls",
        ] {
            assert!(text.parse::<SecretArn>().is_err(), "{text}");
        }
    }
}
