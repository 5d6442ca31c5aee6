//! Tables, which are also the work lists: `j` `k` move, `x` selects, Enter opens, `e` edits.

use maud::{Markup, html};

/// One column.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Column<'a> {
    label: &'a str,
    kind: Kind,
    sort: Option<(&'a str, Option<bool>)>,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Prose,
    Number,
    Actions,
}

impl<'a> Column<'a> {
    /// A column of text.
    pub const fn text(label: &'a str) -> Self {
        Self { label, kind: Kind::Text, sort: None }
    }

    /// A column of sentences: on a phone it keeps the width that they need.
    pub const fn prose(label: &'a str) -> Self {
        Self { label, kind: Kind::Prose, sort: None }
    }

    /// A column of numbers, flush right; its cells have the class `num`.
    pub const fn number(label: &'a str) -> Self {
        Self { label, kind: Kind::Number, sort: None }
    }

    /// A column whose heading only a screen reader needs: actions.
    pub const fn unnamed(label: &'a str) -> Self {
        Self { label, kind: Kind::Actions, sort: None }
    }

    /// A heading that sorts: `href` is the address of the other order; `ascending` is the order now, if it is by this column.
    pub const fn sort(mut self, href: &'a str, ascending: Option<bool>) -> Self {
        self.sort = Some((href, ascending));
        self
    }
}

/// A table. Rows are `tr`s that the page writes; a row heading is `th scope="row"`, a number cell `td.num`.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Table<'a> {
    caption: &'a str,
    columns: &'a [Column<'a>],
    keys: bool,
    select: bool,
    id: Option<&'a str>,
}

impl<'a> Table<'a> {
    /// A table with a caption for those who do not see it.
    pub const fn new(caption: &'a str, columns: &'a [Column<'a>]) -> Self {
        Self { caption, columns, keys: false, select: false, id: None }
    }

    /// Makes it a work list. One a page. The row's first link is what Enter opens; `data-edit` marks what `e` presses.
    pub const fn keys(mut self) -> Self {
        self.keys = true;
        self
    }

    /// Adds a first column of boxes; each row begins with `td { (select_row(..)) }`.
    pub const fn selectable(mut self) -> Self {
        self.select = true;
        self
    }

    /// The table's id.
    pub const fn id(mut self, id: &'a str) -> Self {
        self.id = Some(id);
        self
    }

    /// The table with its rows.
    pub fn rows(&self, rows: &Markup) -> Markup {
        html! {
            table.grid.stick id=[self.id] data-keys=[self.keys.then_some("")] {
                caption.vh { (self.caption) }
                thead {
                    tr {
                        @if self.select { th scope="col" { (select_all()) } }
                        @for column in self.columns { (heading(column)) }
                    }
                }
                tbody { (rows) }
            }
        }
    }
}

fn heading(column: &Column<'_>) -> Markup {
    let class = match column.kind {
        Kind::Number => Some("num"),
        Kind::Prose => Some("prose"),
        Kind::Text | Kind::Actions => None,
    };
    let sorted = column.sort.and_then(|(_, ascending)| ascending).map(|a| if a { "ascending" } else { "descending" });
    html! {
        th scope="col" class=[class] aria-sort=[sorted] {
            @if let Some((href, ascending)) = column.sort {
                a href=(href) { (column.label) @if let Some(a) = ascending { span aria-hidden="true" { (if a { " ↑" } else { " ↓" }) } } }
            } @else if column.kind == Kind::Actions {
                span.vh { (column.label) }
            } @else {
                (column.label)
            }
        }
    }
}

/// The box that selects every row of this page.
pub fn select_all() -> Markup {
    html! { input type="checkbox" data-all aria-label="Select all on this page"; }
}

/// The box of one row: `label` says which, such as `Select claim 48210`.
pub fn select_row(name: &str, value: &str, label: &str) -> Markup {
    html! { input type="checkbox" name=(name) value=(value) aria-label=(label); }
}

/// The bar under a selectable list: how many are selected, and what to do with them. Wrap list and bar in one form with `data-list`.
pub fn bulk_bar(actions: &Markup) -> Markup {
    html! {
        div.bulk data-bulk data-some="false" { span role="status" { span data-count { "0" } " selected" } (actions) }
    }
}
