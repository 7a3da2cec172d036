//! Times as in requests and responses.

use std::time::{Duration, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::wire::failure::Failure;

/// The maximum age of a signature.
const OLDEST: Duration = Duration::from_mins(15);
/// The maximum time by which it may be ahead of the server's.
const EARLIEST: Duration = Duration::from_mins(5);

pub(crate) fn iso(time: SystemTime) -> String {
    DateTime::from(time).fmt(Format::DateTime).unwrap()
}

/// In the format of the header `Date`.
pub(crate) fn http(time: SystemTime) -> String {
    let whole = DateTime::from_secs(DateTime::from(time).secs());
    whole.fmt(Format::HttpDate).unwrap()
}

fn compact(time: SystemTime) -> String {
    let whole = DateTime::from_secs(DateTime::from(time).secs());
    whole.fmt(Format::DateTime).unwrap().replace(['-', ':'], "")
}

/// The time of the header `X-Amz-Date`, such as `20261126T080000Z`.
fn signed_at(header: &str) -> Option<SystemTime> {
    let part = |from: usize, to: usize| header.get(from..to);
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(9, 11)?,
        part(11, 13)?,
        part(13, 15)?
    );
    SystemTime::try_from(DateTime::from_str(&text, Format::DateTime).ok()?).ok()
}

/// Refuses requests that were signed at another time than the server's.
pub(crate) fn check_signed(header: &str, now: SystemTime, code: &str) -> Result<(), Failure> {
    let Some(signed) = signed_at(header) else {
        return Err(Failure::new(
            403,
            "IncompleteSignature",
            format!("Date must be in ISO-8601 'basic format'. Got '{header}'."),
        ));
    };
    let (oldest, earliest) = (now - OLDEST, now + EARLIEST);
    let message = if signed < oldest {
        format!(
            "Signature expired: {header} is now earlier than {} ({} - 15 min.)",
            compact(oldest),
            compact(now)
        )
    } else if signed > earliest {
        format!(
            "Signature not yet current: {header} is still later than {} ({} + 5 min.)",
            compact(earliest),
            compact(now)
        )
    } else {
        return Ok(());
    };
    Err(Failure::new(403, code, message))
}
