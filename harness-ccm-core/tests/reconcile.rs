//! From the differences of a role to single writes, with a backend that fails on purpose.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use futures_executor::block_on;
use harness_ccm_core::backend::{
    Expect, Removed, RoleWrites, Written, put_role_through, reconcile, remove_role_through,
};
use harness_ccm_core::id::{PolicyArn, PolicyName, RoleName};
use harness_ccm_core::owner::MANAGED_TAG;
use harness_ccm_core::policy::{PolicyDocument, Principals, Statement};
use harness_ccm_core::role::{ManagedPolicy, ManagedState, RoleAddress, RoleSpec, RoleState};
use harness_ccm_core::route::Route;
use harness_ccm_core::{Effect, Error, ErrorKind, Result};

/// Records the writes, and refuses the write with this number.
#[derive(Default)]
struct Writes {
    role: Option<RoleState>,
    policy: Option<(ManagedState, PolicyDocument)>,
    taken: bool,
    other_case: Option<RoleName>,
    refused: Option<usize>,
    calls: Mutex<Vec<String>>,
}

impl Writes {
    fn write(&self, call: &str, what: impl AsRef<str>) -> Result<()> {
        let mut calls = self.calls.lock().unwrap();
        if self.refused == Some(calls.len()) {
            return Err(Error::new(ErrorKind::Denied, "test", call));
        }
        calls.push(format!("{call} {}", what.as_ref()).trim().to_owned());
        Ok(())
    }

    fn calls(&self) -> String {
        self.calls.lock().unwrap().join("\n")
    }
}

fn keys(tags: &BTreeMap<String, String>) -> String {
    tags.keys().map(String::as_str).collect::<Vec<_>>().join(" ")
}

#[async_trait]
impl RoleWrites for Writes {
    async fn find(&self) -> Result<Option<RoleState>> {
        Ok(self.role.clone())
    }

    fn wrote_lately(&self) -> bool {
        false
    }

    async fn catch_up(&self) -> bool {
        false
    }

    async fn find_other_case(&self) -> Result<Option<RoleName>> {
        Ok(self.other_case.clone())
    }

    async fn create_role(&self, _role: &RoleState) -> Result<()> {
        if self.taken || self.role.is_some() {
            return Err(Error::new(ErrorKind::Conflict, "iam:CreateRole", "the name is taken"));
        }
        self.write("create_role", "")
    }

    async fn put_trust(&self, _trust: &PolicyDocument) -> Result<()> {
        self.write("put_trust", "")
    }

    async fn put_boundary(&self, boundary: &PolicyArn) -> Result<()> {
        self.write("put_boundary", boundary.name())
    }

    async fn delete_boundary(&self) -> Result<()> {
        self.write("delete_boundary", "")
    }

    async fn put_max_session(&self, seconds: u32) -> Result<()> {
        self.write("put_max_session", seconds.to_string())
    }

    async fn put_inline(&self, name: &PolicyName, _document: &PolicyDocument) -> Result<()> {
        self.write("put_inline", name.as_str())
    }

    async fn tag_role(&self, tags: &BTreeMap<String, String>) -> Result<()> {
        self.write("tag_role", keys(tags))
    }

    async fn untag_role(&self, key: &str) -> Result<()> {
        self.write("untag_role", key)
    }

    async fn delete_inline(&self, name: &PolicyName) -> Result<()> {
        self.write("delete_inline", name.as_str())
    }

    async fn attach(&self, policy: &PolicyArn) -> Result<()> {
        self.write("attach", policy.name())
    }

    async fn detach(&self, policy: &PolicyArn) -> Result<()> {
        self.write("detach", policy.name())
    }

    async fn find_policy(&self, _arn: &PolicyArn) -> Result<Option<(ManagedState, PolicyDocument)>> {
        Ok(self.policy.clone())
    }

    async fn create_policy(
        &self,
        arn: &PolicyArn,
        _policy: &ManagedPolicy,
        _tags: &BTreeMap<String, String>,
    ) -> Result<()> {
        if self.taken || self.policy.is_some() {
            return Err(Error::new(ErrorKind::Conflict, "iam:CreatePolicy", "the name is taken"));
        }
        self.write("create_policy", arn.name())
    }

    async fn put_version(&self, arn: &PolicyArn, _document: &PolicyDocument) -> Result<()> {
        self.write("put_version", arn.name())
    }

    async fn tag_policy(&self, arn: &PolicyArn, tags: &BTreeMap<String, String>) -> Result<()> {
        self.write("tag_policy", format!("{} {}", arn.name(), keys(tags)))
    }

    async fn delete_policy(&self, arn: &PolicyArn) -> Result<()> {
        self.write("delete_policy", arn.name())
    }

    async fn delete_role(&self) -> Result<()> {
        self.write("delete_role", "")
    }
}

fn allow(action: &str) -> PolicyDocument {
    PolicyDocument::new([Statement::allow([action], ["*"]).unwrap()])
}

fn trust(external_id: &str) -> PolicyDocument {
    let root = Principals::aws(["arn:aws:iam::891928451355:root"]);
    let statement = Statement::trust(root, ["sts:AssumeRole"]).unwrap();
    PolicyDocument::new([statement.with_condition("StringEquals", "sts:ExternalId", [external_id])])
}

fn name(text: &str) -> PolicyName {
    text.parse().unwrap()
}

fn theirs(text: &str) -> PolicyArn {
    format!("arn:aws:iam::000000000002:policy/{text}").parse().unwrap()
}

fn spec() -> RoleSpec {
    let arn = "arn:aws:iam::000000000002:role/Made".parse().unwrap();
    RoleSpec::new(RoleAddress::new(arn, Route::default()), trust("one"), "ours".parse().unwrap())
}

/// A role and a spec that differ in everything except the path.
fn all_differences() -> (RoleState, RoleSpec) {
    let mut before = spec()
        .with_inline(name("Retired"), allow("s3:Get*"))
        .with_managed(&name("Edited"), "", allow("ec2:Before"))
        .with_managed(&name("RetiredPolicy"), "", allow("s3:List*"))
        .with_attached(theirs("RetiredAttachment"));
    before.trust = trust("another");
    let before = before.result_on(&before.created());
    let mut spec = spec()
        .with_inline(name("New"), allow("ec2:New"))
        .with_managed(&name("Edited"), "", allow("ec2:After"))
        .with_managed(&name("Made"), "", allow("ec2:Made"))
        .with_attached(theirs("Attached"))
        .with_boundary(Some(theirs("Boundary")))
        .with_max_session(Some(7_200.try_into().unwrap()))
        .with_tags([("team".to_owned(), "finops".to_owned())].into());
    spec.retired.inline.insert(name("Retired"));
    spec.retired.attached.insert(theirs("RetiredAttachment"));
    spec.retired.policies = true;
    (before, spec)
}

#[test]
fn each_difference_is_one_write_in_the_order_of_the_differences() {
    let (mut state, spec) = all_differences();
    let writes = Writes::default();
    block_on(reconcile(&writes, &spec, &mut state)).unwrap();
    insta::assert_snapshot!(writes.calls(), @"
    tag_role harness-ccm-boundary team
    put_trust
    put_boundary Boundary
    put_max_session 7200
    create_policy Made
    attach Made
    attach Attached
    put_inline New
    put_version Edited
    tag_policy Edited harness-ccm-owner team
    detach RetiredAttachment
    delete_inline Retired
    detach RetiredPolicy
    delete_policy RetiredPolicy
    ");
    assert!(spec.differences(&state).is_empty(), "{:?}", spec.differences(&state));
    // Only a role without managed policies loses the tag that records them.
    let mut inline = spec;
    inline.managed.clear();
    let writes = Writes::default();
    block_on(reconcile(&writes, &inline, &mut state)).unwrap();
    assert!(writes.calls().ends_with(&format!("untag_role {MANAGED_TAG}")), "{}", writes.calls());
}

#[test]
fn after_an_error_the_state_is_what_was_written_before_it() {
    let (before, spec) = all_differences();
    let differences = spec.differences(&before);
    for refused in 0..differences.len() {
        let mut state = before.clone();
        let writes = Writes { refused: Some(refused), ..Writes::default() };
        let error = block_on(reconcile(&writes, &spec, &mut state)).unwrap_err();
        let effect = if refused == 0 { Effect::None } else { Effect::Unknown };
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Denied, effect), "write {refused}");
        let mut reached = before.clone();
        differences[..refused].iter().for_each(|difference| spec.apply_difference(difference, &mut reached));
        assert_eq!(state, reached, "write {refused}");
    }
}

#[test]
fn a_failure_after_the_creation_leaves_its_effect_open() {
    let spec = spec().with_inline(name("Own"), allow("ec2:Own"));
    for (refused, effect) in [(0, Effect::None), (1, Effect::Unknown)] {
        let writes = Writes { refused: Some(refused), ..Writes::default() };
        let error = block_on(put_role_through(&writes, &spec, &Expect::Absent)).unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Denied, effect), "write {refused}");
    }
}

#[test]
fn a_path_is_never_taken_for_written() {
    let spec = spec();
    let mut state = spec.created();
    state.arn = "arn:aws:iam::000000000002:role/other/Made".parse().unwrap();
    let writes = Writes::default();
    let error = block_on(reconcile(&writes, &spec, &mut state)).unwrap_err();
    assert_eq!((error.kind(), error.effect()), (ErrorKind::Conflict, Effect::None));
    assert_eq!(writes.calls(), "");
}

#[test]
fn a_role_that_an_interrupted_creation_left_is_completed() {
    let spec = spec().with_inline(name("Own"), allow("ec2:Own"));
    let writes = Writes { role: Some(spec.created()), ..Writes::default() };
    let written = block_on(put_role_through(&writes, &spec, &Expect::Absent)).unwrap();
    assert_eq!(written, Written::Created(spec.result_on(&spec.created())), "as the call makes it");
    assert_eq!(writes.calls(), "put_inline Own");
}

#[test]
fn a_name_that_is_taken_and_shows_nothing_is_the_error_of_the_creation() {
    let writes = Writes { taken: true, ..Writes::default() };
    let error = block_on(put_role_through(&writes, &spec(), &Expect::Absent)).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Conflict, "iam:CreateRole"));
}

/// Our role without its managed policy, and the existing policy of that name.
fn with_policy(tags: BTreeMap<String, String>, action: &str) -> (RoleState, RoleSpec, Writes) {
    let spec = spec().with_tags([("team".to_owned(), "finops".to_owned())].into()).with_managed(
        &name("Made"),
        "",
        allow("ec2:After"),
    );
    let found = ManagedState::new("", tags);
    let writes = Writes { policy: Some((found, allow(action))), ..Writes::default() };
    (spec.created(), spec, writes)
}

#[test]
fn a_policy_that_an_interrupted_run_left_is_completed() {
    let ours = spec().policy_tags();
    let (mut state, spec, writes) = with_policy(ours, "ec2:Before");
    block_on(reconcile(&writes, &spec, &mut state)).unwrap();
    insta::assert_snapshot!(writes.calls(), @r"
    put_version Made
    tag_policy Made harness-ccm-owner team
    attach Made
    ");
    let (mut state, spec, writes) = with_policy(spec.policy_tags(), "ec2:After");
    block_on(reconcile(&writes, &spec, &mut state)).unwrap();
    assert_eq!(writes.calls(), "attach Made", "as desired but for the attachment");
}

#[test]
fn a_policy_of_others_or_under_another_path_is_a_conflict_and_stays() {
    let mut foreign = spec();
    foreign.owner = "theirs".parse().unwrap();
    for tags in [BTreeMap::new(), foreign.policy_tags()] {
        let (mut state, spec, writes) = with_policy(tags, "ec2:Before");
        let error = block_on(reconcile(&writes, &spec, &mut state)).unwrap_err();
        assert_eq!((error.kind(), error.effect()), (ErrorKind::Conflict, Effect::None));
        assert!(error.message().contains("a policy with the name Made already exists"), "{error}");
        assert_eq!(writes.calls(), "");
    }
    let spec = spec().with_managed(&name("Made"), "", allow("ec2:After"));
    let mut state = spec.created();
    let writes = Writes { taken: true, ..Writes::default() };
    let error = block_on(reconcile(&writes, &spec, &mut state)).unwrap_err();
    assert!(error.message().contains("a policy with the name Made already exists"), "{error}");
}

#[test]
fn a_removal_takes_inline_policies_attachments_policies_of_ours_and_the_role() {
    let (role, _) = all_differences();
    let writes = Writes { role: Some(role.clone()), ..Writes::default() };
    assert_eq!(block_on(remove_role_through(&writes, &role)).unwrap(), Removed::Removed);
    insta::assert_snapshot!(writes.calls(), @r"
    delete_inline Retired
    detach RetiredAttachment
    detach Edited
    detach RetiredPolicy
    delete_policy Edited
    delete_policy RetiredPolicy
    delete_role
    ");
    let count = writes.calls().lines().count();
    for refused in 0..count {
        let writes = Writes { role: Some(role.clone()), refused: Some(refused), ..Writes::default() };
        let error = block_on(remove_role_through(&writes, &role)).unwrap_err();
        let effect = if refused == 0 { Effect::None } else { Effect::Unknown };
        assert_eq!(error.effect(), effect, "write {refused}");
        assert_eq!(writes.calls().lines().count(), refused, "nothing after what was refused");
    }
    assert_eq!(block_on(remove_role_through(&Writes::default(), &role)).unwrap(), Removed::AlreadyGone);
}
