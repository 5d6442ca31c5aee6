//! The API as programs meet it: every route, every way to be refused, on both engines.

mod clients;
mod openapi;
mod reports;
mod tokens;
mod walk;

use domain::client::ApiScope;
use domain::id::FileId;
use domain::partner::Partner;
use testkit::Practice;

/// Scopes apart by spaces, as a token request has them.
fn words(scopes: &[ApiScope]) -> String {
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    scopes.join(" ")
}

/// The partner that the practice has released claim files to.
fn partner(practice: &Practice) -> Partner {
    let find = |tx: &mut store::Tx| {
        let partners = store::directory::all::<Partner>(tx)?.into_iter().map(|p| p.value);
        let mut with_files = Vec::new();
        for partner in partners {
            if !store::batch::released_to(tx, &partner.id, 1)?.is_empty() {
                with_files.push(partner);
            }
        }
        Ok(with_files)
    };
    let partners = practice.app.store.read("partner", find).unwrap();
    partners.into_iter().find(|partner| partner.agreement.is_some()).unwrap()
}

/// A claim file that was released to that partner.
fn file_for(practice: &Practice) -> FileId {
    let theirs = partner(practice).id;
    let batches = practice.app.store.read("files", |tx| store::batch::released_to(tx, &theirs, 1)).unwrap();
    batches.into_iter().next().and_then(|batch| batch.release).unwrap().file
}
