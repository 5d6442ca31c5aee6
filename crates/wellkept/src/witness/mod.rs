//! Both ends of witnessing: the practice's, which shows its log to others, and the witness's own.

mod held;
mod listen;
mod wire;

use app::App;
use app::audit::outside::{BESIDE, Keeper, Outside, Place, Reach};

pub(crate) use held::Witness;
pub(crate) use listen::serve;
pub(crate) use wire::Http;

use crate::config::{At, Config};
use crate::exit::Failure;
use crate::system::complain;

/// Everybody who keeps checkpoints of the practice's log: the file beside the key, and those that the configuration names.
pub(crate) fn outside(config: &Config) -> Outside {
    let mut keepers = vec![Keeper { name: BESIDE.to_owned(), place: Place::Beside(config.key_dir.value.clone()) }];
    keepers.extend(config.witnesses.value.iter().map(|witness| {
        let place = match &witness.at {
            At::Folder(folder) => Place::Folder(folder.clone()),
            At::Address(key, address) => Place::Witness(key.clone(), Box::new(address.clone())),
        };
        Keeper { name: witness.name.clone(), place }
    }));
    Outside::new(keepers)
}

/// Refuses to go on with a log that is not the one that was seen last. A witness that does not answer stops nobody.
pub(crate) fn same_log(app: &App, config: &Config) -> Result<(), Failure> {
    let found = app.compare_outside(Reach::Everybody)?;
    for (who, why) in &found.unasked {
        let _ = complain(&format!("wellkept: {who} was not asked about the log: {why}"));
    }
    if found.ok() {
        return Ok(());
    }
    let data = config.data.value.display();
    let faults: Vec<String> = found.faults().map(|fault| format!("  {fault}")).collect();
    Err(Failure::Other(format!(
        "the audit log in `{data}` is not the one that was seen last, so the server does not start.\n{}\n\
         Put the newer data back. If this copy was put back on purpose, say who did so and why: \
         `wellkept audit accept-restore --data {data} --reason TEXT`. It is written into the log, which goes on under a new \
         name that the keeper of each witness has to be told.",
        faults.join("\n")
    )))
}
