//! Icons from the sprite that the asset build makes.

use maud::{Markup, html};

use crate::assets;

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// An icon of the sprite. The names are those of `assets/icons.json`; a test holds the two together.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each name says what is drawn")]
        pub enum Icon { $($(#[$doc])* $name,)* }

        impl Icon {
            /// Every icon.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The symbol's id in the sprite.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

icons! {
    AlertOctagon = "alert-octagon",
    AlertTriangle = "alert-triangle",
    ArrowLeft = "arrow-left",
    BuildingBank = "building-bank",
    BuildingStore = "building-store",
    CalendarEvent = "calendar-event",
    Cash = "cash",
    Certificate = "certificate",
    ChartBar = "chart-bar",
    Check = "check",
    ChevronLeft = "chevron-left",
    ChevronRight = "chevron-right",
    CircleCheck = "circle-check",
    CircleX = "circle-x",
    ClipboardCheck = "clipboard-check",
    Clock = "clock",
    Copy = "copy",
    Dots = "dots",
    Download = "download",
    Edit = "edit",
    Eye = "eye",
    FileInvoice = "file-invoice",
    FileText = "file-text",
    Flame = "flame",
    HelpCircle = "help-circle",
    Home = "home",
    Id = "id",
    InfoCircle = "info-circle",
    Key = "key",
    ListCheck = "list-check",
    Lock = "lock",
    Logout = "logout",
    Mail = "mail",
    Phone = "phone",
    Plus = "plus",
    Printer = "printer",
    Receipt = "receipt",
    Refresh = "refresh",
    School = "school",
    Search = "search",
    Send = "send",
    Settings = "settings",
    ShieldCheck = "shield-check",
    ShieldQuestion = "shield-question",
    ShieldX = "shield-x",
    Stethoscope = "stethoscope",
    Trash = "trash",
    Upload = "upload",
    User = "user",
    UserCheck = "user-check",
    Users = "users",
    X = "x",
}

/// The drawing alone, hidden from a screen reader: words beside it, or on its control, say what it means.
pub fn icon(icon: Icon) -> Markup {
    html! { svg.ic aria-hidden="true" { use href={ (assets::url("icons.svg")) "#" (icon.as_str()) } {} } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sprite_is_made_of_exactly_these() {
        let built: Vec<String> = serde_json::from_str(include_str!("../../assets/icons.json")).unwrap();
        let named: Vec<&str> = Icon::ALL.iter().map(|i| i.as_str()).collect();
        assert_eq!(built, named);
    }
}
