use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ManagedState, RetiredBoundary, RoleSpec, RoleState, boundary_mark, put_tag, remove_tag};
use crate::id::{PolicyArn, PolicyName};
use crate::owner::{BOUNDARY_TAG, MANAGED_TAG};
use crate::session::SessionSeconds;

/// One thing in which a role is not as wanted. But for the path, each is corrected by one write to IAM.
///
/// It is exhaustive on purpose. What decides about every difference names every one, and compiles:
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
/// The same without the one arm does not compile, so that a difference which nothing writes is never reported as written:
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
    /// The maximum session duration is lower than wanted.
    MaxSession,
    /// The managed policy that we make: it is not there, or its text differs.
    Policy(PolicyArn),
    /// The attachment of this managed policy.
    Attachment(PolicyArn),
    /// The inline policy of this name.
    Inline(PolicyName),
    /// The tags of the managed policy that we make.
    PolicyTags(PolicyArn),
    /// The tags of these keys: a value differs, or a key is spelled in another case.
    Tags(BTreeSet<String>),
    /// This inline policy is retired.
    ExcessInline(PolicyName),
    /// The attachment of this managed policy is retired.
    ExcessAttachment(PolicyArn),
    /// This managed policy, which we made, is retired.
    ExcessPolicy(PolicyArn),
    /// The permissions boundary is retired.
    ExcessBoundary,
    /// This tag of ours is retired.
    ExcessTag(String),
}

/// What a difference changes that IAM limits, and that grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touches<'a> {
    /// Who may assume the role.
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
    /// Nothing of this, or less of it.
    Nothing,
}

impl RoleDifference {
    /// What it changes that IAM limits, and that grants.
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

    /// Whether correcting it takes nothing away but a boundary and the memory of one.
    pub(crate) fn only_unbinds(&self) -> bool {
        match self {
            Self::ExcessBoundary => true,
            Self::ExcessTag(key) => key == BOUNDARY_TAG,
            _ => false,
        }
    }

    /// How many calls of IAM correct it in a role in this state.
    pub(crate) fn calls(&self, state: &RoleState) -> usize {
        match self {
            Self::Path => 0,
            // One that is there is read first, or its versions are listed, to make room for another one or to delete them.
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

/// What differs, without the values.
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
            Self::ExcessInline(name) => write!(f, "policy {name} is no longer wanted"),
            Self::ExcessAttachment(arn) => write!(f, "{} is no longer wanted", arn.name()),
            Self::ExcessPolicy(arn) => write!(f, "policy {} is no longer wanted", arn.name()),
            Self::ExcessBoundary => f.write_str("the permissions boundary is no longer wanted"),
            Self::ExcessTag(key) => write!(f, "tag {key} is no longer wanted"),
        }
    }
}

impl RoleSpec {
    /// In what `state` differs from what is wanted here. Empty means that nothing has to be written.
    ///
    /// In the order in which they are to be corrected: first what is new, then what changes its text, then what goes, so that at no
    /// moment anything is missing that is there both before and after. The mark of the role comes first, so that the next run finishes what
    /// an interrupted one left, adopting included. That of a managed policy comes after its text: a policy that turns out to be
    /// somebody else's is not marked. A boundary that goes does so after
    /// everything that it may bound.
    ///
    /// What is on the role beside what is wanted and what is [retired](super::Retired) is no difference.
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

    /// The role right after it was created: trust, boundary, maximum session duration and tags come with the call, everything
    /// else after it.
    pub fn created(&self) -> RoleState {
        let mut state = RoleState::new(self.address.arn.clone(), self.trust.clone());
        state.tags = self.tags_on(&state);
        state.boundary.clone_from(&self.boundary);
        self.apply_difference(&RoleDifference::MaxSession, &mut state);
        state
    }

    /// The role once everything is corrected that `state` differs in.
    pub fn result_on(&self, state: &RoleState) -> RoleState {
        let mut made = state.clone();
        for difference in self.differences(state) {
            self.apply_difference(&difference, &mut made);
        }
        made
    }

    /// The tags that the role in this state is to have: with them the memory of the boundary, where that is put there now.
    fn tags_on(&self, state: &RoleState) -> BTreeMap<String, String> {
        let mut tags = self.all_tags();
        let new = self.boundary.as_ref().filter(|boundary| state.boundary.as_ref() != Some(*boundary));
        tags.extend(new.map(|boundary| (BOUNDARY_TAG.to_owned(), boundary_mark(boundary))));
        tags
    }

    /// The tags of these keys with their values.
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
