//! What a backend knows of how it was made.

use harness_ccm_core::id::AccountId;

use crate::note::{Note, Notes};
use crate::region::RegionInUse;

/// Goes into explanations and notes, and decides nothing.
#[derive(Clone, Debug)]
pub(crate) struct Circumstances {
    pub(crate) region: RegionInUse,
    pub(crate) notes: Notes,
    pub(crate) passed_over: PassedOver,
    /// What to do when the credentials have ended, if it is known where they come from.
    pub(crate) renewal: Option<String>,
    /// How often a request is to be tried, if the environment says it.
    pub(crate) tries: Option<u32>,
}

/// What leads to credentials other than those in use.
#[derive(Clone, Debug, Default)]
pub(crate) struct PassedOver {
    pub(crate) passed: Vec<String>,
    /// What the credentials in use come from.
    pub(crate) used: String,
}

impl Circumstances {
    pub(crate) fn of_region(region: RegionInUse) -> Self {
        Self {
            region,
            notes: Notes::default(),
            passed_over: PassedOver::default(),
            renewal: None,
            tries: None,
        }
    }

    /// What to do about a refusal of the caller's own credentials, where the code alone does not say it.
    pub(crate) fn remedy(&self, code: &str) -> Option<String> {
        match code {
            _ if RegionInUse::is_about(code) => Some(self.region.remedy()),
            "ExpiredToken" | "ExpiredTokenException" => self.renewal.clone(),
            _ => None,
        }
    }

    /// Says what was passed over, once it is known whose credentials were taken in their place.
    pub(crate) fn tell_caller(&self, account: &AccountId) {
        let PassedOver { passed, used } = &self.passed_over;
        if !passed.is_empty() {
            let (passed, used, account) = (passed.clone(), used.clone(), account.clone());
            self.notes.tell(Note::PassedOver { passed, used, account });
        }
    }
}
