//! The intent file in docs/onboard.md, built in code.

use harness_ccm::connector::ConnectorSettings;
use harness_ccm::feature::{AutoStopping, Billing, CurReport, Governance, GovernanceAccess, Optimization};
use harness_ccm::intent::Pin;
use harness_ccm::prelude::*;

fn intent() -> Result<Intent, Box<dyn std::error::Error>> {
    let pin = Pin::default()
        .with_organization("o-a1b2c3d4e5".parse()?)
        .with_caller("111122223333".parse()?)
        .with_payer("111122223333".parse()?);
    let payer =
        FeatureSet::new().with_billing(Billing::new(CurReport::new("harness-cur", "acme-cost-reports")));
    let pilot = Selector::all()
        .with_tag("env", TagCondition::OneOf(["prod".into(), "live".into()].into()))
        .with_tag("team", TagCondition::Present)
        .with_tag("temporary", TagCondition::Absent);
    let watched = FeatureSet::new().with_visibility();
    let stopped = Optimization::new().with_kinds([AutoStopping::Ec2, AutoStopping::Asg, AutoStopping::Rds]);
    let governed = Governance::new().with_access(GovernanceAccess::ViewOnly);
    Ok(Intent::us("AbCdEfGhIjKlMnOpQrStUv".parse()?)
        .with_owner("finops".parse()?)
        .with_regions(["us-east-1", "eu-west-1"])
        .with_pin(pin)
        .with_connector(ConnectorSettings::default().with_session(3600.try_into()?).with_connection_tests())
        .with_tag("team", "finops")
        .with_rule(Rule::onboard("payer", Selector::all().with_management(), payer))
        .with_rule(Rule::skip(
            "no sandboxes",
            Selector::all().with_ou_path("Sandbox/**".parse()?),
            "they cost too little",
        ))
        .with_rule(Rule::onboard(
            "pilot",
            pilot,
            watched.clone().with_governance(Governance::new()).with_optimization(stopped),
        ))
        .with_rule(Rule::onboard("everybody else", Selector::all(), watched.with_governance(governed))))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let page = include_str!("../../docs/onboard.md");
    let file =
        page.split("```").find_map(|block| block.strip_prefix("toml\n")).ok_or("no file in the page")?;
    let config = Config::new(intent()?);
    assert_eq!(config, Config::from_toml(file, None)?);
    assert_eq!(config, Config::from_toml(&config.to_toml()?, None)?, "what code says, a file can say too");
    Ok(())
}
