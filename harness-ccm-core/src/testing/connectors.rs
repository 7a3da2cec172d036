//! What every [`ConnectorClient`] has to do.

use super::{fails, ok, out_of_date, same};
use crate::backend::{ConnectorClient, Expect, Removed, Written};
use crate::connector::{ConnectorSpec, ConnectorState};
use crate::error::ErrorKind;
use crate::feature::{AutoStopping, CommitmentService, CurReport, Feature, ReportType};
use crate::id::{AccountId, ConnectorId, OwnerId, Partition, RoleArn, RolePath};
use crate::owner::Ownership;

/// Where the suite works.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectorSite {
    /// The AWS account that connectors are made for.
    pub account: AccountId,
    /// What identifiers begin with.
    pub prefix: String,
    /// Whether the backend is known to see only some of the connectors.
    pub sees_some: bool,
}

impl ConnectorSite {
    /// The AWS account that connectors are made for; `prefix` is what their identifiers begin with.
    pub fn new(account: AccountId, prefix: impl Into<String>) -> Self {
        Self { account, prefix: prefix.into(), sees_some: false }
    }

    /// Says that the backend sees only some of the connectors, as with a key that may not view all of them.
    #[must_use]
    pub fn seeing_some(mut self) -> Self {
        self.sees_some = true;
        self
    }

    fn spec(&self, name: &str, owner: &str) -> ConnectorSpec {
        let role = "HarnessCERole".parse().unwrap();
        let role = RoleArn::new(Partition::Aws, self.account.clone(), RolePath::root(), role);
        let id: ConnectorId = format!("{}{name}", self.prefix).parse().unwrap();
        ConnectorSpec::new(
            id,
            name.parse().unwrap(),
            role,
            "harness:891928451355:suite".parse().unwrap(),
            [Feature::Visibility].into(),
            owner.parse::<OwnerId>().unwrap(),
        )
    }
}

/// Makes one test for each thing that a [`ConnectorClient`](crate::backend::ConnectorClient) has to do.
///
/// `$block_on` runs a future to its end, as the backend needs it; `$start` is a future that gives the backend, the
/// [`ConnectorSite`](crate::testing::connectors::ConnectorSite) to work at, and whatever has to live as long.
///
/// ```
/// use harness_ccm_core::prelude::*;
/// use harness_ccm_core::testing::connectors::ConnectorSite;
///
/// async fn start() -> (impl ConnectorClient, ConnectorSite, ()) {
///     let world = World::new([]);
///     (world.connectors(), ConnectorSite::new("111122223333".parse().unwrap(), "suite_"), ())
/// }
///
/// mod keeps_the_contract {
///     harness_ccm_core::connector_client_tests!(futures_executor::block_on, super::start());
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! connector_client_tests {
    ($block_on:expr, $start:expr) => {
        $crate::__connector_cases! { tests ($block_on, $start) }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __connector_cases {
    ($mode:ident $arguments:tt) => {
        $crate::__connector_cases! { @ $mode $arguments
            what_is_there_is_not_made_again "The same spec again answers `Unchanged`.";
        }
    };
    // Those that hold even where answers are lost on the way.
    (lossy $mode:ident $arguments:tt) => {
        $crate::__connector_cases! { @ $mode $arguments }
    };
    (@ $mode:ident $arguments:tt $($case:ident $promise:literal;)*) => {
        $crate::__conformance! { $mode connectors $arguments;
            a_connector_is_made_listed_and_left_alone "After `Ok` the connector is what the spec says, with the owner mark; the same spec again answers the same state.";
            every_field_can_be_changed "After `Ok` the connector has the fields, the tags and the owner mark of the spec.";
            an_expectation_that_does_not_hold_changes_nothing "`Expect::Same`: the connector is as it was observed, otherwise `Conflict`, before the first write.";
            what_somebody_else_made_is_not_overwritten "`Expect::Absent`: there is no connector of that identifier, or our own for that account.";
            our_own_connector_is_completed "A connector that carries the spec's own owner mark counts as what an interrupted call left, and is completed.";
            what_is_not_named_is_kept "Further tags, and options left at `None`, are as they were.";
            what_can_not_be_is_refused "`Invalid`: Harness refused a field. Nothing is made.";
            removing_is_exact_and_repeatable "Removing what is gone answers `AlreadyGone`, and the identifier is free again.";
            a_connector_that_lost_our_mark_is_not_removed "The connector is as it was observed, the owner mark included; otherwise `Conflict`, before the write.";
            testing_what_is_not_there_is_not_found "`NotFound` if there is no such connector: a failed test is an answer, not an error.";
            what_is_seen_is_told "A backend that does not see all connectors, or cannot tell, never answers `All`.";
            $($case $promise;)*
        }
    };
}

/// The names of all cases.
pub const CASES: &[&str] = &__connector_cases! { names () };

/// Runs all cases.
pub async fn suite(connectors: &dyn ConnectorClient, place: &ConnectorSite) {
    __connector_cases! { suite (connectors, place) }
}

/// Runs all cases on a backend that loses answers on the way. Where a creation's answer was lost and the connector is there, it
/// cannot tell if it was there before; in everything else it has to keep the contract.
pub async fn suite_under_losses(connectors: &dyn ConnectorClient, place: &ConnectorSite) {
    __connector_cases! { lossy suite (connectors, place) }
}

async fn find(case: &str, connectors: &dyn ConnectorClient, id: &ConnectorId) -> Option<ConnectorState> {
    let all = ok(case, connectors.list_connectors().await).connectors;
    assert!(all.is_sorted_by(|a, b| a.id < b.id), "{case}: sorted by identifier, each once");
    all.into_iter().find(|connector| connector.id == *id)
}

async fn seen(case: &str, connectors: &dyn ConnectorClient, id: &ConnectorId) -> ConnectorState {
    match find(case, connectors, id).await {
        Some(state) => state,
        None => panic!("{case}: the connector {id} is not listed"),
    }
}

async fn create(case: &str, connectors: &dyn ConnectorClient, spec: &ConnectorSpec) -> ConnectorState {
    match ok(case, connectors.put_connector(spec, Expect::Absent).await) {
        Written::Created(state) => state,
        other => panic!("{case}: expected Created, got {other:?}"),
    }
}

async fn remove(case: &str, connectors: &dyn ConnectorClient, id: &ConnectorId) {
    let state = seen(case, connectors, id).await;
    assert_eq!(ok(case, connectors.remove_connector(id, &state).await), Removed::Removed, "{case}");
    assert_eq!(find(case, connectors, id).await, None, "{case}: gone after removal");
}

/// Made, listed as it was answered, and unchanged by a second put.
pub async fn a_connector_is_made_listed_and_left_alone(
    connectors: &dyn ConnectorClient,
    place: &ConnectorSite,
) {
    let case = "make";
    let spec = place.spec("made", "suite");
    let answered = create(case, connectors, &spec).await;
    let found = seen(case, connectors, &spec.id).await;
    same(case, found.same_as(&answered), &answered, &found);
    assert!(spec.differences(&found).is_empty(), "{case}: {:?}", spec.differences(&found));
    assert_eq!(found.ownership(&spec.owner), Ownership::Ours, "{case}: the mark is there");
    let again = ok("put again", connectors.put_connector(&spec, Expect::same(found.clone())).await);
    assert!(matches!(again, Written::Unchanged(_)), "put again: {again:?}");
    let again = ok("put again", connectors.put_connector(&spec, Expect::Absent).await).into_state();
    same("put again", again.same_as(&found), &found, &again);
    remove(case, connectors, &spec.id).await;
}

/// A put of what is there says so, whatever it expected.
pub async fn what_is_there_is_not_made_again(connectors: &dyn ConnectorClient, place: &ConnectorSite) {
    let case = "make again";
    let spec = place.spec("again", "suite");
    create(case, connectors, &spec).await;
    let again = ok(case, connectors.put_connector(&spec, Expect::Absent).await);
    assert!(matches!(again, Written::Unchanged(_)), "{case}: {again:?}");
    remove(case, connectors, &spec.id).await;
}

/// Every field follows the spec, there and back.
pub async fn every_field_can_be_changed(connectors: &dyn ConnectorClient, place: &ConnectorSite) {
    let case = "change";
    let spec = place.spec("changed", "suite");
    let before = create(case, connectors, &spec).await;
    let mut wanted = spec.clone();
    wanted.name = "another name".parse().unwrap();
    wanted.external_id = "harness:891928451355:other".parse().unwrap();
    let role = "OtherRole".parse().unwrap();
    wanted.role = RoleArn::new(Partition::Aws, place.account.clone(), RolePath::root(), role);
    wanted.features = [Feature::Billing, Feature::Governance, Feature::Optimization].into();
    let report = CurReport::new("report", "report-bucket").with_type(ReportType::Cur2);
    wanted.report = Some(report);
    wanted.autostopping = Some([AutoStopping::Ec2, AutoStopping::Rds].into());
    wanted.commitment = Some([CommitmentService::Ec2, CommitmentService::ElastiCache].into());
    wanted.settings.session = Some(3600.try_into().unwrap());
    wanted.settings.ignore_test = Some(true);
    wanted.gov_cloud = true;
    for (key, value) in
        [("team", "fin:ops:x"), ("empty", ""), ("größe", "groß \"und\" klein\n"), ("a:b", "{}")]
    {
        wanted.tags.insert(key.into(), value.into());
    }
    let written = ok(case, connectors.put_connector(&wanted, Expect::same(before)).await);
    assert!(matches!(written, Written::Updated(_)), "{case}: {written:?}");
    let found = seen(case, connectors, &spec.id).await;
    assert!(wanted.differences(&found).is_empty(), "{case}: {:?}", wanted.differences(&found));
    let answered = written.into_state();
    same(case, found.same_as(&answered), &answered, &found);
    // And back again, but for what an absent option leaves as it is.
    let written = ok(case, connectors.put_connector(&spec, Expect::same(found)).await);
    assert!(matches!(written, Written::Updated(_)), "{case} back: {written:?}");
    let found = seen(case, connectors, &spec.id).await;
    assert!(spec.differences(&found).is_empty(), "{case} back: {:?}", spec.differences(&found));
    assert_eq!(found.report, None, "{case} back: without billing there is no report");
    assert_eq!(found.settings.session, Some(3600), "{case} back: the option is gone");
    remove(case, connectors, &spec.id).await;
}

/// A stale expectation is a conflict, and nothing is written.
pub async fn an_expectation_that_does_not_hold_changes_nothing(
    connectors: &dyn ConnectorClient,
    place: &ConnectorSite,
) {
    let case = "stale";
    let spec = place.spec("stale", "suite");
    let before = create(case, connectors, &spec).await;
    let mut stale = before.clone();
    stale.external_id = Some("other".into());
    let mut wanted = spec.clone();
    wanted.features.insert(Feature::Governance);
    out_of_date(case, connectors.put_connector(&wanted, Expect::same(stale.clone())).await);
    out_of_date(case, connectors.remove_connector(&spec.id, &stale).await);
    let found = seen(case, connectors, &spec.id).await;
    same("nothing was written", found.same_as(&before), &before, &found);
    remove(case, connectors, &spec.id).await;
    out_of_date("expected but gone", connectors.put_connector(&wanted, Expect::same(before)).await);
    assert_eq!(find(case, connectors, &spec.id).await, None, "{case}: nothing was made");
}

/// A connector without our mark is not taken for ours.
pub async fn what_somebody_else_made_is_not_overwritten(
    connectors: &dyn ConnectorClient,
    place: &ConnectorSite,
) {
    let case = "foreign";
    let theirs = place.spec("foreign", "somebody");
    let before = create(case, connectors, &theirs).await;
    let mut ours = place.spec("foreign", "suite");
    ours.features.insert(Feature::Governance);
    // A lost answer may leave the effect open here.
    fails(case, connectors.put_connector(&ours, Expect::Absent).await, ErrorKind::Conflict);
    let found = seen(case, connectors, &theirs.id).await;
    same("nothing was written", found.same_as(&before), &before, &found);
    remove(case, connectors, &theirs.id).await;
}

/// What a put whose answer was lost left is completed by the next.
pub async fn our_own_connector_is_completed(connectors: &dyn ConnectorClient, place: &ConnectorSite) {
    let case = "half-made";
    let first = place.spec("half", "suite");
    create(case, connectors, &first).await;
    let mut wanted = first.clone();
    wanted.features.insert(Feature::Governance);
    let written = ok(case, connectors.put_connector(&wanted, Expect::Absent).await);
    assert!(matches!(written, Written::Updated(_)), "{case}: {written:?}");
    remove(case, connectors, &first.id).await;
}

/// Tags and options that the spec leaves open stay.
pub async fn what_is_not_named_is_kept(connectors: &dyn ConnectorClient, place: &ConnectorSite) {
    let case = "beside";
    let mut more = place.spec("beside", "suite");
    more.features.insert(Feature::Optimization);
    more.autostopping = Some([AutoStopping::Ec2].into());
    more.tags.insert("extra".into(), "kept".into());
    let before = create(case, connectors, &more).await;
    let mut less = place.spec("beside", "suite");
    less.name = "other".parse().unwrap();
    less.features.insert(Feature::Optimization);
    ok(case, connectors.put_connector(&less, Expect::same(before)).await);
    let found = seen(case, connectors, &less.id).await;
    assert_eq!(found.tags.get("extra").map(String::as_str), Some("kept"), "{case}: the other tag is gone");
    assert_eq!(found.autostopping, [AutoStopping::Ec2.into()].into(), "{case}: the option is gone");
    remove(case, connectors, &less.id).await;
}

/// Reserved identifiers, no feature, and billing without a report are refused, and nothing is made.
pub async fn what_can_not_be_is_refused(connectors: &dyn ConnectorClient, place: &ConnectorSite) {
    let mut reserved = place.spec("reserved", "suite");
    reserved.id = "org".parse().unwrap();
    fails("reserved word", connectors.put_connector(&reserved, Expect::Absent).await, ErrorKind::Invalid);
    let mut billing = place.spec("billing", "suite");
    billing.features.insert(Feature::Billing);
    fails("no report", connectors.put_connector(&billing, Expect::Absent).await, ErrorKind::Invalid);
    let mut empty = place.spec("empty", "suite");
    empty.features.clear();
    fails("no feature", connectors.put_connector(&empty, Expect::Absent).await, ErrorKind::Invalid);
    for id in [&reserved.id, &billing.id, &empty.id] {
        assert_eq!(find("refused", connectors, id).await, None, "refused: {id} was made");
    }
}

/// What does not carry the mark any more under which it was observed stays.
pub async fn a_connector_that_lost_our_mark_is_not_removed(
    connectors: &dyn ConnectorClient,
    place: &ConnectorSite,
) {
    let case = "mark lost";
    let ours = place.spec("lost", "suite");
    let before = create(case, connectors, &ours).await;
    let mut theirs = ours.clone();
    theirs.owner = "somebody".parse().unwrap();
    ok(case, connectors.put_connector(&theirs, Expect::same(before.clone())).await);
    let taken = seen(case, connectors, &ours.id).await;
    out_of_date(case, connectors.remove_connector(&ours.id, &before).await);
    let found = seen(case, connectors, &ours.id).await;
    same("nothing was written", found.same_as(&taken), &taken, &found);
    remove(case, connectors, &ours.id).await;
}

/// Removing what is gone is no error, and the identifier is free again.
pub async fn removing_is_exact_and_repeatable(connectors: &dyn ConnectorClient, place: &ConnectorSite) {
    let case = "remove";
    let spec = place.spec("removed", "suite");
    let state = create(case, connectors, &spec).await;
    assert_eq!(ok(case, connectors.remove_connector(&spec.id, &state).await), Removed::Removed, "{case}");
    assert_eq!(
        ok(case, connectors.remove_connector(&spec.id, &state).await),
        Removed::AlreadyGone,
        "{case} again"
    );
    create("make again", connectors, &spec).await;
    remove("make again", connectors, &spec.id).await;
}

/// A test of a connector that does not exist is an error, not a failed test.
pub async fn testing_what_is_not_there_is_not_found(connectors: &dyn ConnectorClient, place: &ConnectorSite) {
    let id: ConnectorId = format!("{}nobody", place.prefix).parse().unwrap();
    fails("test of nothing", connectors.test_connector(&id).await, ErrorKind::NotFound);
}

/// Whether all connectors are seen is told, and never claimed wrongly.
pub async fn what_is_seen_is_told(connectors: &dyn ConnectorClient, place: &ConnectorSite) {
    let case = "view";
    let first = ok(case, connectors.view().await);
    assert_eq!(ok(case, connectors.view().await), first, "{case}: asked anew it is the same");
    assert!(
        !(place.sees_some && first.is_all()),
        "{case}: connectors are hidden, and all are claimed to be seen"
    );
}
