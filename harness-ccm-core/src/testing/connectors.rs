//! The requirements for every [`ConnectorClient`].

use super::{fails, ok, out_of_date, same};
use crate::backend::{ConnectorClient, Expect, Removed, Written};
use crate::connector::{ConnectorSettings, ConnectorSpec, ConnectorState};
use crate::error::ErrorKind;
use crate::feature::{AutoStopping, CommitmentService, CurReport, Feature, ReportType};
use crate::id::{AccountId, ConnectorId, OwnerId, Partition, RoleArn, RolePath};
use crate::owner::Ownership;

/// The place where the suite works.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectorSite {
    /// The AWS account of the connectors.
    pub account: AccountId,
    /// The prefix of identifiers.
    pub prefix: String,
    /// Whether the backend is known to see only some of the connectors.
    pub sees_some: bool,
}

impl ConnectorSite {
    /// A place for connectors of this AWS account, whose identifiers begin with `prefix`.
    pub fn new(account: AccountId, prefix: impl Into<String>) -> Self {
        Self { account, prefix: prefix.into(), sees_some: false }
    }

    /// Marks the backend as seeing only some connectors, for example because its key may not view all of
    /// them.
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

/// Generates one test for each requirement on a [`ConnectorClient`](crate::backend::ConnectorClient).
///
/// `$block_on` runs a future to completion on the runtime that the backend needs. `$start` is a future that
/// returns the backend, the [`ConnectorSite`](crate::testing::connectors::ConnectorSite) to work in, and any value
/// that must live as long.
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
            an_existing_connector_is_not_created_again "The same spec again returns `Unchanged`.";
        }
    };
    // Cases that hold even if responses are lost.
    (lossy $mode:ident $arguments:tt) => {
        $crate::__connector_cases! { @ $mode $arguments }
    };
    (@ $mode:ident $arguments:tt $($case:ident $promise:literal;)*) => {
        $crate::__conformance! { $mode connectors $arguments;
            a_connector_is_made_listed_and_left_alone "After `Ok` the connector is what the spec says, with the owner mark; the same spec again returns the same state.";
            every_field_can_be_changed "After `Ok` the connector has the fields, the tags and the owner mark of the spec.";
            an_expectation_that_does_not_hold_changes_nothing "`Expect::Same`: the connector is as it was observed, otherwise `Conflict`, before the first write.";
            connectors_of_others_are_not_overwritten "`Expect::Absent`: there is no connector with that identifier, or our own for that account.";
            our_own_connector_is_completed "A connector with the owner mark of the spec counts as the result of an interrupted call, and is completed.";
            unset_options_are_kept "Other tags, and options that are `None`, do not change.";
            invalid_connectors_are_refused "`Invalid`: Harness refused a field. Nothing is created.";
            removing_is_exact_and_repeatable "Removing a missing connector returns `AlreadyGone`, and the identifier is free again.";
            a_connector_that_lost_our_mark_is_not_removed "The connector is as it was observed, the owner mark included; otherwise `Conflict`, before the write.";
            testing_a_missing_connector_is_not_found "`NotFound` if there is no such connector: a failed test is a result, not an error.";
            the_view_is_reported "A backend that does not see all connectors, or does not know, never returns `All`.";
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

/// Runs all cases on a backend that loses responses. If the response to a creation was lost and the connector exists, the
/// backend cannot know whether it existed before; otherwise it must keep the contract.
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
    assert_eq!(find(case, connectors, id).await, None, "{case}: missing after removal");
}

/// Checks that a connector is created, listed in the returned state, and unchanged by a second put.
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

/// Checks that a put of an existing connector returns `Unchanged` for any expectation.
pub async fn an_existing_connector_is_not_created_again(
    connectors: &dyn ConnectorClient,
    place: &ConnectorSite,
) {
    let case = "create again";
    let spec = place.spec("again", "suite");
    create(case, connectors, &spec).await;
    let again = ok(case, connectors.put_connector(&spec, Expect::Absent).await);
    assert!(matches!(again, Written::Unchanged(_)), "{case}: {again:?}");
    remove(case, connectors, &spec.id).await;
}

/// Checks that every field follows the spec, in both directions.
pub async fn every_field_can_be_changed(connectors: &dyn ConnectorClient, place: &ConnectorSite) {
    let case = "change";
    let spec = place.spec("changed", "suite");
    let before = create(case, connectors, &spec).await;
    let (mut wanted, unmodelled) = (spec.clone(), before.unmodelled.clone());
    // Every field by name: a new one does not compile until it is changed here.
    let ConnectorSpec {
        id: _,
        name,
        role,
        external_id,
        features,
        autostopping,
        commitment,
        report,
        settings: ConnectorSettings { session, ignore_test },
        gov_cloud,
        tags,
        owner: _,
    } = &mut wanted;
    *name = "another name".parse().unwrap();
    *external_id = "harness:891928451355:other".parse().unwrap();
    let other = "OtherRole".parse().unwrap();
    *role = RoleArn::new(Partition::Aws, place.account.clone(), RolePath::root(), other);
    *features = [Feature::Billing, Feature::Governance, Feature::Optimization].into();
    *report = Some(CurReport::new("report", "report-bucket").with_type(ReportType::Cur2));
    *autostopping = Some([AutoStopping::Ec2, AutoStopping::Rds].into());
    *commitment = Some([CommitmentService::Ec2, CommitmentService::ElastiCache].into());
    *session = Some(3600.try_into().unwrap());
    *ignore_test = Some(true);
    *gov_cloud = true;
    for (key, value) in
        [("team", "fin:ops:x"), ("empty", ""), ("größe", "groß \"und\" klein\n"), ("a:b", "{}")]
    {
        tags.insert(key.into(), value.into());
    }
    let written = ok(case, connectors.put_connector(&wanted, Expect::same(before)).await);
    assert!(matches!(written, Written::Updated(_)), "{case}: {written:?}");
    let found = seen(case, connectors, &spec.id).await;
    assert!(wanted.differences(&found).is_empty(), "{case}: {:?}", wanted.differences(&found));
    assert_eq!(found.unmodelled, unmodelled, "{case}: what the backend writes is not unmodelled");
    let answered = written.into_state();
    same(case, found.same_as(&answered), &answered, &found);
    // And back again, except for options that are not set and stay.
    let written = ok(case, connectors.put_connector(&spec, Expect::same(found)).await);
    assert!(matches!(written, Written::Updated(_)), "{case} back: {written:?}");
    let found = seen(case, connectors, &spec.id).await;
    assert!(spec.differences(&found).is_empty(), "{case} back: {:?}", spec.differences(&found));
    assert_eq!(found.report, None, "{case} back: without billing there is no report");
    assert_eq!(found.settings.session, Some(3600), "{case} back: the option is missing");
    remove(case, connectors, &spec.id).await;
}

/// Checks that a stale expectation is a conflict, and that nothing is written.
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
    out_of_date("expected but missing", connectors.put_connector(&wanted, Expect::same(before)).await);
    assert_eq!(find(case, connectors, &spec.id).await, None, "{case}: nothing was created");
}

/// Checks that a connector without our mark is not overwritten.
pub async fn connectors_of_others_are_not_overwritten(
    connectors: &dyn ConnectorClient,
    place: &ConnectorSite,
) {
    let case = "foreign";
    let theirs = place.spec("foreign", "somebody");
    let before = create(case, connectors, &theirs).await;
    let mut ours = place.spec("foreign", "suite");
    ours.features.insert(Feature::Governance);
    // A lost response may leave the effect unknown here.
    fails(case, connectors.put_connector(&ours, Expect::Absent).await, ErrorKind::Conflict);
    let found = seen(case, connectors, &theirs.id).await;
    same("nothing was written", found.same_as(&before), &before, &found);
    remove(case, connectors, &theirs.id).await;
}

/// Checks that a put completes what an earlier put with a lost response left.
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

/// Checks that tags and options that the spec does not set stay.
pub async fn unset_options_are_kept(connectors: &dyn ConnectorClient, place: &ConnectorSite) {
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
    assert_eq!(found.tags.get("extra").map(String::as_str), Some("kept"), "{case}: the other tag is missing");
    assert_eq!(found.autostopping, [AutoStopping::Ec2.into()].into(), "{case}: the option is missing");
    remove(case, connectors, &less.id).await;
}

/// Checks that reserved identifiers, an empty feature set, and billing without a report are refused, and
/// nothing is created.
pub async fn invalid_connectors_are_refused(connectors: &dyn ConnectorClient, place: &ConnectorSite) {
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
        assert_eq!(find("refused", connectors, id).await, None, "refused: {id} was created");
    }
}

/// Checks that a connector which lost its observed mark is not removed.
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

/// Checks that removing a missing connector is not an error, and that the identifier is free again.
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
    create("create again", connectors, &spec).await;
    remove("create again", connectors, &spec.id).await;
}

/// Checks that a test of a missing connector is an error, not a failed test.
pub async fn testing_a_missing_connector_is_not_found(
    connectors: &dyn ConnectorClient,
    place: &ConnectorSite,
) {
    let id: ConnectorId = format!("{}nobody", place.prefix).parse().unwrap();
    fails("test of a missing connector", connectors.test_connector(&id).await, ErrorKind::NotFound);
}

/// Checks that the backend reports whether it sees all connectors, and never claims so wrongly.
pub async fn the_view_is_reported(connectors: &dyn ConnectorClient, place: &ConnectorSite) {
    let case = "view";
    let first = ok(case, connectors.view().await);
    assert_eq!(ok(case, connectors.view().await), first, "{case}: a second call returns the same");
    assert!(
        !(place.sees_some && first.is_all()),
        "{case}: connectors are hidden, but the backend claims to see all"
    );
}
