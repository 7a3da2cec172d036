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
pub(crate) struct Arguments {
    /// The intent file; without one a built-in sample is used in memory, and ./onboard.toml on real endpoints.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where to work: a small organization in memory, or AWS and Harness as the environment says.
    #[arg(long, global = true, value_enum, default_value_t = BackendName::Memory)]
    pub(crate) backend: BackendName,
    /// What is done: upsert creates and changes, and is the default; sync also removes what is no longer wanted; mark only marks as
    /// ours what somebody else made and is in sync.
    #[arg(long, global = true, value_enum)]
    pub(crate) mode: Option<ModeName>,
    /// Also change roles and connectors that somebody else made, and mark them as ours.
    #[arg(long, global = true)]
    pub(crate) adopt: bool,
    /// Also search for roles that no setting and no connector leads to: list all roles of every account that lets anybody in. What is
    /// found is shown; with --mode sync and offboard, what is ours of it is removed.
    #[arg(long, global = true)]
    pub(crate) deep: bool,
    /// Print one JSON document instead of text.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say everything of every account in the text of a plan.
    #[arg(long, global = true)]
    pub(crate) full: bool,
    /// What to do; without it (in memory only) the whole way through.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

impl Arguments {
    /// The format that a command was given, where `--json` says the same as that of JSON.
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

    /// What is asked for here and not allowed by a plan that was made before.
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

/// What a JSON Schema is of.
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
    /// What `accounts --json` prints.
    Accounts,
}

/// How a plan is printed.
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

/// How the coverage of an organization is printed.
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
    /// Whether the intent file and its lists are valid, and which accounts it would choose of a list: without any credentials.
    Check {
        /// A list of the organization's accounts (CSV, or JSON where it is called so), such as an export of the console; else the
        /// lists that the intent file names.
        #[arg(long, value_name = "FILE")]
        accounts: Option<PathBuf>,
    },
    /// The JSON Schema of a file: of the intent file for editors, of what is printed for programs.
    Schema {
        /// Which file.
        #[arg(value_enum)]
        of: SchemaName,
    },
    /// Every account: its state and organizational unit, the rule that chose or skipped it and why, its connector.
    Accounts {
        /// What every rule says to this account, in place of the table.
        #[arg(long, value_name = "ID")]
        explain: Option<AccountId>,
    },
    /// How much of the organization is onboarded, and what Harness has stored of its connectors. Enters no account, tests nothing.
    Status {
        /// Also enter the accounts, and say which release of the permissions their roles match.
        #[arg(long)]
        releases: bool,
        /// How it is printed; --json means json.
        #[arg(long, value_enum, value_name = "FORMAT")]
        format: Option<StatusFormat>,
    },
    /// What would be done.
    Plan {
        /// How the plan is printed; --json means json.
        #[arg(long, value_enum, value_name = "FORMAT")]
        format: Option<Format>,
        /// Write the plan to this file, for `apply`.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Exit with 2 if there is anything to do.
        #[arg(long)]
        detailed_exitcode: bool,
        #[command(flatten)]
        fail_on: FailOn,
    },
    /// Does it.
    Apply {
        /// A plan that `plan --out` wrote; without it a new one is made.
        plan_file: Option<PathBuf>,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        fail_on: FailOn,
    },
    /// Harness' connection test of every onboarded account.
    Verify,
    /// An intent file from what exists, on stdout: accounts, connectors and roles are read, nothing is written. A plan with it has nothing
    /// to do but what its first lines list. Reads an intent file for the Harness account and the ways into accounts, if there is one.
    Init,
    /// The releases of the permissions; needs neither an intent nor a backend.
    Releases {
        /// What of them, if not their names.
        #[command(subcommand)]
        about: Option<Releases>,
    },
    /// Removes our connector and roles from accounts.
    Offboard {
        #[command(flatten)]
        which: Which,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

/// What somebody does not put up with.
#[derive(Args, Clone, Debug)]
pub(crate) struct FailOn {
    /// Exit with 1 if the plan has such a finding or withholds something for such a reason: a severity (risk, problem, note) or a kind
    /// as plans show them, such as wider-trust; several with commas. Nothing else changes: `apply` does what the plan says.
    #[arg(long = "fail-on", value_name = "KIND", value_delimiter = ',')]
    pub(crate) concerns: Vec<Concern>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Releases {
    /// What roles are granted in addition and no longer if one release takes the place of another.
    Diff {
        /// The release before.
        from: Release,
        /// The release after.
        to: Release,
    },
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct Which {
    /// This account; may be given several times.
    #[arg(long = "account", value_name = "ID")]
    pub(crate) accounts: Vec<AccountId>,
    /// Every account.
    #[arg(long)]
    pub(crate) all: bool,
}
