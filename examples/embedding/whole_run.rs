//! A complete run with a custom source: an audit log of every write, progress, connection tests, and an exit code.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "progress and results are shown")]

use std::process::ExitCode;
use std::time::SystemTime;

use harness_ccm::prelude::*;

/// The accounts in our inventory, one per line: id, name, unit.
#[derive(Debug)]
struct Inventory(&'static str);

#[async_trait]
impl AccountSource for Inventory {
    async fn list_accounts(&self, _query: &AccountQuery) -> Result<Listing, Error> {
        let accounts = self.0.lines().map(|line| {
            let fields: Vec<_> = line.split(',').collect();
            let [id, name, unit] = fields[..] else { return Err(unreadable(line)) };
            Ok(Account::new(id.parse().map_err(|_| unreadable(line))?, name).with_ou_path(unit.split('/')))
        });
        Ok(Listing::complete(accounts.collect::<Result<Vec<_>, _>>()?))
    }
}

fn unreadable(line: &str) -> Error {
    Error::new(ErrorKind::Protocol, "inventory", format!("not an account: {line}"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let source = Inventory("111122223333,web,Workloads/Prod\n222233334444,try-out,Sandbox\n");
    let rule = Rule::onboard(
        "prod",
        Selector::all().with_ou_path("Workloads/**".parse()?),
        FeatureSet::new().with_visibility(),
    );
    let intent = Intent::us("my-harness-account".parse()?).with_owner("finops".parse()?).with_rule(rule);
    let world = World::new(source.list_accounts(&AccountQuery::new()).await?.accounts().to_vec());

    // count: audit
    let log = AuditLog::new(std::io::stderr(), || SystemTime::now().try_into().ok());
    let roles = OnWrite::new(world.roles(), log.clone());
    let connectors = roles.and(world.connectors());
    // end

    let progress = on_event(|event| {
        if let Event::StepFinished { account, resource, outcome, .. } = event {
            eprintln!("{account}: {resource}: {outcome}");
        }
    });
    let pipeline = Pipeline::new(intent, source, roles, connectors).with_observer(progress);
    let report = pipeline.run().await?;
    let verification = pipeline.verify().await?;
    println!("{report}\n{verification}");
    assert_eq!(log.error(), None, "every line of the audit log was written");
    assert_eq!(world.writes().len(), 2, "a role and a connector in the account of the unit");
    Ok(if verification.is_good() { report.exit_code() } else { ExitCode::FAILURE })
}
