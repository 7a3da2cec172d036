//! Listing an organization through the real client of the SDK, with a server that misbehaves.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::collections::BTreeMap;

use harness_ccm_aws::{AwsBackend, Pacing};
use harness_ccm_aws_servers::{AwsFault, CloudRole, LocalAws, MANAGEMENT, ROOT, id};
use harness_ccm_core::ErrorKind;
use harness_ccm_core::account::{AccountQuery, AccountState};
use harness_ccm_core::backend::AccountSource as _;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::route::Hop;
use serde_json::{Value, json};

async fn backend_of(aws: &LocalAws) -> AwsBackend {
    AwsBackend::from_sdk_config(&aws.sdk_config().await).with_pacing(Pacing::Unlimited)
}

async fn list(aws: &LocalAws, query: AccountQuery) -> Listing {
    backend_of(aws).await.accounts().list_accounts(&query).await.unwrap()
}

fn counts<const N: usize>(expected: [(&str, usize); N]) -> BTreeMap<String, usize> {
    expected.into_iter().map(|(name, count)| (format!("organizations:{name}"), count)).collect()
}

/// 500 accounts, 3 levels of 4 units each, the deepest with most accounts in them; every account has a tag.
fn landing_zone() -> LocalAws {
    let mut aws = LocalAws::start().with_members(500);
    let mut units = Vec::new();
    for top in 1..=4 {
        aws = aws.with_unit(&format!("ou-ab12-top{top}"), ROOT);
        for middle in 1..=4 {
            aws = aws.with_unit(&format!("ou-ab12-mid{top}{middle}"), &format!("ou-ab12-top{top}"));
            units.push(format!("ou-ab12-mid{top}{middle}"));
        }
    }
    for number in 2..=500 {
        let unit = units[number % units.len()].clone();
        aws.edit(number, |account| {
            account.parent = Some(unit);
            account.tags.insert("number".into(), number.to_string());
        });
    }
    aws
}

/// Whether every account is in the same place as on the server.
fn assert_placed(aws: &LocalAws, listing: &Listing, names: bool) {
    let places: BTreeMap<String, Vec<String>> = aws.with(|cloud| {
        let accounts = cloud.accounts.iter();
        let place = |parent: &Option<String>| cloud.organization.units_to(parent.as_ref().unwrap());
        accounts.map(|(id, account)| (id.clone(), place(&account.parent))).collect()
    });
    assert_eq!(listing.accounts().len(), places.len());
    for account in listing.accounts() {
        let expected = places[account.id.as_str()].clone();
        assert_eq!(account.ou_ids.as_ref(), Some(&expected), "{}", account.id);
        let path: Vec<_> = expected.iter().map(|id| format!("Unit {id}")).collect();
        // An account in no unit has an empty path, which is known.
        let known = names || expected.is_empty();
        assert_eq!(account.ou_path.as_ref(), known.then_some(&path), "{}", account.id);
    }
}

#[tokio::test]
async fn without_rules_that_need_more_there_is_one_call_for_twenty_accounts() {
    let aws = landing_zone();
    let listing = list(&aws, AccountQuery::new()).await;
    assert_eq!(aws.take_counts(), counts([("ListAccounts", 25)]));
    let management: Vec<_> =
        listing.accounts().iter().filter(|account| account.management == Some(true)).collect();
    assert_eq!(management.iter().map(|account| account.id.as_str()).collect::<Vec<_>>(), [MANAGEMENT]);
    let joined = listing.accounts()[7].joined.unwrap().to_string();
    assert_eq!(
        (joined.as_str(), listing.accounts()[7].payer.as_ref().unwrap().as_str()),
        ("2023-11-14T22:13:20Z", MANAGEMENT)
    );
}

#[tokio::test]
async fn throttling_on_every_third_call_does_not_stop_a_landing_zone() {
    let aws = landing_zone();
    aws.fail(AwsFault::throttled().every(3));
    let listing = list(&aws, AccountQuery::new().with_ou_paths().with_tags()).await;
    assert_placed(&aws, &listing, true);
    for account in listing.accounts().iter().filter(|account| account.management == Some(false)) {
        let number = &account.tags.as_ref().unwrap()["number"];
        assert_eq!(format!("{number:0>12}"), account.id.as_str());
    }
    let calls: usize = aws.take_counts().values().sum();
    // 25 pages, a tree of 1 + 21 * 2 + 11 further pages at least, 500 for tags; and half as many again.
    assert!((850..900).contains(&calls), "{calls}");
}

#[tokio::test]
async fn a_call_that_is_refused_nine_times_goes_through() {
    for fault in [AwsFault::throttled(), AwsFault::concurrent_modification(), AwsFault::internal()] {
        let aws = LocalAws::start();
        aws.fail(fault.clone().times(9));
        let listing = list(&aws, AccountQuery::new()).await;
        assert_eq!(
            (listing.accounts().len(), aws.take_counts()),
            (1, counts([("ListAccounts", 10)])),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn a_call_that_is_always_refused_is_an_error_and_not_a_shorter_list() {
    let aws = landing_zone();
    aws.fail(AwsFault::throttled().always());
    let error = backend_of(&aws).await.accounts().list_accounts(&AccountQuery::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Throttled);
    let aws = LocalAws::start().with_members(2);
    aws.call_as("arn:aws:iam::000000000002:user/operator");
    let error = backend_of(&aws).await.accounts().list_accounts(&AccountQuery::new()).await.unwrap_err();
    insta::assert_snapshot!(error.report(), @r"
    organizations:ListAccounts: access denied: You don't have permissions to access this resource. (AccessDeniedException)
      remedy: use the management account, a delegated administrator, or a role of theirs (role of an organizations source), and allow it the operation
    ");
    assert_eq!(aws.take_counts(), counts([("ListAccounts", 1)]), "what is forbidden is not tried again");
}

#[tokio::test]
async fn an_empty_page_with_a_token_is_not_the_end_of_anything() {
    let aws = landing_zone();
    aws.with(|cloud| cloud.organization.empty_pages = true);
    let listing = list(&aws, AccountQuery::new().with_ou_paths().with_tags()).await;
    assert_placed(&aws, &listing, true);
}

#[tokio::test]
async fn a_listing_that_repeats_itself_is_an_error() {
    let aws = landing_zone();
    aws.with(|cloud| cloud.organization.repeat_token = true);
    let error = backend_of(&aws).await.accounts().list_accounts(&AccountQuery::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.message().contains("would never end"), "{error}");
}

#[tokio::test]
async fn a_listing_without_the_management_account_is_not_complete() {
    let aws = LocalAws::start().with_members(3);
    aws.call_as("arn:aws:iam::000000000002:user/operator");
    aws.with(|cloud| {
        cloud.organization.delegated.insert(id(2));
        cloud.accounts.get_mut(MANAGEMENT).unwrap().parent = None;
    });
    let error = backend_of(&aws).await.accounts().list_accounts(&AccountQuery::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.message().contains("not complete"), "{error}");
}

#[tokio::test]
async fn arns_that_do_not_name_the_management_account_cost_one_more_call() {
    let aws = LocalAws::start().with_members(2);
    for number in 1..=2 {
        let arn = format!("arn:aws:organizations:::account/{}", id(number));
        aws.edit(number, |account| drop(account.fields.insert("Arn".into(), arn.into())));
    }
    let listing = list(&aws, AccountQuery::new()).await;
    assert_eq!(listing.accounts()[0].management, Some(true));
    assert_eq!(listing.accounts()[1].management, Some(false));
    assert_eq!(aws.take_counts(), counts([("ListAccounts", 1), ("DescribeOrganization", 1)]));
}

#[tokio::test]
async fn state_takes_precedence_over_status_and_unknown_values_stay_unknown() {
    let cases = [
        (json!("ACTIVE"), json!(null), AccountState::Active),
        (json!(null), json!("SUSPENDED"), AccountState::Suspended),
        (json!("CLOSED"), json!("ACTIVE"), AccountState::Closed),
        (json!("PENDING_ACTIVATION"), json!(null), AccountState::PendingActivation),
        (json!(null), json!("PENDING_CLOSURE"), AccountState::PendingClosure),
        (json!(null), json!(null), AccountState::Unknown(String::new())),
        (json!("ON_THE_MOON"), json!("ACTIVE"), AccountState::Unknown("ON_THE_MOON".into())),
        (json!(null), json!("LOST"), AccountState::Unknown("LOST".into())),
    ];
    let aws = LocalAws::start().with_members(cases.len() + 1);
    for (index, (state, status, _)) in cases.iter().enumerate() {
        aws.edit(index + 2, |account| {
            account.fields.extend([("State".into(), state.clone()), ("Status".into(), status.clone())]);
        });
    }
    let listing = list(&aws, AccountQuery::new()).await;
    let states: Vec<_> = listing.accounts().iter().skip(1).map(|account| account.state.clone()).collect();
    assert_eq!(states, cases.map(|(.., expected)| expected));
}

#[tokio::test]
async fn tags_are_asked_for_once_of_every_account_and_page_by_page() {
    let aws = LocalAws::start().with_members(40);
    aws.edit(2, |account| drop(account.fields.insert("State".into(), "CLOSED".into())));
    aws.edit(4, |account| account.tags.extend((0..50).map(|n| (format!("key{n}"), n.to_string()))));
    let listing = list(&aws, AccountQuery::new().with_tags()).await;
    // One account has three pages.
    assert_eq!(aws.take_counts(), counts([("ListAccounts", 2), ("ListTagsForResource", 42)]));
    let tags: Vec<_> =
        listing.accounts().iter().map(|account| account.tags.as_ref().map(BTreeMap::len)).collect();
    assert_eq!(tags[..5], [Some(0), Some(0), Some(0), Some(50), Some(0)]);
}

#[tokio::test]
async fn an_account_that_leaves_while_it_is_listed_is_in_doubt_and_does_not_stop_the_rest() {
    let aws = LocalAws::start().with_members(30);
    // The listing still contains it, and no other call knows it.
    aws.edit(9, |account| account.parent = Some("nowhere".into()));
    aws.with(|cloud| cloud.organization.left.insert(id(9)));
    for query in [AccountQuery::new().with_tags(), AccountQuery::new().with_ou_ids()] {
        let listing = list(&aws, query).await;
        let doubtful: Vec<_> = listing.accounts().iter().filter(|account| account.doubt.is_some()).collect();
        assert_eq!(doubtful.iter().map(|account| account.id.to_string()).collect::<Vec<_>>(), [id(9)]);
        assert_eq!(listing.accounts().len(), 30);
    }
}

#[tokio::test]
async fn ids_of_units_are_free_where_the_listing_has_paths_and_names_cost_one_call_for_each_parent() {
    let aws = landing_zone();
    aws.with(|cloud| cloud.organization.has_paths = true);
    let listing = list(&aws, AccountQuery::new().with_ou_ids()).await;
    assert_placed(&aws, &listing, false);
    assert_eq!(aws.take_counts(), counts([("ListAccounts", 25)]));
    let listing = list(&aws, AccountQuery::new().with_ou_paths()).await;
    assert_placed(&aws, &listing, true);
    // The root and the four units at the top have others below them.
    let expected = counts([("ListAccounts", 25), ("ListOrganizationalUnitsForParent", 5)]);
    assert_eq!(aws.take_counts(), expected);
    assert!(listing.notes().is_empty(), "{:?}", listing.notes());
}

#[tokio::test]
async fn names_are_asked_for_only_until_they_are_known() {
    let mut aws = LocalAws::start().with_members(3);
    for number in 10..60 {
        aws = aws.with_unit(&format!("ou-ab12-{number}"), ROOT);
    }
    aws.edit(2, |account| account.parent = Some("ou-ab12-15".into()));
    aws.edit(3, |account| account.parent = Some("ou-ab12-35".into()));
    aws.with(|cloud| cloud.organization.has_paths = true);
    let listing = list(&aws, AccountQuery::new().with_ou_paths()).await;
    assert_placed(&aws, &listing, true);
    // The second page of three has both.
    let expected = counts([("ListAccounts", 1), ("ListOrganizationalUnitsForParent", 2)]);
    assert_eq!(aws.take_counts(), expected);
}

#[tokio::test]
async fn without_paths_the_walk_ends_with_the_last_account() {
    let aws = landing_zone();
    let listing = list(&aws, AccountQuery::new().with_ou_paths()).await;
    assert_placed(&aws, &listing, true);
    // Each of the sixteen units at the bottom has 31 or 32 accounts, so two pages each.
    let expected = counts([
        ("ListAccounts", 25),
        ("ListRoots", 1),
        ("ListAccountsForParent", 1 + 4 + 16 * 2),
        ("ListOrganizationalUnitsForParent", 1 + 4),
    ]);
    assert_eq!(aws.take_counts(), expected);
}

#[tokio::test]
async fn a_few_accounts_in_a_large_tree_are_asked_for_their_parents() {
    let mut aws = LocalAws::start().with_members(4);
    for number in 10..60 {
        aws = aws
            .with_unit(&format!("ou-ab12-{number}"), ROOT)
            .with_unit(&format!("ou-ab12-{number}x"), &format!("ou-ab12-{number}"));
    }
    for (number, unit) in [(2, "ou-ab12-15"), (3, "ou-ab12-35x"), (4, "ou-ab12-35x")] {
        aws.edit(number, |account| account.parent = Some(unit.into()));
    }
    let listing = list(&aws, AccountQuery::new().with_ou_paths()).await;
    assert_placed(&aws, &listing, true);
    // Fifty units at the top and three accounts: each account's parent is requested; one unit's own parent is requested; its
    // name is in that response.
    let expected = counts([
        ("ListAccounts", 1),
        ("ListRoots", 1),
        ("ListAccountsForParent", 1),
        ("ListOrganizationalUnitsForParent", 3 + 1),
        ("ListParents", 3 + 1),
    ]);
    assert_eq!(aws.take_counts(), expected);
}

/// One account with these `Paths`, in a tree whose other accounts have valid ones.
async fn with_paths(paths: Value) -> (LocalAws, Listing) {
    let aws = landing_zone();
    aws.with(|cloud| cloud.organization.has_paths = true);
    aws.edit(33, |account| drop(account.fields.insert("Paths".into(), paths)));
    let listing = list(&aws, AccountQuery::new().with_ou_paths()).await;
    assert_placed(&aws, &listing, true);
    (aws, listing)
}

#[tokio::test]
async fn paths_in_several_shapes_give_the_same_place() {
    // 33 is in the unit 33 % 16 = 1.
    let place = "r-ab12/ou-ab12-top1/ou-ab12-mid12";
    for paths in [
        json!([format!("o-a1b2c3d4e5/{place}/")]),
        json!([format!("o-a1b2c3d4e5/{place}")]),
        json!([format!("o-a1b2c3d4e5/{place}/{}", id(33))]),
        json!([format!("o-a1b2c3d4e5/{place}/{}/", id(33))]),
        json!([format!("{place}/")]),
        json!([format!("o-a1b2c3d4e5/{place}/"), format!("o-a1b2c3d4e5/{place}/")]),
    ] {
        let (aws, listing) = with_paths(paths).await;
        assert!(listing.notes().is_empty(), "{:?}", listing.notes());
        assert!(!aws.take_counts().contains_key("organizations:ListParents"));
    }
}

#[tokio::test]
async fn the_units_of_an_unparsable_path_are_queried_and_never_guessed() {
    for paths in [
        json!(["Root/Top/Mid"]),
        json!(["o-a1b2c3d4e5/r-ab12/ou-ab12-top2/ou-ab12-mid21/", "o-a1b2c3d4e5/r-ab12/"]),
        // It contradicts the other paths with the unit.
        json!(["o-a1b2c3d4e5/r-ab12/ou-ab12-mid12/"]),
        json!(["o-a1b2c3d4e5/r-ffff/ou-ab12-top1/"]),
    ] {
        let (aws, listing) = with_paths(paths.clone()).await;
        assert_eq!(listing.notes().len(), 1, "{paths}");
        assert!(
            listing.notes()[0].contains("not understood") && listing.notes()[0].contains(&id(33)),
            "{:?}",
            listing.notes()
        );
        assert_eq!(aws.take_counts()["organizations:ListParents"], 1, "{paths}");
    }
    let (aws, listing) = with_paths(json!([])).await;
    assert!(listing.notes().is_empty(), "an empty path is nothing to tell: {:?}", listing.notes());
    assert_eq!(aws.take_counts()["organizations:ListParents"], 1);
}

#[tokio::test]
async fn paths_that_the_tree_contradicts_are_ignored() {
    let aws = landing_zone();
    aws.with(|cloud| cloud.organization.has_paths = true);
    // Well formed, but the unit does not exist.
    aws.edit(33, |account| {
        drop(account.fields.insert("Paths".into(), json!(["o-a1b2c3d4e5/r-ab12/ou-ab12-gone/"])));
    });
    let listing = list(&aws, AccountQuery::new().with_ou_paths()).await;
    assert_placed(&aws, &listing, true);
    assert!(listing.notes()[0].contains("contradict"), "{:?}", listing.notes());
    assert_eq!(aws.take_counts()["organizations:ListRoots"], 1);
}

#[tokio::test]
async fn an_organization_is_listed_through_a_role() {
    let aws = landing_zone();
    aws.call_as("arn:aws:iam::000000000002:user/operator");
    aws.edit(1, |account| {
        let lister = CloudRole::bootstrap_with_external_id("ops/Lister", &id(2), "listing-id");
        account.iam.put_role(lister);
    });
    let role: Hop = Hop::new(format!("arn:aws:iam::{MANAGEMENT}:role/ops/Lister").parse().unwrap());
    let backend = backend_of(&aws)
        .await
        .with_listing_role(role.clone().with_external_id("listing-id".parse().unwrap()));
    let listing = backend.accounts().list_accounts(&AccountQuery::new().with_tags()).await.unwrap();
    assert_eq!(listing.accounts().len(), 500);
    assert_eq!(aws.counts()["sts:AssumeRole"], 1, "one session for all pages");

    let backend = backend_of(&aws).await.with_listing_role(role);
    let error = backend.accounts().list_accounts(&AccountQuery::new()).await.unwrap_err();
    insta::assert_snapshot!(error.report(), @r"
    sts:AssumeRole: access denied: the intermediate role arn:aws:iam::000000000001:role/ops/Lister refuses arn:aws:iam::000000000002:user/operator: not authorized
      remedy: the role must exist and trust the caller; if its trust policy requires an external id, set it; the caller needs sts:AssumeRole on it
    ");
}

#[tokio::test]
async fn an_unknown_partition_affects_only_its_account() {
    let aws = LocalAws::start().with_members(4);
    let arn = |partition: &str, number: usize| {
        format!("arn:{partition}:organizations::{MANAGEMENT}:account/o-a1b2c3d4e5/{}", id(number))
    };
    for (number, arn) in [(2, arn("aws-eusc", 2)), (3, arn("aws-iso-f", 3)), (4, "arn:?".into())] {
        aws.edit(number, |account| drop(account.fields.insert("Arn".into(), arn.into())));
    }
    let listing = list(&aws, AccountQuery::new()).await;
    let found: Vec<_> = listing
        .accounts()
        .iter()
        .map(|account| (account.partition.to_string(), account.doubt.is_some()))
        .collect();
    let expected = [("aws", false), ("aws-eusc", false), ("aws-iso-f", false), ("aws", true)];
    assert_eq!(found, expected.map(|(partition, doubt)| (partition.to_owned(), doubt)));
}

#[tokio::test]
async fn an_account_without_an_account_id_is_left_out_and_the_listing_is_partial() {
    for odd in [json!("12 of them"), json!(""), json!(null), json!("1234567890123"), json!("../1234567890")] {
        let aws = LocalAws::start().with_members(5);
        aws.edit(3, |account| drop(account.fields.insert("Id".into(), odd.clone())));
        let listing = list(&aws, AccountQuery::default().with_tags()).await;
        assert_eq!(listing.accounts().len(), 4, "{odd}");
        assert!(!listing.is_complete(), "{odd}: any account may be the one");
        assert!(
            listing.notes().iter().any(|note| note.contains("1 account")),
            "{odd}: {:?}",
            listing.notes()
        );
    }
}

#[tokio::test]
async fn odd_fields_of_one_account_put_that_one_in_doubt_and_end_nothing() {
    let fields = [
        ("Name", json!(null)),
        ("Name", json!("\u{1b}[2J")),
        ("Email", json!(null)),
        ("Arn", json!(null)),
        ("Arn", json!("not an ARN")),
        ("State", json!("ASLEEP")),
        ("Status", json!("")),
        ("JoinedMethod", json!("BORN")),
        ("JoinedTimestamp", json!(-1e15)),
        ("Paths", json!(["nowhere"])),
    ];
    for (field, value) in fields {
        let aws = LocalAws::start().with_members(5);
        aws.edit(3, |account| drop(account.fields.insert(field.into(), value.clone())));
        let listing = list(&aws, AccountQuery::default().with_tags().with_ou_paths()).await;
        assert_eq!(listing.accounts().len(), 5, "{field} {value}");
        assert!(listing.is_complete(), "{field} {value}");
        let doubted: Vec<_> = listing
            .accounts()
            .iter()
            .filter(|account| account.doubt.is_some())
            .map(|account| account.id.as_str())
            .collect();
        assert!(doubted.is_empty() || doubted == [id(3)], "{field} {value}: {doubted:?}");
    }
}

#[tokio::test]
async fn an_answer_without_an_end_is_an_error_that_says_so() {
    let aws = LocalAws::start();
    aws.fail(AwsFault::endless().on("organizations:ListAccounts").always());
    let source = backend_of(&aws).await.accounts();
    let error = source.list_accounts(&AccountQuery::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.to_string().contains("longer than 16 MiB"), "{error}");
    assert!(error.remedy().unwrap().contains("AWS_ENDPOINT_URL"), "{error}");
    assert_eq!(aws.take_calls().len(), 1, "asked again it would be as long again");
}
