//! Parses times as consoles, scripts and serializers write them.

use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::fmt::strtime;
use jiff::tz::Offset;

use crate::timestamp::Timestamp;

/// The result of parsing a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeText {
    Known(Timestamp),
    /// The text has no offset, so it is read as UTC.
    AssumedUtc(Timestamp),
    /// The text is not an unambiguous time.
    Unreadable,
}

/// Formats with an offset: those of browsers (the export of the Organizations console), of Go and scripts, and of consoles.
const WITH_OFFSET: [&str; 5] = [
    "%a %b %d %Y %H:%M:%S GMT%z",
    "%Y-%m-%d %H:%M:%S%.f %z",
    "%Y-%m-%dT%H:%M:%S%.f%z",
    "%B %d, %Y, %H:%M (UTC%:z)",
    "%B %d, %Y, %H:%M:%S (UTC%:z)",
];

/// Formats without an offset. All of them name or order day and month unambiguously.
const WITHOUT_OFFSET: [&str; 6] = [
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%a %b %d %Y %H:%M:%S",
    "%d %b %Y %H:%M:%S",
    "%B %d, %Y, %H:%M:%S",
];

pub(super) fn read(text: &str) -> TimeText {
    match written(text.trim()) {
        TimeText::Known(time) | TimeText::AssumedUtc(time) if !is_possible(time) => TimeText::Unreadable,
        time => time,
    }
}

/// Whether the time is after the start of AWS in 2006. Programs write the first or last time they support in
/// place of a missing one.
fn is_possible(time: Timestamp) -> bool {
    const FIRST: i64 = 1_136_073_600;
    const LAST: i64 = 4_102_444_800;
    (FIRST..LAST).contains(&time.as_unix_seconds())
}

fn written(text: &str) -> TimeText {
    if let Some(time) = number(text) {
        return time;
    }
    if let Ok(time) = text.parse() {
        return TimeText::Known(time);
    }
    // The name of the time zone is in the language of the browser.
    let bare = match text.split_once(" (") {
        Some((before, zone)) if zone.ends_with(')') && !zone.starts_with("UTC") => before,
        _ => text,
    };
    let utc = [" UTC", " GMT"].iter().find_map(|zone| bare.strip_suffix(zone));
    let offset = WITH_OFFSET.iter().find_map(|format| {
        [Some(bare), utc]
            .into_iter()
            .flatten()
            .find_map(|text| strtime::parse(format, text).ok()?.to_timestamp().ok())
    });
    let offset = offset.or_else(|| DateTimeParser::new().parse_timestamp(bare).ok());
    if let Some(time) = offset.and_then(|time| Timestamp::from_unix_seconds(time.as_second()).ok()) {
        return TimeText::Known(time);
    }
    let civil = utc.unwrap_or(bare);
    let civil = civil.parse::<DateTime>().ok().or_else(|| {
        WITHOUT_OFFSET.iter().find_map(|format| strtime::parse(format, civil).ok()?.to_datetime().ok())
    });
    let time = civil
        .and_then(|time| Offset::UTC.to_timestamp(time).ok())
        .and_then(|time| Timestamp::from_unix_seconds(time.as_second()).ok());
    match time {
        Some(time) if utc.is_some() => TimeText::Known(time),
        Some(time) => TimeText::AssumedUtc(time),
        None => TimeText::Unreadable,
    }
}

/// Reads seconds or milliseconds since 1970. Ten and thirteen digits mean years from 2001 on; other numbers have another meaning,
/// such as the days of a spreadsheet. `None` if the text is not a number.
fn number(text: &str) -> Option<TimeText> {
    // The form of .NET. The digits after the sign are the offset of the writer, which does not change the
    // time.
    let millis = text.strip_prefix("/Date(").and_then(|rest| rest.strip_suffix(")/"));
    let text = millis.map_or(text, |millis| millis.split(['+', '-']).next().unwrap_or_default());
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return millis.map(|_| TimeText::Unreadable);
    }
    let number = whole.parse::<i64>().ok();
    let seconds = match (whole.len(), millis) {
        (10, None) => number,
        (13, _) | (12, Some(_)) => number.map(|millis| millis / 1000),
        _ => None,
    };
    let time = seconds.and_then(|seconds| Timestamp::from_unix_seconds(seconds).ok());
    Some(time.map_or(TimeText::Unreadable, TimeText::Known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(text: &str) -> TimeText {
        TimeText::Known(text.parse().unwrap())
    }

    #[test]
    fn times_with_an_offset_are_read_in_every_form() {
        for text in [
            "Tue Feb 04 2025 09:15:00 GMT+0100 (Central European Standard Time)",
            "Tue Feb 04 2025 09:15:00 GMT+0100 (Mitteleuropäische Normalzeit)",
            "Tue Feb 04 2025 08:15:00 GMT+0000 (Coordinated Universal Time)",
            "Tue Feb 04 2025 09:15:00 GMT+0100",
            "Tue, 04 Feb 2025 08:15:00 GMT",
            "Tue, 4 Feb 2025 09:15:00 +0100",
            "2025-02-04T08:15:00Z",
            "2025-02-04T08:15:00.123456+00:00",
            "2025-02-04 08:15:00+00:00",
            "2025-02-04T09:15:00.123+0100",
            "2025-02-04 08:15:00.000000 +0000 UTC",
            "2025-02-04 08:15:00 UTC",
            "February 04, 2025, 09:15 (UTC+01:00)",
            "1738656900",
            "1738656900.25",
            "1738656900000",
            "/Date(1738656900000)/",
            "/Date(1738656900000+0100)/",
        ] {
            assert_eq!(read(text), known("2025-02-04T08:15:00Z"), "{text}");
        }
        assert_eq!(read("2025-02-04"), known("2025-02-04T00:00:00Z"));
    }

    #[test]
    fn times_without_an_offset_count_as_utc() {
        for text in [
            "2025-02-04 08:15:00",
            "2025-02-04T08:15:00",
            "2025-02-04T08:15:00.5",
            "2025-02-04 08:15",
            "2025/02/04 08:15:00",
            "Tue Feb 04 2025 08:15:00",
            "04 Feb 2025 08:15:00",
            "February 04, 2025, 08:15:00",
        ] {
            assert_eq!(read(text), TimeText::AssumedUtc("2025-02-04T08:15:00Z".parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn ambiguous_times_are_not_guessed_at() {
        for text in [
            "",
            "04/02/2025",
            "2/4/2025 9:15:00 AM",
            "31.01.2025",
            "yesterday",
            "0001-01-01T00:00:00Z",
            "1970-01-01",
            "1970-01-01T00:00:00Z",
            "1899-12-30",
            "9999-12-31T23:59:59Z",
            "/Date(-62135596800000)/",
            "45692",
            "45692.34375",
            "20250204",
            "0",
            "/Date()/",
            "/Date(x)/",
            "Mon Feb 04 2025 09:15:00 GMT+0100",
            "2025-02-30",
            "99999999999999999999",
        ] {
            assert_eq!(read(text), TimeText::Unreadable, "{text}");
        }
    }
}
