//! Reads and writes a plan as a file of versioned JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use serde_json::{Map, Value, json};

use super::documents::{self, Sharing};
use super::{AccountPlan, Basis, Plan, PlanOptions, PlanRejected};
use crate::id::{AccountId, ConnectorId, HarnessAccountId, OwnerId};
use crate::intent::Diagnostic;
use crate::secret::without_keys;
use crate::text::visible;

const ACCOUNTS: &str = "accounts";
const DOCUMENTS: &str = "documents";

/// The version of the format below. A file of another version is refused. Version 3: the kind comes first, reasons are data,
/// and each policy document occurs once.
const FORMAT_VERSION: u32 = 3;

/// The result of limits and guards for a plan.
#[derive(Serialize)]
struct Judged<'a> {
    approved: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a PlanRejected>,
}

impl<'a> From<Option<&'a PlanRejected>> for Judged<'a> {
    fn from(refusal: Option<&'a PlanRejected>) -> Self {
        Self { approved: refusal.is_none(), message: refusal.map(ToString::to_string), refusal }
    }
}

/// A plan as stored in a file, without the parts for readers. Only [`Plan::from_json`] reads one.
#[derive(Deserialize)]
struct Stored {
    harness_account: HarnessAccountId,
    owner: OwnerId,
    options: PlanOptions,
    #[serde(default)]
    basis: Basis,
    accounts: BTreeMap<AccountId, AccountPlan>,
    #[serde(default)]
    unassigned: Vec<ConnectorId>,
    #[serde(default)]
    diagnostics: Vec<Diagnostic>,
}

impl From<Stored> for Plan {
    fn from(stored: Stored) -> Self {
        let Stored { harness_account, owner, options, basis, accounts, unassigned, diagnostics } = stored;
        Self { harness_account, owner, options, basis, accounts, unassigned, diagnostics }
    }
}

#[derive(Deserialize)]
struct Head {
    kind: Option<String>,
    format_version: Option<u32>,
}

/// The error for a text that is not a plan, or that is a plan of another format version.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidPlanFile {
    /// The text is not JSON, or is not a plan. The error contains no part of the text, because the text may be any file.
    #[error("not a plan file: line {line}, column {column}: {problem}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1.
        column: usize,
        /// The problem, without the values in the file.
        problem: &'static str,
    },
    /// The text is JSON, but contains a value that is not valid in a plan.
    #[error("not a plan file: the value at {} is not valid in a plan", visible(path))]
    Value {
        /// The path of the value: keys and positions.
        path: String,
    },
    /// The text is a file of another kind.
    #[error("not a plan file: it does not begin with the \"kind\" {:?}", Plan::KIND)]
    Kind,
    /// The plan has another format version: another version of this program wrote the file.
    #[error("the plan has format version {found}, this version applies {FORMAT_VERSION}: make a new plan")]
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
            Category::Data => "it is JSON, but this value is not valid in a plan",
        };
        Self::Syntax { line: error.line().max(1), column: error.column().max(1), problem }
    }
}

impl InvalidPlanFile {
    /// The keys in the path may be any text in the file.
    fn value(path: &str) -> Self {
        Self::Value { path: without_keys(path) }
    }
}

impl Plan {
    /// The value of `kind` in the JSON of a plan. This value identifies a plan file, see [`kind_of`](crate::files::kind_of).
    pub const KIND: &str = "harness-ccm plan";

    /// The value of `format_version` in the JSON of a plan.
    pub const FORMAT_VERSION: u32 = FORMAT_VERSION;

    fn written(&self, judged: Option<&Result<(), PlanRejected>>) -> String {
        let judged = judged.map(|judged| Judged::from(judged.as_ref().err()));
        let mut file = Lines::default();
        file.entry("kind", &json!(Self::KIND));
        file.entry("format_version", &json!(FORMAT_VERSION));
        // These two are for readers: no decision uses them.
        file.entry("complete", &json!(self.is_complete()));
        if let Some(judged) = judged {
            file.entry("limits", &json!(judged));
        }
        let Self { harness_account, owner, options, basis, accounts, unassigned, diagnostics } = self;
        file.entry("harness_account", &json!(harness_account));
        file.entry("owner", &json!(owner));
        file.entry("options", &json!(options));
        file.entry("basis", &json!(basis));
        let mut sharing = Sharing::default();
        // Maps of texts to texts: serialization cannot fail.
        let written: Vec<_> =
            accounts.iter().map(|(id, plan)| (id, sharing.written(id, plan).unwrap_or_default())).collect();
        file.many(DOCUMENTS, sharing.into_documents().iter().map(|(name, text)| (&**name, &**text)));
        file.many(ACCOUNTS, written.iter().map(|(id, text)| (id.as_str(), &**text)));
        if !unassigned.is_empty() {
            file.entry("unassigned", &json!(unassigned));
        }
        if !diagnostics.is_empty() {
            file.entry("diagnostics", &json!(diagnostics));
        }
        let releases = self.releases();
        if !releases.is_empty() {
            file.entry("releases", &json!(releases));
        }
        file.finish()
    }

    /// Returns the plan as JSON. The JSON contains `kind`, `format_version`, and `complete`, which is the result of
    /// [`is_complete`](Self::is_complete). The JSON contains no secret.
    ///
    /// The key `documents` contains each policy document once. In the documents, `${account}` replaces the id of the account.
    /// Roles refer to the documents by name.
    pub fn to_json(&self) -> Value {
        serde_json::from_str(&self.written(None)).unwrap_or_default()
    }

    /// Like [`to_json`](Self::to_json), but returns the text of a file. The text begins with `kind`. Each account and each
    /// document has its own line.
    pub fn to_json_text(&self) -> String {
        self.written(None)
    }

    /// Like [`to_json_text`](Self::to_json_text), but with the additional key `limits`. The value of this key is `judged`, the
    /// result of [`judge`](Self::judge) or [`judge_with`](Self::judge_with).
    pub fn to_judged_json_text(&self, judged: &Result<(), PlanRejected>) -> String {
        self.written(Some(judged))
    }

    /// Reads a plan from the output of [`to_json`](Self::to_json), [`to_json_text`](Self::to_json_text) or
    /// [`to_judged_json_text`](Self::to_judged_json_text).
    ///
    /// **Errors.** [`InvalidPlanFile`] if `text` is not such an output, or has another format version.
    pub fn from_json(text: &str) -> Result<Self, InvalidPlanFile> {
        // Windows editors and shells put a byte order mark at the beginning.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let Head { kind, format_version } =
            serde_json::from_str(text).map_err(|error| InvalidPlanFile::from(&error))?;
        if kind.as_deref() != Some(Self::KIND) {
            return Err(InvalidPlanFile::Kind);
        }
        let found = format_version.unwrap_or_default();
        if found != FORMAT_VERSION {
            return Err(InvalidPlanFile::Version { found });
        }
        let mut file: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| InvalidPlanFile::from(&error))?;
        let shared = file.remove(DOCUMENTS).unwrap_or_default();
        let shared = shared.as_object().ok_or_else(|| InvalidPlanFile::value(DOCUMENTS))?;
        if let Some(accounts) = file.get_mut(ACCOUNTS) {
            documents::put_back(accounts, shared)
                .map_err(|name| InvalidPlanFile::value(&format!("{DOCUMENTS}.{name}")))?;
        }
        serde_path_to_error::deserialize(Value::Object(file))
            .map(|stored: Stored| stored.into())
            .map_err(|error| InvalidPlanFile::value(&error.path().to_string()))
    }
}

/// A plan's JSON during writing: each of its thousands of parts is on its own line.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn begin(&mut self, key: &str) {
        self.0.push_str(if self.0.is_empty() { "{\n  \"" } else { ",\n  \"" });
        self.0.push_str(key);
        self.0.push_str("\": ");
    }

    fn entry(&mut self, key: &str, value: &Value) {
        self.begin(key);
        // A JSON text contains no raw line break.
        self.0.push_str(&format!("{value:#}").replace('\n', "\n  "));
    }

    /// An object, whose values are JSON and whose keys have letters and digits.
    fn many<'a>(&mut self, key: &str, entries: impl ExactSizeIterator<Item = (&'a str, &'a str)>) {
        self.begin(key);
        if entries.len() == 0 {
            self.0.push_str("{}");
            return;
        }
        for (number, (name, value)) in entries.enumerate() {
            let before = if number == 0 { "{" } else { "," };
            self.0.extend([before, "\n    \"", name, "\": ", value]);
        }
        self.0.push_str("\n  }");
    }

    fn finish(mut self) -> String {
        self.0.push_str("\n}");
        self.0
    }
}
