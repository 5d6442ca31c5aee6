//! How long one access decision takes: `cargo run --release -p app --example decide`.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use app::access::{PatientSubject, Policies, Request, Resource};
use domain::access::{Action, Role};
use domain::id::{AccountId, PatientId};

fn main() -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let policies = Policies::load()?;
    println!("load: {:?}", start.elapsed());
    let id = "01890000-0000-7000-8000-000000000001";
    let request = Request {
        account: AccountId::parse(id)?,
        role: Role::Biller,
        disabled: false,
        mfa: true,
        emergency: false,
        origin: domain::device::Origin::Premises,
        action: Action::PatientView,
        resource: Resource::Patient(PatientSubject {
            id: PatientId::parse(id)?,
            restricted: false,
            circle: Vec::new(),
            denied: Vec::new(),
        }),
    };
    let mut nanos: Vec<u128> = (0..20_000)
        .map(|_| {
            let start = Instant::now();
            let _ = black_box(policies.decide(black_box(&request)));
            start.elapsed().as_nanos()
        })
        .collect();
    nanos.sort_unstable();
    for (name, at) in [("p50", nanos.len() / 2), ("p99", nanos.len() * 99 / 100)] {
        println!("decide {name}: {} us", nanos.get(at).copied().unwrap_or_default() / 1000);
    }
    Ok(())
}
