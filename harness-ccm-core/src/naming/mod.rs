//! The names of connectors.

mod template;

pub use template::{InvalidTemplate, Template};

use std::collections::{BTreeMap, BTreeSet};

use crate::account::{Account, AccountQuery};
use crate::id::{AccountId, ConnectorId, ConnectorName, InvalidId};

/// A rule for the identifiers of connectors.
///
/// The result of any rule is made valid for Harness: other characters become `_`, and a `_` is inserted before a leading
/// digit. If Harness reserves an identifier, or several accounts would get the same one, `_` and the account id are appended;
/// if an identifier that is valid as it is collides with one that had to be made valid, only the latter changes. The result
/// depends on the set of accounts, not on their order. If the rule gives nothing usable for an account, the identifier is
/// `aws` and its id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Naming {
    /// The rule of the public guide: the account's name without white space around it; `-` and space become
    /// `_`.
    ///
    /// The Terraform expression of the guide: `replace(replace(trimspace(name), "-", "_"), " ", "_")`.
    #[default]
    Guide,
    /// `aws` and the account id.
    AccountId,
    /// A template of name, id, organizational units and tags; its result is treated like a name in the guide.
    Template(Template),
}

/// The maximum length of an identifier or name in Harness.
const MAX: usize = 128;

/// The identifier that a rule gives for one account, before accounts are compared with each other.
struct Proposal {
    id: ConnectorId,
    /// Whether the text of the rule is valid as it is: then only a collision may change it.
    as_given: bool,
}

impl Naming {
    /// Returns the identifier of every account's connector. All are valid and different.
    pub fn identifiers<'a>(
        &self,
        accounts: impl IntoIterator<Item = &'a Account>,
    ) -> Result<BTreeMap<AccountId, ConnectorId>, InvalidId> {
        let proposals: BTreeMap<&AccountId, Proposal> = accounts
            .into_iter()
            .map(|account| Ok((&account.id, self.propose(account)?)))
            .collect::<Result<_, InvalidId>>()?;
        let settled = Self::colliding(&proposals);
        let kept: BTreeSet<&ConnectorId> = proposals
            .iter()
            .filter(|(id, _)| !settled.contains(*id))
            .map(|(_, proposal)| &proposal.id)
            .collect();
        proposals
            .iter()
            .map(|(id, proposal)| {
                let identifier = if settled.contains(id) {
                    settle_beside(&proposal.id, id, |taken| kept.contains(taken))?
                } else {
                    proposal.id.clone()
                };
                Ok(((*id).clone(), identifier))
            })
            .collect()
    }

    /// The accounts whose proposed identifier collides with another one.
    fn colliding<'a>(proposals: &BTreeMap<&'a AccountId, Proposal>) -> BTreeSet<&'a AccountId> {
        let mut wanted: BTreeMap<&ConnectorId, (usize, usize)> = BTreeMap::new();
        for proposal in proposals.values() {
            let (as_given, made_valid) = wanted.entry(&proposal.id).or_default();
            *(if proposal.as_given { as_given } else { made_valid }) += 1;
        }
        let unique = |proposal: &Proposal| match wanted.get(&proposal.id) {
            Some((as_given, made_valid)) => {
                if proposal.as_given {
                    *as_given == 1
                } else {
                    *as_given == 0 && *made_valid == 1
                }
            }
            None => false,
        };
        proposals
            .iter()
            .filter(|(_, proposal)| proposal.id.is_reserved() || !unique(proposal))
            .map(|(id, _)| *id)
            .collect()
    }

    fn propose(&self, account: &Account) -> Result<Proposal, InvalidId> {
        let text = match self {
            Self::Guide => Some(account.name.clone()),
            Self::AccountId => None,
            Self::Template(template) => template.fill(account).ok(),
        };
        let text = text.as_deref().map(str::trim).unwrap_or_default();
        if let Ok(id) = as_in_guide(text).parse() {
            return Ok(Proposal { id, as_given: true });
        }
        match corrected(text) {
            Some(id) => Ok(Proposal { id: id.parse()?, as_given: false }),
            None => {
                Ok(Proposal { id: format!("aws{}", account.id).parse()?, as_given: *self == Self::AccountId })
            }
        }
    }

    /// The details that a source must provide to name the accounts.
    pub(crate) fn query(&self) -> AccountQuery {
        match self {
            Self::Guide | Self::AccountId => AccountQuery::new(),
            Self::Template(template) => template.query(),
        }
    }

    /// The accounts that do not have a value that the template needs, by that value.
    pub(crate) fn lacking(&self, accounts: &[Account]) -> BTreeMap<String, Vec<AccountId>> {
        let mut lacking: BTreeMap<String, Vec<AccountId>> = BTreeMap::new();
        let Self::Template(template) = self else { return lacking };
        for account in accounts {
            if let Err(what) = template.fill(account) {
                lacking.entry(what).or_default().push(account.id.clone());
            }
        }
        lacking
    }
}

/// Appends `_` and the account id, with more `_` between them until the identifier is not `taken`. Identifiers that end in different
/// account ids differ, so two results never collide.
pub(crate) fn settle_beside(
    identifier: &ConnectorId,
    account: &AccountId,
    taken: impl Fn(&ConnectorId) -> bool,
) -> Result<ConnectorId, InvalidId> {
    let mut between = String::from("_");
    loop {
        let base: String = identifier.as_str().chars().take(MAX - 12 - between.len()).collect();
        let settled: ConnectorId = format!("{base}{between}{account}").parse()?;
        if !taken(&settled) || between.len() == MAX - 13 {
            return Ok(settled);
        }
        between.push('_');
    }
}

/// The text as an identifier; `None` if it contains no letter or digit.
fn corrected(text: &str) -> Option<String> {
    if !text.bytes().any(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let keep = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '$' { c } else { '_' };
    let mut identifier: String = text.chars().map(keep).collect();
    if identifier.starts_with(|c: char| c.is_ascii_digit() || c == '$') {
        identifier.insert(0, '_');
    }
    identifier.truncate(MAX);
    Some(identifier)
}

/// A rule for the display names of connectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DisplayName {
    /// With [`Naming::Guide`] the name as in the guide, which has one expression for identifier and name, so `prod-data`
    /// becomes `prod_data`. With other rules the account's name.
    #[default]
    OfRule,
    /// The account's name, with any rule.
    OfAccount,
}

impl DisplayName {
    /// The display name of an account's connector; characters that Harness does not accept are replaced.
    pub(crate) fn of(self, account: &Account, naming: &Naming) -> Result<ConnectorName, InvalidId> {
        let name = account.name.trim();
        let text = match (self, naming) {
            (Self::OfRule, Naming::Guide) => as_in_guide(name),
            (Self::OfRule | Self::OfAccount, _) => name.to_owned(),
        };
        let keep = |c: char| if c.is_ascii_alphanumeric() || "-_./ ".contains(c) { c } else { '_' };
        let text: String = text.chars().map(keep).take(MAX).collect();
        if text.is_empty() { format!("aws{}", account.id).parse() } else { text.parse() }
    }
}

/// The expression of the guide, except for the white space around the name.
fn as_in_guide(name: &str) -> String {
    name.replace(['-', ' '], "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn account(number: u64, name: &str) -> Account {
        Account::new(format!("{number:012}").parse().unwrap(), name)
    }

    fn identify(names: &[&str]) -> Vec<String> {
        let accounts: Vec<_> = (1..).zip(names).map(|(n, name)| account(n, name)).collect();
        Naming::Guide.identifiers(&accounts).unwrap().values().map(ToString::to_string).collect()
    }

    /// Written by hand from the expression of the guide: white space at both ends is removed, each `-` and each space becomes
    /// `_`, and everything else stays.
    const GUIDE: [(&str, &str); 66] = [
        ("plain", "plain"),
        ("Plain", "Plain"),
        ("PLAIN", "PLAIN"),
        ("p", "p"),
        ("Z", "Z"),
        ("_", "_"),
        ("-", "_"),
        ("---", "___"),
        ("- -", "___"),
        ("_-_", "___"),
        ("a_b", "a_b"),
        ("a-b", "a_b"),
        ("a b", "a_b"),
        ("a - b", "a___b"),
        ("a  b", "a__b"),
        ("a--b", "a__b"),
        ("a-_b", "a__b"),
        ("a-", "a_"),
        ("-a", "_a"),
        ("_a", "_a"),
        ("a_", "a_"),
        ("-1", "_1"),
        ("_1", "_1"),
        ("-2024 budget", "_2024_budget"),
        (" leading", "leading"),
        ("trailing ", "trailing"),
        ("  both  ", "both"),
        ("\ttab around\t", "tab_around"),
        ("\nline around\n", "line_around"),
        (" - ", "_"),
        ("Log Archive", "Log_Archive"),
        ("Audit", "Audit"),
        ("log-archive", "log_archive"),
        ("Security Tooling", "Security_Tooling"),
        ("shared-services-prod", "shared_services_prod"),
        ("network hub eu-west-1", "network_hub_eu_west_1"),
        ("data-platform-dev", "data_platform_dev"),
        ("Data Platform - Dev", "Data_Platform___Dev"),
        ("Sandbox Anna", "Sandbox_Anna"),
        ("web01", "web01"),
        ("web-01", "web_01"),
        ("w3b s1te", "w3b_s1te"),
        ("a1", "a1"),
        ("x-9", "x_9"),
        ("cash$flow", "cash$flow"),
        ("a$", "a$"),
        ("_$", "_$"),
        ("-$", "_$"),
        ("A$-$B", "A$_$B"),
        ("Org", "Org"),
        ("ORG", "ORG"),
        ("org-1", "org_1"),
        ("Account", "Account"),
        ("my account", "my_account"),
        ("nulls", "nulls"),
        ("True", "True"),
        ("step group", "step_group"),
        ("new-", "new_"),
        ("prod-123456789012", "prod_123456789012"),
        ("aws123456789012", "aws123456789012"),
        ("aws-123456789012", "aws_123456789012"),
        ("_harness_system", "_harness_system"),
        ("MixedCase-and Space", "MixedCase_and_Space"),
        (
            "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVW",
            "abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVW",
        ),
        (
            "a b c d e f g h i j k l m n o p q r s t u v w x y ",
            "a_b_c_d_e_f_g_h_i_j_k_l_m_n_o_p_q_r_s_t_u_v_w_x_y",
        ),
        (
            "--------------------------------------------------",
            "__________________________________________________",
        ),
    ];

    #[test]
    fn names_that_the_guide_can_handle_are_as_in_the_guide() {
        for (name, expected) in GUIDE {
            assert_eq!(identify(&[name]), [expected], "{name:?}");
        }
    }

    #[test]
    fn names_that_the_guide_cannot_handle_become_valid() {
        for (name, expected) in [
            ("1st", "_1st"),
            ("$dollar", "_$dollar"),
            ("R&D (eu)", "R_D__eu_"),
            ("a.b", "a_b"),
            ("a/b:c", "a_b_c"),
            ("tab\tinside", "tab_inside"),
            ("Zürich Café", "Z_rich_Caf_"),
            ("🚀 launch", "__launch"),
            ("", "aws000000000001"),
            ("   ", "aws000000000001"),
            ("***", "aws000000000001"),
            ("🚀🚀", "aws000000000001"),
            ("(!)", "aws000000000001"),
            ("org", "org_000000000001"),
            (" account ", "account_000000000001"),
            ("stepGroup", "stepGroup_000000000001"),
            ("harnessSecretManager", "harnessSecretManager_000000000001"),
            (
                "12345678901234567890123456789012345678901234567890",
                "_12345678901234567890123456789012345678901234567890",
            ),
        ] {
            assert_eq!(identify(&[name]), [expected], "{name:?}");
        }
    }

    #[test]
    fn collisions_are_settled_by_the_account_id() {
        assert_eq!(identify(&["a b", "a-b", "c"]), ["a_b_000000000001", "a_b_000000000002", "c"]);
        assert_eq!(identify(&["a.b", "a-b"]), ["a_b_000000000001", "a_b"], "a valid name stays");
        assert_eq!(identify(&["a.b", "a:b"]), ["a_b_000000000001", "a_b_000000000002"]);
        assert_eq!(identify(&["Prod", "prod"]), ["Prod", "prod"], "Harness is case-sensitive");
        assert_eq!(
            identify(&["x", "x", "x_000000000001", "x__000000000001"]),
            ["x___000000000001", "x_000000000002", "x_000000000001", "x__000000000001"],
            "other accounts have the names that the first one would get"
        );
        assert_eq!(
            identify(&["***", "aws000000000001"]),
            ["aws000000000001_000000000001", "aws000000000001"]
        );
    }

    #[test]
    fn names_too_long_for_harness_are_cut_and_stay_different() {
        let (long, other) = ("a".repeat(200), format!("{}b", "a".repeat(199)));
        let names = identify(&[&long, &other]);
        assert!(names.iter().all(|name| name.len() == 128), "{names:?}");
        assert_ne!(names[0], names[1]);
    }

    /// The expression of the guide, from its text.
    fn guide(name: &str) -> String {
        name.trim().chars().map(|c| if c == '-' || c == ' ' { '_' } else { c }).collect()
    }

    fn check(accounts: &mut [Account], turn: usize) {
        let identifiers = Naming::Guide.identifiers(&*accounts).unwrap();
        let different: BTreeSet<_> = identifiers.values().collect();
        assert_eq!(different.len(), accounts.len());
        assert!(identifiers.values().all(|identifier| !identifier.is_reserved()));
        let mut said: BTreeMap<String, usize> = BTreeMap::new();
        for account in &*accounts {
            *said.entry(guide(&account.name)).or_default() += 1;
        }
        for account in &*accounts {
            DisplayName::OfRule.of(account, &Naming::Guide).unwrap();
            DisplayName::OfAccount.of(account, &Naming::Guide).unwrap();
            let text = guide(&account.name);
            let handled = text.parse::<ConnectorId>().is_ok_and(|id| !id.is_reserved()) && said[&text] == 1;
            assert_eq!(handled, identifiers[&account.id].as_str() == text, "{account:?}");
        }
        accounts.rotate_left(turn % accounts.len());
        accounts.reverse();
        assert_eq!(Naming::Guide.identifiers(&*accounts).unwrap(), identifiers);
    }

    proptest! {
        #[test]
        fn any_names_give_valid_and_different_identifiers_in_any_order(
            names in prop::collection::vec("[ -~]{0,50}|aws0000000000[0-9]{2}|[ab_ -]{1,2}|a_b_0000000000[0-9]{2}", 1..40),
            turn in 0..40_usize,
        ) {
            let mut accounts: Vec<_> = (1..).zip(&names).map(|(n, name)| account(n, name)).collect();
            check(&mut accounts, turn);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4))]

        #[test]
        fn ten_thousand_names_give_valid_and_different_identifiers(seed in any::<u64>()) {
            // Few letters in some names, so that many collide; all printable ASCII characters in the others.
            let mut state = seed | 1;
            let mut next = |below: u64| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state % below
            };
            let mut accounts: Vec<_> = (1..=10_000)
                .map(|number| {
                    let (length, few) = if next(2) == 0 { (next(4), true) } else { (next(51), false) };
                    let name: String = (0..length)
                        .map(|_| if few { b"ab -_.1"[usize::try_from(next(7)).unwrap()] } else { b' ' + u8::try_from(next(95)).unwrap() })
                        .map(char::from)
                        .collect();
                    account(number, &name)
                })
                .collect();
            check(&mut accounts, usize::try_from(seed % 10_000).unwrap());
        }
    }
}
