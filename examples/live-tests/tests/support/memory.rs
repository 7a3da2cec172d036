//! The built program in memory, with a list of accounts in a file.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// An organization in `accounts.csv`, whose listings are stored in `kept.json`.
pub(crate) const INTENT: &str = r#"
owner = "finops"
harness = { account-id = "sample" }
organization = { id = "o-acmesample" }

[[sources]]
kind = "csv"
file = "accounts.csv"

[listing]
keep = "kept.json"

[[rules]]
name = "all"
features = ["visibility"]
"#;

/// A folder with an intent file and the accounts that it names.
pub(crate) struct Place(pub(crate) TempDir);

/// The result of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.stderr.contains(part), "{part} is not in {}", self.stderr);
        }
        self
    }
}

impl Run {
    /// Returns the output with its wrapped lines joined.
    pub(crate) fn words(&self) -> String {
        self.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let utf8 = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: utf8(output.stdout), stderr: utf8(output.stderr) }
    }
}

impl Place {
    pub(crate) fn new(accounts: u64) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.write("onboard.toml", INTENT);
        place.list(accounts);
        place
    }

    /// Reduces or extends the list to this many accounts. The first twelve are those of the sample, which are accessible,
    /// except for one that is suspended there; here it is closed, so that nothing is expected of it.
    pub(crate) fn list(&self, accounts: u64) {
        let line = |number| {
            let state = if number == 8 { "CLOSED" } else { "ACTIVE" };
            let id = format!("1000000000{number:02}");
            format!(
                "{id},team {number},{state},arn:aws:organizations::100000000001:account/o-acmesample/{id}\n"
            )
        };
        let lines: String = (1..=accounts).map(line).collect();
        self.write("accounts.csv", &format!("id,name,state,arn\n{lines}"));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        std::fs::symlink_metadata(self.path(name)).is_ok()
    }

    /// Returns the content of the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// A command that runs in the folder.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(self.0.path()).env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
        command
    }

    /// Runs the program with the intent file of the folder.
    pub(crate) fn onboard(&self, arguments: &[&str]) -> Run {
        self.run(&[&["--config", "onboard.toml"], arguments].concat())
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.command(program()).args(arguments).output().unwrap().into()
    }

    /// Runs a line of shell, in which `$onboard` is the program.
    pub(crate) fn shell(&self, line: &str) -> Run {
        self.command("bash").arg("-c").arg(line).env("onboard", program()).output().unwrap().into()
    }
}

/// The example as it was built together with this test.
pub(crate) fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("examples/onboard");
    assert!(
        program.exists(),
        "run the tests with `cargo test --workspace`: {} is not built",
        program.display()
    );
    program
}
