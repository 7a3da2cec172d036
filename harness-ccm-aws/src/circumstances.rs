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
}

/// Variables that lead to credentials other than those in use.
#[derive(Clone, Debug, Default)]
pub(crate) struct PassedOver {
    pub(crate) variables: Vec<&'static str>,
    /// What the credentials in use come from.
    pub(crate) used: String,
}

impl Circumstances {
    pub(crate) fn of_region(region: RegionInUse) -> Self {
        Self { region, notes: Notes::default(), passed_over: PassedOver::default() }
    }

    /// Says which variables were passed over, once it is known whose credentials were taken in their place.
    pub(crate) fn tell_caller(&self, account: &AccountId) {
        let PassedOver { variables, used } = &self.passed_over;
        if !variables.is_empty() {
            let (variables, used, account) = (variables.clone(), used.clone(), account.clone());
            self.notes.tell(Note::PassedOver { variables, used, account });
        }
    }
}
