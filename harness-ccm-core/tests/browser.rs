//! The pages of a plan and of a coverage, used in a headless browser. It needs node, Chromium and playwright-core, whose folder
//! `HARNESS_CCM_TEST_BROWSER` names, and is skipped without that; `.ci/run` installs them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/many.rs"]
mod many;
#[path = "support/organization.rs"]
mod organization;
mod support;

use std::path::Path;
use std::process::Command;

use harness_ccm_core::plan::{Plan, PlanOptions, make_plan};
use harness_ccm_core::report::{AccountCoverage, AccountHealth, Coverage};
use harness_ccm_core::text::visible;
use serde_json::{Value, json};
use support::*;

/// Markup, the end of a script, an entity, and a character that changes the direction.
const HOSTILE: &str = "</script><img src=x onerror=alert(1)>&amp;\"'${account}\u{202e}";

/// Ten accounts, two of them with a hostile name.
fn ten() -> Plan {
    let mut accounts = listing(1..=10).accounts().to_vec();
    accounts[2].name = HOSTILE.into();
    accounts[3].name = HOSTILE.into();
    let listing = harness_ccm_core::listing::Listing::complete(accounts);
    let desired = owned(visibility()).resolve(listing).unwrap();
    let mut observed = nothing(&desired);
    observed.connectors.push(connector_state(&wanted(&desired, 5).connector));
    make_plan(&desired, &observed, PlanOptions::default())
}

fn left(plan: &Plan, is_left: impl Fn(&harness_ccm_core::plan::AccountPlan) -> bool) -> usize {
    plan.accounts().values().filter(|account| is_left(account)).count()
}

fn expected(file: &str, plan: &Plan, names: &[&str], detail: &Value) -> Value {
    let governed =
        left(plan, |account| account.features.contains(&harness_ccm_core::feature::Feature::Visibility));
    let ruled = left(plan, |account| account.rule.as_deref() == Some("all"));
    let made = left(plan, |account| account.steps.iter().any(|step| step.operation().symbol() == '+'));
    json!({
        "file": file,
        "accounts": plan.accounts().len(),
        "filters": [
            {"by": "text", "value": "000000000005", "left": 1},
            {"by": "text", "value": "no such account", "left": 0},
            {"by": "rule", "value": "all (", "left": ruled},
            {"by": "feature", "value": "visibility (", "left": governed},
            {"by": "state", "value": "create (", "left": made},
            {"by": "thing", "value": "+ connector (missing)", "left": left(plan, |account| account.steps.iter().any(|step| {
                step.operation().symbol() == '+' && step.action.resource().to_string().starts_with("connector")
            }))},
        ],
        "last": plan.accounts().keys().next_back(),
        "names": names,
        "detail": detail,
    })
}

/// A thousand accounts in every state, and how many of them each filter shows.
fn expected_of_coverage(file: &str, coverage: &Coverage) -> Value {
    let left = |is_left: &dyn Fn(&AccountCoverage) -> bool| {
        coverage.accounts.iter().filter(|account| is_left(account)).count()
    };
    let fails = left(&|account| account.health == AccountHealth::Fails);
    let unit = left(&|account| account.account.ou_path.as_deref() == Some(&["Security".to_owned()]));
    json!({
        "file": file,
        "accounts": coverage.accounts.len(),
        "filters": [
            {"by": "text", "value": "team_5", "left": left(&|account| {
                account.connector.as_ref().is_some_and(|connector| connector.id.as_str().starts_with("team_5"))
            })},
            {"by": "unit", "value": "Security (", "left": unit},
            {"by": "state", "value": "FROZEN (", "left": left(&|account| account.account.state.as_str() == "FROZEN")},
            {"by": "rule", "value": "production (", "left": left(&|account| account.rule.as_deref() == Some("production"))},
            {"by": "feature", "value": "VISIBILITY (", "left": left(&|account| account.connector.is_some())},
            {"by": "health", "value": "fails (", "left": fails},
            {"by": "thing", "value": "! connector AWS: AccessDenied: the external id differs", "left": fails / 2},
        ],
        "last": coverage.accounts.last().map(|account| &account.account.id),
        "names": ["team 1", "team 2", "team 3"],
        "detail": {"account": "000000000009", "says": ["connector team_9 AWS: AccessDenied: the external id differs"]},
    })
}

#[test]
#[expect(clippy::disallowed_methods, reason = "whether there is a browser is said by the environment")]
fn a_browser_filters_sorts_and_shows_the_entries_of_an_account() {
    let Ok(modules) = std::env::var("HARNESS_CCM_TEST_BROWSER") else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    let (ten, many, coverage) = (ten(), many::with_exceptions(10_000), organization::coverage(1_000));
    let pages = [
        ("ten.html", ten.page().to_string()),
        ("many.html", many.page().to_string()),
        ("coverage.html", coverage.page().to_string()),
    ];
    for (file, page) in pages {
        std::fs::write(folder.join(file), page).unwrap();
    }
    let hostile = visible(HOSTILE);
    let role = "arn:aws:iam::000000000007:role/HarnessCERole";
    let of_ten = json!({"account": "000000000007", "says": ["role HarnessCERole (missing)", "connector team_7", role]});
    let of_many =
        json!({"account": "000000000099", "says": ["role HarnessCERole (differs)", "900000000099"]});
    let expected = json!([
        expected("ten.html", &ten, &[&hostile, &hostile, "team 1", "team 2"], &of_ten),
        expected("many.html", &many, &["team 1", "team 2", "team 3"], &of_many),
        expected_of_coverage("coverage.html", &coverage),
    ]);
    std::fs::write(folder.join("expected.json"), expected.to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page/click.mjs");
    let status = Command::new("node").arg(script).arg(modules).arg(&folder).status().unwrap();
    assert!(status.success());
}
