//! Whether a write may go ahead, for every possible state and expectation.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests too")]

use futures_executor::block_on;
use harness_ccm_core::account::Account;
use harness_ccm_core::backend::{
    Admission, Conflict, ConnectorClient as _, Expect, RemovalAdmission, RoleProvisioner as _,
    admit_connector, admit_connector_removal, admit_role, admit_role_removal,
};
use harness_ccm_core::connector::{ConnectorSpec, ConnectorState};
use harness_ccm_core::feature::{Feature, Named};
use harness_ccm_core::memory::World;
use harness_ccm_core::owner::{OWNER_TAG, Ownership};
use harness_ccm_core::policy::{PolicyDocument, Principals, Statement};
use harness_ccm_core::role::{RoleAddress, RoleSpec, RoleState};
use harness_ccm_core::route::Route;

/// The current state when the write arrives. `Observed` is the state that the caller planned with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum There {
    Absent,
    Observed,
    Changed,
    Desired,
    HalfMade,
    Unmarked,
    Foreign,
    /// A role under another path, a connector of another account.
    Elsewhere,
}

const ALL: [There; 8] = {
    use There::*;
    [Absent, Observed, Changed, Desired, HalfMade, Unmarked, Foreign, Elsewhere]
};

/// The results in the words of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Create,
    Unchanged,
    Finish,
    Update,
    AlreadyGone,
    Remove,
    Gone,
    NotAsObserved,
    TakenUnmarked,
    TakenForeign,
    OtherAccount,
    OtherPath,
    MarkLost,
}

fn refusal(conflict: &Conflict) -> Verdict {
    match conflict {
        Conflict::Gone => Verdict::Gone,
        Conflict::NotAsObserved => Verdict::NotAsObserved,
        Conflict::Taken { ownership: Ownership::Unmarked } => Verdict::TakenUnmarked,
        Conflict::Taken { ownership: Ownership::Foreign(_) } => Verdict::TakenForeign,
        Conflict::OtherAccount { .. } => Verdict::OtherAccount,
        Conflict::OtherPath { .. } => Verdict::OtherPath,
        Conflict::MarkLost { .. } => Verdict::MarkLost,
        other => panic!("{other:?}"),
    }
}

/// A write that is admitted uses exactly the state that was read.
fn of_write<T: PartialEq + std::fmt::Debug>(
    there: Option<&T>,
    admitted: Result<Admission<&T>, Conflict>,
) -> Verdict {
    match admitted {
        Ok(Admission::Create) => Verdict::Create,
        Ok(Admission::Unchanged(state)) => {
            assert_eq!(Some(state), there);
            Verdict::Unchanged
        }
        Ok(Admission::Finish(state)) => {
            assert_eq!(Some(state), there);
            Verdict::Finish
        }
        Ok(Admission::Update(state)) => {
            assert_eq!(Some(state), there);
            Verdict::Update
        }
        Err(conflict) => refusal(&conflict),
    }
}

fn of_removal<T: PartialEq + std::fmt::Debug>(
    there: Option<&T>,
    admitted: Result<RemovalAdmission<&T>, Conflict>,
) -> Verdict {
    match admitted {
        Ok(RemovalAdmission::AlreadyGone) => Verdict::AlreadyGone,
        Ok(RemovalAdmission::Remove(state)) => {
            assert_eq!(Some(state), there);
            Verdict::Remove
        }
        Err(conflict) => refusal(&conflict),
    }
}

type Row = (There, Verdict, Verdict, Verdict);

/// Checks every possible row once; the judge returns create, update and remove.
fn check(table: &[Row], judge: impl Fn(There) -> (Verdict, Verdict, Verdict)) {
    assert_eq!(table.iter().map(|row| row.0).collect::<Vec<_>>(), ALL, "the table has every case once");
    for (there, create, update, remove) in table {
        assert_eq!(judge(*there), (*create, *update, *remove), "{there:?}: create, update, remove");
    }
}

fn world() -> World {
    World::new([Account::new("000000000002".parse().unwrap(), "member")])
}

fn allow(action: &str) -> PolicyDocument {
    PolicyDocument::new([Statement::allow([action], ["*"]).unwrap()])
}

fn role(path: &str, action: &str) -> RoleSpec {
    let arn = format!("arn:aws:iam::000000000002:role{path}HarnessCERole").parse().unwrap();
    let trust = Statement::trust(Principals::aws(["arn:aws:iam::891928451355:root"]), ["sts:AssumeRole"]);
    let trust = PolicyDocument::new([trust.unwrap()]);
    RoleSpec::new(RoleAddress::new(arn, Route::default()), trust, "ours".parse().unwrap())
        .with_inline("Own".parse().unwrap(), allow(action))
}

fn made(spec: &RoleSpec) -> RoleState {
    block_on(world().roles().put_role(spec, Expect::Absent)).unwrap().into_state()
}

fn role_that_is(there: There) -> Option<RoleState> {
    let mut state = made(&role("/", "ec2:Before"));
    match there {
        There::Absent => return None,
        There::Observed => {}
        There::Changed => drop(state.inline.insert("Other".parse().unwrap(), allow("s3:Get*"))),
        There::Desired => return Some(made(&role("/", "ec2:After"))),
        There::HalfMade => state.inline.clear(),
        There::Unmarked => drop(state.tags.remove(OWNER_TAG)),
        There::Foreign => drop(state.tags.insert(OWNER_TAG.into(), "theirs".into())),
        There::Elsewhere => return Some(made(&role("/other/", "ec2:Before"))),
    }
    Some(state)
}

#[test]
fn a_role_is_written_and_removed_only_as_the_table_says() {
    use Verdict as V;
    #[rustfmt::skip]
    let table = [
        // There             create             update             remove
        (There::Absent,    V::Create,         V::Gone,           V::AlreadyGone),
        (There::Observed,  V::Update,         V::Update,         V::Remove),
        (There::Changed,   V::Update,         V::NotAsObserved,  V::NotAsObserved),
        (There::Desired,   V::Unchanged,      V::Unchanged,      V::NotAsObserved),
        // An interrupted creation and an interrupted removal leave the same state.
        (There::HalfMade,  V::Finish,         V::NotAsObserved,  V::Remove),
        (There::Unmarked,  V::TakenUnmarked,  V::NotAsObserved,  V::MarkLost),
        (There::Foreign,   V::TakenForeign,   V::NotAsObserved,  V::MarkLost),
        (There::Elsewhere, V::OtherPath,      V::OtherPath,      V::OtherPath),
    ];
    let spec = role("/", "ec2:After");
    let before = role_that_is(There::Observed).unwrap();
    check(&table, |there| {
        let there = role_that_is(there);
        let there = there.as_ref();
        (
            of_write(there, admit_role(&spec, there, &Expect::Absent)),
            of_write(there, admit_role(&spec, there, &Expect::same(before.clone()))),
            of_removal(there, admit_role_removal(&before, there)),
        )
    });
}

fn connector(account: u64, feature: Feature) -> ConnectorSpec {
    ConnectorSpec::new(
        "aws2".parse().unwrap(),
        "member".parse().unwrap(),
        format!("arn:aws:iam::{account:012}:role/HarnessCERole").parse().unwrap(),
        "external".parse().unwrap(),
        [feature].into(),
        "ours".parse().unwrap(),
    )
}

fn connected(spec: &ConnectorSpec) -> ConnectorState {
    block_on(world().connectors().put_connector(spec, Expect::Absent)).unwrap().into_state()
}

fn connector_that_is(there: There) -> Option<ConnectorState> {
    let mut state = connected(&connector(2, Feature::Visibility));
    match there {
        There::Absent => return None,
        There::Observed => {}
        There::Changed => state.name = "another".into(),
        There::Desired => return Some(connected(&connector(2, Feature::Governance))),
        There::HalfMade => state.features = [Named::Known(Feature::Optimization)].into(),
        There::Unmarked => drop(state.tags.remove(OWNER_TAG)),
        There::Foreign => drop(state.tags.insert(OWNER_TAG.into(), "theirs".into())),
        There::Elsewhere => return Some(connected(&connector(3, Feature::Visibility))),
    }
    Some(state)
}

#[test]
fn a_connector_is_written_and_removed_only_as_the_table_says() {
    use Verdict as V;
    #[rustfmt::skip]
    let table = [
        // There             create             update             remove
        (There::Absent,    V::Create,         V::Gone,           V::AlreadyGone),
        (There::Observed,  V::Update,         V::Update,         V::Remove),
        (There::Changed,   V::Update,         V::NotAsObserved,  V::NotAsObserved),
        (There::Desired,   V::Unchanged,      V::Unchanged,      V::NotAsObserved),
        (There::HalfMade,  V::Update,         V::NotAsObserved,  V::NotAsObserved),
        (There::Unmarked,  V::TakenUnmarked,  V::NotAsObserved,  V::MarkLost),
        (There::Foreign,   V::TakenForeign,   V::NotAsObserved,  V::MarkLost),
        (There::Elsewhere, V::OtherAccount,   V::NotAsObserved,  V::NotAsObserved),
    ];
    let spec = connector(2, Feature::Governance);
    let before = connector_that_is(There::Observed).unwrap();
    check(&table, |there| {
        let there = connector_that_is(there);
        let there = there.as_ref();
        (
            of_write(there, admit_connector(&spec, there, &Expect::Absent)),
            of_write(there, admit_connector(&spec, there, &Expect::same(before.clone()))),
            of_removal(there, admit_connector_removal(&before, there)),
        )
    });
}

#[test]
fn a_resource_of_another_tool_can_be_adopted_if_it_did_not_change() {
    for there in [There::Unmarked, There::Foreign] {
        let state = role_that_is(there).unwrap();
        let admitted = admit_role(&role("/", "ec2:After"), Some(&state), &Expect::same(state.clone()));
        assert_eq!(admitted, Ok(Admission::Update(&state)), "{there:?}");
        let state = connector_that_is(there).unwrap();
        let expect = Expect::same(state.clone());
        let admitted = admit_connector(&connector(2, Feature::Governance), Some(&state), &expect);
        assert_eq!(admitted, Ok(Admission::Update(&state)), "{there:?}");
    }
}

#[test]
fn a_managed_policy_of_another_tool_under_a_desired_name_refuses_the_write() {
    let name = "Policy".parse().unwrap();
    let spec = |action: &str| role("/", "ec2:After").with_managed(&name, "made by us", allow(action));
    let arn = spec("ec2:Before").address.policy(&name);
    for (mark, expected) in [
        (Some("ours"), None),
        (Some("theirs"), Some(Conflict::PolicyTaken { name: "Policy".into() })),
        (None, Some(Conflict::PolicyTaken { name: "Policy".into() })),
    ] {
        let mut state = made(&spec("ec2:Before"));
        let tags = &mut state.managed.get_mut(&arn).unwrap().tags;
        tags.remove(OWNER_TAG);
        tags.extend(mark.map(|mark| (OWNER_TAG.into(), mark.into())));
        for expect in [Expect::Absent, Expect::same(state.clone())] {
            let admitted = admit_role(&spec("ec2:After"), Some(&state), &expect);
            assert_eq!(admitted.err(), expected, "{mark:?} {expect:?}");
        }
    }
}

#[test]
fn a_lost_mark_is_reported_with_the_current_one() {
    let before = role_that_is(There::Observed).unwrap();
    for (there, found) in [(There::Unmarked, None), (There::Foreign, Some("theirs".to_owned()))] {
        let lost = Conflict::MarkLost { expected: "ours".into(), found };
        assert_eq!(admit_role_removal(&before, role_that_is(there).as_ref()), Err(lost), "{there:?}");
    }
}
