//! An approved plan, applied in waves: each wave is tested before the next begins.

use harness_ccm::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ids: Vec<AccountId> =
        (1..=20).map(|number| format!("{number:012}").parse()).collect::<Result<_, _>>()?;
    let world = World::new(ids.iter().map(|id| Account::new(id.clone(), "web")));
    let rule = Rule::onboard("everybody", Selector::all(), FeatureSet::new().with_visibility());
    let intent = Intent::us("my-harness-account".parse()?).with_rule(rule);
    let pipeline = Pipeline::new(intent, world.accounts(), world.roles(), world.connectors());
    // Another tool removes the role of the fifth account as soon as it is created: Harness cannot access the account then.
    let (colleague, fifth, name) = (world.clone(), ids[4].clone(), "HarnessCERole".parse()?);
    let pipeline = pipeline.with_observer(on_event(move |event| match event {
        Event::StepFinished { account, .. } if *account == fifth => {
            colleague.delete_role(account, &name);
        }
        _ => {}
    }));

    // count: waves
    let desired = pipeline.desired().await?;
    let approved = pipeline.check(pipeline.plan_for(&desired).await?)?;
    for wave in approved.waves(&Waves::percent(10)) {
        let report = pipeline.apply(&wave).await;
        if !report.status().is_success() || !pipeline.verify_wave(&desired, &wave).await?.is_good() {
            break;
        }
    }
    // end

    let connectors = world.connectors().list_connectors().await?.connectors;
    assert_eq!(connectors.len(), 6, "the third wave of two accounts failed its test, and no other began");
    Ok(())
}
