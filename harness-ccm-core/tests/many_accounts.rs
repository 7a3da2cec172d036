//! Plans of 10,000 accounts stay readable, in every format.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/many.rs"]
mod many;
mod support;

use std::sync::LazyLock;

use harness_ccm_core::plan::Plan;
use serde_json::{Value, json};

const ACCOUNTS: u64 = 10_000;

/// The maximum number of characters in a GitHub comment.
const COMMENT: usize = 65_536;

static CREATED: LazyLock<Plan> = LazyLock::new(|| many::created(ACCOUNTS));
static CHANGED: LazyLock<Plan> = LazyLock::new(|| many::changed(ACCOUNTS));
static WITH_EXCEPTIONS: LazyLock<Plan> = LazyLock::new(|| many::with_exceptions(ACCOUNTS));

/// A plan in which every text is long, wide and different in every account, in every section.
fn babel() -> Plan {
    let mut file = many::with_exceptions(300).to_json();
    let accounts = file["accounts"].as_object_mut().unwrap();
    for (number, (id, account)) in accounts.iter_mut().enumerate() {
        let long = format!("{number} {}", "\u{4f60}\u{597d}`<b>".repeat(50));
        let role = |kind: u64| format!("arn:aws:iam::{id}:role/Role{}", number as u64 * 10 + kind);
        account["rule"] = json!(long);
        account["account"]["name"] = json!(long);
        if account["skipped"].is_object() {
            account["skipped"] = json!({"rule": {"note": long}});
        }
        account["findings"] = json!([
            {"severity": "risk", "resource": {"role": role(0)}, "kind": {"dangerous": {"action": long}}},
            {"severity": "problem", "resource": {"role": role(1)}, "kind": {"test_unknown": {"note": long}}},
            {"severity": "note", "resource": {"role": role(2)}, "kind": {"not_ours": {"owner": long}}},
        ]);
        account["withheld"] = json!([
            {"resource": {"role": role(3)}, "reason": {"foreign": {"name": long}}},
            {"resource": {"role": role(4)}, "reason": {"account": {"doubt": {"note": long}}}},
        ]);
    }
    file["diagnostics"] =
        (0..100).map(|number| json!({"idle_route": {"route": format!("{number}").repeat(500)}})).collect();
    Plan::from_json(&file.to_string()).unwrap()
}

fn rows(plan: &Plan) -> usize {
    plan.render().to_string().lines().count()
}

#[test]
fn the_text_of_one_change_in_all_accounts_is_short() {
    for plan in [&CREATED, &CHANGED] {
        assert!(rows(plan) <= 30, "{}", plan.render());
    }
}

#[test]
fn the_text_of_twelve_rules_with_exceptions_has_at_most_400_lines() {
    let rows = rows(&WITH_EXCEPTIONS);
    assert!((100..=400).contains(&rows), "{rows}: {}", WITH_EXCEPTIONS.render());
}

#[test]
fn the_text_of_any_plan_has_at_most_400_lines_and_github_accepts_its_markdown() {
    let babel = babel();
    assert!(rows(&babel) <= 400, "{}", babel.render());
    for plan in [&babel, &CREATED, &CHANGED, &WITH_EXCEPTIONS] {
        let markdown = plan.markdown().to_string();
        assert!(markdown.len() <= COMMENT, "{}", markdown.len());
    }
}

#[test]
fn no_line_is_wider_than_a_terminal() {
    let babel = babel();
    for plan in [&babel, &many::with_exceptions(500)] {
        for text in [plan.render(), plan.render().full()] {
            let text = text.to_string();
            let widest = text.lines().max_by_key(|line| textwrap::core::display_width(line)).unwrap();
            assert!(textwrap::core::display_width(widest) <= 80, "{widest}");
        }
    }
}

#[test]
fn risks_come_first_in_every_format_however_much_else_there_is() {
    let babel = babel();
    let text = babel.render().to_string();
    assert!(text.starts_with("Risks"), "{text}");
    assert!(babel.render().full().to_string().starts_with("Risks"));
    for text in [babel.markdown().to_string(), babel.page().to_string()] {
        // Sections have a title, or are folded with their title.
        let begins = |title: &&str| {
            ["### ", "<b>", "<h2>"].iter().find_map(|before| text.find(&format!("{before}{title}"))).unwrap()
        };
        let titles = ["Risks", "Problems", "Changes", "Incomplete", "Held back", "Notes"];
        let places: Vec<_> = titles.iter().map(begins).collect();
        assert!(places.is_sorted(), "{places:?}");
    }
}

#[test]
fn the_full_text_names_every_account() {
    let plan = many::with_exceptions(500);
    let text = plan.render().full().to_string();
    for (id, account) in plan.accounts() {
        let is_silent =
            account.steps.is_empty() && account.withheld.is_empty() && account.findings.is_empty();
        assert_eq!(text.contains(id.as_str()), !is_silent, "{id}");
    }
}

#[test]
fn the_page_of_10_000_accounts_has_at_most_8_mb_and_every_account() {
    for plan in [&CREATED, &CHANGED, &WITH_EXCEPTIONS] {
        let page = plan.page().to_string();
        assert!(page.len() <= 8_000_000, "{}", page.len());
        let (_, data) = page.split_once("id=\"table\">").unwrap();
        let data: Value = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
        assert_eq!(data["rows"].as_array().unwrap().len(), 10_000);
    }
}

#[test]
fn the_json_takes_2_kb_an_account_for_creations_and_4_where_states_are_expected() {
    for (plan, most) in [(&CREATED, 2_000), (&CHANGED, 4_000), (&WITH_EXCEPTIONS, 2_000)] {
        let text = plan.to_json_text();
        let each = text.len() / plan.accounts().len();
        assert!(each <= most, "{each} bytes an account");
        assert!(text.len() <= 20_000_000, "{} bytes", text.len());
        for id in [1, 5_000, 10_000].map(support::id) {
            let lines = text.lines().filter(|line| line.starts_with(&format!("    \"{id}\": {{")));
            assert_eq!(lines.count(), 1, "{id}: an account is a line");
        }
    }
    assert_eq!(Plan::from_json(&WITH_EXCEPTIONS.to_json_text()).unwrap(), *WITH_EXCEPTIONS);
}
