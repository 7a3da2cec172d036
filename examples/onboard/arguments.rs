use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use harness_ccm_core::catalog::Release;
use harness_ccm_core::id::AccountId;
use harness_ccm_core::observe::RoleSearch;
use harness_ccm_core::plan::{Concern, Mode, PlanOptions};

use crate::Failure;

/// Brings every account of an AWS organization into Harness Cloud Cost Management.
#[derive(Debug, Parser)]
#[command(name = "onboard")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Arguments {
    /// The intent file; by default a built-in sample in memory, and ./onboard.toml with real services.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The backends: a small organization in memory, or AWS and Harness from the environment.
    #[arg(long, global = true, value_enum, default_value_t = BackendName::Memory)]
    pub(crate) backend: BackendName,
    /// The permitted changes: upsert creates and changes, and is the default; sync also removes resources that are no longer
    /// desired; mark only marks resources as ours that another tool or a person made and that are in sync.
    #[arg(long, global = true, value_enum)]
    pub(crate) mode: Option<ModeName>,
    /// Also change roles and connectors that another tool or a person made, and mark them as ours.
    #[arg(long, global = true)]
    pub(crate) adopt: bool,
    /// Also search for roles to which no setting and no connector leads: list all roles of every accessible account. The plan
    /// shows the roles that were found; with --mode sync and offboard, it removes those that are ours.
    #[arg(long, global = true)]
    pub(crate) deep: bool,
    /// Print one JSON document instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Show everything about every account in the text of a plan.
    #[arg(long, global = true)]
    pub(crate) full: bool,
    /// If stderr is not a terminal: the interval in seconds at which the current wait is printed.
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) progress_seconds: u64,
    /// The command; without one (in memory only) all steps from plan to verification.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Arguments {
    /// Returns the format that a command was given; `--json` means the same as the format JSON.
    pub(crate) fn format<T: Copy>(&self, given: Option<T>, text: T, json: T) -> Result<T, Failure> {
        match (given, self.json) {
            (Some(_), true) => Err(Failure("--json cannot be used with --format".into())),
            (Some(format), false) => Ok(format),
            (None, true) => Ok(json),
            (None, false) => Ok(text),
        }
    }

    pub(crate) fn plan_options(&self) -> PlanOptions {
        let options = PlanOptions::default().with_mode(self.mode.map_or(Mode::Upsert, Mode::from));
        let options = if self.deep { options.with_deep_search() } else { options };
        if self.adopt { options.with_adopt() } else { options }
    }

    /// Returns the option given here that a saved plan does not permit.
    pub(crate) fn contradicts(&self, plan: PlanOptions) -> Option<&'static str> {
        match self.mode {
            _ if self.adopt && !plan.adopt => Some("--adopt"),
            _ if self.deep && plan.search != RoleSearch::Deep => Some("--deep"),
            Some(ModeName::Upsert) if plan.mode != Mode::Upsert => Some("--mode upsert"),
            Some(ModeName::Sync) if plan.mode != Mode::Sync => Some("--mode sync"),
            Some(ModeName::Mark) if plan.mode != Mode::Mark => Some("--mode mark"),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BackendName {
    Memory,
    Live,
}

/// The subject of a JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaName {
    /// The intent file.
    Intent,
    /// A plan file, and `plan --json`.
    Plan,
    /// The report in `apply --json`.
    Apply,
    /// The verification in `verify --json`.
    Verify,
    /// The output of `accounts --json`.
    Accounts,
}

/// The format of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal.
    Text,
    /// For a pull request.
    Markdown,
    /// A page for a browser, in one file.
    Html,
    /// For programs.
    Json,
}

/// The format of the coverage of an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusFormat {
    /// For a terminal.
    Text,
    /// A page for a browser, in one file.
    Html,
    /// For programs.
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ModeName {
    Upsert,
    Sync,
    Mark,
}

impl From<ModeName> for Mode {
    fn from(name: ModeName) -> Self {
        match name {
            ModeName::Upsert => Self::Upsert,
            ModeName::Sync => Self::Sync,
            ModeName::Mark => Self::Mark,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check whether the intent file and its lists are valid, and which accounts of a list it would choose: without any
    /// credentials.
    Check {
        /// A list of the organization's accounts (CSV, or JSON if its name ends so), such as an export of the console; by
        /// default the lists that the intent file names.
        #[arg(long, value_name = "FILE")]
        accounts: Option<PathBuf>,
    },
    /// Print the JSON Schema of a file: of the intent file for editors, of the output for programs.
    Schema {
        /// The file.
        #[arg(value_enum)]
        of: SchemaName,
    },
    /// List every account: its state and organizational unit, the rule that chose or skipped it and why, its connector.
    Accounts {
        /// Show the result of every rule for this account instead of the table.
        #[arg(long, value_name = "ID")]
        explain: Option<AccountId>,
    },
    /// Show how much of the organization is onboarded, and the stored state of its connectors at Harness. Accesses no account,
    /// tests nothing.
    Status {
        /// Also access the accounts, and show which release of the permissions their roles match.
        #[arg(long)]
        releases: bool,
        /// The format; --json means json.
        #[arg(long, value_enum, value_name = "FORMAT")]
        format: Option<StatusFormat>,
    },
    /// Show the changes without making them.
    Plan {
        /// The format; --json means json.
        #[arg(long, value_enum, value_name = "FORMAT")]
        format: Option<Format>,
        /// Write the plan to this file, for `apply`.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Exit with 2 if there are changes.
        #[arg(long)]
        detailed_exitcode: bool,
        #[command(flatten)]
        fail_on: FailOn,
    },
    /// Make the changes.
    Apply {
        /// A plan that `plan --out` wrote; by default a new one is made.
        plan_file: Option<PathBuf>,
        /// Do not ask for confirmation.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        fail_on: FailOn,
    },
    /// Run Harness' connection test of every onboarded account.
    Verify,
    /// Print an intent file drafted from existing accounts, connectors and roles; nothing is written. A plan with it only has
    /// the changes that its first lines list. Reads an intent file for the Harness account and the routes into accounts, if
    /// there is one.
    Init,
    /// Show the releases of the permissions; needs neither an intent nor a backend.
    Releases {
        /// The details to show instead of their names.
        #[command(subcommand)]
        about: Option<Releases>,
    },
    /// Remove our connector and roles from accounts.
    Offboard {
        #[command(flatten)]
        which: Which,
        /// Do not ask for confirmation.
        #[arg(long)]
        yes: bool,
    },
}

/// The parts of a plan that a user does not accept.
#[derive(Args, Clone, Debug)]
pub(crate) struct FailOn {
    /// Exit with 1 if the plan has such a finding or withholds something for such a reason: a severity (risk, problem, note) or
    /// a kind as shown in plans, such as wider-trust; several with commas. Nothing else changes: `apply` still applies the
    /// plan.
    #[arg(long = "fail-on", value_name = "KIND", value_delimiter = ',')]
    pub(crate) concerns: Vec<Concern>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Releases {
    /// Show the permissions that roles gain and lose if one release replaces the other.
    Diff {
        /// The old release.
        from: Release,
        /// The new release.
        to: Release,
    },
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct Which {
    /// This account; may be repeated.
    #[arg(long = "account", value_name = "ID")]
    pub(crate) accounts: Vec<AccountId>,
    /// Every account.
    #[arg(long)]
    pub(crate) all: bool,
}
