//! The gallery's pages but the schedule.

use domain::Cents;
use jiff::civil::{Date, Time};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};
use web::components::{
    Attention, Bar, Button, Field, FieldError, Fill, FindHit, Flash, Hx, Icon, Mark, Nav, Page, PageContext,
    PrintHeader, Status, Swap, Tab, Table, TableColumn, Tone, Trigger, Width, attention_list, badge, bar_chart,
    bare_page, bulk_bar, card, checkbox, clock, column_chart, date, definition_list, dialog, empty_state,
    error_summary, fields, find_results, flash, form, instant, key_hint, money, select_row, sheet, stat_card, tabs,
    tag,
};

/// Every page that is a file.
pub(crate) const NAMES: &[&str] = &["parts", "claims", "readiness", "form", "empty", "saved", "sheet", "sign-in"];

/// The page called `name`.
pub(crate) fn render(cx: &PageContext, name: &str) -> Option<Markup> {
    let on = |nav| PageContext { active: Some(nav), ..cx.clone() };
    Some(match name {
        "parts" => parts(cx),
        "claims" => claims(&on(Nav::Claims)),
        "readiness" => readiness(&on(Nav::Readiness)),
        "form" => patient_form(&on(Nav::Patients), &errors(), None),
        "saved" => {
            let done = Flash { tone: Tone::Ok, text: "Maria Alvarez-O'Brien is registered.".to_owned() };
            patient_form(&on(Nav::Patients), &[], Some(&done))
        }
        "empty" => empty(&on(Nav::Payments)),
        "sheet" => day_sheet(cx),
        "sign-in" => sign_in(cx),
        _ => return None,
    })
}

/// The answer where there is no page.
pub(crate) fn not_found(cx: &PageContext) -> Markup {
    Page::new(cx, "No such page").render(&empty_state(
        Icon::HelpCircle,
        "Nothing is at this address",
        "It may have moved.",
        None,
    ))
}

/// Patients whose name begins with `query`.
pub(crate) fn find(query: &str) -> Markup {
    let people =
        [("Alvarez, Maria", "DOB 2/29/1988"), ("Alvarez, Mario", "DOB 7/4/2019"), ("Larsen, Emma", "DOB 10/23/1985")];
    let wanted = query.to_lowercase();
    let hits: Vec<FindHit> = people
        .iter()
        .filter(|(name, _)| name.to_lowercase().starts_with(&wanted))
        .map(|(name, born)| FindHit { href: "/form".to_owned(), title: (*name).to_owned(), detail: (*born).to_owned() })
        .collect();
    find_results(&hits)
}

enum ClaimStatus {
    Denied,
    Rejected,
    NoResponse,
    NeedsInfo,
}

impl Status for ClaimStatus {
    fn word(&self) -> &'static str {
        match self {
            Self::Denied => "Denied",
            Self::Rejected => "Rejected",
            Self::NoResponse => "No response",
            Self::NeedsInfo => "Needs info",
        }
    }

    fn tone(&self) -> Tone {
        match self {
            Self::Denied | Self::Rejected => Tone::Bad,
            Self::NoResponse => Tone::Warn,
            Self::NeedsInfo => Tone::Info,
        }
    }
}

const CLAIMS: [(&str, ClaimStatus, &str, &str); 4] = [
    ("Larsen, E.", ClaimStatus::Denied, "CO-197: no prior authorization on file", "Attach authorization"),
    ("Mbeki, A.", ClaimStatus::Rejected, "277CA A7:562: rendering NPI not enrolled", "Fix and resend"),
    ("Vasquez, A.", ClaimStatus::NoResponse, "34 days since accepted by payer", "Check status"),
    ("Takahashi, K.", ClaimStatus::NeedsInfo, "CO-16 N290: missing referring provider", "Add referring"),
];

fn claims(cx: &PageContext) -> Markup {
    let columns = [
        TableColumn::number("Age").sort("/claims", Some(false)),
        TableColumn::text("Claim"),
        TableColumn::text("Patient").sort("/claims", None),
        TableColumn::text("Service"),
        TableColumn::text("Payer"),
        TableColumn::number("Charge"),
        TableColumn::number("Balance"),
        TableColumn::text("Status"),
        TableColumn::text("Why"),
        TableColumn::unnamed("Next step"),
    ];
    let rows = html! {
        @for (i, (patient, status, why, step)) in (0_i16..16).zip(CLAIMS.iter().cycle()) {
            @let number = (48_210 + i32::from(i)).to_string();
            tr {
                td { (select_row("claim", &number, &format!("Select claim {number}"))) }
                td.num.nw { (78 - i * 4) " d" }
                td { a href="/form" { (number) } }
                td.nw { (patient) span.sub { "DOB " (date(Date::constant(1985, 10, 23))) } }
                td.nw { (date(Date::constant(2026, 5, 21))) }
                td { "Meridian Health" }
                td.num { (money(Cents::new(29_100 + i64::from(i) * 1_350))) }
                td.num { (money(Cents::new(20_452 - i64::from(i) * 1_991))) }
                td { (badge(status)) }
                td { (why) }
                td { (Button::link(step, "/form").small().about(&format!("for claim {number}"))) }
            }
        }
    };
    let filter = Hx::get(cx, "/claims")
        .target("#claims")
        .select("#claims")
        .swap(Swap::Morph)
        .trigger(Trigger::Filter)
        .latest()
        .class("filters");
    Page::new(cx, "Claims to work")
        .beside(html! { span.sub { (money(Cents::new(4_120_655))) " outstanding · oldest 78 days" } })
        .actions(html! {
            (Button::link("Export CSV", "/claims").icon(Icon::Download))
            (Button::opens("Send 61 ready claims", "send").primary())
        })
        .render(&html! {
            (tabs("Saved views", &[
                Tab::new("All to work", "/claims", true).count(148), Tab::new("Rejected", "/claims", false).count(12),
                Tab::new("Denied", "/claims", false).count(31), Tab::new("No response", "/claims", false).count(44),
                Tab::new("Ready to send", "/claims", false).count(61), Tab::new("Mine", "/claims", false).count(18),
            ]))
            (filter.form(&html! {
                (Field::select("payer", "Payer", &[("", "Any payer"), ("m", "Meridian Health")]))
                (Field::select("age", "Age", &[("", "Any age"), ("30", "Over 30 days")]))
                (Field::search("q", "Patient or claim"))
                (Button::submit("Show"))
            }))
            (key_hint("list", &[("j k", "move"), ("x", "select"), ("Enter", "open")]))
            section.card #claims data-list {
                (Table::new("Claims that need work, oldest first", &columns).keys().selectable().rows(&rows))
                (bulk_bar(&html! {
                    (Button::plain("Assign").small()) (Button::plain("Check status (276)").small()) (Button::plain("Resend").small())
                    span.sub { "1 to 16 of 148" } (Button::link("Next page", "/claims").small())
                }))
            }
            (dialog("send", "Send 61 claims?", &html! { p { "They go to " b { "Meridian Health" } ". What is sent cannot be called back." } },
                Some(&html! { (Button::closes("Not yet")) (Button::submit("Send them").primary()) }), false))
        })
}

fn readiness(cx: &PageContext) -> Markup {
    let fix = [
        late(
            "Two leavers still have building keys",
            "164.310(a)(2)(iii), required · Owner M. Ortiz · due in 2 days",
            true,
        ),
        late(
            "The agreement with the fax carrier ended on June 1",
            "164.308(b)(1), required · Owner P. Shah · 8 days late",
            true,
        ),
        late("Phishing training: 3 of 27 people not done", "164.308(a)(5), addressable · due in 9 days", false),
    ];
    let bars = [
        ("Administrative", [34, 3, 1, 2]),
        ("Physical", [14, 2, 1, 0]),
        ("Technical", [27, 1, 0, 0]),
        ("Business associates", [9, 2, 1, 0]),
    ]
    .map(|(label, [ok, warn, bad, na])| Bar {
        label: label.to_owned(),
        parts: vec![(Fill::Ok, ok), (Fill::Warn, warn), (Fill::Bad, bad), (Fill::Na, na)],
        note: format!("{ok} of {}", ok + warn + bad + na),
    });
    let key = [
        (Fill::Ok, "Proven"),
        (Fill::Warn, "Aging"),
        (Fill::Bad, "Failing"),
        (Fill::Na, "Not applicable, with rationale"),
    ];
    Page::new(cx, "HIPAA readiness")
        .beside(html! { (tag(Tone::Warn, "6 safeguards need work")) span.sub { "Checked 40 seconds ago, every minute" } })
        .actions(html! { (Button::link("Auditor export", "/readiness")) (Button::link("Verify the log", "/readiness").primary()) })
        .render(&html! {
            div.stack {
                section.kpis aria-label="Key figures" {
                    (stat_card("Safeguards proven today", &html! { "98 of 114" }, &html! { "9 aging, 4 failing, 3 not applicable" }))
                    (stat_card("Median time to revoke access", &html! { "31 min" }, &html! { "Target 60 min · 4 leavers this quarter" }))
                    (stat_card("Last restore test", &html! { "Passed" }, &html! { "6 days ago · 41 GB in 18 min · next due Jul 3" }))
                    (stat_card("Disclosures logged before release", &html! { "100%" }, &html! { "212,408 of 212,408 in 30 days" }))
                }
                div.three {
                    (attention_list("Fix these first", &fix))
                    (card("Safeguards by area", &html! { div.pad { (bar_chart("areas", "Proven safeguards", &bars, &key)) } }))
                    (card("Failed sign-ins", &html! { div.pad { (column_chart("weeks", "Failed sign-ins by week", &weeks(), &[(Fill::Info, "as usual"), (Fill::Bad, "more than usual")])) } }))
                }
                (card("Transparency log", &definition_list(&[
                    ("Entries", html! { "1,904,331" }),
                    ("Root", html! { span.mono { "9f2c7a41d0b6e58f3a17c4e2b98d60f571aa0e3c4b7d92e6815cf03ad4419be7" } }),
                    ("Signed", html! { (instant(Timestamp::constant(1_781_030_467, 0), &TimeZone::fixed(jiff::tz::offset(-7)))) " by key " span.mono { "northside-2026a" } }),
                    ("Check it yourself", html! { span.mono { "wellkept verify evidence-2026-06-09" } }),
                ])))
            }
        })
}

fn late(text: &str, detail: &str, failing: bool) -> Attention {
    let (tone, icon, word) =
        if failing { (Tone::Bad, Icon::AlertOctagon, "Failing") } else { (Tone::Warn, Icon::Clock, "Aging") };
    Attention {
        tone,
        icon,
        text: text.to_owned(),
        href: "/readiness".to_owned(),
        status: Some((tone, word.to_owned())),
        detail: Some(detail.to_owned()),
    }
}

fn errors() -> Vec<FieldError> {
    let error = |field: &str, message: &str| FieldError { field: field.to_owned(), message: message.to_owned() };
    vec![
        error("born", "Enter a date of birth that is not in the future"),
        error("member", "A member id has 6 to 20 letters and digits"),
    ]
}

fn patient_form(cx: &PageContext, errors: &[FieldError], done: Option<&Flash>) -> Markup {
    let sexes = [("", "Choose"), ("F", "Female"), ("M", "Male"), ("U", "Unknown or not said")];
    let body = html! {
        (error_summary(errors))
        (fields("Name and birth", &html! {
            (Field::text("family", "Family name").value("Alvarez-O'Brien").required())
            (Field::text("given", "Given name").value("Maria").required())
            (Field::date("born", "Date of birth").value("2062-02-28").errors(errors).required())
            (Field::select("sex", "Sex, as the payer has it", &sexes).value("F").width(Width::Medium))
        }))
        (fields("Contact", &html! {
            (Field::phone("phone", "Phone").value("(555) 010-0199").hint("Ten digits; an extension goes in the note"))
            (Field::email("email", "Email").optional())
            (Field::area("note", "Note").optional())
        }))
        (fields("Coverage", &html! {
            (Field::text("payer", "Payer").value("Meridian Health"))
            (Field::text("member", "Member id").value("W!").hint("As printed on the card").errors(errors).width(Width::Medium))
            (Field::digits("copay", "Copay").value("25.00").width(Width::Short))
        }))
        (checkbox("reminders", "yes", "Send reminders by text message", true))
        div.actions { (Button::submit("Register").primary()) (Button::link("Cancel", "/empty")) }
    };
    Page::new(cx, "Register a patient")
        .crumbs(&[("Patients", "/empty")])
        .flash(done)
        .render(&html! { section.card.narrow { div.pad { (form(cx, "/saved", &body)) } } })
}

fn empty(cx: &PageContext) -> Markup {
    let upload = Button::link("Upload an 835", "/form").primary();
    Page::new(cx, "Payments").render(&html! {
        section.card { (empty_state(Icon::Receipt, "No remittances yet", "Remittances come from your payers as 835 files. Upload one, or connect a clearinghouse.", Some(&upload))) }
    })
}

fn day_sheet(cx: &PageContext) -> Markup {
    let printed = instant(Timestamp::constant(1_781_030_467, 0), &TimeZone::UTC);
    let columns = [TableColumn::text("Time"), TableColumn::text("Patient"), TableColumn::text("Reason")];
    sheet(
        cx,
        &PrintHeader {
            title: "Day sheet, June 9, 2026",
            printed: &printed,
            reference: Some("1,904,331"),
            health: true,
        },
        &html! {
            (Table::new("Appointments", &columns).rows(&html! {
                @for hour in 8_i8..12 { tr { td { (clock(Time::constant(hour, 15, 0, 0))) } td { "Larsen, E." } td { "Follow-up" } } }
            }))
        },
    )
    .markup()
}

fn sign_in(cx: &PageContext) -> Markup {
    bare_page(
        &cx.nonce,
        &cx.practice,
        "Sign in",
        &[],
        &html! {
            (flash(Tone::Bad, &html! { "That did not sign you in. Check what you typed and try again." }))
            (form(cx, "/saved", &html! {
                (Field::text("user", "User name").autocomplete("username").autofocus())
                (Field::password("password", "Password").autocomplete("current-password"))
                (Field::digits("code", "Code from your authenticator").autocomplete("one-time-code"))
                (Button::submit("Sign in").primary())
            }))
        },
    )
}

fn parts(cx: &PageContext) -> Markup {
    let tones = [Tone::Ok, Tone::Warn, Tone::Bad, Tone::Info, Tone::Violet, Tone::Mute];
    Page::new(cx, "Parts").actions(html! { (Button::link("Schedule", "/schedule")) (Button::link("Claims", "/claims")) }).render(&html! {
        @for tone in [Tone::Ok, Tone::Warn, Tone::Bad, Tone::Info] { (flash(tone, &html! { "A message of this kind, with " a href="/form" { "a link" } "." })) }
        div.stack {
            (card("Badges", &html! { p.pad.row { @for tone in tones { (tag(tone, "A word")) } } }))
            (card("Buttons", &html! {
                div.pad.row {
                    (Button::plain("Plain")) (Button::plain("Primary").primary().icon(Icon::Check)) (Button::plain("Danger").danger().icon(Icon::Trash))
                    (Button::plain("Quiet").quiet()) (Button::plain("Small").small()) (Button::plain("With a key").key("b")) (Button::plain("More").icon_only(Icon::Dots))
                    (Hx::get(cx, "/part").target("#loaded").button(&Button::plain("Load a part")))
                }
                div.pad #loaded {}
            }))
            (card("Money and time", &definition_list(&[
                ("Charge", money(Cents::new(125_050))), ("Credit", money(Cents::new(-320))),
                ("Date", date(Date::constant(2028, 2, 29))), ("Clock", clock(Time::constant(14, 5, 0, 0))),
            ])))
            (card("A slow part", &Hx::get(cx, "/part").trigger(Trigger::Load).class("pad").id("slow").region(&html! { span.sub { "Asking the payer…" } })))
            section.card { h2 { "Icons" } div.pad.row { @for i in Icon::ALL { span title=(i.as_str()) { (web::components::icon(*i)) } } } }
        }
    })
}

/// Half a year, with one week that stands out.
fn weeks() -> Vec<Mark> {
    let count = |n: u64| if n == 19 { 44 } else { 6 + n * 7 % 9 };
    let mark = |n: u64| Mark {
        label: format!("{}/{}", 1 + n / 4, 1 + n % 4 * 7),
        count: count(n),
        limit: (n >= 4).then_some(21),
        fill: if n == 19 { Fill::Bad } else { Fill::Info },
    };
    (0..26).map(mark).collect()
}
