//! Recognizes files of another form than the configured one. The error says what the file is, and how to get
//! the right one.

use crate::setting::Setting;

/// The configured form of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Csv,
    Json,
}

/// The command that prints a list in a supported form.
pub(super) const COMMAND: &str = "`aws organizations list-accounts --output json` prints a supported list";
/// The command for lists whose values have no names.
pub(super) const NAMED_QUERY: &str =
    "name the values, as `--query 'Accounts[].{Id:Id,Name:Name,State:State,Arn:Arn}'` does";

/// Returns what is wrong with a file that begins like this, if it is certainly not of this form.
pub(super) fn problem(form: Form, start: &[u8]) -> Option<String> {
    for (begins, what) in [
        (&b"PK\x03\x04"[..], "a workbook or another archive"),
        (b"\xd0\xcf\x11\xe0", "an old workbook"),
        (b"\x1f\x8b", "a compressed file"),
        (b"BZh", "a compressed file"),
        (b"\x28\xb5\x2f\xfd", "a compressed file"),
        (b"\xfd7zXZ\0", "a compressed file"),
        (b"{\\rtf", "a word processor document (RTF)"),
        (b"SQLite format 3", "a database"),
        (b"version https://git-lfs", "a Git LFS pointer in place of the file"),
        (b"PAR1", "a Parquet file"),
        (b"%PDF", "a PDF document"),
    ] {
        if start.starts_with(begins) {
            return Some(format!("this is {what}: save the list of accounts as \"CSV UTF-8\""));
        }
    }
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start();
    let first = text.lines().next().unwrap_or_default().trim_end();
    let of_cli = |output: &str| {
        Some(format!("this is what the AWS command line prints with --output {output}: {COMMAND}"))
    };
    if ["An error occurred (", "Unable to locate credentials", "usage: aws", "aws: error"]
        .iter()
        .any(|begin| text.starts_with(begin))
    {
        return Some(format!("this is an error of the AWS command line: {COMMAND}"));
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
            "this is a web page or XML: save the list of accounts as \"CSV UTF-8\", or as JSON".into(),
        );
    }
    if text.starts_with("[{'") || text.starts_with("{'") {
        return Some("this is a Python value, not JSON: write it with json.dumps".into());
    }
    match form {
        Form::Csv if text.starts_with(['{', '[']) => {
            Some(format!("this looks like JSON: set {} to json", Setting::SourceKind))
        }
        Form::Json
            if text.starts_with(|c: char| c.is_alphabetic() || c == '"')
                && first.contains([',', ';', '\t']) =>
        {
            Some(format!("this looks like comma-separated values: set {} to csv", Setting::SourceKind))
        }
        Form::Csv | Form::Json => None,
    }
}
