//! Files of another form than the one that was named: told as what they are, with what gives the right one.

use crate::setting::Setting;

/// What a source is said to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Csv,
    Json,
}

/// The command that gives a list that is read.
pub(super) const COMMAND: &str = "`aws organizations list-accounts --output json` gives a list that is read";
/// The same for lists whose values have no names.
pub(super) const NAMED_QUERY: &str =
    "name the values, as `--query 'Accounts[].{Id:Id,Name:Name,State:State,Arn:Arn}'` does";

/// What is wrong with a file that begins like this, if it is certainly not of this form.
pub(super) fn problem(form: Form, start: &[u8]) -> Option<String> {
    for (begins, what) in [
        (&b"PK\x03\x04"[..], "a workbook or another archive"),
        (b"\xd0\xcf\x11\xe0", "an old workbook"),
        (b"\x1f\x8b", "a compressed file"),
        (b"BZh", "a compressed file"),
        (b"\x28\xb5\x2f\xfd", "a compressed file"),
        (b"\xfd7zXZ\0", "a compressed file"),
        (b"{\\rtf", "a text of a word processor (RTF)"),
        (b"SQLite format 3", "a database"),
        (b"version https://git-lfs", "a pointer of Git LFS, which stands for the file"),
        (b"PAR1", "a Parquet file"),
        (b"%PDF", "a PDF document"),
    ] {
        if start.starts_with(begins) {
            return Some(format!("it is {what}: save the list of accounts as \"CSV UTF-8\""));
        }
    }
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start();
    let first = text.lines().next().unwrap_or_default().trim_end();
    let of_cli = |output: &str| {
        Some(format!("it is what the AWS command line prints with --output {output}: {COMMAND}"))
    };
    if ["An error occurred (", "Unable to locate credentials", "usage: aws", "aws: error"]
        .iter()
        .any(|begin| text.starts_with(begin))
    {
        return Some(format!("it is an error that the AWS command line printed: {COMMAND}"));
    }
    if first.starts_with("ACCOUNTS\t") || first.starts_with("ACCOUNTLIST\t") {
        return of_cli("text");
    }
    if first.len() >= 8 && first.bytes().all(|byte| b"-+|".contains(&byte)) {
        return of_cli("table");
    }
    let key = first.trim_start_matches("- ");
    if first == "Accounts:" || ["Arn: ", "Id: ", "Email: "].iter().any(|name| key.starts_with(name)) {
        return of_cli("yaml");
    }
    if text.starts_with('<') {
        return Some(
            "it is a web page or XML: save the list of accounts as \"CSV UTF-8\", or as JSON".into(),
        );
    }
    if text.starts_with("[{'") || text.starts_with("{'") {
        return Some("it is a text of Python and no JSON: write it with json.dumps".into());
    }
    match form {
        Form::Csv if text.starts_with(['{', '[']) => {
            Some(format!("it looks like JSON: set {} to json", Setting::SourceKind))
        }
        Form::Json
            if text.starts_with(|c: char| c.is_alphabetic() || c == '"')
                && first.contains([',', ';', '\t']) =>
        {
            Some(format!("it looks like comma-separated values: set {} to csv", Setting::SourceKind))
        }
        Form::Csv | Form::Json => None,
    }
}
