//! The future of every stage can be moved to another thread: servers spawn them.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use std::sync::Arc;

use futures_executor::block_on;
use harness_ccm_core::apply::{ApplyOptions, Status, apply_plan};
use harness_ccm_core::backend::{AccountSource, ConnectorClient, NoPause, RoleProvisioner};
use harness_ccm_core::event::{EventSink, NoEvents};
use harness_ccm_core::limits::Limits;
use harness_ccm_core::memory::World;
use harness_ccm_core::observe::{ObserveOptions, observe_accounts};
use harness_ccm_core::plan::{PlanOptions, make_plan};
use harness_ccm_core::verify::{VerifyOptions, verify_accounts};
use support::*;

/// All stages over trait objects.
async fn all(
    source: Arc<dyn AccountSource>,
    roles: Arc<dyn RoleProvisioner>,
    connectors: Arc<dyn ConnectorClient>,
    events: Arc<dyn EventSink>,
) -> (Status, bool) {
    let intent = intent(visibility());
    let desired = intent.resolve(source.list_accounts(&intent.query()).await.unwrap()).unwrap();
    let options = ObserveOptions::default();
    let observed = observe_accounts(&desired, &*roles, &*connectors, options, &*events).await.unwrap();
    let approved = make_plan(&desired, &observed, PlanOptions::default()).check(&Limits::default()).unwrap();
    let report = apply_plan(&approved, &*roles, &*connectors, &ApplyOptions::default(), &*events).await;
    let listed = connectors.list_connectors().await.unwrap();
    let verification =
        verify_accounts(&desired, &listed, &*connectors, &NoPause, VerifyOptions::default(), &*events).await;
    (report.status(), verification.is_good())
}

/// The same over concrete backends, borrowed.
async fn borrowed(world: World) -> Status {
    let (roles, connectors) = (world.roles(), world.connectors());
    let desired = desired(visibility(), 1..=3);
    let observed =
        observe_accounts(&desired, &roles, &connectors, ObserveOptions::default(), &NoEvents).await.unwrap();
    let approved = make_plan(&desired, &observed, PlanOptions::default()).check(&Limits::default()).unwrap();
    apply_plan(&approved, &roles, &connectors, &ApplyOptions::default(), &NoEvents).await.status()
}

/// Carries a future out on another thread.
fn elsewhere<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    std::thread::spawn(move || block_on(work)).join().unwrap()
}

#[test]
fn a_whole_run_is_spawned_over_trait_objects_and_over_concrete_backends() {
    let world = World::new((1..=3).map(|number| account(number, &format!("team {number}"))));
    let objects = all(
        Arc::new(world.accounts()),
        Arc::new(world.roles()),
        Arc::new(world.connectors()),
        Arc::new(NoEvents),
    );
    let ended = elsewhere(objects);
    assert_eq!(ended, (Status::Applied, true));
    let again = elsewhere(borrowed(world));
    assert_eq!(again, Status::InSync);
}
