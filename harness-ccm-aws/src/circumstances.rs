//! The properties of a backend's environment.

use harness_ccm_core::id::AccountId;

use crate::note::{Note, Notes};
use crate::region::RegionInUse;

/// Input of explanations and notes; no decision uses it.
#[derive(Clone, Debug)]
pub(crate) struct Circumstances {
    pub(crate) region: RegionInUse,
    pub(crate) notes: Notes,
    pub(crate) passed_over: PassedOver,
    /// The remedy for expired credentials, if their source is known.
    pub(crate) renewal: Option<String>,
    /// The maximum number of tries of a request, if the environment sets it.
    pub(crate) tries: Option<u32>,
}

/// Settings that lead to credentials other than those in use.
#[derive(Clone, Debug, Default)]
pub(crate) struct PassedOver {
    pub(crate) passed: Vec<String>,
    /// The source of the credentials in use.
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

    /// The remedy for a refusal of the caller's own credentials, if the code alone does not show it.
    pub(crate) fn remedy(&self, code: &str) -> Option<String> {
        match code {
            _ if RegionInUse::is_about(code) => Some(self.region.remedy()),
            "ExpiredToken" | "ExpiredTokenException" => self.renewal.clone(),
            _ => None,
        }
    }

    /// Notes the ignored settings, after the account of the credentials in use is known.
    pub(crate) fn tell_caller(&self, account: &AccountId) {
        let PassedOver { passed, used } = &self.passed_over;
        if !passed.is_empty() {
            let (passed, used, account) = (passed.clone(), used.clone(), account.clone());
            self.notes.tell(Note::PassedOver { passed, used, account });
        }
    }
}
