use super::field::plain;
use super::invalid::Place;
use super::value::shown;

/// The cloud that a field names for an account.
#[derive(Clone, Debug)]
pub(super) enum Cloud {
    Aws,
    Other(String),
    /// A word that is not a known cloud, or that names several clouds, with its place.
    Unclear(Word, Place),
    /// The field is empty, for example because cells were merged.
    Empty(Place),
}

/// A word that does not name one cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Unknown(String),
    Several(String),
}

impl Cloud {
    /// Compares whole words: `Social` does not name OCI, and `Lawson` does not name AWS.
    pub(super) fn read(text: &str, place: Place) -> Self {
        let words = words(text);
        let is_one_of = |names: &[&str]| words.iter().any(|word| names.contains(&&**word));
        match (is_one_of(&AWS), is_one_of(&OTHERS)) {
            _ if text.trim().is_empty() => Self::Empty(place),
            (true, true) => Self::Unclear(Word::Several(shown(text)), place),
            (true, false) => Self::Aws,
            (false, true) => Self::Other(shown(text).trim_matches('"').to_owned()),
            (false, false) => Self::Unclear(Word::Unknown(shown(text)), place),
        }
    }
}

const AWS: [&str; 3] = ["aws", "amazon", "amazonwebservices"];

const OTHERS: [&str; 21] = [
    "azure",
    "msazure",
    "microsoft",
    "microsoftazure",
    "gcp",
    "google",
    "googlecloud",
    "googlecloudplatform",
    "oracle",
    "oraclecloud",
    "oci",
    "ibm",
    "ibmcloud",
    "alibaba",
    "alibabacloud",
    "aliyun",
    "tencent",
    "ovh",
    "ovhcloud",
    "digitalocean",
    "snowflake",
];

/// The words of a text in lower case, also split at capital letters, and the text as one word.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![plain(text)];
    for part in text.split(|c: char| !c.is_alphanumeric()) {
        words.push(part.to_lowercase());
        let mut word = String::new();
        let mut before = None;
        for c in part.chars() {
            if c.is_uppercase() && before.is_some_and(char::is_lowercase) {
                words.push(std::mem::take(&mut word));
            }
            word.extend(c.to_lowercase());
            before = Some(c);
        }
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clouds_are_recognized_by_whole_words() {
        for text in
            ["AWS", "aws-us-gov", "Amazon Web Services, Inc.", "AmazonWebServices", "Social Media AWS"]
        {
            assert!(matches!(Cloud::read(text, (1, 1)), Cloud::Aws), "{text}");
        }
        for text in [
            "GCP",
            "GoogleCloud",
            "Google Cloud Platform",
            "MicrosoftAzure",
            "Microsoft.Azure",
            "OCI",
            "Alibaba Cloud",
        ] {
            assert!(matches!(Cloud::read(text, (1, 1)), Cloud::Other(_)), "{text}");
        }
        for text in ["Social", "Acme Associates", "Lawson", "Soci\u{e9}t\u{e9}", "Laws", "reseller"] {
            assert!(matches!(Cloud::read(text, (1, 1)), Cloud::Unclear(Word::Unknown(_), _)), "{text}");
        }
        assert!(matches!(Cloud::read("Amazon/GCP", (1, 1)), Cloud::Unclear(Word::Several(_), _)));
        assert!(matches!(Cloud::read(" ", (1, 1)), Cloud::Empty(_)));
    }
}
