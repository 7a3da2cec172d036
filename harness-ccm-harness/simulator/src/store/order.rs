use std::cmp::Ordering;

use crate::answer::Answer;
use crate::store::record::Record;

/// The sort order of a list: fields, each with `true` if it is descending.
#[derive(Debug)]
pub(crate) struct Order(Vec<(Field, bool)>);

#[derive(Clone, Copy, Debug)]
enum Field {
    Name,
    Identifier,
    Kind,
    Created,
    Modified,
    /// An unknown field: all connectors are equal in it.
    Unknown,
}

impl Order {
    /// Parses sort orders of the form `field,DIRECTION`, or `default` if there are none.
    pub(crate) fn of<'a>(given: impl Iterator<Item = &'a str>, default: &'a str) -> Result<Self, Answer> {
        let mut given: Vec<_> = given.filter(|order| !order.is_empty()).collect();
        if given.is_empty() {
            given.push(default);
        }
        let read = |order: &str| {
            let (field, direction) = order.split_once(',').ok_or_else(Answer::unknown)?;
            let field = match field {
                "name" => Field::Name,
                "identifier" => Field::Identifier,
                "type" => Field::Kind,
                "createdAt" => Field::Created,
                "lastModifiedAt" | "timeWhenConnectorIsLastUpdated" => Field::Modified,
                _ => Field::Unknown,
            };
            match direction.to_ascii_uppercase().as_str() {
                "ASC" => Ok((field, false)),
                "DESC" => Ok((field, true)),
                _ => Err(Answer::unknown()),
            }
        };
        given.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn compare(&self, a: &Record, b: &Record) -> Ordering {
        let by = |field: Field| match field {
            Field::Name => a.facts.name.cmp(&b.facts.name),
            Field::Identifier => a.facts.identifier.cmp(&b.facts.identifier),
            Field::Kind => a.facts.kind.cmp(&b.facts.kind),
            Field::Created => (a.facts.created, a.order).cmp(&(b.facts.created, b.order)),
            Field::Modified => (a.facts.modified, a.touched).cmp(&(b.facts.modified, b.touched)),
            Field::Unknown => Ordering::Equal,
        };
        self.0
            .iter()
            .map(|(field, down)| if *down { by(*field).reverse() } else { by(*field) })
            .find(|order| order.is_ne())
            .unwrap_or_else(|| a.order.cmp(&b.order))
    }
}
