//! The built program's reading of a list of accounts in a file.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "memory.rs"]
mod memory;

use memory::{Place, Run};
use serde_json::Value;

/// A rule for each property that a list may leave out, and one for all other accounts.
pub(crate) const RULES: &str = r#"
[[rules]]
name = "payer"
management = true
skip = "the payer"

[[rules]]
name = "named"
names = ["shop"]
skip = "by its name"

[[rules]]
name = "rest"
features = ["visibility"]
"#;

pub(crate) struct Accounts(pub(crate) Value);

impl Accounts {
    pub(crate) fn entry(&self, id: &str) -> &Value {
        let found = self.0["accounts"].as_array().unwrap().iter().find(|entry| entry["account"]["id"] == id);
        found.unwrap_or_else(|| panic!("{id} is not in {}", self.0))
    }

    pub(crate) fn ids(&self) -> Vec<&str> {
        let entries = self.0["accounts"].as_array().unwrap().iter();
        entries.map(|entry| entry["account"]["id"].as_str().unwrap()).collect()
    }

    pub(crate) fn notes(&self) -> String {
        self.0["diagnostics"].to_string()
    }

    #[track_caller]
    pub(crate) fn noted(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.notes().contains(part), "{part} is not in {}", self.notes());
        }
    }
}

pub(crate) fn run(source: &str, rules: &str, files: &[(&str, &[u8])]) -> Run {
    let place = Place::new(1);
    let intent = format!("owner = \"finops\"\nharness = {{ account-id = \"sample\" }}\n{source}\n{rules}");
    place.write("onboard.toml", &intent);
    for (name, content) in files {
        std::fs::write(place.path(name), content).unwrap();
    }
    place.onboard(&["--json", "accounts"])
}

pub(crate) fn read(run: Run) -> Accounts {
    Accounts(serde_json::from_str(&run.exits(0).stdout).unwrap())
}

pub(crate) fn source(kind: &str) -> String {
    format!("[[sources]]\nkind = \"{kind}\"\nfile = \"list\"\n")
}

pub(crate) fn csv(text: &str) -> Accounts {
    read(run(&source("csv"), RULES, &[("list", text.as_bytes())]))
}

pub(crate) fn json(text: &str) -> Accounts {
    read(run(&source("json"), RULES, &[("list", text.as_bytes())]))
}

#[track_caller]
pub(crate) fn refused(kind: &str, text: &[u8], parts: &[&str]) {
    let run = run(&source(kind), RULES, &[("list", text)]).exits(1).says(parts).says(&["list"]);
    assert_eq!(run.stdout, "", "nothing was done");
}
