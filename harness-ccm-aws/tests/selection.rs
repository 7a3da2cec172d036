//! Selecting accounts of an organization in moto by unit, tag and name, with an intent file: compared with a computation that
//! uses neither patterns nor the library.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::collections::BTreeMap;

use harness_ccm_aws::{AwsBackend, Pacing};
use harness_ccm_aws_servers::{MotoServer, skip};
use harness_ccm_core::backend::AccountSource as _;
use harness_ccm_core::config::Config;
use harness_ccm_core::intent::Choice;
use serde_json::Value;

/// The rule of an account by a separate computation.
type Hand = fn(&Value) -> Option<&'static str>;

/// Rules, the same by hand, and the calls that they need.
type Case = (String, Hand, Vec<(&'static str, usize)>);

/// 300 members in a tree of three levels, some of whose units are empty. Prints the properties of each, by id.
const ORGANIZATION: &str = r"
import boto3, json
from concurrent.futures import ThreadPoolExecutor
client = boto3.client('organizations')
client.create_organization(FeatureSet='ALL')
root = client.list_roots()['Roots'][0]['Id']
units = {'': root}
def unit(path):
    parent, _, name = path.rpartition('/')
    units[path] = client.create_organizational_unit(ParentId=units[parent], Name=name)['OrganizationalUnit']['Id']
for path in ['Workloads', 'Sandbox', 'Empty', 'Workloads/Prod', 'Workloads/Test', 'Workloads/Prod/EU', 'Workloads/Prod/US',
             'Workloads/Test/EU', 'Sandbox/Labs', 'Empty/Below']:
    unit(path)
places = ['', 'Workloads', 'Workloads/Prod', 'Workloads/Prod/EU', 'Workloads/Prod/EU', 'Workloads/Prod/US', 'Workloads/Test',
          'Workloads/Test/EU', 'Sandbox', 'Sandbox/Labs']
def make(number):
    path = places[number % len(places)]
    name = ['web', 'data', 'web-shop', 'batch'][number // 10 % 4] + f'-{number}'
    tags = {}
    if number % 3: tags['owner'] = f'team{number % 7}'
    if number % 5 == 0: tags['cost-center'] = str(40 + number // 5 % 4)
    tags = [dict(Key=key, Value=value) for key, value in tags.items()]
    id = client.create_account(AccountName=name, Email=f'{number}@example.com', Tags=tags)['CreateAccountStatus']['AccountId']
    if path: client.move_account(AccountId=id, SourceParentId=root, DestinationParentId=units[path])
    return id, dict(name=name, path=path, tags={tag['Key']: tag['Value'] for tag in tags})
with ThreadPoolExecutor(8) as pool:
    print(json.dumps(dict(pool.map(make, range(300)))))
";

/// moto's own account, to which the fake credentials belong.
const CALLER: &str = "123456789012";

const HEAD: &str = "[harness]\naccount-id = \"acct\"\n";

const BY_NAME: &str = r#"
[[rules]]
name = "shops"
names = ["web-shop-*", "batch-??"]
features = ["visibility"]
"#;

const BY_UNIT: &str = r#"
[[rules]]
name = "sandboxes"
ou-paths = ["Sandbox/**"]
skip = "sandboxes cost too little"

[[rules]]
name = "europe"
ou-paths = ["Workloads/*/EU"]
features = ["visibility"]
"#;

const BY_TAG: &str = r#"
[[rules]]
name = "nobody's"
tags = { owner = false }
skip = "nobody owns it"

[[rules]]
name = "paid for"
tags = { cost-center = ["41", "42"] }
features = ["visibility"]
"#;

fn is_batch_of_two_digits(name: &str) -> bool {
    name.strip_prefix("batch-").is_some_and(|rest| rest.len() == 2)
}

/// The rule for an account, computed separately.
fn by_name(account: &Value) -> Option<&'static str> {
    let name = account["name"].as_str().unwrap();
    (name.starts_with("web-shop-") || is_batch_of_two_digits(name)).then_some("shops")
}

fn by_unit(account: &Value) -> Option<&'static str> {
    match account["path"].as_str().unwrap() {
        "Sandbox" | "Sandbox/Labs" => Some("sandboxes"),
        "Workloads/Prod/EU" | "Workloads/Test/EU" => Some("europe"),
        _ => None,
    }
}

fn by_tag(account: &Value) -> Option<&'static str> {
    match (&account["tags"]["owner"], account["tags"]["cost-center"].as_str()) {
        (Value::Null, _) => Some("nobody's"),
        (_, Some("41" | "42")) => Some("paid for"),
        _ => None,
    }
}

#[tokio::test]
async fn units_tags_and_names_select_as_a_computation_by_hand_and_cost_what_they_must() {
    if skip() {
        return;
    }
    let server = MotoServer::start();
    let made: BTreeMap<String, Value> = serde_json::from_str(&server.run_python(ORGANIZATION, &[])).unwrap();
    assert_eq!(made.len(), 300);
    let accounts =
        AwsBackend::from_sdk_config(&server.sdk_config().await).with_pacing(Pacing::Unlimited).accounts();

    // 301 accounts in pages of twenty.
    let listed = ("ListAccounts", 16);
    // The root (31 accounts, so two pages), Workloads (30), Sandbox (30) and Empty below it; then Prod (30), Test (30), Labs (30) and
    // Below; then EU (60) and US (30) of Prod, and EU of Test (30).
    let members = ("ListAccountsForParent", 2 + (2 + 2 + 1) + (2 + 2 + 2 + 1) + (3 + 2 + 2));
    // The root, the three below it and the four below these; units below the last account are not visited.
    let units = ("ListOrganizationalUnitsForParent", 1 + 3 + 4);
    let walk = [listed, ("ListRoots", 1), members, units];
    let tags = ("ListTagsForResource", 301);
    let all: Hand = |account| by_unit(account).or_else(|| by_tag(account)).or_else(|| by_name(account));
    let cases: [Case; 4] = [
        (BY_NAME.into(), by_name, vec![listed]),
        (BY_UNIT.into(), by_unit, walk.to_vec()),
        (BY_TAG.into(), by_tag, vec![listed, tags]),
        ([BY_UNIT, BY_TAG, BY_NAME].concat(), all, [&walk[..], &[tags]].concat()),
    ];
    for (rules, by_hand, expected) in cases {
        let intent = Config::from_toml(&format!("{HEAD}{rules}"), None).unwrap().intent;
        server.take_calls();
        let listing = accounts.list_accounts(&intent.query()).await.unwrap();
        let mut calls: BTreeMap<String, usize> = BTreeMap::new();
        for call in server.take_calls() {
            *calls.entry(call).or_default() += 1;
        }
        let expected: BTreeMap<String, usize> =
            expected.iter().map(|(name, count)| (format!("organizations:{name}"), *count)).collect();
        assert_eq!(calls, expected, "{rules}");

        let desired = intent.resolve(listing.clone()).unwrap();
        assert_eq!(desired.accounts().len(), 301);
        let mut chosen: BTreeMap<&str, usize> = BTreeMap::new();
        for (id, account) in desired.accounts() {
            let rule = if let Some(account) = made.get(id.as_str()) {
                by_hand(account)
            } else {
                assert_eq!(id.as_str(), CALLER);
                // It has no tags, is under the root, and has the name master.
                rules.contains("owner = false").then_some("nobody's")
            };
            assert_eq!(account.rule.as_deref(), rule, "{id} {:?} by {rules}", made.get(id.as_str()));
            let onboard = matches!(rule, Some("shops" | "europe" | "paid for"));
            assert_eq!(matches!(account.choice, Choice::Onboard(_)), onboard, "{id}");
            *chosen.entry(rule.unwrap_or_default()).or_default() += 1;
        }
        assert!(chosen.values().all(|count| *count > 5), "every rule decides for some: {chosen:?}");
    }
}
