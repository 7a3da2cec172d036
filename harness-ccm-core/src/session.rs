//! Sessions that AWS STS opens: ours in the accounts, and Harness'.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How long a session lasts, in seconds: 900 to 43,200, and not longer than the assumed role permits (AWS STS API reference,
/// `AssumeRole`).
///
/// ```
/// use harness_ccm_core::session::SessionSeconds;
///
/// let two_hours = SessionSeconds::try_from(7_200)?;
/// assert_eq!(two_hours.get(), 7_200);
/// assert!(SessionSeconds::try_from(60).is_err(), "AWS opens no session that short");
/// # Ok::<(), harness_ccm_core::session::InvalidSessionSeconds>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "u32", into = "u32")]
pub struct SessionSeconds(u32);

/// A duration that AWS opens no session for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("AWS opens no session of this length: give 900 to 43200 seconds")]
pub struct InvalidSessionSeconds(());

impl SessionSeconds {
    /// One hour, the longest that AWS gives where one role assumes another.
    pub const CHAINED: Self = Self(3_600);

    /// The number of seconds.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for SessionSeconds {
    type Error = InvalidSessionSeconds;

    fn try_from(seconds: u32) -> Result<Self, Self::Error> {
        if (900..=43_200).contains(&seconds) { Ok(Self(seconds)) } else { Err(InvalidSessionSeconds(())) }
    }
}

impl From<SessionSeconds> for u32 {
    fn from(seconds: SessionSeconds) -> Self {
        seconds.0
    }
}

impl fmt::Display for SessionSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lasts_between_a_quarter_of_an_hour_and_half_a_day() {
        for good in [900, 43_200] {
            assert_eq!(serde_json::from_str::<SessionSeconds>(&good.to_string()).unwrap().get(), good);
        }
        for bad in [0, 899, 43_201] {
            let error = serde_json::from_str::<SessionSeconds>(&bad.to_string()).unwrap_err().to_string();
            assert!(error.starts_with("AWS opens no session of this length"), "{error}");
        }
    }
}
