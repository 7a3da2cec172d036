//! The pure stages over organizations of growing size.
#![expect(clippy::unwrap_used, reason = "a benchmark whose world can not be built has nothing to measure")]

use divan::Bencher;
use harness_ccm_benches::{accounts, intent, nothing};
use harness_ccm_core::plan::{PlanOptions, plan};

fn main() {
    divan::main();
}

const SIZES: [u64; 3] = [100, 1_000, 10_000];

#[divan::bench(args = SIZES, sample_count = 5)]
fn resolve(bencher: Bencher<'_, '_>, size: u64) {
    let (intent, accounts) = (intent().unwrap(), accounts(size).unwrap());
    bencher.bench(|| intent.resolve(&accounts).unwrap());
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn first_plan(bencher: Bencher<'_, '_>, size: u64) {
    let desired = intent().unwrap().resolve(&accounts(size).unwrap()).unwrap();
    let observed = nothing(&desired);
    bencher.bench(|| plan(&desired, &observed, PlanOptions::default()));
}
