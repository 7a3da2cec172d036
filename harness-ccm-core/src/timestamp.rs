//! Points in time. The core reads no clock: each comes from a service, a file or the caller.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// A point in time, to the second.
///
/// Read from and written as ISO 8601 text with an offset (RFC 3339), as AWS writes times. A bare date is its first second in UTC.
///
/// ```
/// use harness_ccm_core::timestamp::Timestamp;
///
/// let time: Timestamp = "2026-01-31T01:30:00.250+01:00".parse()?;
/// assert_eq!(time.to_string(), "2026-01-31T00:30:00Z");
/// assert!("2026-01-31".parse::<Timestamp>()? < time);
/// # Ok::<(), harness_ccm_core::timestamp::InvalidTimestamp>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(extend("format" = "date-time")))]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(jiff::Timestamp);

/// A text or number that is no point in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a time: give a date such as 2026-01-31, or date and time such as 2026-01-31T12:00:00Z")]
pub struct InvalidTimestamp(());

impl Timestamp {
    /// From seconds since 1970 in UTC. Fails beyond the year 9999.
    pub fn from_unix_seconds(seconds: i64) -> Result<Self, InvalidTimestamp> {
        jiff::Timestamp::from_second(seconds).map(Self).map_err(|_| InvalidTimestamp(()))
    }

    /// From milliseconds since 1970 in UTC, as Harness writes times. Parts of a second are cut off. Fails beyond the year 9999.
    pub fn from_unix_milliseconds(milliseconds: i64) -> Result<Self, InvalidTimestamp> {
        Self::from_unix_seconds(milliseconds.div_euclid(1000))
    }

    /// Seconds since 1970 in UTC.
    pub fn as_unix_seconds(self) -> i64 {
        self.0.as_second()
    }
}

/// For a program that reads the clock: the core reads none. Parts of a second are cut off; fails beyond the year 9999.
impl TryFrom<SystemTime> for Timestamp {
    type Error = InvalidTimestamp;

    fn try_from(time: SystemTime) -> Result<Self, Self::Error> {
        let time = jiff::Timestamp::try_from(time).map_err(|_| InvalidTimestamp(()))?;
        Self::from_unix_seconds(time.as_second())
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidTimestamp(());
        let time: jiff::Timestamp = match text.len() {
            // A whole day, `2026-01-31`.
            10 => format!("{text}T00:00:00Z").parse(),
            _ => text.parse(),
        }
        .map_err(|_| invalid())?;
        Self::from_unix_seconds(time.as_second()).map_err(|_| invalid())
    }
}

impl TryFrom<String> for Timestamp {
    type Error = InvalidTimestamp;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in ["2026-01-31T12:00:00Z", "1969-12-31T23:59:59Z", "9999-12-30T00:00:00Z"] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
        }
        assert_eq!("2026-01-31".parse::<Timestamp>().unwrap().to_string(), "2026-01-31T00:00:00Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in
            ["", "2026-13-01", "2026-02-30", "yesterday", "31.01.2026", "2026-01-31T12:00:00", "1700000000"]
        {
            assert_eq!(text.parse::<Timestamp>(), Err(InvalidTimestamp(())));
        }
        assert!(Timestamp::from_unix_seconds(i64::MAX).is_err());
        assert!(Timestamp::from_unix_milliseconds(i64::MAX).is_err());
    }

    #[test]
    fn milliseconds_are_cut_to_the_second_before() {
        for (milliseconds, text) in [
            (1_663_417_632_999, "2022-09-17T12:27:12Z"),
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(Timestamp::from_unix_milliseconds(milliseconds).unwrap().to_string(), text);
        }
    }
}
