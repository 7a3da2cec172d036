//! Policy documents as IAM and other tools write them, and which of them are equivalent.

#![allow(clippy::panic, reason = "helpers of tests are tests too")]

use std::fmt::Write as _;

use harness_ccm_core::policy::PolicyDocument;

fn parse(text: &str) -> PolicyDocument {
    PolicyDocument::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn statement(statement: &str) -> PolicyDocument {
    parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#))
}

/// Whether both are equivalent, which must not depend on the order of comparison.
fn same(one: &PolicyDocument, other: &PolicyDocument) -> bool {
    let same = one.equivalent(other);
    assert_eq!(same, other.equivalent(one), "{} {}", one.to_json(), other.to_json());
    same
}

fn same_statements(one: &str, other: &str) -> bool {
    same(&statement(one), &statement(other))
}

const ALLOW: &str = r#"{"Effect":"Allow","Action":"ec2:DescribeVolumes","Resource":"*"}"#;

#[test]
fn wrappers_and_encodings_are_removed() {
    let plain = statement(ALLOW);
    let json = plain.to_json();
    assert!(same(&parse(&format!("[{json}]")), &plain), "a list of one document");
    assert!(same(&parse(&format!("\n  {json}")), &plain));
    assert!(same(
        &parse(
            "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22ec2%3ADescribeVolumes%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D"
        ),
        &plain
    ));
    let one = format!(r#"{{"Version":"2012-10-17","Statement":{ALLOW}}}"#);
    assert!(same(&parse(&one), &plain), "one statement without a list");
}

#[test]
fn a_plus_sign_is_not_a_space() {
    let tagged = r#"{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/k":"a+b c"}}}"#;
    let document = statement(tagged);
    let mut encoded = String::new();
    for byte in document.to_json().bytes() {
        write!(encoded, "%{byte:02X}").unwrap();
    }
    assert_eq!(parse(&encoded).to_json(), document.to_json());
    let half = document.to_json().replace('{', "%7B").replace('}', "%7D").replace('"', "%22");
    assert_eq!(
        parse(&half).to_json(),
        document.to_json(),
        "characters that need no encoding may stay as they are"
    );
}

#[test]
fn version_counts_and_a_missing_one_is_the_oldest() {
    let old = parse(&format!(r#"{{"Statement":[{ALLOW}]}}"#));
    assert!(!same(&old, &statement(ALLOW)));
    assert!(same(&old, &parse(&format!(r#"{{"Version":"2008-10-17","Statement":[{ALLOW}]}}"#))));
}

#[test]
fn labels_count_only_on_request() {
    let named = parse(
        r#"{"Version":"2012-10-17","Id":"one","Statement":[{"Sid":"A","Effect":"Allow","Action":"ec2:DescribeVolumes","Resource":"*"}]}"#,
    );
    let unnamed = statement(ALLOW);
    assert!(same(&named, &unnamed));
    assert!(!named.equivalent_with_labels(&unnamed));
    assert!(named.equivalent_with_labels(&named));
    let empty = statement(r#"{"Sid":"","Effect":"Allow","Action":"ec2:DescribeVolumes","Resource":"*"}"#);
    assert!(empty.equivalent_with_labels(&unnamed), "an empty Sid is none");
}

#[test]
fn statements_are_matched_each_with_one() {
    let other = r#"{"Effect":"Deny","Action":"ec2:*","Resource":"*"}"#;
    assert!(same_statements(&format!("{ALLOW},{other}"), &format!("{other},{ALLOW}")));
    assert!(!same_statements(&format!("{ALLOW},{ALLOW},{other}"), &format!("{ALLOW},{other},{other}")));
    assert!(!same_statements(&format!("{ALLOW},{ALLOW}"), ALLOW));
}

#[test]
fn lists_are_sets_and_only_actions_ignore_case() {
    assert!(same_statements(
        r#"{"Effect":"allow","Action":["a:B","a:b","c:d"],"Resource":["y","x"]}"#,
        r#"{"Effect":"Allow","Action":["C:D","a:b"],"Resource":["x","y","x"]}"#
    ));
    assert!(!same_statements(
        r#"{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::A"}"#,
        r#"{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::a"}"#
    ));
    assert!(!same_statements(
        r#"{"Effect":"Allow","Action":"a:b","Resource":"x"}"#,
        r#"{"Effect":"Allow","NotAction":"a:b","Resource":"x"}"#
    ));
    assert!(!same_statements(
        r#"{"Effect":"Allow","Action":"a:b","Resource":"x"}"#,
        r#"{"Effect":"Allow","Action":"a:b","NotResource":"x"}"#
    ));
    assert!(
        !same_statements(
            r#"{"Effect":"Allow","Action":"a:*","Resource":"x"}"#,
            r#"{"Effect":"Allow","Action":["a:*","a:b"],"Resource":"x"}"#
        ),
        "wildcards are not worked out"
    );
}

#[test]
fn conditions_ignore_the_case_of_keys_and_compare_values_exactly() {
    let with = |condition: &str| {
        statement(&format!(r#"{{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{condition}}}"#))
    };
    assert!(same(
        &with(r#"{"StringEquals":{"aws:RequestedRegion":["b","a"]},"Bool":{"aws:SecureTransport":true}}"#),
        &with(
            r#"{"bool":{"AWS:securetransport":"true"},"stringEquals":{"aws:requestedregion":["a","b","a"]}}"#
        )
    ));
    assert!(same(
        &with(r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":3600}}"#),
        &with(r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":["3600"]}}"#)
    ));
    assert!(!same(&with(r#"{"StringEquals":{"k":"a"}}"#), &with(r#"{"StringEquals":{"k":"A"}}"#)));
    assert!(!same(&with(r#"{"StringEquals":{"k":"a"}}"#), &with(r#"{"StringLike":{"k":"a"}}"#)));
    assert!(same(&with("{}"), &statement(r#"{"Effect":"Allow","Action":"a:b","Resource":"*"}"#)));
}

#[test]
fn principals_compare_by_meaning() {
    let of = |principal: &str| {
        statement(&format!(r#"{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{principal}}}"#))
    };
    let root = of(r#"{"AWS":"arn:aws:iam::123456789012:root"}"#);
    for same_account in [
        r#"{"AWS":"123456789012"}"#,
        r#"{"AWS":["123456789012"]}"#,
        r#"{"AWS":"arn:aws-cn:iam::123456789012:root"}"#,
    ] {
        assert!(same(&of(same_account), &root), "{same_account}");
    }
    assert!(same(&of(r#""*""#), &of(r#"{"AWS":"*"}"#)));
    for other in [
        r#"{"AWS":"123456789013"}"#,
        r#"{"AWS":"arn:aws:iam::123456789012:user/root"}"#,
        r#"{"AWS":"AIDACKCEVSQ6C2EXAMPLE"}"#,
        r#"{"Service":"123456789012"}"#,
        r#"{"AWS":["123456789012","arn:aws:iam::123456789012:user/a"]}"#,
        r#"{"AWS":"123456789012","Service":"lambda.amazonaws.com"}"#,
    ] {
        assert!(!same(&of(other), &root), "{other}");
    }
    assert!(same(
        &of(r#"{"Federated":"cognito","CanonicalUser":["x","y"]}"#),
        &of(r#"{"CanonicalUser":["y","x"],"Federated":["cognito"]}"#)
    ));
    let not =
        statement(r#"{"Effect":"Deny","Action":"sts:AssumeRole","NotPrincipal":{"AWS":"123456789012"}}"#);
    assert!(!same(
        &not,
        &statement(r#"{"Effect":"Deny","Action":"sts:AssumeRole","Principal":{"AWS":"123456789012"}}"#)
    ));
}

#[test]
fn documents_that_iam_refuses_cannot_be_read() {
    for (text, why) in [
        ("", "not JSON"),
        ("[]", "not a JSON object"),
        ("%FF", "not UTF-8"),
        (r#"{"Version":"2012-10-17"}"#, "no Statement"),
        (r#"{"Statement":[{"Effect":"Allow","Resource":"*"}]}"#, "needs Action or NotAction"),
        (r#"{"Statement":[{"Effect":"Allow","Action":"a:b","NotAction":"a:c","Resource":"*"}]}"#, "not both"),
        (r#"{"Statement":[{"Effect":"Allow","Action":"a:b"}]}"#, "neither resource nor principal"),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*","NotResource":"x"}]}"#,
            "both Resource",
        ),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":"a:b","Principal":"*","NotPrincipal":"*"}]}"#,
            "both Principal",
        ),
        (r#"{"Statement":[{"Effect":"Maybe","Action":"a:b","Resource":"*"}]}"#, "neither Allow nor Deny"),
        (r#"{"Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*","Mood":"x"}]}"#, "Mood"),
        (r#"{"Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":null}]}"#, "Condition"),
    ] {
        match PolicyDocument::parse(text) {
            Err(error) => assert!(error.to_string().contains(why), "{text}: {error}"),
            Ok(document) => panic!("{text} was read as {}", document.to_json()),
        }
    }
}

#[test]
fn the_canonical_form_is_one_and_the_size_leaves_white_space_out() {
    let spread = parse(
        "{ \"Statement\" : { \"Resource\" : [ \"*\" ] , \"Action\" : [ \"b:c\" , \"a:b\" ] , \"Effect\" : \"Allow\" } , \"Version\" : \"2012-10-17\" }",
    );
    let json =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["a:b","b:c"],"Resource":"*"}]}"#;
    assert_eq!(spread.to_json(), json);
    assert_eq!(spread.size(), json.len());
    let spaced = statement(
        r#"{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"StringEquals":{"k":"a b"}}}"#,
    );
    assert_eq!(spaced.size(), spaced.to_json().len() - 1);
    let trust = statement(
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::891928451355:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"harness:891928451355:0123456789012345678901"}}}"#,
    );
    assert_eq!(trust.size(), 230, "as computed for a role of the public module");
}
