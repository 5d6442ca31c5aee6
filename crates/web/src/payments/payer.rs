//! Whose a held remittance is that came under a number which nobody has: said in one step, and remembered.

use app::remittance::Preview;
use domain::access::{Action, ResourceKind};
use domain::id::{PayerId, RemittanceId};
use maud::{Markup, html};

use crate::components::{Button, Field, Nav, card, form};
use crate::failure::Failure;
use crate::reply::Reply;
use crate::request::Ask;
use crate::server::Web;

/// `POST /payments/{remittance}/payer`: `payer`, and the `number` under which it came.
pub(super) fn name(web: &Web, ask: &Ask) -> Result<Reply, Failure> {
    let id = ask.id("remittance", RemittanceId::parse)?;
    let cx = ask.cx()?;
    let named = match PayerId::parse(ask.field("payer")) {
        Ok(payer) => web.app.name_payer_of(cx, &id, &payer, ask.field("number")),
        Err(_) => Err(app::Error::Refused("Choose the payer whose money this is".to_owned())),
    };
    match named {
        Ok(()) => Ok(Reply::see(format!("/payments/{id}"))),
        Err(app::Error::Refused(why)) => Ok(Reply::again(super::show::page(web, ask, Some(&why))?)),
        Err(other) => Err(other.into()),
    }
}

/// The question, when the remittance waits for its payer; nothing otherwise.
pub(super) fn unnamed(web: &Web, ask: &Ask, preview: &Preview, error: Option<&str>) -> Result<Markup, Failure> {
    let remittance = &preview.remittance;
    if preview.payers.is_empty() || !remittance.rivals.is_empty() {
        return Ok(html! {});
    }
    if !web.app.role_may(ask.cx()?.role, Action::PayerEdit, ResourceKind::Practice) {
        return Ok(card(
            "Whose money is this?",
            &html! { p.pad { "The biller or the practice manager says it here." } },
        ));
    }
    let choose = std::iter::once(("", "Choose"));
    let payers: Vec<(&str, &str)> =
        choose.chain(preview.payers.iter().map(|p| (p.id.as_str(), p.name.as_str()))).collect();
    let words = |number: &String| {
        let transfer = *number == remittance.originator.trim();
        (number.clone(), if transfer { format!("{number}, of the transfer") } else { number.clone() })
    };
    let numbers: Vec<(String, String)> = remittance.payer_numbers.iter().map(words).collect();
    let options: Vec<(&str, &str)> = numbers.iter().map(|(value, words)| (value.as_str(), words.as_str())).collect();
    let page = ask.page(Nav::Payments);
    let body = html! {
        div.pad.stack {
            p { (remittance.payer_name) " is in the directory under none of its numbers here. When it is a payer that you know under another number, say so: the number is kept with the payer from now on, with your name and the time, and this payment can be posted." }
            (form(&page, &format!("/payments/{}/payer", remittance.id), &html! {
                div.fields {
                    (Field::select("payer", "This is the payer", &payers).value(ask.field("payer")).error(error).required())
                    (Field::select("number", "Known under the number", &options).value(ask.field("number")).hint("The payer's own number tells most; that of the transfer may be shared by sister plans.").required())
                }
                div.actions {
                    (Button::submit("It is this payer").primary())
                    (Button::link("It is a new payer", "/payers/new"))
                }
            }))
        }
    };
    Ok(card("Whose money is this?", &body))
}
