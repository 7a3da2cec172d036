//! The parameters of a request.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::wire::failure::Failure;

/// The parameters of a request in the Query protocol.
pub(crate) fn of_form(body: &[u8]) -> BTreeMap<String, String> {
    form_urlencoded::parse(body).into_owned().collect()
}

/// The same of a JSON body.
pub(crate) fn of_json(body: &Value) -> BTreeMap<String, String> {
    fn add(all: &mut BTreeMap<String, String>, name: &str, value: &Value) {
        let below = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
        match value {
            Value::Object(fields) => fields.iter().for_each(|(key, value)| add(all, &below(key), value)),
            Value::Array(items) => {
                for (number, item) in (1..).zip(items) {
                    add(all, &below(&format!("member.{number}")), item);
                }
            }
            Value::Null => {}
            Value::String(text) => drop(all.insert(name.to_owned(), text.clone())),
            other => drop(all.insert(name.to_owned(), other.to_string())),
        }
    }
    let mut all = BTreeMap::new();
    add(&mut all, "", body);
    all
}

/// Reads the parameters of one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(pub(crate) &'a BTreeMap<String, String>);

impl<'a> Fields<'a> {
    pub(crate) fn get(self, name: &str) -> Option<&'a str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn need(self, name: &str) -> Result<&'a str, Failure> {
        self.get(name).ok_or_else(|| {
            let mut letters = name.chars();
            let name: String =
                letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect();
            let message = format!(
                "1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
            );
            Failure::new(400, "ValidationError", message)
        })
    }

    pub(crate) fn number(self, name: &str) -> Result<Option<u64>, Failure> {
        let parse =
            |text: &str| text.parse().map_err(|_| Failure::validation(name, text, "Member must be a number"));
        self.get(name).map(parse).transpose()
    }

    /// `name.member.1`, `name.member.2` and so on.
    pub(crate) fn list(self, name: &str) -> Vec<&'a str> {
        (1..).map_while(|number| self.get(&format!("{name}.member.{number}"))).collect()
    }

    pub(crate) fn tags(self) -> Vec<(&'a str, &'a str)> {
        let tag = |number: u32| {
            let key = self.get(&format!("Tags.member.{number}.Key"))?;
            Some((key, self.get(&format!("Tags.member.{number}.Value")).unwrap_or_default()))
        };
        (1..).map_while(tag).collect()
    }

    /// The name of a role or policy: `[\w+=,.@-]`, at most this many characters.
    pub(crate) fn name(self, field: &str, longest: usize) -> Result<&'a str, Failure> {
        let name = self.need(field)?;
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
        if name.is_empty() || name.len() > longest || !name.chars().all(fits) {
            return Err(Failure::validation(
                field,
                name,
                &format!("Member must satisfy regular expression pattern: [\\w+=,.@-]{{1,{longest}}}"),
            ));
        }
        Ok(name)
    }

    /// `/` if there is none.
    pub(crate) fn path(self) -> Result<&'a str, Failure> {
        let path = self.get("Path").unwrap_or("/");
        let fits = path.starts_with('/') && path.ends_with('/') && path.len() <= 512;
        if !fits || !path.chars().all(|letter| letter.is_ascii_graphic()) {
            return Err(Failure::validation("path", path, "Member must begin and end with /"));
        }
        Ok(path)
    }
}
