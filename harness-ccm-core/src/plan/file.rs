//! A plan as a file: versioned JSON.

use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use super::Plan;
use crate::limits::Limits;

/// The version of the form below. A file of another version is refused, not guessed at. 3: its kind comes first, and reasons are
/// data.
const FORMAT_VERSION: u32 = 3;

#[derive(Serialize)]
struct Writing<'a> {
    kind: &'static str,
    format_version: u32,
    /// For who reads it: nothing is decided by it.
    complete: bool,
    /// Likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<Judged>,
    #[serde(flatten)]
    plan: &'a Plan,
}

/// What limits say of a plan.
#[derive(Serialize)]
struct Judged {
    approved: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

#[derive(Deserialize)]
struct Head {
    kind: Option<String>,
    format_version: Option<u32>,
}

/// A text that is not a plan that this version can apply.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPlanFile {
    /// It is no JSON, or not a plan. Nothing of the text is told: it may be any file.
    #[error("not a plan file: line {line}, column {column}: {problem}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
        /// What is wrong, without the values that stand there.
        problem: &'static str,
    },
    /// It is a file of another kind.
    #[error("not a plan file: it does not begin as plans do, with the \"kind\" {:?}", Plan::KIND)]
    Kind,
    /// It was written by a version with another form of plans.
    #[error("the plan has format version {found}, this version applies {FORMAT_VERSION}: make the plan anew")]
    Version {
        /// The version in the file.
        found: u32,
    },
}

impl From<&serde_json::Error> for InvalidPlanFile {
    fn from(error: &serde_json::Error) -> Self {
        let problem = match error.classify() {
            Category::Syntax | Category::Io => "it is not JSON",
            Category::Eof => "it ends too early: it was cut off, or is empty",
            Category::Data => "it is JSON, but what stands there does not belong into a plan",
        };
        Self::Syntax { line: error.line().max(1), column: error.column().max(1), problem }
    }
}

impl Plan {
    /// The `kind` in a plan's JSON: how a file is known to be a plan of ours, see [`kind_of`](crate::files::kind_of).
    pub const KIND: &str = "harness-ccm plan";

    fn writing(&self, limits: Option<&Limits>) -> Writing<'_> {
        let judged = limits.map(|limits| self.judge(limits).err().map(|refusal| refusal.to_string()));
        Writing {
            kind: Self::KIND,
            format_version: FORMAT_VERSION,
            complete: self.is_complete(),
            limits: judged.map(|message| Judged { approved: message.is_none(), message }),
            plan: self,
        }
    }

    /// The plan as JSON with its `kind` and `format_version`, and whether it is [complete](Self::is_complete). Holds no secret.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self.writing(None)).unwrap_or_default()
    }

    /// The same as the text of a file, which begins with its `kind`.
    pub fn to_json_text(&self) -> String {
        serde_json::to_string_pretty(&self.writing(None)).unwrap_or_default()
    }

    /// The same, with what `limits` say of the plan.
    pub fn to_judged_json_text(&self, limits: &Limits) -> String {
        serde_json::to_string_pretty(&self.writing(Some(limits))).unwrap_or_default()
    }

    /// Reads what [`to_json`](Self::to_json) or [`to_json_text`](Self::to_json_text) wrote.
    pub fn from_json(text: &str) -> Result<Self, InvalidPlanFile> {
        let Head { kind, format_version } =
            serde_json::from_str(text).map_err(|error| InvalidPlanFile::from(&error))?;
        if kind.as_deref() != Some(Self::KIND) {
            return Err(InvalidPlanFile::Kind);
        }
        let found = format_version.unwrap_or_default();
        if found != FORMAT_VERSION {
            return Err(InvalidPlanFile::Version { found });
        }
        serde_json::from_str(text).map_err(|error| InvalidPlanFile::from(&error))
    }
}
