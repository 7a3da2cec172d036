use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ManagedState, RetiredBoundary, RoleSpec, RoleState, boundary_mark, put_tag, remove_tag};
use crate::id::{PolicyArn, PolicyName};
use crate::owner::{BOUNDARY_TAG, MANAGED_TAG};
use crate::session::SessionSeconds;

/// One difference between a role and its spec. Each one, except the path, is corrected by one write to IAM.
///
/// The enum is deliberately exhaustive. Code that handles every difference names every variant, and compiles:
///
/// ```
/// use harness_ccm_core::role::RoleDifference;
///
/// fn call(difference: &RoleDifference) -> &'static str {
///     match difference {
/// #         RoleDifference::Path => "none",
/// #         RoleDifference::Trust => "iam:UpdateAssumeRolePolicy",
/// #         RoleDifference::Boundary => "iam:PutRolePermissionsBoundary",
/// #         RoleDifference::MaxSession => "iam:UpdateRole",
/// #         RoleDifference::Policy(_) => "iam:CreatePolicy",
/// #         RoleDifference::Attachment(_) => "iam:AttachRolePolicy",
/// #         RoleDifference::Inline(_) => "iam:PutRolePolicy",
/// #         RoleDifference::PolicyTags(_) => "iam:TagPolicy",
/// #         RoleDifference::Tags(_) => "iam:TagRole",
/// #         RoleDifference::ExcessInline(_) => "iam:DeleteRolePolicy",
/// #         RoleDifference::ExcessAttachment(_) => "iam:DetachRolePolicy",
/// #         RoleDifference::ExcessBoundary => "iam:DeleteRolePermissionsBoundary",
/// #         RoleDifference::ExcessTag(_) => "iam:UntagRole",
///         // ... and all others ...
///         RoleDifference::ExcessPolicy(_) => "iam:DeletePolicy",
///     }
/// }
/// # assert_eq!(call(&RoleDifference::Trust), "iam:UpdateAssumeRolePolicy");
/// ```
///
/// Without the last arm it does not compile, so a difference that nothing writes is never reported as written:
///
/// ```compile_fail,E0004
/// use harness_ccm_core::role::RoleDifference;
///
/// fn call(difference: &RoleDifference) -> &'static str {
///     match difference {
/// #         RoleDifference::Path => "none",
/// #         RoleDifference::Trust => "iam:UpdateAssumeRolePolicy",
/// #         RoleDifference::Boundary => "iam:PutRolePermissionsBoundary",
/// #         RoleDifference::MaxSession => "iam:UpdateRole",
/// #         RoleDifference::Policy(_) => "iam:CreatePolicy",
/// #         RoleDifference::Attachment(_) => "iam:AttachRolePolicy",
/// #         RoleDifference::Inline(_) => "iam:PutRolePolicy",
/// #         RoleDifference::PolicyTags(_) => "iam:TagPolicy",
/// #         RoleDifference::Tags(_) => "iam:TagRole",
/// #         RoleDifference::ExcessInline(_) => "iam:DeleteRolePolicy",
/// #         RoleDifference::ExcessAttachment(_) => "iam:DetachRolePolicy",
/// #         RoleDifference::ExcessBoundary => "iam:DeleteRolePermissionsBoundary",
/// #         RoleDifference::ExcessTag(_) => "iam:UntagRole",
///         // ... and all others ...
///     }
/// }
/// # assert_eq!(call(&RoleDifference::Trust), "iam:UpdateAssumeRolePolicy");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoleDifference {
    /// The path. IAM cannot change it.
    Path,
    /// The trust policy.
    Trust,
    /// The permissions boundary.
    Boundary,
    /// The maximum session duration is lower than desired.
    MaxSession,
    /// Our managed policy: it is missing, or its text differs.
    Policy(PolicyArn),
    /// The attachment of this managed policy.
    Attachment(PolicyArn),
    /// The inline policy of this name.
    Inline(PolicyName),
    /// The tags of our managed policy.
    PolicyTags(PolicyArn),
    /// The tags with these keys: a value differs, or the case of a key.
    Tags(BTreeSet<String>),
    /// This inline policy is retired.
    ExcessInline(PolicyName),
    /// The attachment of this managed policy is retired.
    ExcessAttachment(PolicyArn),
    /// This managed policy, which we created, is retired.
    ExcessPolicy(PolicyArn),
    /// The permissions boundary is retired.
    ExcessBoundary,
    /// This tag of ours is retired.
    ExcessTag(String),
}

/// The part of a role that a difference changes, if IAM limits it or it grants something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touches<'a> {
    /// The principals that may assume the role.
    Trust,
    /// The number of attachments.
    Attachments,
    /// The text of an inline policy.
    Inline(&'a PolicyName),
    /// The text of a managed policy.
    Policy(&'a PolicyArn),
    /// The tags of the role.
    Tags,
    /// The tags of a managed policy.
    PolicyTags(&'a PolicyArn),
    /// None of these parts, or a reduction of one.
    Nothing,
}

impl RoleDifference {
    /// The part of the role that the difference changes, if IAM limits it or it grants something.
    pub(crate) fn touches(&self) -> Touches<'_> {
        match self {
            Self::Trust => Touches::Trust,
            Self::Attachment(_) => Touches::Attachments,
            Self::Inline(name) => Touches::Inline(name),
            Self::Policy(arn) => Touches::Policy(arn),
            Self::Tags(_) => Touches::Tags,
            Self::PolicyTags(arn) => Touches::PolicyTags(arn),
            Self::Path
            | Self::Boundary
            | Self::MaxSession
            | Self::ExcessInline(_)
            | Self::ExcessAttachment(_)
            | Self::ExcessPolicy(_)
            | Self::ExcessBoundary
            | Self::ExcessTag(_) => Touches::Nothing,
        }
    }

    /// Whether correcting it removes nothing except a boundary and its tag.
    pub(crate) fn only_unbinds(&self) -> bool {
        match self {
            Self::ExcessBoundary => true,
            Self::ExcessTag(key) => key == BOUNDARY_TAG,
            _ => false,
        }
    }

    /// The number of IAM calls that correct it on a role in this state.
    pub(crate) fn calls(&self, state: &RoleState) -> usize {
        match self {
            Self::Path => 0,
            // An existing policy is read first, or its versions are listed, to make room for a new version or to delete
            // them.
            Self::Policy(arn) if state.managed.contains_key(arn) => 2,
            Self::ExcessPolicy(_) => 2,
            Self::Trust
            | Self::Boundary
            | Self::MaxSession
            | Self::Policy(_)
            | Self::Attachment(_)
            | Self::Inline(_)
            | Self::PolicyTags(_)
            | Self::Tags(_)
            | Self::ExcessInline(_)
            | Self::ExcessAttachment(_)
            | Self::ExcessBoundary
            | Self::ExcessTag(_) => 1,
        }
    }
}

/// Prints the difference without the values.
impl fmt::Display for RoleDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path => f.write_str("the path differs"),
            Self::Trust => f.write_str("the trust policy differs"),
            Self::Boundary => f.write_str("the permissions boundary differs"),
            Self::MaxSession => f.write_str("the maximum session duration is too short"),
            Self::Policy(arn) => write!(f, "policy {} is missing", arn.name()),
            Self::Attachment(arn) => write!(f, "{} is not attached", arn.name()),
            Self::Inline(name) => write!(f, "policy {name} is missing"),
            Self::PolicyTags(arn) => write!(f, "the tags of the policy {} differ", arn.name()),
            Self::Tags(keys) => {
                write!(f, "tags {} differ", keys.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
            }
            Self::ExcessInline(name) => write!(f, "policy {name} is no longer desired"),
            Self::ExcessAttachment(arn) => write!(f, "{} is no longer desired", arn.name()),
            Self::ExcessPolicy(arn) => write!(f, "policy {} is no longer desired", arn.name()),
            Self::ExcessBoundary => f.write_str("the permissions boundary is no longer desired"),
            Self::ExcessTag(key) => write!(f, "tag {key} is no longer desired"),
        }
    }
}

impl RoleSpec {
    /// Returns the differences of `state` from this spec. Empty means that nothing has to be written.
    ///
    /// The order is the order of correction: first additions, then changed texts, then removals, so that nothing that exists both
    /// before and after is ever missing in between. The mark of the role comes first, so that the next run finishes what an
    /// interrupted run left, including an adoption. The mark of a managed policy comes after its text, so that a policy that
    /// turns out to be another owner's is not marked. A boundary is removed after everything that it may limit.
    ///
    /// Other properties of the role, which are neither desired nor [retired](super::Retired), are not
    /// differences.
    pub fn differences(&self, state: &RoleState) -> Vec<RoleDifference> {
        use RoleDifference as D;
        let Self {
            address,
            trust,
            inline,
            managed,
            attached,
            retired,
            boundary,
            max_session,
            tags: _,
            adopted: _,
            owner,
        } = self;
        let (mut first, mut new, mut changed, mut excess) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        if address.arn.path() != state.arn.path() {
            first.push(D::Path);
        }
        let differing = self
            .tags_on(state)
            .into_iter()
            .filter_map(|(key, value)| (state.tags.get(&key) != Some(&value)).then_some(key));
        first.extend(tags(differing.collect()));
        let mut last = Vec::new();
        if !trust.equivalent(&state.trust) {
            first.push(D::Trust);
        }
        if boundary.is_some() && *boundary != state.boundary {
            first.push(D::Boundary);
        }
        if max_session.is_some_and(|wanted| wanted.get() > state.max_session) {
            first.push(D::MaxSession);
        }
        for (arn, policy) in managed {
            match state.attached.get(arn) {
                None => new.extend([D::Policy(arn.clone()), D::Attachment(arn.clone())]),
                Some(Some(text)) if text.equivalent(&policy.document) => {}
                Some(_) => changed.push(D::Policy(arn.clone())),
            }
            let tagged = |seen: &ManagedState| {
                self.policy_tags().iter().all(|(key, value)| seen.tags.get(key) == Some(value))
            };
            if state.managed.get(arn).is_some_and(|seen| !tagged(seen)) {
                changed.push(D::PolicyTags(arn.clone()));
            }
        }
        let unattached = attached.iter().filter(|arn| !state.attached.contains_key(*arn));
        new.extend(unattached.map(|arn| D::Attachment(arn.clone())));
        for (name, wanted) in inline {
            match state.inline.get(name) {
                None => new.push(D::Inline(name.clone())),
                Some(seen) if seen.equivalent(wanted) => {}
                Some(_) => changed.push(D::Inline(name.clone())),
            }
        }
        let wanted = |arn: &PolicyArn| managed.contains_key(arn) || attached.contains(arn);
        for arn in retired.attached.iter().filter(|arn| state.attached.contains_key(*arn) && !wanted(arn)) {
            excess.push(D::ExcessAttachment(arn.clone()));
        }
        for name in retired.inline.iter().filter(|name| state.inline.contains_key(*name)) {
            if !inline.contains_key(name) {
                excess.push(D::ExcessInline(name.clone()));
            }
        }
        if retired.policies {
            for arn in state.made_by(owner).filter(|arn| !wanted(arn)) {
                if state.attached.contains_key(arn) {
                    excess.push(D::ExcessAttachment(arn.clone()));
                }
                excess.push(D::ExcessPolicy(arn.clone()));
            }
            if managed.is_empty() && state.tag(MANAGED_TAG).is_some() {
                last.push(D::ExcessTag(MANAGED_TAG.into()));
            }
        }
        if boundary.is_none() && retired.boundary != RetiredBoundary::Stays {
            if state.own_boundary().is_some()
                || retired.boundary == RetiredBoundary::Any && state.boundary.is_some()
            {
                excess.push(D::ExcessBoundary);
            }
            if state.tag(BOUNDARY_TAG).is_some() {
                last.push(D::ExcessTag(BOUNDARY_TAG.into()));
            }
        }
        [first, new, changed, excess, last].concat()
    }

    /// Applies one difference to `state`, as the write to IAM does.
    pub fn apply_difference(&self, difference: &RoleDifference, state: &mut RoleState) {
        use RoleDifference as D;
        match difference {
            D::Path => {}
            D::Trust => state.trust.clone_from(&self.trust),
            D::Boundary => state.boundary.clone_from(&self.boundary),
            D::MaxSession => {
                let wanted = self.max_session.map_or(0, SessionSeconds::get);
                state.max_session = wanted.max(state.max_session);
            }
            D::Policy(arn) => {
                let Some(policy) = self.managed.get(arn) else { return };
                state.managed.entry(arn.clone()).or_insert_with(|| ManagedState {
                    description: policy.description.clone(),
                    tags: self.policy_tags(),
                });
                if let Some(text) = state.attached.get_mut(arn) {
                    *text = Some(policy.document.clone());
                }
            }
            D::Attachment(arn) => {
                let text = self.managed.get(arn).map(|policy| policy.document.clone());
                state.attached.insert(arn.clone(), text);
            }
            D::Inline(name) => {
                if let Some(document) = self.inline.get(name) {
                    state.inline.insert(name.clone(), document.clone());
                }
            }
            D::PolicyTags(arn) => {
                state.managed.entry(arn.clone()).or_default().tags.extend(self.policy_tags());
            }
            D::Tags(keys) => {
                self.tags_of(keys).into_iter().for_each(|(key, value)| put_tag(&mut state.tags, key, value));
            }
            D::ExcessInline(name) => drop(state.inline.remove(name)),
            D::ExcessAttachment(arn) => {
                state.attached.remove(arn);
                if !self.address.arn.holds(arn) {
                    state.managed.remove(arn);
                }
            }
            D::ExcessPolicy(arn) => drop(state.managed.remove(arn)),
            D::ExcessBoundary => state.boundary = None,
            D::ExcessTag(key) => remove_tag(&mut state.tags, key),
        }
    }

    /// The role right after its creation: the call sets trust, boundary, maximum session duration and tags; everything else
    /// follows.
    pub fn created(&self) -> RoleState {
        let mut state = RoleState::new(self.address.arn.clone(), self.trust.clone());
        state.tags = self.tags_on(&state);
        state.boundary.clone_from(&self.boundary);
        self.apply_difference(&RoleDifference::MaxSession, &mut state);
        state
    }

    /// The role after all differences of `state` are corrected.
    pub fn result_on(&self, state: &RoleState) -> RoleState {
        let mut made = state.clone();
        for difference in self.differences(state) {
            self.apply_difference(&difference, &mut made);
        }
        made
    }

    /// The tags that the role in this state should have, including the tag that records the boundary if that is set now.
    fn tags_on(&self, state: &RoleState) -> BTreeMap<String, String> {
        let mut tags = self.all_tags();
        let new = self.boundary.as_ref().filter(|boundary| state.boundary.as_ref() != Some(*boundary));
        tags.extend(new.map(|boundary| (BOUNDARY_TAG.to_owned(), boundary_mark(boundary))));
        tags
    }

    /// The tags with these keys, with their values.
    pub fn tags_of(&self, keys: &BTreeSet<String>) -> BTreeMap<String, String> {
        let mut tags = self.all_tags();
        tags.extend(self.boundary.iter().map(|boundary| (BOUNDARY_TAG.to_owned(), boundary_mark(boundary))));
        tags.retain(|key, _| keys.contains(key));
        tags
    }
}

fn tags(keys: BTreeSet<String>) -> Option<RoleDifference> {
    (!keys.is_empty()).then_some(RoleDifference::Tags(keys))
}
