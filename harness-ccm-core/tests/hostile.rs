//! External texts cannot control a terminal: texts escape them, JSON keeps them exactly.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

mod support;

use futures_executor::block_on;
use harness_ccm_core::account::{Account, AccountState};
use harness_ccm_core::apply::{ApplyOptions, apply_plan};
use harness_ccm_core::backend::{ConnectorClient as _, NoPause};
use harness_ccm_core::config::Config;
use harness_ccm_core::connector::ReportState;
use harness_ccm_core::event::NoEvents;
use harness_ccm_core::feature::Named;
use harness_ccm_core::intent::{Intent, Rule};
use harness_ccm_core::limits::Limits;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{ObserveOptions, Observed, Seen, observe_accounts};
use harness_ccm_core::owner::OWNER_TAG;
use harness_ccm_core::plan::{Mode, Plan, PlanOptions, make_plan};
use harness_ccm_core::report::{Explanation, Roster};
use harness_ccm_core::selector::{Selector, TagCondition};
use harness_ccm_core::source::{ListOptions, ListSource};
use harness_ccm_core::text::{visible, visible_lines};
use harness_ccm_core::verify::{VerifyOptions, verify_accounts};
use harness_ccm_core::{Diagnosis, Error, ErrorKind};
use support::*;

/// An escape sequence, a line break, a carriage return, direction marks, a bell, C1 and an invisible letter.
const HOSTILE: &str =
    "x\u{1b}[2J\u{1b}]0;title\u{7}\r\nFORGED: all is well\u{202e}\u{2066}\u{9b}31m\u{200b}y";

/// Whether a text cannot control a terminal, and has no line that its author did not write.
#[track_caller]
fn is_harmless(text: &str) {
    assert_eq!(visible_lines(text), text, "it holds what a terminal obeys");
    for line in text.lines() {
        assert!(!line.trim_start().starts_with("FORGED"), "a line was forged: {text}");
    }
}

/// Whether it is harmless and contains the hostile text.
#[track_caller]
fn shows(text: &str) {
    is_harmless(text);
    let seen = [visible(HOSTILE).into_owned(), format!("{HOSTILE:?}").trim_matches('"').to_owned()];
    let head = "x\\u{1b}[2J";
    assert!(text.contains(head) || seen.iter().any(|seen| text.contains(seen)), "it is not shown: {text}");
}

fn hostile_account(number: u64) -> Account {
    account(number, HOSTILE)
        .with_ou_path([HOSTILE])
        .with_ou_ids(["ou-ab12-11111111"])
        .with_tags([(HOSTILE, HOSTILE)])
}

/// An organization in which every text of a source or a service is hostile.
fn scene() -> (Intent, Listing) {
    let mut intent = owned(with_ec2());
    intent.rules = vec![
        Rule::skip(HOSTILE, Selector::all().with_tag("gone", TagCondition::Present), HOSTILE),
        Rule::skip("left", Selector::all().with_accounts([id(8)]), HOSTILE),
        Rule::onboard("all", Selector::all(), with_ec2()),
    ];
    let accounts = (1..=9).map(hostile_account).chain([
        hostile_account(10).with_state(AccountState::Unknown(HOSTILE.into())),
        hostile_account(11).with_doubt(HOSTILE),
    ]);
    (intent, Listing::complete(accounts).with_note(HOSTILE))
}

fn disturbed(intent: &Intent, listing: &Listing) -> (harness_ccm_core::intent::Desired, Observed) {
    let desired = intent.resolve(listing.clone()).unwrap();
    let mut observed = applied(&desired);
    let error = Error::new(ErrorKind::Denied, "sts:AssumeRole", HOSTILE)
        .with_subject(HOSTILE)
        .with_remedy(HOSTILE)
        .with_source(std::io::Error::other(HOSTILE));
    for (connector, kind) in observed.connectors.iter_mut().zip(0..) {
        match kind {
            0 => connector.name = HOSTILE.into(),
            1 => connector.role_arn = Some(HOSTILE.into()),
            2 => connector.external_id = Some(HOSTILE.into()),
            3 => drop(connector.tags.insert(OWNER_TAG.into(), HOSTILE.into())),
            4 => connector.features = [Named::Other(HOSTILE.into())].into(),
            5 => connector.tags.clear(),
            _ => {}
        }
        if kind == 5 {
            connector.name = HOSTILE.into();
            connector.external_id = Some(HOSTILE.into());
            connector.report = Some(ReportState::new(HOSTILE, HOSTILE, None));
        }
    }
    seen_role(&mut observed, &desired, 7).tags.insert(OWNER_TAG.into(), HOSTILE.into());
    let arn = wanted(&desired, 9).connector.role.clone();
    observed.roles.insert(arn, Seen::Gap(error.into()));
    seen_role(&mut observed, &desired, 1).tags.insert(HOSTILE.into(), HOSTILE.into());
    (desired, observed)
}

#[test]
fn a_plan_escapes_external_texts_and_its_json_keeps_them() {
    let (intent, listing) = scene();
    let (desired, observed) = disturbed(&intent, &listing);
    for options in [PlanOptions::default(), PlanOptions::default().with_mode(Mode::Sync).with_adopt()] {
        let plan = make_plan(&desired, &observed, options);
        shows(&plan.render().to_string());
        shows(&plan.render().full().to_string());
        let markdown = plan.markdown().to_string();
        shows(&markdown);
        let page = plan.page().to_string();
        is_harmless(&page);
        let colours =
            ["\u{1b}[31m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[35m", "\u{1b}[36m", "\u{1b}[1m", "\u{1b}[0m"];
        let painted = plan.render().coloured().to_string();
        shows(&colours.iter().fold(painted, |text, colour| text.replace(colour, "")));
        let read = Plan::from_json(&plan.to_json().to_string()).unwrap();
        assert_eq!(read.accounts()[&id(1)].name(), Some(HOSTILE));
        assert_eq!(read, plan);
    }
}

#[test]
fn decisions_about_accounts_escape_external_texts() {
    let (intent, listing) = scene();
    let desired = intent.resolve(listing).unwrap();
    let roster = Roster::new(&desired, &intent.rules);
    shows(&roster.to_string());
    assert_eq!(serde_json::to_value(&roster).unwrap()["accounts"][0]["account"]["name"], HOSTILE);
    for account in desired.accounts().values() {
        shows(&Explanation::of(account, &intent.rules).to_string());
    }
}

#[test]
fn reports_and_verifications_escape_external_texts() {
    let world = World::new((1..=2).map(hostile_account));
    let desired = intent(visibility()).resolve(Listing::complete((1..=2).map(hostile_account))).unwrap();
    world.refuse_connector(&id(1), Some(HOSTILE));
    let observed = block_on(observe_accounts(
        &desired,
        &world.roles(),
        &world.connectors(),
        ObserveOptions::default(),
        &NoEvents,
    ));
    let approved =
        make_plan(&desired, &observed.unwrap(), PlanOptions::default()).check(&Limits::default()).unwrap();
    let report = block_on(apply_plan(
        &approved,
        &world.roles(),
        &world.connectors(),
        &ApplyOptions::default(),
        &NoEvents,
    ));
    shows(&report.to_string());
    assert!(serde_json::to_string(&report).unwrap().contains(&serde_json::to_string(HOSTILE).unwrap()));
    let connectors = block_on(world.connectors().list_connectors()).unwrap();
    let id = connectors.connectors[0].id.clone();
    assert!(world.edit_connector(&id, |connector| connector.external_id = Some(HOSTILE.into())));
    let verified = block_on(verify_accounts(
        &desired,
        &connectors,
        &world.connectors(),
        &NoPause,
        VerifyOptions::default(),
        &NoEvents,
    ));
    is_harmless(&verified.to_string());
}

#[test]
fn errors_escape_external_texts() {
    let error = Error::new(ErrorKind::Invalid, "harness:PUT /connectors", HOSTILE)
        .with_subject(HOSTILE)
        .with_remedy(HOSTILE)
        .with_source(std::io::Error::other(HOSTILE));
    for text in [error.to_string(), error.report(), format!("{error:?}"), Diagnosis::from(&error).to_string()]
    {
        shows(&text);
    }
    assert_eq!(Diagnosis::from(&error).message, HOSTILE);
    // Files: neither the place nor the problem.
    let toml = HOSTILE.replace('\n', "");
    for text in [
        format!("{toml} = 1"),
        format!("[harness]\naccount-id = \"a\"\n\"{toml}\" = 1"),
        format!("harness = {{ account-id = \"a\" }}\n[[rules]]\nname = '{toml}'\n"),
    ] {
        is_harmless(&Config::from_toml(&text, None).unwrap_err().to_string());
    }
    for text in [
        format!("id,name,\"{HOSTILE}\"\n1,a,b\n"),
        format!("id,name\n{HOSTILE},a\n"),
        format!("id,name,management\n000000000001,a,\"{HOSTILE}\"\n"),
    ] {
        let error = ListSource::from_csv(text.as_bytes(), ListOptions::default()).unwrap_err();
        is_harmless(&error.to_string());
    }
    is_harmless(
        &ListSource::from_json(format!("[{{\"id\": {HOSTILE:?}}}]").as_bytes(), ListOptions::default())
            .unwrap_err()
            .to_string(),
    );
    is_harmless(&"x".parse::<harness_ccm_core::id::AccountId>().unwrap_err().to_string());
    is_harmless(&HOSTILE.parse::<harness_ccm_core::id::AccountId>().unwrap_err().to_string());
    is_harmless(&HOSTILE.parse::<harness_ccm_core::id::RoleArn>().unwrap_err().to_string());
}
