//! The parts that pages are made of: one function or small builder a file, each the only place that writes its markup.
//!
//! A page takes a [`PageContext`], makes its body from these parts, and hands it to [`Page`]. Escaping is `maud`'s; no part
//! takes text as markup. Logic is not here: a part gets what it shows.

mod badge;
mod button;
mod chart;
mod context;
mod day_grid;
mod dialog;
mod emergency;
mod empty;
mod field;
mod find;
mod flash;
mod form;
mod hx;
mod icon;
mod list;
mod money;
mod nav;
mod page;
mod panels;
mod print;
mod session;
mod table;
mod tabs;
mod time;

pub use badge::{Status, Tone, badge, tag};
pub use button::Button;
pub use chart::{Bar, Fill, Mark, bar_chart, column_chart};
pub use context::{EmergencyBar, Nonce, PageContext, Preferences, Takes, Theme};
pub use day_grid::{Block, Card, Column, DayGrid, Open};
pub use dialog::dialog;
pub use empty::empty_state;
pub use field::{Field, Width};
pub use find::{FindHit, find_results};
pub use flash::{Flash, flash, toast};
pub use form::{FieldError, checkbox, csrf_field, error_summary, fields, form};
pub use hx::{Hx, Swap, Trigger, out_of_band};
pub use icon::{Icon, icon};
pub use list::{Attention, attention_list, key_hint};
pub use money::money;
pub use nav::{Nav, NavEntry, NavGroup};
pub use page::{Page, Script, bare_page, bare_sheet};
pub use panels::{card, definition_list, stat_card};
pub use print::{PrintHeader, Sheet, print_header, sheet};
pub use table::{Column as TableColumn, Table, bulk_bar, select_all, select_row};
pub use tabs::{Tab, segments, tabs};
pub use time::{clock, date, instant, instant_exact};
