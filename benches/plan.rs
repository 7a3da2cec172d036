//! The pure stages over organizations of growing size.
#![expect(clippy::unwrap_used, reason = "a benchmark whose world cannot be built has nothing to measure")]

use divan::Bencher;
use harness_ccm_benches::{accounts, intent, known_accounts, many_rules, nothing};
use harness_ccm_core::listing::Listing;
use harness_ccm_core::naming::Naming;
use harness_ccm_core::plan::{Plan, PlanOptions, make_plan};
use harness_ccm_core::source::{ListOptions, ListSource};

fn main() {
    divan::main();
}

const SIZES: [u64; 3] = [100, 1_000, 10_000];

#[divan::bench(args = SIZES, sample_count = 5)]
fn resolve(bencher: Bencher<'_, '_>, size: u64) {
    let (intent, accounts) = (intent().unwrap(), accounts(size).unwrap());
    bencher.bench(|| intent.resolve(Listing::complete(accounts.clone())).unwrap());
}

/// With 141 rules, half of the accounts on lists.
#[divan::bench(args = SIZES, sample_count = 5)]
fn resolve_many_rules(bencher: Bencher<'_, '_>, size: u64) {
    let accounts = known_accounts(size).unwrap();
    let intent = many_rules(&accounts).unwrap();
    bencher.bench(|| intent.resolve(Listing::complete(accounts.clone())).unwrap());
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn names(bencher: Bencher<'_, '_>, size: u64) {
    let accounts = known_accounts(size).unwrap();
    bencher.bench(|| Naming::Guide.identifiers(&accounts).unwrap());
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn csv(bencher: Bencher<'_, '_>, size: u64) {
    let rows = accounts(size).unwrap().into_iter().map(|account| format!("{},{}", account.id, account.name));
    let text = ["id,name".to_owned()].into_iter().chain(rows).collect::<Vec<_>>().join("\n");
    bencher.bench(|| ListSource::from_csv(text.as_bytes(), ListOptions::default()).unwrap());
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn first_plan(bencher: Bencher<'_, '_>, size: u64) {
    let desired = intent().unwrap().resolve(Listing::complete(accounts(size).unwrap())).unwrap();
    let observed = nothing(&desired);
    bencher.bench(|| make_plan(&desired, &observed, PlanOptions::default()));
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn text(bencher: Bencher<'_, '_>, size: u64) {
    let plan = created(size);
    bencher.bench(|| plan.render().to_string());
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn markdown(bencher: Bencher<'_, '_>, size: u64) {
    let plan = created(size);
    bencher.bench(|| plan.markdown().to_string());
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn page(bencher: Bencher<'_, '_>, size: u64) {
    let plan = created(size);
    bencher.bench(|| plan.page().to_string());
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn json(bencher: Bencher<'_, '_>, size: u64) {
    let plan = created(size);
    bencher.bench(|| plan.to_json_text());
}

fn created(size: u64) -> Plan {
    let desired = intent().unwrap().resolve(Listing::complete(accounts(size).unwrap())).unwrap();
    make_plan(&desired, &nothing(&desired), PlanOptions::default())
}
