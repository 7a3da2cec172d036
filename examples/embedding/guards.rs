//! A company rule: production accounts decide about optimization themselves.

use harness_ccm::feature::Optimization;
use harness_ccm::plan::PlanRejected;
use harness_ccm::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let world = World::new([
        Account::new("111122223333".parse()?, "web").with_tags([("env", "prod")]),
        Account::new("222233334444".parse()?, "lab").with_tags([("env", "lab")]),
    ]);
    let features = FeatureSet::new().with_visibility().with_optimization(Optimization::new());
    let rule = Rule::onboard("everybody", Selector::all(), features);
    let intent = Intent::us("my-harness-account".parse()?).with_rule(rule);
    let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors());

    // count: guard
    let guard = guard("no optimization in production", |_, plan| {
        let refused = plan.tag("env") == Some("prod") && plan.gains(Feature::Optimization);
        if refused { Err("production decides for itself".into()) } else { Ok(()) }
    });
    let pipeline = pipeline.with_guard(guard).with_query(AccountQuery::new().with_tags());
    // end

    let checked = pipeline.check(pipeline.plan().await?);
    let Err(PlanRejected::Guard { account, message, .. }) = checked else { return Err("not refused".into()) };
    assert_eq!((account.as_str(), &*message), ("111122223333", "production decides for itself"));
    assert!(world.writes().is_empty(), "a plan is refused before its first write");
    Ok(())
}
