//! One account of an organization costs a handful of calls, for any number of accounts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up fails")]

use std::collections::BTreeMap;

use harness_ccm_aws::{AwsBackend, Pacing};
use harness_ccm_aws_servers::{LocalAws, MANAGEMENT, MotoServer, ROOT, id, skip};
use harness_ccm_core::prelude::*;
use harness_ccm_core::source::Restricted;

const UNITS: [&str; 3] = ["ou-ab12-outermost", "ou-ab12-middlemost", "ou-ab12-innermost0"];
/// The requested account.
const ONE: usize = 5_000;
/// The other accounts in its unit.
const BESIDE: [usize; 4] = [17, 170, 1_700, 9_999];

/// 10,000 accounts, one of which, with four more, is three levels deep.
fn organization() -> LocalAws {
    let aws = LocalAws::start().with_members(10_000);
    let parents = [ROOT, UNITS[0], UNITS[1]];
    let aws = UNITS.iter().zip(parents).fold(aws, |aws, (unit, parent)| aws.with_unit(unit, parent));
    for number in BESIDE.into_iter().chain([ONE]) {
        aws.edit(number, |account| {
            account.parent = Some(UNITS[2].to_owned());
            account.tags.insert("env".into(), "prod".into());
        });
    }
    aws
}

async fn backend(aws: &LocalAws) -> AwsBackend {
    AwsBackend::from_sdk_config(&aws.sdk_config().await).with_pacing(Pacing::Unlimited)
}

fn one() -> AccountId {
    id(ONE).parse().unwrap()
}

/// Rules that need tags, and units by id and by name.
fn intent() -> Intent {
    let unit = format!("Unit {}/**", UNITS[0]).parse().unwrap();
    let prod = Selector::all().with_tag("env", TagCondition::is("prod")).with_ou_path(unit).with_ou(UNITS[1]);
    Intent::us("acct".parse().unwrap()).with_rule(Rule::onboard(
        "prod",
        prod,
        FeatureSet::new().with_visibility(),
    ))
}

fn counts<const N: usize>(expected: [(&str, usize); N]) -> BTreeMap<String, usize> {
    expected.into_iter().map(|(name, count)| (format!("organizations:{name}"), count)).collect()
}

/// Returns the calls of Organizations, and the number of other calls.
fn taken(aws: &LocalAws) -> (BTreeMap<String, usize>, usize) {
    let all = aws.take_counts();
    let (organizations, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
        all.into_iter().partition(|(name, _)| name.starts_with("organizations:"));
    (organizations, others.values().sum())
}

fn assert_known(listing: &Listing) {
    let [account] = listing.accounts() else { panic!("{listing:?}") };
    assert!(!listing.is_complete(), "the others are not gone");
    assert_eq!(account.id, one());
    assert_eq!(account.payer.as_ref().map(AccountId::as_str), Some(MANAGEMENT));
    assert_eq!(account.tags.as_ref().unwrap()["env"], "prod");
    assert_eq!(account.ou_ids.as_deref(), Some(&UNITS.map(str::to_owned)[..]));
    assert_eq!(account.ou_path.as_deref(), Some(&UNITS.map(|unit| format!("Unit {unit}"))[..]));
}

#[tokio::test]
async fn an_account_three_levels_deep_takes_nine_calls_or_five_where_aws_fills_paths() {
    let aws = organization();
    let query = AccountQuery::new().with_tags().with_ou_paths();
    let climbed = counts([
        ("DescribeAccount", 1),
        ("DescribeOrganizationalUnit", 3),
        ("ListParents", 4),
        ("ListTagsForResource", 1),
    ]);
    let by_path =
        counts([("DescribeAccount", 1), ("DescribeOrganizationalUnit", 3), ("ListTagsForResource", 1)]);
    for (has_paths, expected) in [(false, climbed), (true, by_path)] {
        aws.with(|cloud| cloud.organization.has_paths = has_paths);
        assert_known(&backend(&aws).await.account(one()).list_accounts(&query).await.unwrap());
        assert_eq!(aws.take_counts(), expected);
        // The same account out of all of them: the restriction reaches the organization.
        let restricted =
            Restricted::new(backend(&aws).await.accounts(), Selector::all().with_accounts([one()]));
        assert_known(&restricted.list_accounts(&query).await.unwrap());
        assert_eq!(aws.take_counts(), expected);
    }
    // Details that no rule needs cost no calls.
    backend(&aws).await.account(one()).list_accounts(&AccountQuery::new()).await.unwrap();
    assert_eq!(aws.take_counts(), counts([("DescribeAccount", 1)]));
}

#[tokio::test]
async fn a_whole_pipeline_over_one_account_is_as_cheap_and_finds_nothing_to_do_the_next_time() {
    let aws = organization();
    let world = World::new([]);
    for status in [Status::Applied, Status::InSync] {
        let backend = backend(&aws).await;
        let pipeline = Pipeline::new(intent(), backend.account(one()), backend.roles(), world.connectors());
        assert_eq!(pipeline.run().await.unwrap().status(), status);
        let (organizations, others) = taken(&aws);
        assert_eq!(organizations.values().sum::<usize>(), 9, "{organizations:?}");
        assert_eq!(organizations["organizations:ListTagsForResource"], 1);
        assert!(others <= 6, "{others} calls of STS and IAM");
    }
}

#[tokio::test]
async fn restricted_to_a_unit_no_tags_are_asked_for_outside_of_it() {
    let aws = organization();
    aws.with(|cloud| cloud.organization.has_paths = true);
    let to = Selector::all().with_ou(UNITS[2]).with_tag("env", TagCondition::is("prod"));
    let listing = Restricted::new(backend(&aws).await.accounts(), to)
        .list_accounts(&AccountQuery::new().with_tags())
        .await
        .unwrap();
    let expected: Vec<_> = [17, 170, 1_700, ONE, 9_999].map(id).into();
    assert_eq!(listing.accounts().iter().map(|account| account.id.to_string()).collect::<Vec<_>>(), expected);
    let mut asked = aws.subjects("organizations:ListTagsForResource");
    asked.sort();
    assert_eq!(asked, expected);
}

#[tokio::test]
async fn an_account_of_another_organization_is_an_error_and_is_not_listed() {
    let aws = organization();
    let stranger = "999999999999".parse().unwrap();
    let error = backend(&aws).await.account(stranger).list_accounts(&AccountQuery::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let text = error.report();
    assert!(text.contains("account 999999999999") && text.contains("is not in the organization"), "{text}");
    let stranger = Selector::all().with_accounts(["999999999999".parse().unwrap(), one()]);
    let listed = Restricted::new(backend(&aws).await.accounts(), stranger)
        .list_accounts(&AccountQuery::new())
        .await
        .unwrap();
    assert_eq!(listed.accounts().len(), 1, "who is not in the organization is not listed");
}

/// Prints the id of an account three levels deep, with a tag.
const IN_MOTO: &str = r"
import boto3
client = boto3.client('organizations')
client.create_organization(FeatureSet='ALL')
parent = client.list_roots()['Roots'][0]['Id']
root = parent
for name in ['Workloads', 'Prod', 'EU']:
    parent = client.create_organizational_unit(ParentId=parent, Name=name)['OrganizationalUnit']['Id']
for number in range(30):
    made = client.create_account(AccountName=f'team {number}', Email=f'{number}@example.com', Tags=[{'Key': 'env', 'Value': 'prod'}])
account = made['CreateAccountStatus']['AccountId']
client.move_account(AccountId=account, SourceParentId=root, DestinationParentId=parent)
print(account)
";

#[tokio::test]
async fn moto_receives_as_many_calls() {
    if skip() {
        return;
    }
    let server = MotoServer::start();
    let account: AccountId = server.run_python(IN_MOTO, &[]).trim().parse().unwrap();
    let aws = AwsBackend::from_sdk_config(&server.sdk_config().await).with_pacing(Pacing::Unlimited);
    server.take_calls();
    let query = AccountQuery::new().with_tags().with_ou_paths();
    let listing = aws.account(account.clone()).list_accounts(&query).await.unwrap();
    assert_eq!(listing.accounts()[0].ou_path.as_ref().unwrap(), &["Workloads", "Prod", "EU"]);
    assert_eq!(listing.accounts()[0].tags.as_ref().unwrap()["env"], "prod");
    let calls = server.take_calls();
    let count = |name: &str| calls.iter().filter(|call| call.as_str() == name).count();
    assert!(calls.len() <= 9, "{calls:?}");
    assert_eq!((count("organizations:DescribeAccount"), count("organizations:ListTagsForResource")), (1, 1));
}
