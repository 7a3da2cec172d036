use std::fmt::{Display, Write as _};

/// The content of an XML element.
#[derive(Clone, Debug, Default)]
#[must_use]
pub(crate) struct Xml(String);

impl Xml {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds an element with a text.
    pub(crate) fn text(mut self, name: &str, text: impl Display) -> Self {
        let text = text.to_string().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        write!(self.0, "<{name}>{text}</{name}>").unwrap();
        self
    }

    /// The same, if there is one.
    pub(crate) fn maybe(self, name: &str, text: Option<impl Display>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    /// Adds an element with others in it.
    pub(crate) fn within(mut self, name: &str, inner: &Self) -> Self {
        write!(self.0, "<{name}>{}</{name}>", inner.0).unwrap();
        self
    }

    /// A list in the Query protocol.
    pub(crate) fn list(self, name: &str, items: impl IntoIterator<Item = Self>) -> Self {
        let inner = items.into_iter().fold(Self::new(), |inner, item| inner.within("member", &item));
        self.within(name, &inner)
    }

    /// A list of texts.
    pub(crate) fn texts<'a>(self, name: &str, items: impl IntoIterator<Item = &'a str>) -> Self {
        let inner = items.into_iter().fold(Self::new(), |inner, item| inner.text("member", item));
        self.within(name, &inner)
    }

    /// The complete response to an action.
    pub(crate) fn response(&self, action: &str) -> String {
        format!(
            "<{action}Response><{action}Result>{}</{action}Result><ResponseMetadata><RequestId>local</RequestId></ResponseMetadata></{action}Response>",
            self.0
        )
    }
}

/// The complete response for an error.
pub(crate) fn error(status: u16, code: &str, message: &str) -> String {
    let kind = if status < 500 { "Sender" } else { "Receiver" };
    let error = Xml::new().text("Type", kind).text("Code", code).text("Message", message);
    let inside = Xml::new().within("Error", &error).text("RequestId", "local");
    Xml::new().within("ErrorResponse", &inside).0
}
