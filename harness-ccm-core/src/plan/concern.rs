use std::fmt;
use std::str::FromStr;

use super::{FindingKind, Plan, Severity, WithheldReason};

/// A part of a plan that a user does not accept: a kind of finding, a severity, or a kind of reason for which something is
/// withheld.
///
/// Findings and [held back](crate::intent::Hold) resources do not change the status of a run. A stricter pipeline checks the
/// plan:
///
/// ```
/// use harness_ccm_core::plan::{Concern, Plan};
///
/// fn is_acceptable(plan: &Plan) -> Result<bool, Box<dyn std::error::Error>> {
///     let concerns: [Concern; 2] = ["risk".parse()?, "duplicate-connector".parse()?];
///     Ok(concerns.iter().all(|concern| plan.raised_by(concern) == 0))
/// }
/// # let _ = is_acceptable;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Concern(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Severity(Severity),
    Finding(&'static str),
    Withheld(&'static str),
}

/// The error of a word that is not a concern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of finding or of reason: give one of {}", Concern::words().join(", "))]
pub struct UnknownConcern(());

const SEVERITIES: [Severity; 3] = [Severity::Risk, Severity::Problem, Severity::Note];

impl Concern {
    /// All valid words: severities, kinds of findings, kinds of reasons.
    pub fn words() -> Vec<&'static str> {
        let severities = SEVERITIES.iter().map(|severity| severity.name());
        severities.chain(FindingKind::NAMES).chain(WithheldReason::NAMES).collect()
    }
}

impl FromStr for Concern {
    type Err = UnknownConcern;

    fn from_str(word: &str) -> Result<Self, UnknownConcern> {
        let severity = SEVERITIES.into_iter().find(|severity| severity.name() == word).map(Kind::Severity);
        let named = |names: &[&'static str]| names.iter().copied().find(|name| *name == word);
        severity
            .or_else(|| named(&FindingKind::NAMES).map(Kind::Finding))
            .or_else(|| named(&WithheldReason::NAMES).map(Kind::Withheld))
            .map(Self)
            .ok_or(UnknownConcern(()))
    }
}

impl fmt::Display for Concern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self.0 {
            Kind::Severity(severity) => severity.name(),
            Kind::Finding(name) | Kind::Withheld(name) => name,
        })
    }
}

impl Plan {
    /// Returns the number of accounts with a finding or a withheld resource that `concern` names.
    pub fn raised_by(&self, Concern(concern): &Concern) -> usize {
        let accounts = self.accounts.values().filter(|account| match *concern {
            Kind::Severity(severity) => account.findings.iter().any(|finding| finding.severity == severity),
            Kind::Finding(name) => account.findings.iter().any(|finding| finding.kind.name() == name),
            Kind::Withheld(name) => account.withheld.iter().any(|withheld| withheld.reason.name() == name),
        });
        accounts.count()
    }
}
