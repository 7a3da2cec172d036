use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use harness_ccm_core::apply::{ApplyOptions, Report, StopSignal};
use harness_ccm_core::catalog::Release;
use harness_ccm_core::id::AccountId;
use harness_ccm_core::intent::Choice;
use harness_ccm_core::limits::Limits;
use harness_ccm_core::pipeline::PipelineError;
use harness_ccm_core::plan::{ApprovedPlan, Plan};
use harness_ccm_core::render::PlanText;
use harness_ccm_core::report::{Coverage, Explanation, Roster};
use harness_ccm_core::text::{number_of, visible, visible_json, visible_lines};
use serde_json::{Value, json};

use crate::arguments::{Arguments, BackendName, Command, FailOn, Format, Releases, StatusFormat};
use crate::files::plan_file;
use crate::progress::Progress;
use crate::read::read_plan;
use crate::session::{Listings, Session};
use crate::signals::Drain;
use crate::{Failure, check, output, unplanned};

pub(crate) const SUCCESS: u8 = 0;
const FAILURE: u8 = 1;
const CHANGES: u8 = 2;

/// The version of every JSON document except a plan's own.
pub(crate) const FORMAT_VERSION: u32 = 1;

/// Runs the command and returns the exit code.
pub(crate) async fn run(arguments: Arguments) -> Result<u8, Failure> {
    if arguments.command.is_none() && arguments.backend == BackendName::Live {
        return Err(Failure(
            "say what to do: accounts, status, plan, apply, verify or offboard (--help)".into(),
        ));
    }
    match &arguments.command {
        Some(Command::Releases { about }) => return releases(about.as_ref(), arguments.json),
        Some(Command::Check { accounts }) => {
            return check::check(&arguments, accounts.as_deref()).await;
        }
        Some(Command::Schema { of }) => return check::schema(*of),
        _ => {}
    }
    let mut session = open(&arguments).await?;
    session.pipeline = session.pipeline.with_plan_options(arguments.plan_options());
    match &arguments.command {
        None | Some(Command::Check { .. } | Command::Schema { .. }) => whole_way(&session, &arguments).await,
        Some(Command::Accounts { explain }) => accounts(&session, explain.as_ref(), arguments.json).await,
        Some(Command::Status { format, releases }) => {
            let format = arguments.format(*format, StatusFormat::Text, StatusFormat::Json)?;
            let desired = session.config.intent.resolve(session.list_with_units().await?)?;
            let coverage = if *releases {
                session.with_connectors(session.pipeline.coverage_with_releases_for(&desired)).await
            } else {
                session.with_connectors(session.pipeline.coverage_for(&desired)).await
            };
            status(&coverage.map_err(unplanned)?, format)
        }
        Some(Command::Plan { format, out, detailed_exitcode, fail_on }) => {
            let format = arguments.format(*format, Format::Text, Format::Json)?;
            let (plan, code) = plan(&session, &arguments, format, out.as_deref(), *detailed_exitcode).await?;
            Ok(judged(&plan, fail_on, code))
        }
        Some(Command::Apply { plan_file, yes, fail_on }) => {
            let approved = approved(&session, &arguments, plan_file.as_deref()).await?;
            let code = confirm_and_apply(&session, &arguments, &approved, *yes, Listed::Accept).await?;
            Ok(judged(approved.plan(), fail_on, code))
        }
        Some(Command::Releases { about }) => releases(about.as_ref(), arguments.json),
        Some(Command::Init) => init(&session, arguments.json).await,
        Some(Command::Verify) => verify(&session, arguments.json).await,
        Some(Command::Offboard { which, yes }) => {
            let which = if which.all { None } else { Some(which.accounts.iter().cloned().collect()) };
            offboard(&session, &arguments, which, *yes).await
        }
    }
}

/// The backends that the arguments name.
#[cfg_attr(not(feature = "live"), expect(clippy::unused_async, reason = "live backends are waited for"))]
async fn open(arguments: &Arguments) -> Result<Session, Failure> {
    let config = arguments.config.as_deref();
    let progress = Progress::new(Duration::from_secs(arguments.progress_seconds));
    let listings = match arguments.command {
        // An old listing does not contain accounts that joined since: the report would not name those that stay.
        Some(Command::Offboard { .. }) => Listings::New,
        _ => Listings::KeptToo,
    };
    match arguments.backend {
        BackendName::Memory => Session::memory(config, listings, progress),
        #[cfg(feature = "live")]
        BackendName::Live => {
            let needs_file = !matches!(arguments.command, Some(Command::Init));
            crate::live::open(config, listings, needs_file, progress).await
        }
        #[cfg(not(feature = "live"))]
        BackendName::Live => {
            Err(Failure("this build has no live backends: run it with --features live".into()))
        }
    }
}

async fn init(session: &Session, as_json: bool) -> Result<u8, Failure> {
    let draft = session.draft().await?;
    let file = draft.to_toml(&session.config)?;
    if as_json {
        print(&json!({ "format_version": FORMAT_VERSION, "file": file, "draft": draft.to_json() }))?;
    } else {
        output::data(&visible_lines(&file))?;
    }
    Ok(SUCCESS)
}

/// Prints the releases of the permissions, or the changes from one to another.
fn releases(about: Option<&Releases>, as_json: bool) -> Result<u8, Failure> {
    match (about, as_json) {
        (None, false) => Release::ALL.iter().try_for_each(|release| output::line(&release.as_str()))?,
        (None, true) => print(&json!({
            "format_version": FORMAT_VERSION, "releases": Release::ALL, "current": Release::NEWEST
        }))?,
        (Some(Releases::Diff { from, to }), false) => output::data(&from.diff(*to))?,
        (Some(Releases::Diff { from, to }), true) => {
            print(&json!({ "format_version": FORMAT_VERSION, "diff": from.diff(*to) }))?;
        }
    }
    Ok(SUCCESS)
}

/// Plans, applies, verifies, and makes a second plan that must be empty.
async fn whole_way(session: &Session, arguments: &Arguments) -> Result<u8, Failure> {
    let desired = session.desired().await?;
    let plan = session.with_connectors(session.pipeline.plan_for(&desired)).await.map_err(unplanned)?;
    let text = !arguments.json;
    if text {
        show(&plan, arguments)?;
    }
    let approved = session.pipeline.check(plan.clone())?;
    session.accept(&approved);
    let report = carry_out(session, &approved).await?;
    if text {
        output::data(&format_args!("\n{report}"))?;
    }
    let verification =
        session.with_connectors(session.pipeline.verify_for(&desired)).await.map_err(unplanned)?;
    if text {
        output::data(&format_args!("{verification}\nThe second plan:\n"))?;
    }
    let second = session.with_connectors(session.pipeline.plan_for(&desired)).await.map_err(unplanned)?;
    if text {
        show(&second, arguments)?;
    } else {
        print(&json!({
            "format_version": FORMAT_VERSION,
            "plan": plan.to_json(),
            "report": report,
            "verification": verification,
            "second_plan": second.to_json(),
        }))?;
    }
    // Accounts without a connector to test were withheld by the plan, and are not a failure of the run itself.
    let tested = verification.passed() == verification.connectors.len();
    let good = report.status().is_success() && tested && !second.has_changes();
    Ok(if good { SUCCESS } else { FAILURE })
}

async fn accounts(session: &Session, explain: Option<&AccountId>, as_json: bool) -> Result<u8, Failure> {
    let desired = session.config.intent.resolve(session.list_with_units().await?)?;
    if let Some(id) = explain {
        let account = desired
            .accounts()
            .get(id)
            .ok_or_else(|| Failure(format!("account {id} is not among the accounts of the source")))?;
        let explanation = Explanation::of(account, &session.config.intent.rules);
        if as_json {
            print(&json!({ "format_version": FORMAT_VERSION, "explanation": explanation }))?;
        } else {
            output::data(&explanation)?;
        }
        return Ok(SUCCESS);
    }
    let roster = Roster::new(&desired, &session.config.intent.rules);
    let (roster, code) = match session.with_connectors(session.connectors.list_connectors()).await {
        Ok(connectors) => (roster.with_connectors(&desired, &connectors), SUCCESS),
        Err(error) => {
            output::note(&format_args!(
                "error: connectors are shown as they would be called: {}",
                error.report()
            ));
            (roster, FAILURE)
        }
    };
    if as_json {
        print(&json!(roster))?;
    } else {
        output::data(&roster)?;
        for diagnostic in &roster.diagnostics {
            output::note(&format_args!("note: {}", visible(&diagnostic.to_string())));
        }
    }
    Ok(code)
}

fn status(coverage: &Coverage, format: StatusFormat) -> Result<u8, Failure> {
    match format {
        StatusFormat::Text => output::data(coverage)?,
        StatusFormat::Html => output::data(&coverage.page())?,
        StatusFormat::Json => print(&json!(coverage))?,
    }
    Ok(SUCCESS)
}

async fn plan(
    session: &Session,
    arguments: &Arguments,
    format: Format,
    out: Option<&Path>,
    detailed: bool,
) -> Result<(Plan, u8), Failure> {
    let out = out.map(plan_file).transpose()?;
    let desired = session.desired().await?;
    let plan = session.with_connectors(session.pipeline.plan_for(&desired)).await.map_err(unplanned)?;
    let judged = session.pipeline.judge(&plan);
    let text = plan.to_judged_json_text(&judged);
    if let Some(file) = out {
        file.write(&format!("{text}\n"))?;
    }
    match format {
        Format::Json => output::line(&visible_json(&text))?,
        Format::Html => output::data(&plan.page())?,
        Format::Markdown => output::data(&plan.markdown())?,
        Format::Text => show(&plan, arguments)?,
    }
    let judgement = match &judged {
        Ok(()) if plan.has_changes() => Some("The limits approve this plan.".to_owned()),
        Ok(()) => None,
        Err(refusal) => Some(format!("The limits refuse this plan: {refusal}.")),
    };
    // JSON contains it, and a page or a comment is a separate document.
    match (format, judgement) {
        (Format::Text, Some(judgement)) => output::line(&judgement)?,
        (Format::Markdown | Format::Html, Some(judgement)) => output::note(&judgement),
        (Format::Json, _) | (_, None) => {}
    }
    let code = match (detailed, plan.has_changes() && judged.is_ok()) {
        (true, true) => CHANGES,
        _ if judged.is_ok() && plan.is_complete() => SUCCESS,
        _ => FAILURE,
    };
    Ok((plan, code))
}

/// The exit code after `--fail-on` is evaluated.
fn judged(plan: &Plan, FailOn { concerns }: &FailOn, code: u8) -> u8 {
    let mut judged = code;
    for concern in concerns {
        let accounts = plan.raised_by(concern);
        if accounts > 0 {
            judged = FAILURE;
            output::note(&format_args!("--fail-on {concern}: {}", number_of(accounts, "account")));
        }
    }
    judged
}

/// The part of a plan to apply: all of a new plan, or its common part with a saved one.
async fn approved(
    session: &Session,
    arguments: &Arguments,
    plan_file: Option<&Path>,
) -> Result<ApprovedPlan, Failure> {
    Ok(if let Some(path) = plan_file {
        let saved = saved(arguments, path)?;
        let about = |error: PipelineError| Failure(format!("{}: {}", path.display(), error.report()));
        session.pipeline.check_intent_of(&saved).map_err(|error| about(error.into()))?;
        let desired = session.desired().await?;
        session.with_connectors(session.pipeline.check_saved(&saved, &desired)).await.map_err(about)?
    } else {
        let desired = session.desired().await?;
        session
            .pipeline
            .check(session.with_connectors(session.pipeline.plan_for(&desired)).await.map_err(unplanned)?)?
    })
}

fn saved(arguments: &Arguments, path: &Path) -> Result<Plan, Failure> {
    let about = |text: &str| Failure(format!("{}: {text}", path.display()));
    let saved = Plan::from_json(&read_plan(path)?).map_err(|error| {
        let Failure(text) = error.into();
        about(&text)
    })?;
    match arguments.contradicts(saved.options()) {
        Some(option) => Err(about(&format!(
            "the plan was not made with {option}: leave it out, or make a new plan with it; nothing was written"
        ))),
        None => Ok(saved),
    }
}

/// The use of the listing on which a plan was based.
#[derive(Clone, Copy, Debug)]
enum Listed {
    /// Later listings are compared with it.
    Accept,
    /// It does not show which accounts are missing.
    Leave,
}

async fn confirm_and_apply(
    session: &Session,
    arguments: &Arguments,
    approved: &ApprovedPlan,
    yes: bool,
    listed: Listed,
) -> Result<u8, Failure> {
    let plan = approved.plan();
    let asks = plan.has_changes() && !yes;
    if !arguments.json {
        match output::deliver(&text_of(plan, arguments)) {
            Err(error) if asks && output::is_closed(&error) => {
                return Err(Failure("the output was closed before the plan was shown: not applied".into()));
            }
            shown => output::unless_closed(shown)?,
        }
    }
    if asks {
        confirm()?;
    }
    match listed {
        Listed::Accept => session.accept(approved),
        Listed::Leave => {}
    }
    let report = carry_out(session, approved).await?;
    let told = if arguments.json {
        let document = json!({ "format_version": FORMAT_VERSION, "plan": plan.to_json(), "report": report, "status": report.status() });
        output::deliver(&format_args!("{}\n", visible_json(&format!("{document:#}"))))
    } else if plan.has_changes() {
        output::deliver(&format_args!("\n{report}"))
    } else {
        Ok(())
    };
    if told.is_err() {
        // The writes must be reported wherever that is still possible.
        output::note(&format_args!("the report, because the output cannot be written:\n{report}"));
    }
    output::unless_closed(told)?;
    Ok(if report.status().is_success() { SUCCESS } else { FAILURE })
}

async fn verify(session: &Session, as_json: bool) -> Result<u8, Failure> {
    let desired = session.desired().await?;
    let verification =
        session.with_connectors(session.pipeline.verify_for(&desired)).await.map_err(unplanned)?;
    if as_json {
        print(&json!({ "format_version": FORMAT_VERSION, "verification": verification }))?;
    } else {
        output::data(&verification)?;
    }
    Ok(if verification.is_good() { SUCCESS } else { FAILURE })
}

async fn offboard(
    session: &Session,
    arguments: &Arguments,
    which: Option<BTreeSet<AccountId>>,
    yes: bool,
) -> Result<u8, Failure> {
    let desired = session.desired().await?;
    let chosen: BTreeSet<AccountId> = desired
        .accounts()
        .values()
        .filter(|account| matches!(account.choice, Choice::Onboard(_)))
        .map(|account| account.account.id.clone())
        .collect();
    let plan = session.pipeline.plan_offboarding_for(desired, which.as_ref());
    let plan = session.with_connectors(plan).await.map_err(unplanned)?;
    let again: Vec<String> = plan
        .accounts()
        .iter()
        .filter(|(id, account)| !account.steps.is_empty() && chosen.contains(*id))
        .map(|(id, _)| id.to_string())
        .collect();
    // The user requested the removals, account by account: the limits are for changes by rules.
    let approved = plan.check(&Limits::none())?;
    let code = confirm_and_apply(session, arguments, &approved, yes, Listed::Leave).await?;
    if !again.is_empty() {
        output::note(&format_args!(
            "The rules still choose {}: the next apply onboards them again, unless a rule that skips them comes first",
            listed(&again)
        ));
    }
    Ok(code)
}

/// The first few of many.
fn listed(ids: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = ids[..ids.len().min(SHOWN)].join(", ");
    if ids.len() > SHOWN { format!("{shown} and {} more", ids.len() - SHOWN) } else { shown }
}

async fn carry_out(session: &Session, approved: &ApprovedPlan) -> Result<Report, Failure> {
    let stop = StopSignal::new();
    let _drain = Drain::new(stop.clone())?;
    let options = ApplyOptions::default().with_stop(stop);
    Ok(session.pipeline.clone().with_apply_options(options).apply(approved).await)
}

fn confirm() -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure(
            "not a terminal, so no confirmation is possible: use --yes to apply without it".into(),
        ));
    }
    output::ask(&"\nApply this plan? Only 'yes' is accepted: ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if answer.trim() == "yes" { Ok(()) } else { Err(Failure("not applied".into())) }
}

fn text_of<'a>(plan: &'a Plan, arguments: &Arguments) -> PlanText<'a> {
    let text = plan.render().coloured();
    if arguments.full { text.full() } else { text }
}

fn show(plan: &Plan, arguments: &Arguments) -> Result<(), Failure> {
    output::data(&text_of(plan, arguments))
}

pub(crate) fn print(document: &Value) -> Result<(), Failure> {
    output::line(&visible_json(&format!("{document:#}")))
}
