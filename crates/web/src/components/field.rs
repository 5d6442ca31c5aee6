//! One field of a form: its label, hint, error and what the browser may fill in.

use maud::{Markup, Render, html};

use super::FieldError;

/// How wide a field is, so that its width tells what belongs in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    /// A few characters: a state, a modifier.
    Short,
    /// A date, a phone number.
    Medium,
    /// A line of an address.
    Long,
    /// As wide as its place.
    #[default]
    Full,
}

impl Width {
    const fn class(self) -> &'static str {
        match self {
            Self::Short => "w-s",
            Self::Medium => "w-m",
            Self::Long => "w-l",
            Self::Full => "",
        }
    }
}

#[derive(Clone, Debug)]
enum Control<'a> {
    Input(&'static str),
    Area,
    Select(&'a [(&'a str, &'a str)]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Unsaid,
    Required,
    Optional,
}

/// A field. Its control has the id `f-NAME`, which [`super::error_summary`] links to.
#[derive(Clone, Debug)]
#[must_use]
pub struct Field<'a> {
    control: Control<'a>,
    name: &'a str,
    label: &'a str,
    value: &'a str,
    hint: Option<&'a str>,
    error: Option<&'a str>,
    autocomplete: &'a str,
    mode: Option<&'a str>,
    need: Need,
    autofocus: bool,
    readonly: bool,
    accept: Option<&'a str>,
    max: Option<u16>,
    width: Width,
}

impl<'a> Field<'a> {
    const fn new(control: Control<'a>, name: &'a str, label: &'a str) -> Self {
        Self {
            control,
            name,
            label,
            value: "",
            hint: None,
            error: None,
            autocomplete: "off",
            mode: None,
            need: Need::Unsaid,
            autofocus: false,
            readonly: false,
            accept: None,
            max: None,
            width: Width::Full,
        }
    }

    /// A line of text.
    pub const fn text(name: &'a str, label: &'a str) -> Self {
        Self::new(Control::Input("text"), name, label)
    }

    /// A date, by the browser's own picker; its value is `YYYY-MM-DD`.
    pub const fn date(name: &'a str, label: &'a str) -> Self {
        Self::new(Control::Input("date"), name, label).width(Width::Medium)
    }

    /// A time of day; its value is `HH:MM`.
    pub const fn time(name: &'a str, label: &'a str) -> Self {
        Self::new(Control::Input("time"), name, label).width(Width::Medium)
    }

    /// Digits that are no quantity: a code, an NPI, an amount. A keypad comes up on a tablet.
    pub const fn digits(name: &'a str, label: &'a str) -> Self {
        let mut this = Self::new(Control::Input("text"), name, label).width(Width::Medium);
        this.mode = Some("decimal");
        this
    }

    /// A phone number.
    pub const fn phone(name: &'a str, label: &'a str) -> Self {
        Self::new(Control::Input("tel"), name, label).width(Width::Medium)
    }

    /// An email address.
    pub const fn email(name: &'a str, label: &'a str) -> Self {
        Self::new(Control::Input("email"), name, label)
    }

    /// A password; pasting is allowed. Say `current-password` or `new-password` with [`autocomplete`](Self::autocomplete).
    pub const fn password(name: &'a str, label: &'a str) -> Self {
        Self::new(Control::Input("password"), name, label)
    }

    /// A search text.
    pub const fn search(name: &'a str, label: &'a str) -> Self {
        Self::new(Control::Input("search"), name, label)
    }

    /// A file; its form needs `enctype="multipart/form-data"`.
    pub const fn file(name: &'a str, label: &'a str, accept: &'a str) -> Self {
        let mut this = Self::new(Control::Input("file"), name, label);
        this.accept = Some(accept);
        this
    }

    /// Several lines.
    pub const fn area(name: &'a str, label: &'a str) -> Self {
        Self::new(Control::Area, name, label)
    }

    /// One of a list of `(value, words)`.
    pub const fn select(name: &'a str, label: &'a str, options: &'a [(&'a str, &'a str)]) -> Self {
        Self::new(Control::Select(options), name, label)
    }

    /// What it holds now. After an error this is what the person typed.
    pub const fn value(mut self, value: &'a str) -> Self {
        self.value = value;
        self
    }

    /// A line below the label: the form it wants, with an example.
    pub const fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// What is wrong with it.
    pub const fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }

    /// What is wrong with it, from the form's list.
    pub fn errors(mut self, errors: &'a [FieldError]) -> Self {
        self.error = errors.iter().find(|e| e.field == self.name).map(|e| e.message.as_str());
        self
    }

    /// What the browser may fill in (HTML's autofill names). Off unless said: a patient's data must not be remembered by a shared PC.
    pub const fn autocomplete(mut self, token: &'a str) -> Self {
        self.autocomplete = token;
        self
    }

    /// It must be filled in.
    pub const fn required(mut self) -> Self {
        self.need = Need::Required;
        self
    }

    /// Says "optional" beside the label.
    pub const fn optional(mut self) -> Self {
        self.need = Need::Optional;
        self
    }

    /// Has the focus when the page comes. One a page.
    pub const fn autofocus(mut self) -> Self {
        self.autofocus = true;
        self
    }

    /// Is shown and sent, and cannot be changed.
    pub const fn readonly(mut self) -> Self {
        self.readonly = true;
        self
    }

    /// Takes at most so many characters.
    pub const fn max(mut self, characters: u16) -> Self {
        self.max = Some(characters);
        self
    }

    /// How wide it is.
    pub const fn width(mut self, width: Width) -> Self {
        self.width = width;
        self
    }

    fn control(&self, id: &str) -> Markup {
        let class = format!("input {}", self.width.class());
        let class = class.trim_end();
        let described = match (self.hint, self.error) {
            (None, None) => None,
            (Some(_), None) => Some(format!("{id}-hint")),
            (None, Some(_)) => Some(format!("{id}-error")),
            (Some(_), Some(_)) => Some(format!("{id}-error {id}-hint")),
        };
        let invalid = self.error.map(|_| "true");
        match &self.control {
            Control::Input(kind) => html! {
                input id=(id) class=(class) type=(kind) name=(self.name) value=[(*kind != "file").then_some(self.value)] autocomplete=(self.autocomplete)
                    inputmode=[self.mode] accept=[self.accept] maxlength=[self.max] required[self.need == Need::Required] readonly[self.readonly]
                    autofocus[self.autofocus] aria-describedby=[described] aria-invalid=[invalid];
            },
            Control::Area => html! {
                textarea id=(id) class=(class) name=(self.name) autocomplete=(self.autocomplete) maxlength=[self.max] required[self.need == Need::Required]
                    readonly[self.readonly] autofocus[self.autofocus] aria-describedby=[described] aria-invalid=[invalid] { "\n" (self.value) }
            },
            Control::Select(options) => html! {
                select id=(id) class=(class) name=(self.name) autocomplete=(self.autocomplete) required[self.need == Need::Required]
                    autofocus[self.autofocus] aria-describedby=[described] aria-invalid=[invalid] {
                    @for (value, words) in *options { option value=(value) selected[*value == self.value] { (words) } }
                }
            },
        }
    }
}

impl Render for Field<'_> {
    fn render(&self) -> Markup {
        let id = format!("f-{}", self.name);
        html! {
            div.field {
                label for=(id) { (self.label) @if self.need == Need::Optional { " " span.opt { "(optional)" } } }
                @if let Some(hint) = self.hint { span.hint-text id={ (id) "-hint" } { (hint) } }
                @if let Some(error) = self.error { span.err id={ (id) "-error" } { (error) } }
                (self.control(&id))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_stays_and_is_escaped() {
        let html = Field::text("family", "Family name")
            .value("O'Brien <b>\"")
            .error(Some("too long"))
            .hint("as on the card")
            .render()
            .into_string();
        assert!(html.contains("value=\"O'Brien &lt;b&gt;&quot;\""), "{html}");
        assert!(html.contains("aria-describedby=\"f-family-error f-family-hint\""), "{html}");
        assert!(html.contains("aria-invalid=\"true\""), "{html}");
    }

    #[test]
    fn an_area_keeps_a_leading_line_break() {
        // A browser drops the first line break of a textarea: ours, and not the person's.
        let html = Field::area("note", "Note").value("\nx").render().into_string();
        assert!(html.contains(">\n\nx</textarea>"), "{html}");
    }

    #[test]
    fn nothing_is_remembered_unless_said() {
        assert!(Field::text("family", "Family name").render().into_string().contains("autocomplete=\"off\""));
        assert!(
            Field::password("p", "Password")
                .autocomplete("current-password")
                .render()
                .into_string()
                .contains("autocomplete=\"current-password\"")
        );
    }
}
