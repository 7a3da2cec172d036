//! Whether existing policies grant at least the required permissions, for roles that another tool or a person
//! created.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::pattern::{self, Case};
use super::reach::{Asked, Demand, Reach, demands, encloses, reach};
use super::{
    Actions, Conditions, Folded, Known, PolicyDocument, Resources, Statement, StatementEffect, condition,
    known,
};
use crate::id::PolicyArn;

/// The decision of a role's policies on one action on one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// Allowed under any conditions.
    Allowed,
    /// Depends on conditions, on part of the resources, or on a policy that could not be read.
    Unknown,
    /// Not allowed.
    Denied,
}

/// One action on one resource; both may contain wildcards.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Permission {
    /// The action, such as `ec2:DescribeInstances`; `all but ...` for `NotAction`.
    pub action: String,
    /// The resource, `*` for all; `all but ...` for `NotResource`.
    pub resource: String,
}

impl Permission {
    /// A permission for this action on this resource.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self { action: action.into(), resource: resource.into() }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, resource } = self;
        if resource == "*" { f.write_str(action) } else { write!(f, "{action} on {resource}") }
    }
}

impl From<Demand<'_>> for Permission {
    fn from(demand: Demand<'_>) -> Self {
        let text = |asked: Asked<'_>| match asked {
            Asked::One(pattern) => pattern.to_owned(),
            Asked::AllBut(patterns) => format!("all but {}", patterns.join(", ")),
        };
        Self { action: text(demand.actions), resource: text(demand.resources) }
    }
}

/// The required permissions that are not granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyCoverage {
    /// Certainly not granted.
    pub missing: BTreeSet<Permission>,
    /// Whether these are granted is unknown.
    pub unknown: BTreeSet<Permission>,
}

impl PolicyCoverage {
    /// Whether everything required is certainly granted.
    pub fn is_complete(&self) -> bool {
        let Self { missing, unknown } = self;
        missing.is_empty() && unknown.is_empty()
    }

    /// Without what cannot be an action: release 0.1.4 of the module has one with a stray quote, which IAM takes and nothing needs.
    pub(crate) fn without_noise(mut self) -> Self {
        self.missing.retain(|permission| !permission.action.contains('\''));
        self
    }
}

/// The number of actions, and the first of them: `27 actions (ec2:RunInstances, ec2:StopInstances and 25 more)`.
pub(crate) fn counted<'a>(permissions: impl IntoIterator<Item = &'a Permission>) -> String {
    const SHOWN: usize = 3;
    let names: Vec<_> = permissions.into_iter().map(ToString::to_string).collect();
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(SHOWN);
    let noun = if names.len() == 1 { "action" } else { "actions" };
    if more == 0 {
        format!("{} {noun} ({shown})", names.len())
    } else {
        format!("{} {noun} ({shown} and {more} more)", names.len())
    }
}

/// The permissions that the policies of one role grant.
///
/// Of the policies that AWS maintains, the texts of `AdministratorAccess` and `PowerUserAccess` are known exactly.
/// `ReadOnlyAccess` and `ViewOnlyAccess` are long and change often: a part that they certainly grant is known, and a bound that
/// they do not exceed; everything between is [`Decision::Unknown`].
///
/// Service control policies are not included: a role does not show them.
#[derive(Clone, Debug, Default)]
pub struct Grants<'a> {
    documents: Vec<Cow<'a, PolicyDocument>>,
    /// Documents that may be granted too, but not certainly.
    perhaps: Vec<Cow<'a, PolicyDocument>>,
    /// Whether an unread policy may allow and deny anything.
    opaque: bool,
    /// The permissions boundary, if there is one.
    boundary: Option<Box<Grants<'a>>>,
}

impl<'a> Grants<'a> {
    /// The combined permissions of these documents.
    pub fn of(documents: impl IntoIterator<Item = &'a PolicyDocument>) -> Self {
        Self { documents: documents.into_iter().map(Cow::Borrowed).collect(), ..Self::default() }
    }

    /// Adds an attached managed policy: its text if it was read, otherwise what is known about it.
    ///
    /// A policy that AWS maintains is assumed only to allow. The ones that exist to deny (`AWSDenyAll`,
    /// `AWSCompromisedKeyQuarantine...`) and unread customer policies may do both.
    #[must_use]
    pub fn with_attached(mut self, policy: &PolicyArn, text: Option<&'a PolicyDocument>) -> Self {
        match (text, known(policy)) {
            (Some(text), _) | (None, Some(Known::Exactly(text))) => {
                self.documents.push(Cow::Borrowed(text));
            }
            (None, Some(Known::Between { least, most })) => {
                self.documents.push(Cow::Borrowed(least));
                self.perhaps.push(Cow::Borrowed(most));
            }
            (None, None) if policy.is_aws_managed() && !exists_to_deny(policy) => {
                self.perhaps.extend(super::managed::everything().map(Cow::Borrowed));
            }
            (None, None) => self.opaque = true,
        }
        self
    }

    /// Adds a policy with an unknown text: it may allow and deny anything.
    #[must_use]
    pub fn with_opaque_policy(mut self) -> Self {
        self.opaque = true;
        self
    }

    /// Limits the permissions to those that the permissions boundary allows too.
    #[must_use]
    pub fn within_boundary(mut self, policy: &PolicyArn, text: Option<&'a PolicyDocument>) -> Self {
        self.boundary = Some(Box::new(Grants::default().with_attached(policy, text)));
        self
    }

    /// Names the policy with an unknown text that may deny anything, if there is one.
    pub(crate) fn unread(&self) -> Option<&'static str> {
        if self.opaque {
            Some("the text of a policy attached to it is not known")
        } else if self.boundary.as_ref().is_some_and(|bound| bound.opaque) {
            Some("the text of its permissions boundary is not known")
        } else {
            None
        }
    }

    /// The decision on `permission` in any request.
    pub fn decide(&self, permission: &Permission) -> Decision {
        let Permission { action, resource } = permission;
        let demand = Demand { actions: Asked::One(action), resources: Asked::One(resource) };
        self.decide_within(&demand, &Conditions::new(), &[])
    }

    /// The decision on one request in which action and resource are literal and no context is known. IAM simulates policies
    /// this way (`SimulatePrincipalPolicy` without context entries).
    pub fn simulate(&self, action: &str, resource: &str) -> Decision {
        let mut allowed = Decision::Denied;
        let mut denied = Decision::Allowed;
        for statement in statements(&self.documents) {
            // A shortcut: most statements allow, and most requests are allowed by one statement.
            let settled = statement.effect() == StatementEffect::Allow && allowed == Decision::Allowed;
            if settled || !is_about(statement, action, resource) {
                continue;
            }
            let holds = condition::hold_without_context(statement.conditions());
            match (statement.effect(), holds) {
                (_, Some(false)) => {}
                (StatementEffect::Allow, Some(true)) => allowed = Decision::Allowed,
                (StatementEffect::Allow, None) => allowed = allowed.min(Decision::Unknown),
                (StatementEffect::Deny, Some(true)) => denied = Decision::Denied,
                (StatementEffect::Deny, None) => denied = denied.max(Decision::Unknown),
            }
        }
        if statements(&self.perhaps).any(|statement| is_about(statement, action, resource)) {
            allowed = allowed.min(Decision::Unknown);
        }
        let bounded =
            self.boundary.as_ref().map_or(Decision::Allowed, |bound| bound.simulate(action, resource));
        self.settle(allowed, denied).max(bounded)
    }

    /// The decision on `demand` in a request that fulfils exactly the conditions of `context`. Denials by statements in
    /// `excused` do not count: what they deny is not required.
    fn decide_within(&self, demand: &Demand<'_>, context: &Conditions, excused: &[&Statement]) -> Decision {
        let mut allowed = Decision::Denied;
        let mut denied = Decision::Allowed;
        for statement in statements(&self.documents) {
            let reach = reach(statement, demand);
            let certain = reach == Reach::All && condition::follows(statement.conditions(), context);
            match statement.effect() {
                _ if reach == Reach::Nothing => {}
                // A grant of a part of the request, such as one bucket of all, is neither a full grant nor none.
                StatementEffect::Allow => {
                    allowed = allowed.min(if certain { Decision::Allowed } else { Decision::Unknown });
                }
                StatementEffect::Deny if excused.iter().any(|wanted| encloses(wanted, statement)) => {}
                StatementEffect::Deny => {
                    denied = denied.max(if certain { Decision::Denied } else { Decision::Unknown });
                }
            }
        }
        if statements(&self.perhaps).any(|statement| reach(statement, demand) != Reach::Nothing) {
            allowed = allowed.min(Decision::Unknown);
        }
        let bounded = self
            .boundary
            .as_ref()
            .map_or(Decision::Allowed, |bound| bound.decide_within(demand, context, excused));
        self.settle(allowed, denied).max(bounded)
    }

    fn settle(&self, allowed: Decision, denied: Decision) -> Decision {
        let allowed = if self.opaque { Decision::Unknown } else { allowed };
        allowed.max(denied)
    }

    /// The permissions of `wanted` that are not granted. Checks only what `wanted` allows, minus what it
    /// denies.
    pub fn cover(&self, wanted: &PolicyDocument) -> PolicyCoverage {
        let (allows, denies): (Vec<_>, Vec<_>) =
            wanted.statements().iter().partition(|statement| statement.effect() == StatementEffect::Allow);
        let mut coverage = PolicyCoverage::default();
        for statement in allows {
            let context = statement.conditions();
            for demand in demands(statement) {
                let mut in_part = false;
                let mut given_up = false;
                for deny in &denies {
                    let reach = reach(deny, &demand);
                    given_up |= reach == Reach::All && condition::follows(deny.conditions(), context);
                    in_part |= reach != Reach::Nothing;
                }
                if given_up {
                    continue;
                }
                match self.decide_within(&demand, context, &denies) {
                    Decision::Allowed => {}
                    // Several partial denials together may deny all of it.
                    Decision::Denied if !in_part => drop(coverage.missing.insert(demand.into())),
                    Decision::Unknown | Decision::Denied => drop(coverage.unknown.insert(demand.into())),
                }
            }
        }
        coverage
    }

    /// The permissions granted beyond `wanted`, compared by effect and not by notation: for example `ec2:*` if only one
    /// action is required, or an action without its required condition.
    pub fn excess(&self, wanted: &Grants<'_>) -> BTreeSet<Permission> {
        let mut excess = BTreeSet::new();
        for statement in
            statements(&self.documents).filter(|statement| statement.effect() == StatementEffect::Allow)
        {
            let context = statement.conditions();
            for demand in demands(statement) {
                if wanted.decide_within(&demand, context, &[]) != Decision::Allowed
                    && self.decide_within(&demand, context, &[]) != Decision::Denied
                {
                    excess.insert(demand.into());
                }
            }
        }
        excess
    }
}

fn statements<'b>(documents: &'b [Cow<'_, PolicyDocument>]) -> impl Iterator<Item = &'b Statement> {
    documents.iter().flat_map(|document| document.statements())
}

/// Whether a statement applies to this literal action on this literal resource.
fn is_about(statement: &Statement, action: &str, resource: &str) -> bool {
    let named = |patterns: &BTreeSet<Folded>| {
        patterns.iter().any(|pattern| pattern::matches(pattern.as_str(), action, Case::Blind))
    };
    let reached = |patterns: &BTreeSet<String>| {
        patterns.iter().any(|pattern| pattern::matches(pattern, resource, Case::Exact))
    };
    let by_action = match statement.actions() {
        Actions::Only(patterns) => named(patterns),
        Actions::Except(patterns) => !named(patterns),
    };
    by_action
        && match statement.resources() {
            Resources::Itself => false,
            Resources::Only(patterns) => reached(patterns),
            Resources::Except(patterns) => !reached(patterns),
        }
}

fn exists_to_deny(policy: &PolicyArn) -> bool {
    ["AWSDenyAll", "AWSCompromisedKeyQuarantine"].iter().any(|name| policy.name().starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(statement: &str) -> PolicyDocument {
        PolicyDocument::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#)).unwrap()
    }

    fn permission(action: &str, resource: &str) -> Permission {
        Permission { action: action.into(), resource: resource.into() }
    }

    fn arn(name: &str) -> PolicyArn {
        format!("arn:aws:iam::aws:policy/{name}").parse().unwrap()
    }

    #[test]
    fn a_wildcard_grants_what_it_matches() {
        let wide = document(r#"{"Effect":"Allow","Action":"ec2:*","Resource":"*"}"#);
        let grants = Grants::of([&wide]);
        assert_eq!(grants.decide(&permission("EC2:DescribeInstances*", "*")), Decision::Allowed);
        assert_eq!(grants.decide(&permission("rds:DescribeDBInstances", "*")), Decision::Denied);
    }

    #[test]
    fn part_of_the_resources_is_unknown_not_yes() {
        let one = document(r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"}"#);
        let grants = Grants::of([&one]);
        assert_eq!(grants.decide(&permission("s3:GetObject", "*")), Decision::Unknown);
        assert_eq!(grants.decide(&permission("s3:GetObject", "arn:aws:s3:::a/x*")), Decision::Allowed);
    }

    #[test]
    fn a_deny_wins_and_a_conditional_one_is_unknown() {
        let allow = document(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
        let deny = document(r#"{"Effect":"Deny","Action":"ec2:*","Resource":"*"}"#);
        let maybe = document(
            r#"{"Effect":"Deny","Action":"rds:*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"x"}}}"#,
        );
        let grants = Grants::of([&allow, &deny, &maybe]);
        assert_eq!(grants.decide(&permission("ec2:RunInstances", "*")), Decision::Denied);
        assert_eq!(grants.decide(&permission("rds:StartDBCluster", "*")), Decision::Unknown);
        assert_eq!(grants.decide(&permission("s3:GetObject", "*")), Decision::Allowed);
    }

    #[test]
    fn not_action_grants_all_but() {
        let all_but = document(r#"{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}"#);
        let grants = Grants::of([&all_but]);
        assert_eq!(grants.decide(&permission("ec2:RunInstances", "*")), Decision::Allowed);
        assert_eq!(grants.decide(&permission("iam:PassRole", "*")), Decision::Denied);
        assert_eq!(grants.decide(&permission("*", "*")), Decision::Unknown);
        let more =
            document(r#"{"Effect":"Allow","NotAction":["iam:*","sts:*"],"NotResource":"arn:aws:s3:::a"}"#);
        assert!(grants.cover(&more).is_complete(), "fewer exceptions grant more");
        assert_eq!(counted(&Grants::of([&more]).cover(&all_but).unknown), "1 action (all but iam:*)");
        let nothing = document(r#"{"Effect":"Allow","Action":"iam:*","Resource":"*"}"#);
        assert_eq!(Grants::of([&nothing]).cover(&all_but).missing.len(), 1);
    }

    #[test]
    fn an_unread_policy_makes_everything_unknown() {
        let all = document(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
        let own: PolicyArn = "arn:aws:iam::123456789012:policy/Own".parse().unwrap();
        for grants in [Grants::of([&all]).with_opaque_policy(), Grants::of([&all]).with_attached(&own, None)]
        {
            assert_eq!(grants.decide(&permission("ec2:RunInstances", "*")), Decision::Unknown, "it may deny");
            assert_eq!(grants.simulate("ec2:RunInstances", "*"), Decision::Unknown);
        }
        let service = Grants::of([&all]).with_attached(&arn("service-role/AmazonEC2RoleforSSM"), None);
        assert_eq!(service.decide(&permission("ec2:RunInstances", "*")), Decision::Allowed);
        let quarantine = Grants::of([&all]).with_attached(&arn("AWSCompromisedKeyQuarantineV3"), None);
        assert_eq!(quarantine.decide(&permission("ec2:RunInstances", "*")), Decision::Unknown);
    }

    #[test]
    fn policies_of_aws_are_known_exactly_or_within_bounds() {
        let of = |name: &str, action: &str| {
            Grants::default().with_attached(&arn(name), None).decide(&permission(action, "*"))
        };
        assert_eq!(of("AdministratorAccess", "iam:PassRole"), Decision::Allowed);
        assert_eq!(of("PowerUserAccess", "ec2:RunInstances"), Decision::Allowed);
        assert_eq!(of("PowerUserAccess", "iam:ListRoles"), Decision::Allowed);
        assert_eq!(of("PowerUserAccess", "iam:PassRole"), Decision::Denied);
        assert_eq!(of("job-function/ViewOnlyAccess", "ecs:ListClusters*"), Decision::Allowed);
        assert_eq!(of("job-function/ViewOnlyAccess", "ce:GetCostAndUsage"), Decision::Unknown);
        assert_eq!(of("job-function/ViewOnlyAccess", "ec2:RunInstances"), Decision::Denied);
        assert_eq!(of("ReadOnlyAccess", "s3:GetObject"), Decision::Allowed);
        assert_eq!(of("ReadOnlyAccess", "s3:PutObject"), Decision::Denied);
        assert_eq!(of("SomethingNew", "s3:PutObject"), Decision::Unknown);
    }

    #[test]
    fn a_boundary_limits() {
        let all = document(r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#);
        let ec2 = document(r#"{"Effect":"Allow","Action":"ec2:*","Resource":"*"}"#);
        let own: PolicyArn = "arn:aws:iam::123456789012:policy/Bound".parse().unwrap();
        let bounded = Grants::of([&all]).within_boundary(&own, Some(&ec2));
        assert_eq!(bounded.decide(&permission("ec2:RunInstances", "*")), Decision::Allowed);
        assert_eq!(bounded.decide(&permission("s3:GetObject", "*")), Decision::Denied);
        assert_eq!(bounded.simulate("s3:GetObject", "*"), Decision::Denied);
        let unread = Grants::of([&all]).within_boundary(&own, None);
        assert_eq!(unread.decide(&permission("ec2:RunInstances", "*")), Decision::Unknown);
        let admin = Grants::of([&ec2]).within_boundary(&arn("AdministratorAccess"), None);
        assert_eq!(admin.decide(&permission("ec2:RunInstances", "*")), Decision::Allowed);
    }

    #[test]
    fn conditions_narrow_unless_they_are_desired_too() {
        let kms = document(
            r#"{"Effect":"Allow","Action":["kms:Decrypt","kms:ReEncrypt*"],"Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"ec2"}}}"#,
        );
        let wider = document(
            r#"{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"stringEquals":{"KMS:ViaService":["ec2","rds"]}}}"#,
        );
        let plain = document(r#"{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}"#);
        assert!(Grants::of([&kms]).cover(&kms).is_complete());
        assert!(Grants::of([&wider]).cover(&kms).is_complete());
        assert_eq!(Grants::of([&kms]).cover(&wider).unknown.len(), 1);
        let coverage = Grants::of([&kms]).cover(&plain);
        assert_eq!((coverage.missing.len(), coverage.unknown.len()), (0, 1));
        assert!(Grants::of([&plain]).excess(&Grants::of([&kms])).contains(&permission("kms:Decrypt", "*")));
    }

    #[test]
    fn required_permissions_with_exceptions_may_be_granted_with_them() {
        let wanted = document(
            r#"{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*"}"#,
        );
        let narrower = document(
            r#"{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:Pass*","Resource":"*"}"#,
        );
        assert!(Grants::of([&wanted]).cover(&wanted).is_complete());
        assert!(Grants::of([&narrower]).cover(&wanted).is_complete());
        assert!(!Grants::of([&wanted]).cover(&narrower).is_complete());
        let pointless = document(
            r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*"}"#,
        );
        assert!(Grants::of([]).cover(&pointless).is_complete(), "it requires nothing");
        let pointless_by_two = document(
            r#"{"Effect":"Allow","Action":"a:b","Resource":"*"},{"Effect":"Deny","Action":"a:b","Resource":"x"},{"Effect":"Deny","Action":"a:b","NotResource":"x"}"#,
        );
        assert!(Grants::of([]).cover(&pointless_by_two).missing.is_empty(), "it may require nothing");
    }

    #[test]
    fn excess_depends_on_effect_not_on_notation() {
        let wanted = document(
            r#"{"Effect":"Allow","Action":["ec2:Describe*","iam:PassRole"],"Resource":"arn:aws:iam::1:role/x"}"#,
        );
        let same = document(
            r#"{"Effect":"Allow","Action":["EC2:DescribeVolumes","iam:passrole"],"Resource":"arn:aws:iam::1:role/x"}"#,
        );
        let more = document(r#"{"Effect":"Allow","Action":["ec2:*","iam:PassRole"],"Resource":"*"}"#);
        assert!(Grants::of([&same]).excess(&Grants::of([&wanted])).is_empty());
        let excess = Grants::of([&same, &more]).excess(&Grants::of([&wanted]));
        assert_eq!(counted(&excess), "2 actions (ec2:*, iam:PassRole)");
        let admin = Grants::default().with_attached(&arn("AdministratorAccess"), None);
        assert_eq!(counted(&admin.excess(&Grants::of([&wanted]))), "1 action (*)");
    }

    #[test]
    fn a_simulation_takes_wildcards_literally() {
        let some = document(
            r#"{"Effect":"Allow","Action":["ecs:ListClusters","ec2:*"],"Resource":"*"},{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a*"}"#,
        );
        let grants = Grants::of([&some]);
        assert_eq!(grants.simulate("ec2:Describe*", "*"), Decision::Allowed);
        assert_eq!(grants.simulate("ecs:ListClusters*", "*"), Decision::Denied);
        assert_eq!(grants.simulate("s3:GetObject", "arn:aws:s3:::a*/*"), Decision::Allowed);
        assert_eq!(grants.simulate("s3:GetObject", "*"), Decision::Denied);
    }

    #[test]
    fn missing_actions_are_counted_and_the_first_named() {
        let wanted =
            document(r#"{"Effect":"Allow","Action":["a:1","a:2","a:3","a:4","a:5"],"Resource":"*"}"#);
        assert_eq!(counted(&Grants::of([]).cover(&wanted).missing), "5 actions (a:1, a:2, a:3 and 2 more)");
    }
}
