//! The onboarded share of an organization.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

#[path = "support/organization.rs"]
mod organization;
mod support;

use futures_executor::block_on;
use harness_ccm_core::account::AccountState;
use harness_ccm_core::backend::ConnectorListing;
use harness_ccm_core::connector::{ConnectorState, Health};
use harness_ccm_core::feature::{Feature, Governance};
use harness_ccm_core::id::ConnectorId;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::pipeline::Pipeline;
use harness_ccm_core::report::{AccountHealth, Coverage, CoverageCounts};
use harness_ccm_core::text::visible_lines;
use organization::{connector, coverage, fails, rules};
use support::*;

/// Twelve accounts, small enough to count by hand.
fn twelve() -> Coverage {
    let governed = || visibility().with_governance(Governance::default());
    let prod = |number| account(number, &format!("prod {number}")).with_ou_path(["Workloads", "Prod"]);
    let dev = |number| account(number, &format!("dev {number}")).with_ou_path(["Workloads", "Dev"]);
    let sandbox = |number| account(number, &format!("sandbox {number}")).with_ou_path(["Sandbox"]);
    let mut suspended = dev(9);
    suspended.state = AccountState::Suspended;
    let rows = [
        // Four in production: as desired, without governance, failing, and without a connector.
        (prod(1), Some((governed(), Health::Success, Some(1_700_000_000)))),
        (prod(2), Some((visibility(), Health::Success, Some(1_700_000_000)))),
        (prod(3), Some((governed(), fails("denied"), Some(1_600_000_000)))),
        (prod(4), None),
        // Four for development: passing, never passed, running, not tested.
        (dev(5), Some((visibility(), Health::Success, Some(1_700_000_000)))),
        (dev(6), Some((visibility(), fails("no such role"), None))),
        (dev(7), Some((visibility(), Health::Pending, None))),
        (dev(8), Some((visibility(), Health::Unknown, None))),
        // Not to be onboarded: suspended with a connector, one with governance from another tool, and two without a
        // connector.
        (suspended, Some((visibility(), fails("suspended"), None))),
        (sandbox(10), Some((governed(), Health::Success, Some(1_700_000_000)))),
        (sandbox(11), None),
        (sandbox(12), None),
    ];
    let connectors = rows.iter().filter_map(|(account, made)| {
        let (features, health, last) = made.clone()?;
        Some(connector(account, features, health, last))
    });
    let mut connectors: Vec<_> = connectors.collect();
    let unlisted = account(99, "elsewhere");
    connectors.push(connector(&unlisted, visibility(), Health::Success, None));
    let mut of_others = ConnectorState::new("not_ours".parse::<ConnectorId>().unwrap());
    of_others.account = Some(id(98));
    connectors.push(of_others);
    let accounts = rows.into_iter().map(|(account, _)| account);
    Coverage::new(&rules().resolve(Listing::complete(accounts)).unwrap(), &ConnectorListing::new(connectors))
}

fn counts(of: CoverageCounts) -> [usize; 5] {
    let CoverageCounts { accounts, desired, connected, healthy, others, .. } = of;
    [accounts, desired, connected, healthy, others]
}

#[test]
fn the_figures_are_those_counted_by_hand() {
    let coverage = twelve();
    assert_eq!(counts(coverage.total), [12, 8, 7, 3, 2]);
    let health: Vec<_> = coverage.health.iter().map(|of| (of.health, of.accounts)).collect();
    assert_eq!(
        health,
        [
            (AccountHealth::Passes, 4),
            (AccountHealth::Fails, 3),
            (AccountHealth::Pending, 1),
            (AccountHealth::Untested, 1),
            (AccountHealth::Missing, 1),
            (AccountHealth::LeftOut, 2),
        ]
    );
    let features: Vec<_> =
        coverage.features.iter().map(|of| (of.feature, of.desired, of.enabled, of.others)).collect();
    assert!(features.contains(&(Feature::Visibility, 8, 7, 2)), "{features:?}");
    assert!(features.contains(&(Feature::Governance, 4, 2, 1)), "{features:?}");
    assert!(features.contains(&(Feature::Optimization, 0, 0, 0)), "{features:?}");
    let states: Vec<_> = coverage.states.iter().map(|of| (of.state.as_str(), counts(of.counts))).collect();
    assert_eq!(states, [("ACTIVE", [11, 8, 7, 3, 1]), ("SUSPENDED", [1, 0, 0, 0, 1])]);
    let units: Vec<_> =
        coverage.units.iter().map(|of| (of.ou_path.clone().unwrap().join("/"), counts(of.counts))).collect();
    assert_eq!(
        units,
        [
            ("Sandbox".to_owned(), [3, 0, 0, 0, 1]),
            ("Workloads/Dev".to_owned(), [5, 4, 4, 1, 1]),
            ("Workloads/Prod".to_owned(), [4, 4, 3, 2, 0]),
        ]
    );
    let unlisted: Vec<_> = coverage.unlisted.iter().map(|of| of.account.clone().unwrap()).collect();
    assert_eq!(unlisted, [id(99)], "those of others do not count here");
}

#[test]
fn the_text_fits_on_one_screen() {
    insta::assert_snapshot!(twelve(), @"
    12 accounts, 8 to be onboarded.
    With a connector: 7 of 8 (87.5 %).
    Passing the connection test: 3 of 7 (42.9 %).
    With a connector, though not to be onboarded: 2 accounts.
    Our connectors of accounts that are not listed: 1 connector.

    HEALTH                       ACCOUNTS      SHARE
    passes                              4     33.3 %
    fails                               3     25.0 %
    test running                        1      8.3 %
    not tested                          1      8.3 %
    no connector                        1      8.3 %
    left out                            2     16.7 %

    FEATURE                       DESIRED    ENABLED      SHARE
    visibility                          8          7     87.5 %
    governance                          4          2     50.0 %

    STATE                        ACCOUNTS    DESIRED  CONNECTED    PASSING
    ACTIVE                             11          8          7          3
    SUSPENDED                           1          0          0          0

    UNIT                         ACCOUNTS    DESIRED  CONNECTED    PASSING
    Workloads                           9          8          7          3
    Sandbox                             3          0          0          0

    FAILING
    1 account: denied
      longest: 000000000003 prod 3, last passed 2020-09-13T12:26:40Z
    1 account: no such role
      longest: 000000000006 dev 6, never passed
    1 account: suspended
      longest: 000000000009 dev 9, never passed
    ");
}

#[test]
fn a_thousand_accounts_in_every_state_fit_one_screen() {
    let coverage = coverage(1000);
    assert_eq!(coverage.total.accounts, 1000);
    let sum: usize = coverage.health.iter().map(|of| of.accounts).sum();
    assert_eq!(sum, 1000, "each account counts once");
    assert!(coverage.health.iter().all(|of| of.accounts > 0), "every health is there");
    assert_eq!(coverage.states.len(), 6);
    let text = coverage.to_string();
    assert!(text.lines().count() <= 45, "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text, @"
    1000 accounts, 700 to be onboarded.
    With a connector: 601 of 700 (85.9 %).
    Passing the connection test: 200 of 601 (33.3 %).
    With a connector, though not to be onboarded: 257 accounts.

    HEALTH                       ACCOUNTS      SHARE
    passes                            286     28.6 %
    fails                             286     28.6 %
    test running                      143     14.3 %
    not tested                        143     14.3 %
    no connector                       99      9.9 %
    left out                           43      4.3 %

    FEATURE                       DESIRED    ENABLED      SHARE
    visibility                        700        601     85.9 %
    governance                        100          0      0.0 %

    STATE                        ACCOUNTS    DESIRED  CONNECTED    PASSING
    PENDING_ACTIVATION                 20          0          0          0
    ACTIVE                            900        700        601        200
    SUSPENDED                          20          0          0          0
    PENDING_CLOSURE                    20          0          0          0
    CLOSED                             20          0          0          0
    FROZEN                             20          0          0          0

    UNIT                         ACCOUNTS    DESIRED  CONNECTED    PASSING
    Workloads                         400        300        258         86
    (the root)                        200        200        171         57
    Sandbox                           200          0          0          0
    Security                          200        200        172         57

    FAILING
    143 accounts: AWS: AccessDenied: the external id differs
      longest: 000000000002 team 2, never passed
    143 accounts: AWS: AccessDenied: the role cannot be assumed
      longest: 000000000001 team 1, last passed 2023-11-15T22:13:20Z
    ");
}

#[test]
fn an_empty_listing_causes_no_division_by_zero() {
    let nothing =
        Coverage::new(&rules().resolve(Listing::complete([])).unwrap(), &ConnectorListing::default());
    insta::assert_snapshot!(nothing, @"
    0 accounts, 0 to be onboarded.
    With a connector: 0 of 0 (-).
    Passing the connection test: 0 of 0 (-).
    ");
    assert!(nothing.page().to_string().ends_with("</html>\n"));
}

#[test]
fn names_from_outside_are_made_harmless_in_text_and_page() {
    let hostile = "</script><img src=x onerror=alert(1)>\u{1b}[2J\u{202e}";
    let of = account(1, hostile).with_ou_path([hostile]);
    let made = connector(&of, visibility(), fails(hostile), None);
    let other = account(2, "b").with_ou_path(["B"]);
    let coverage = Coverage::new(
        &rules().resolve(Listing::complete([of, other])).unwrap(),
        &ConnectorListing::new([made]),
    );
    let text = coverage.to_string();
    assert_eq!(visible_lines(&text), text);
    assert!(text.contains("\\u{1b}[2J"), "{text}");
    let page = coverage.page().to_string();
    assert!(!page.contains("<img") && !page.contains('\u{1b}') && !page.contains('\u{202e}'), "{page}");
    assert_eq!(page.matches("</script>").count(), 2, "that of the data and that of the program");
}

#[test]
fn a_page_takes_at_most_800_bytes_an_account() {
    let size = coverage(1_000).page().to_string().len();
    assert!(size <= 800_000, "{size}");
}

#[test]
fn a_pipeline_reports_coverage_without_entering_an_account_or_testing() {
    let world = World::new((1..=3).map(|number| account(number, &format!("team {number}"))));
    let pipeline = Pipeline::new(owned(visibility()), world.accounts(), world.roles(), world.connectors());
    let before = block_on(pipeline.coverage()).unwrap();
    assert_eq!(counts(before.total), [3, 3, 0, 0, 0]);
    assert!(block_on(pipeline.run()).unwrap().status().is_success());
    world.clear_journal();
    let made = block_on(pipeline.coverage()).unwrap();
    assert_eq!(counts(made.total), [3, 3, 3, 0, 0]);
    let calls: Vec<_> = world.journal().iter().map(|call| call.operation).collect();
    assert_eq!(calls, ["list_accounts", "list_connectors"]);
    let _ = block_on(pipeline.verify()).unwrap();
    assert_eq!(counts(block_on(pipeline.coverage()).unwrap().total), [3, 3, 3, 3, 0]);
}
