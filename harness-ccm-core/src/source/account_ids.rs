//! Account ids as consoles, spreadsheets and serializers show them.

use super::legible::is_invisible;
use super::value::shown;
use crate::id::AccountId;
use crate::setting::Setting;

/// The result of reading a text as an account id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IdText {
    /// All twelve digits.
    Whole(AccountId),
    /// 9 to 11 digits, and the id that they give with leading zeros: the id only if the text lost leading
    /// zeros.
    Short { padded: AccountId, digits: String },
    /// No id: empty, or text without a digit. The row is something else.
    NoId,
    /// The id of an account in another cloud.
    OfAzure,
    /// An unreadable text, and why.
    Wrong(String),
}

pub(super) fn read(given: &str) -> IdText {
    let digits = digits(given);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number && digits.len() == 12 && digits.bytes().all(|byte| byte == b'0') {
        return IdText::Wrong(format!("{digits} is not the id of an account: give the account's own id"));
    }
    if is_number && let Ok(id) = digits.parse() {
        return IdText::Whole(id);
    }
    if is_number {
        let padded = (9..12).contains(&digits.len()).then(|| format!("{digits:0>12}").parse().ok());
        return match padded.flatten() {
            Some(padded) => IdText::Short { padded, digits },
            None => IdText::Wrong(format!(
                "{} has {} digits, an AWS account id has 12",
                shown(&digits),
                digits.len()
            )),
        };
    }
    if digits.contains(['E', 'e']) && digits.replace(',', ".").parse::<f64>().is_ok() {
        return IdText::Wrong(
            "a spreadsheet has rounded the id, so digits are lost: format the column as text, and fill it in again".into(),
        );
    }
    if is_guid(&digits) {
        return IdText::OfAzure;
    }
    if !digits.chars().any(char::is_numeric) {
        return IdText::NoId;
    }
    // Twelve digits with an unknown character between or around them.
    if digits.chars().filter(char::is_ascii_digit).count() == 12 && !digits.chars().any(char::is_alphabetic) {
        return IdText::Wrong(
            "this is not an AWS account id, although it has 12 digits: write only the digits, and format the column as text".into(),
        );
    }
    IdText::Wrong(format!(
        "{} is not an AWS account id, which has 12 digits: for accounts of other clouds, add a column such as Vendor that names the cloud",
        shown(given)
    ))
}

/// Whether the text is an account id, possibly without its leading zeros.
pub(super) fn is_id(text: &str) -> bool {
    matches!(read(text), IdText::Whole(_) | IdText::Short { .. })
}

/// Whether the text is an account id with all its digits.
pub(super) fn is_whole(text: &str) -> bool {
    matches!(read(text), IdText::Whole(_))
}

/// Returns why a short id is refused if padding was not requested.
pub(super) fn too_short(digits: &str) -> String {
    let problem = format!(
        "{digits} has {} digits, an AWS account id has 12: format the column as text and fill it in again, or, if it lost leading zeros, set {}",
        digits.len(),
        Setting::PadIds
    );
    match octal(digits) {
        Some(octal) => format!("{problem}; {octal} without quotes in YAML gives {digits} too"),
        None => problem,
    }
}

/// Returns the id that became this number if a parser read its leading zero as the mark of octal digits, as YAML
/// does.
pub(super) fn octal(digits: &str) -> Option<String> {
    let octal = format!("0{:o}", digits.parse::<u64>().ok()?);
    (octal.len() == 12).then_some(octal)
}

/// The text without spaces, separators and quotes.
fn digits(given: &str) -> String {
    let invisible = |c: char| c.is_whitespace() || is_invisible(c);
    let inner = given.trim_matches(invisible);
    // `="012345678901"` and `'012345678901` are the ways to mark digits as text in a spreadsheet.
    let inner = inner.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(inner);
    let inner = inner.trim_start_matches(['\'', '\u{2019}']).trim_matches(invisible);
    // The groups that the AWS console shows, and that people write.
    let groups: Vec<&str> = inner.split(|c: char| c == '-' || c == '\u{2013}' || c.is_whitespace()).collect();
    if groups.len() == 3
        && groups.iter().all(|group| group.len() == 4 && group.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return groups.concat();
    }
    let number = inner.replace(',', ".");
    let Some((whole, fraction)) = number.split_once('.') else { return inner.to_owned() };
    let digits_only = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // `222233334444.0`: a gap in the column makes a spreadsheet library read it as numbers.
    if digits_only(whole) && digits_only(fraction) && fraction.bytes().all(|byte| byte == b'0') {
        return whole.to_owned();
    }
    // All digits are in the text.
    if let Some((fraction, exponent)) = fraction.split_once(['E', 'e'])
        && whole.len() == 1
        && digits_only(whole)
        && fraction.len() == 11
        && digits_only(fraction)
        && matches!(exponent, "11" | "+11")
    {
        return format!("{whole}{fraction}");
    }
    inner.to_owned()
}

/// Whether the text has the form of an Azure subscription id.
fn is_guid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_in_every_form_that_keeps_its_digits() {
        for given in [
            "031122004455",
            " 031122004455\u{a0}",
            "'031122004455",
            "\u{2019}031122004455",
            "=\"031122004455\"",
            "0311-2200-4455",
            "0311 2200 4455",
            "0311\u{a0}2200\u{a0}4455",
            "031122004455.0",
            "031122004455,00",
            "0.31122004455E+11",
            "\u{202a}031122004455\u{202c}",
            "\u{feff}031122004455",
        ] {
            assert_eq!(read(given), IdText::Whole("031122004455".parse().unwrap()), "{given:?}");
        }
        assert_eq!(read("2.22233334444E+11"), IdText::Whole("222233334444".parse().unwrap()));
    }

    #[test]
    fn an_error_about_an_id_that_lost_digits_says_how() {
        for (given, part) in [
            ("1.11122E+11", "a spreadsheet has rounded the id"),
            ("1,11122E+11", "a spreadsheet has rounded the id"),
            ("1E11", "a spreadsheet has rounded the id"),
            ("222233334444.5", "is not an AWS account id"),
            ("000000000000", "is not the id of an account"),
            ("111,122,223,333", "write only the digits"),
            ("111 122 223 333", "write only the digits"),
            ("1111\u{2011}2222\u{2011}3333", "write only the digits"),
            ("12345678", "has 8 digits"),
            ("1234567890123", "has 13 digits"),
            ("my-project-123", "add a column such as Vendor"),
            ("arn:aws:organizations::111122223333:account/o-a/1", "is not an AWS account id"),
        ] {
            let IdText::Wrong(problem) = read(given) else { panic!("{given}: {:?}", read(given)) };
            assert!(problem.contains(part), "{given}: {problem}");
        }
        let short = IdText::Short { padded: "003376941357".parse().unwrap(), digits: "3376941357".into() };
        assert_eq!(read("3376941357"), short);
        assert_eq!(read("3376941357.0"), short);
        assert!(too_short("3376941357").contains("031122004455 without quotes in YAML gives 3376941357 too"));
        assert!(!too_short("98765432109").contains("YAML"));
    }

    #[test]
    fn ids_of_other_clouds_and_texts_are_not_aws_accounts() {
        assert_eq!(read("3f2504e0-4f89-11d3-9a0c-0305e82c3301"), IdText::OfAzure);
        for given in ["", " ", "Total", "n/a", "-", "No linked account"] {
            assert_eq!(read(given), IdText::NoId, "{given:?}");
        }
    }
}
