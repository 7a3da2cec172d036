//! Any configuration that a file can say, built in code.

use std::time::Duration;

use harness_ccm_core::account::{Account, AccountState};
use harness_ccm_core::catalog::Release;
use harness_ccm_core::cluster::{Cluster, TrustBy};
use harness_ccm_core::config::{Config, ListingSettings};
use harness_ccm_core::connector::ConnectorSettings;
use harness_ccm_core::feature::{
    AutoStopping, Billing, Commitment, CommitmentService, CurReport, FeatureSet, Governance,
    GovernanceAccess, Optimization, ReportType,
};
use harness_ccm_core::id::{Partition, RoleName};
use harness_ccm_core::intent::{Intent, Layout, Pin, Reach, RoleSettings, Rule};
use harness_ccm_core::limits::{Limits, Share};
use harness_ccm_core::naming::{DisplayName, Naming};
use harness_ccm_core::role::QuotaSource;
use harness_ccm_core::route::{Assume, Hop, Route, SessionIdentity};
use harness_ccm_core::selector::{Selector, TagCondition};
use harness_ccm_core::session::SessionSeconds;
use harness_ccm_core::source::{ListOptions, SourceKind, SourceSpec};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Text that needs care in TOML: quotation marks, line ends, text that looks like another type, other
/// scripts.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}",
        "[ -~]{1,12}",
        Just("true".to_owned()),
        Just("2026-01-31".to_owned()),
        Just("a \"quoted\" 'text'\nof two lines\t\\".to_owned()),
        Just("Zürich 🚀 ${name}".to_owned()),
    ]
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Debug> + std::fmt::Debug>(
    pattern: &'static str,
) -> impl Strategy<Value = T> {
    pattern.prop_map(|text| text.parse().unwrap())
}

fn features() -> impl Strategy<Value = FeatureSet> {
    let governance = (any::<bool>(), of(Just("arn:${partition}:iam::${account}:policy/Own")));
    let optimization = (subsequence(AutoStopping::ALL.to_vec(), 0..=7), any::<bool>(), any::<bool>());
    let report_type = select(ReportType::ALL.to_vec());
    let commitment = (any::<bool>(), subsequence(CommitmentService::ALL.to_vec(), 0..=3));
    (any::<bool>(), of(governance), of(optimization), of((text(), text(), report_type)), of(commitment))
        .prop_map(|(orchestration, governance, optimization, billing, commitment)| {
            // A rule has at least one feature.
            let mut set = FeatureSet::new().with_visibility();
            if orchestration {
                set = set.with_cluster_orchestration();
            }
            if let Some((wide, policy)) = governance {
                let access = if wide { GovernanceAccess::ReadOnly } else { GovernanceAccess::ViewOnly };
                let policies = policy.map(|arn| arn.parse().unwrap());
                set = set.with_governance(
                    Governance::new().with_access(access).with_enforcement_policies(policies),
                );
            }
            if let Some((kinds, encrypted, secret)) = optimization {
                let mut options = Optimization::new();
                if !kinds.is_empty() {
                    options = options.with_kinds(kinds);
                }
                if encrypted {
                    options = options.with_encrypted_volumes();
                }
                if secret {
                    let arn = "arn:${partition}:secretsmanager:eu-west-1:${account}:secret:tls-AbCdEf";
                    options = options.with_secrets([arn.parse().unwrap()]);
                }
                set = set.with_optimization(options);
            }
            if let Some((name, bucket, report_type)) = billing {
                set = set.with_billing(Billing::new(CurReport::new(name, bucket).with_type(report_type)));
            }
            if let Some((purchase, services)) = commitment {
                let options = Commitment::new().with_services(services);
                set = set.with_commitment(if purchase { options.with_purchase() } else { options });
            }
            set
        })
}

fn selector() -> impl Strategy<Value = Selector> {
    let tag = prop_oneof![
        Just(TagCondition::Present),
        Just(TagCondition::Absent),
        text().prop_map(TagCondition::is),
        prop::collection::btree_set(text(), 1..4).prop_map(TagCondition::OneOf),
    ];
    let path = select(vec!["/", "Workloads/**", "A/*/Prod", "**/x"]);
    (
        (vec(parsed("[0-9]{12}"), 0..4), vec(text(), 0..3), vec(path, 0..3)),
        (
            vec("ou-[a-z0-9]{4}-[a-z0-9]{8}", 0..3),
            vec((text(), tag), 0..3),
            of(any::<bool>()),
            of(0_i64..4_000_000_000),
        ),
    )
        .prop_map(|((accounts, names, paths), (ous, tags, management, joined))| {
            let mut selector = Selector::all();
            if !accounts.is_empty() {
                selector = selector.with_accounts(accounts);
            }
            selector = names.into_iter().fold(selector, Selector::with_name);
            selector = paths.into_iter().fold(selector, |s, path| s.with_ou_path(path.parse().unwrap()));
            selector = ous.into_iter().fold(selector, Selector::with_ou);
            selector = tags.into_iter().fold(selector, |s, (key, condition)| s.with_tag(key, condition));
            selector = match management {
                None => selector,
                Some(true) => selector.with_management(),
                Some(false) => selector.without_management(),
            };
            match joined {
                None => selector,
                Some(seconds) => selector.with_joined_after(
                    harness_ccm_core::timestamp::Timestamp::from_unix_seconds(seconds).unwrap(),
                ),
            }
        })
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let action = prop_oneof![features().prop_map(Ok), text().prop_map(Err)];
    vec((selector(), action), 0..4).prop_map(|rules| {
        let rule = |(number, (selector, action)): (usize, (Selector, Result<FeatureSet, String>))| {
            let name = format!("rule {number}");
            match action {
                Ok(features) => Rule::onboard(name, selector, features),
                Err(reason) => Rule::skip(name, selector, reason),
            }
        };
        rules.into_iter().enumerate().map(rule).collect()
    })
}

fn hop() -> impl Strategy<Value = Hop> {
    (any::<bool>(), of(parsed("[a-z0-9:]{2,20}"))).prop_map(|(path, external_id)| {
        let role =
            if path { "arn:aws:iam::111122223333:role/x/Hub" } else { "arn:aws:iam::111122223333:role/Hub" };
        external_id.into_iter().fold(Hop::new(role.parse().unwrap()), Hop::with_external_id)
    })
}

fn assume() -> impl Strategy<Value = Route> {
    let roles = select(vec![
        vec!["OrganizationAccountAccessRole", "AWSControlTowerExecution"],
        vec!["Bootstrap"],
        vec!["arn:${partition}:iam::${account}:role/ops/Bootstrap", "Other"],
    ]);
    let seconds = (900_u32..=3_600).prop_map(|seconds| SessionSeconds::try_from(seconds).unwrap());
    (roles, of(parsed("[a-z0-9:]{2,20}")), of(hop()), of(seconds)).prop_map(
        |(roles, external_id, through, session)| {
            let mut assume = Assume::new(roles.into_iter().map(|role| role.parse().unwrap()));
            assume = external_id.into_iter().fold(assume, Assume::with_external_id);
            assume = through.into_iter().fold(assume, Assume::with_through);
            session.into_iter().fold(assume, Assume::with_session).into()
        },
    )
}

fn reach() -> impl Strategy<Value = Reach> {
    let route = prop_oneof![Just(Route::Direct), assume()];
    (assume(), vec((text(), selector(), route), 0..3), any::<bool>()).prop_map(
        |(members, routes, restricted)| {
            let reach = Reach::default().with_members(members);
            let reach = routes
                .into_iter()
                .fold(reach, |reach, (name, selector, route)| reach.with_route(name, selector, route));
            let identity = SessionIdentity::default().with_name("ccm-${run}".parse().unwrap());
            let identity = identity.with_source("ci@example.com".parse().unwrap()).with_tags();
            if restricted { reach.with_restricted_sessions().with_identity(identity) } else { reach }
        },
    )
}

fn role() -> impl Strategy<Value = RoleSettings> {
    let first = (
        select(vec![Layout::Inline, Layout::Managed]),
        select(Release::ALL.to_vec()),
        select(vec!["", "acme-"]),
    );
    let second = (parsed::<RoleName>("[A-Za-z0-9_-]{1,20}"), select(vec!["/", "/finops/"]), any::<bool>());
    let third = (vec(parsed("[a-z0-9:]{2,20}"), 0..3), vec((text(), text()), 0..3), any::<bool>());
    (first, second, third).prop_map(
        |((layout, release, prefix), (name, path, boundary), (ids, tags, asked))| {
            let mut role = RoleSettings::new()
                .with_layout(layout)
                .with_release(release)
                .with_prefix(prefix.parse().unwrap())
                .with_name(name)
                .with_path(path.parse().unwrap())
                .with_additional_external_ids(ids);
            if boundary {
                role = role.with_former_names(["HarnessCERole".parse().unwrap()]);
                role = role.with_boundary("arn:${partition}:iam::${account}:policy/Bound".parse().unwrap());
            }
            role = tags.into_iter().fold(role, |role, (key, value)| role.with_tag(key, value));
            if asked { role.with_quotas(QuotaSource::Account) } else { role }
        },
    )
}

fn cluster() -> impl Strategy<Value = Cluster> {
    let preset = prop_oneof![
        Just(Cluster::us()),
        Just(Cluster::eu()),
        parsed("[0-9]{12}").prop_map(Cluster::self_managed),
    ];
    let trust_by = select(vec![TrustBy::Principal, TrustBy::Account, TrustBy::NarrowedAccount]);
    (preset, of(vec(text(), 0..3)), trust_by).prop_map(|(cluster, trusted, trust_by)| {
        trusted.into_iter().fold(cluster, Cluster::with_trusted).with_trust_by(trust_by)
    })
}

fn intent() -> impl Strategy<Value = Intent> {
    let naming = prop_oneof![
        Just(Naming::Guide),
        Just(Naming::AccountId),
        Just(Naming::Template("${ou.1|root}_${tag.env|none}".parse().unwrap())),
    ];
    let display = select(vec![DisplayName::OfRule, DisplayName::OfAccount]);
    let seconds = (900_u32..=43_200).prop_map(|seconds| SessionSeconds::try_from(seconds).unwrap());
    let connector = (of(seconds), of(any::<bool>())).prop_map(|(session, tests)| {
        let settings =
            session.into_iter().fold(ConnectorSettings::default(), ConnectorSettings::with_session);
        match tests {
            None => settings,
            Some(true) => settings.with_connection_tests(),
            Some(false) => settings.without_connection_tests(),
        }
    });
    let pin = (vec(parsed("o-[a-z0-9]{10}"), 0..3), of(parsed("[0-9]{12}")), of(parsed("[0-9]{12}")))
        .prop_map(|(organizations, caller, payer)| {
            let pin = organizations.into_iter().fold(Pin::default(), Pin::with_organization);
            let pin = caller.into_iter().fold(pin, Pin::with_caller);
            payer.into_iter().fold(pin, Pin::with_payer)
        });
    let head =
        (parsed("[A-Za-z0-9_-]{1,22}"), cluster(), parsed("[a-z0-9:]{2,20}"), parsed("[a-z0-9-]{1,10}"));
    let tags = (vec((text(), text()), 0..3), vec(text(), 0..3));
    (head, tags, (naming, display, connector, pin), (reach(), role(), rules())).prop_map(
        |(
            (account, cluster, external_id, owner),
            (tags, regions),
            (naming, display, connector, pin),
            (reach, role, rules),
        )| {
            let intent = Intent::new(account, cluster, external_id)
                .with_owner(owner)
                .with_regions(regions)
                .with_naming(naming)
                .with_display_name(display)
                .with_connector(connector)
                .with_pin(pin)
                .with_reach(reach)
                .with_role(role);
            let intent = tags.into_iter().fold(intent, |intent, (key, value)| intent.with_tag(key, value));
            rules.into_iter().fold(intent, Intent::with_rule)
        },
    )
}

fn account() -> impl Strategy<Value = Account> {
    let state = select(vec![
        AccountState::Active,
        AccountState::Suspended,
        AccountState::PendingActivation,
        AccountState::Unknown("ODD".into()),
    ]);
    let partition = select(Partition::KNOWN.to_vec());
    let units = (of(vec("Unit [a-z0-9]{1,6}", 0..3)), of(vec("ou-[a-z0-9]{4}-[a-z0-9]{8}", 0..3)));
    ("t[ -~é]{0,8}x", state, partition, of(any::<bool>()), units, of(vec((text(), text()), 0..3))).prop_map(
        |(name, state, partition, management, (path, ids), tags)| {
            let account = Account::new("111122223333".parse().unwrap(), name)
                .with_state(state)
                .with_partition(partition);
            let account = match management {
                None => account.with_unknown_management(),
                Some(true) => account.as_management(),
                Some(false) => account,
            };
            let account = path.into_iter().fold(account, Account::with_ou_path);
            let account = ids.into_iter().fold(account, Account::with_ou_ids);
            tags.into_iter().fold(account, Account::with_tags)
        },
    )
}

fn sources() -> impl Strategy<Value = Vec<SourceSpec>> {
    let options = any::<bool>()
        .prop_map(|pad| if pad { ListOptions::default().with_pad_ids() } else { ListOptions::default() });
    let payer = || of(parsed("[0-9]{12}"));
    let source = prop_oneof![
        of(hop()).prop_map(|role| (SourceKind::Organizations { role }, None)),
        (text(), options.clone(), payer())
            .prop_map(|(file, options, payer)| (SourceKind::Csv { file, options }, payer)),
        (text(), options, payer())
            .prop_map(|(file, options, payer)| (SourceKind::Json { file, options }, payer)),
        (account(), payer()).prop_map(|(account, payer)| (SourceKind::List(vec![account]), payer)),
    ];
    vec(source, 0..4).prop_map(|sources| {
        let named = |(number, (kind, payer)): (usize, (SourceKind, Option<_>))| {
            payer.into_iter().fold(SourceSpec::new(format!("source {number}"), kind), SourceSpec::with_payer)
        };
        sources.into_iter().enumerate().map(named).collect()
    })
}

fn limits() -> impl Strategy<Value = Limits> {
    let share = || (0.0_f64..=1.0).prop_map(|share| Share::try_from(share).unwrap());
    (share(), share(), share(), any::<u32>(), share()).prop_map(
        |(updates, adoptions, removals, always, missing)| {
            Limits::default()
                .with_max_updates(updates)
                .with_max_adoptions(adoptions)
                .with_max_removals(removals)
                .with_always_allowed(always)
                .with_max_missing(missing)
        },
    )
}

/// Any configuration that a file can express.
pub(crate) fn config() -> impl Strategy<Value = Config> {
    let listing = of((text(), any::<u32>()));
    (intent(), limits(), sources(), listing).prop_map(|(intent, limits, sources, listing)| {
        let config = Config::new(intent).with_limits(limits);
        let config = sources.into_iter().fold(config, Config::with_source);
        match listing {
            None => config,
            Some((file, minutes)) => {
                let age = Duration::from_secs(u64::from(minutes) * 60);
                config.with_listing(ListingSettings::new(file).with_max_age(age))
            }
        }
    })
}
