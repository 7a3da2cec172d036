use crate::event::Operation;
use crate::id::{ConnectorId, RoleName};
use crate::plan::{AccountPlan, Action, Describing, Finding, Severity, Step, Withheld};
use crate::resource::Resource;
use crate::text::visible;

/// The sections of a plan for people, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    /// Findings of this severity.
    Risks,
    /// Findings of this severity.
    Problems,
    /// Steps.
    Changes,
    /// Withheld resources that make the run incomplete.
    Incomplete,
    /// Resources that are withheld by choice.
    HeldBack,
    /// Findings of this severity.
    Notes,
}

impl Section {
    pub(super) const ALL: [Self; 6] =
        [Self::Risks, Self::Problems, Self::Changes, Self::Incomplete, Self::HeldBack, Self::Notes];

    /// The title of the section.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Risks => "Risks: more is permitted than is desired",
            Self::Problems => "Problems: something does not work, or will not",
            Self::Changes => "Changes",
            Self::Incomplete => "Incomplete: cannot be read or judged, is impossible, or waits",
            Self::HeldBack => "Held back: stays as it is, by choice",
            Self::Notes => "Notes",
        }
    }
}

/// The mark of a line, in the style of Terraform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// It is removed.
    Remove,
    /// It is changed.
    Change,
    /// It is created.
    Create,
    /// It is withheld.
    Withheld,
    /// It is a finding: of a risk, or another one.
    Finding(Severity),
}

impl Mark {
    pub(super) fn symbol(self) -> char {
        match self {
            Self::Remove => '-',
            Self::Change => '~',
            Self::Create => '+',
            Self::Withheld | Self::Finding(Severity::Risk) => '!',
            Self::Finding(_) => '?',
        }
    }
}

/// The subject of an entry, without the parts that differ between accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject<'a> {
    Account,
    Role(&'a RoleName),
    Connector,
}

/// One entry of a plan about one account.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) section: Section,
    pub(super) mark: Mark,
    pub(super) subject: Subject<'a>,
    /// The connector, if it is about one.
    pub(super) connector: Option<&'a ConnectorId>,
    /// Its kind, in a word.
    pub(super) kind: &'static str,
    /// The text after the subject.
    pub(super) remark: &'static str,
    /// The further lines, harmless for a terminal.
    pub(super) lines: Vec<String>,
}

impl<'a> Entry<'a> {
    /// Returns all entries of a plan about an account, in its order.
    pub(super) fn of(
        account: &'a AccountPlan,
        describing: &mut Describing<'a>,
    ) -> impl Iterator<Item = Self> {
        let AccountPlan {
            account: _,
            rule: _,
            skipped: _,
            features: _,
            steps,
            in_sync: _,
            not_ours: _,
            withheld,
            role: _,
            connection_test: _,
            findings,
        } = account;
        let steps = steps.iter().map(move |step| Self::of_step(step, describing));
        let withheld = withheld.iter().map(Self::of_withheld);
        steps.chain(withheld).chain(findings.iter().map(Self::of_finding))
    }

    /// Returns its subject, in an account that is named elsewhere.
    pub(super) fn subject(&self) -> String {
        match (&self.subject, self.connector) {
            (Subject::Account, _) => "the account".into(),
            (Subject::Role(name), _) => format!("role {name}"),
            (Subject::Connector, Some(id)) => format!("connector {id}"),
            (Subject::Connector, None) => "connector".into(),
        }
    }

    /// Whether both are of one kind and about the same resource.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (self.section, self.mark, self.subject, self.connector, self.kind)
            == (other.section, other.mark, other.subject, other.connector, other.kind)
    }

    fn of_step(step: &'a Step, describing: &mut Describing<'a>) -> Self {
        let mark = match step.operation() {
            Operation::Create | Operation::Finish => Mark::Create,
            Operation::Update | Operation::Adopt => Mark::Change,
            Operation::Remove => Mark::Remove,
        };
        let (subject, connector) = match &step.action {
            Action::PutRole { spec, .. } => (Subject::Role(spec.address.arn.name()), None),
            Action::RemoveRole { address, .. } => (Subject::Role(address.arn.name()), None),
            Action::PutConnector { spec, .. } => (Subject::Connector, Some(&spec.id)),
            Action::RemoveConnector { id, .. } => (Subject::Connector, Some(id)),
        };
        let lines = describing.step(step).iter().map(|line| visible(line).into_owned()).collect();
        let kind = step.reason.as_str();
        Self { section: Section::Changes, mark, subject, connector, kind, remark: kind, lines }
    }

    fn of_withheld(withheld: &'a Withheld) -> Self {
        let Withheld { resource, reason } = withheld;
        let section = if reason.is_incomplete() { Section::Incomplete } else { Section::HeldBack };
        let (subject, connector) = about(resource);
        let lines = reason.shown("  ").lines().map(str::to_owned).collect();
        Self {
            section,
            mark: Mark::Withheld,
            subject,
            connector,
            kind: reason.name(),
            remark: "withheld",
            lines,
        }
    }

    fn of_finding(finding: &'a Finding) -> Self {
        let Finding { severity, resource, kind } = finding;
        let section = match severity {
            Severity::Risk => Section::Risks,
            Severity::Problem => Section::Problems,
            Severity::Note => Section::Notes,
        };
        let (subject, connector) = about(resource);
        let lines = vec![visible(&kind.to_string()).into_owned()];
        let mark = Mark::Finding(*severity);
        Self { section, mark, subject, connector, kind: kind.name(), remark: "", lines }
    }
}

fn about(resource: &Resource) -> (Subject<'_>, Option<&ConnectorId>) {
    match resource {
        Resource::Account(_) => (Subject::Account, None),
        Resource::Role(arn) => (Subject::Role(arn.name()), None),
        Resource::Connector(id) => (Subject::Connector, Some(id)),
    }
}
