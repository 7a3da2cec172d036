//! Plans three accounts in memory: as text for people and as JSON for programs.
#![expect(clippy::print_stdout, reason = "the plan is shown")]

use harness_ccm::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (web, shop, data) = ("111122223333".parse()?, "222233334444".parse()?, "333344445555".parse()?);
    let world = World::new([
        Account::new(web, "web"),
        Account::new(shop, "shop"),
        Account::new(data, "data").with_state(AccountState::Suspended),
    ]);

    // count: pipeline
    let rule = Rule::onboard("everybody", Selector::all(), FeatureSet::new().with_visibility());
    let intent = Intent::us("my-harness-account".parse()?).with_rule(rule);
    let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors());
    let plan = pipeline.plan().await?;
    println!("{}", plan.render());
    println!("{}", plan.to_json_text());
    // end

    assert_eq!(plan.counts().create, 4, "a role and a connector in two accounts; the third is suspended");
    assert!(world.writes().is_empty(), "a plan writes nothing");
    Ok(())
}
