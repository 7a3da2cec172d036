//! A custom account source: a trait with one method. Here accounts come from a company's own inventory, in addition to an
//! organization; everything after that is the same as with other sources.
//!
//! `cargo run --example own_source`

use std::error::Error;

use async_trait::async_trait;
use harness_ccm_core::account::{Account, AccountQuery, AccountState};
use harness_ccm_core::backend::AccountSource;
use harness_ccm_core::config::Config;
use harness_ccm_core::listing::Listing;
use harness_ccm_core::memory::World;
use harness_ccm_core::report::{Explanation, Roster};
use harness_ccm_core::source::Union;

/// A cloud account in an inventory. In production this comes from a database or an API.
#[derive(Clone, Debug)]
struct Asset {
    aws_account: &'static str,
    title: &'static str,
    business_unit: &'static str,
    retired: bool,
}

/// The inventory as a source.
#[derive(Debug)]
struct Inventory(Vec<Asset>);

#[async_trait]
impl AccountSource for Inventory {
    async fn list_accounts(&self, _query: &AccountQuery) -> harness_ccm_core::Result<Listing> {
        // All accounts or an error, whatever their state: missing accounts may be offboarded. A part of them would be
        // `Listing::partial(...)`. The details in `query` must be known for every account, or the result is an error of the
        // kind `Unsupported`; here tags and units are always known.
        let accounts = self
            .0
            .iter()
            .map(|asset| {
                let id = asset.aws_account.parse().map_err(|error| {
                    harness_ccm_core::Error::new(
                        harness_ccm_core::ErrorKind::Protocol,
                        "inventory:list",
                        "an asset has no proper account",
                    )
                    .with_subject(asset.title)
                    .with_source(error)
                })?;
                let state = if asset.retired { AccountState::Closed } else { AccountState::Active };
                Ok(Account::new(id, asset.title)
                    .with_state(state)
                    .with_ou_path([asset.business_unit])
                    .with_ou_ids(Vec::<String>::new())
                    .with_tags([("business-unit", asset.business_unit)]))
            })
            .collect::<harness_ccm_core::Result<Vec<_>>>()?;
        Ok(Listing::complete(accounts))
    }
}

const INTENT: &str = r#"
harness = { account-id = "sample" }

[[rules]]
name = "research pays for itself"
tags = { business-unit = "research" }
skip = "it has its own tools"

[[rules]]
name = "everybody else"
features = ["visibility", "governance"]
"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let asset =
        |aws_account, title, business_unit, retired| Asset { aws_account, title, business_unit, retired };
    let inventory = Inventory(vec![
        asset("200000000001", "Gene Lab", "research", false),
        asset("200000000002", "Web Shop", "sales", false),
        asset("200000000003", "Old Shop", "sales", true),
    ]);
    let organization = World::new([Account::new("100000000001".parse()?, "acme-payer").as_management()]);
    let source = Union::new().with("inventory", inventory).with("organization", organization.accounts());

    let intent = Config::from_toml(INTENT, None)?.intent;
    let desired = intent.resolve(source.list_accounts(&intent.query()).await?)?;
    anstream::print!("{}", Roster::new(&desired, &intent.rules));
    for account in desired.accounts().values() {
        anstream::print!("\n{}", Explanation::of(account, &intent.rules));
    }
    Ok(())
}
